"""Who is next, who is still there, and what is kept of files: without a server."""

from __future__ import annotations

import asyncio
import io
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from deepdreamr.errors import ClipError, MemoryLimitError
from deepdreamr.machine import shortages
from deepdreamr.page import uploads, worker
from deepdreamr.page.calls import parse_call
from deepdreamr.page.desk import Desk
from deepdreamr.page.jobs import DONE, FAILED, WORKING, ClipFile, DreamFile, Job, Picture
from deepdreamr.page.planning import Planner
from deepdreamr.page.processes import Ended, Helper
from deepdreamr.page.sessions import LIFE, MOST_DREAMS, MOST_SESSIONS, Session, Sessions
from deepdreamr.page.turns import Full, Turns
from deepdreamr.page.uploads import NoRoom, Store, file_name
from deepdreamr.page.worker import Worker
from deepdreamr.page.workshop import Workshop

CALL = parse_call({"size": [60, 60]})

# ---- Turns ---------------------------------------------------------------------------------------


def taken(turns: Turns[str]) -> list[str]:
    found = []
    while (item := turns.next()) is not None:
        found.append(item)
    return found


def test_who_came_first_is_next() -> None:
    turns: Turns[str] = Turns()
    for item in "abc":
        turns.add(item, owner=item)
    assert turns.order() == list("abc") == taken(turns)


def test_nobody_waits_for_all_of_another_s() -> None:
    turns: Turns[str] = Turns()
    for item in ("a1", "a2", "a3"):
        turns.add(item, "a")
    assert turns.next() == "a1"
    turns.add("b1", "b")
    turns.add("b2", "b")
    turns.add("c1", "c")
    assert turns.order() == ["b1", "c1", "a2", "b2", "a3"]
    assert taken(turns) == ["b1", "c1", "a2", "b2", "a3"]


def test_one_that_waits_can_be_taken_away() -> None:
    turns: Turns[str] = Turns()
    for item in "abc":
        turns.add(item, "me")
    assert turns.remove("b") and not turns.remove("b")
    assert taken(turns) == ["a", "c"] and turns.next() is None


def test_there_is_room_for_so_many() -> None:
    turns: Turns[int] = Turns(most=3)
    turns.add(1, "a")
    turns.add(2, "b")
    with pytest.raises(Full, match="3 dreams are waiting"):
        turns.add(3, "c", working=1)
    turns.add(3, "c")
    assert len(turns) == 3


# ---- Sessions ------------------------------------------------------------------------------------


def dream_file(folder: Path, name: str) -> DreamFile:
    png = folder / f"{name}.png"
    png.write_bytes(b"x")
    return DreamFile(name, name, png, png, (1, 1), None, CALL, None, 0.0, False, "", "job")


def test_a_session_is_kept_for_ten_minutes_after_its_last_sign_of_life() -> None:
    left: list[Session] = []
    sessions = Sessions(left.append)
    first = sessions.find("a")
    now = time.monotonic()
    sessions.sweep(now + LIFE - 1)
    assert sessions.find("a") is first and left == []
    queue = first.listen("tab")
    sessions.sweep(now + 10 * LIFE)
    assert left == []  # it is being looked at
    del first.listeners[queue]
    sessions.sweep(now + 10 * LIFE)
    assert left == [first] and sessions.find("a") is not first


def test_there_are_not_more_sessions_than_fit() -> None:
    left: list[Session] = []
    sessions = Sessions(left.append)
    for number in range(MOST_SESSIONS + 3):
        sessions.find(str(number))
    assert [session.id for session in left] == ["0", "1", "2"]
    assert len(list(sessions)) == MOST_SESSIONS


def test_what_happens_is_told_to_the_tab_that_it_is_about() -> None:
    session = Session("a")
    one, two = session.listen("one"), session.listen("two")
    session.tell("step", 1, "one")
    session.tell("state", 2)
    assert [one.get_nowait(), one.get_nowait()] == [("step", 1), ("state", 2)]
    assert two.get_nowait() == ("state", 2) and two.empty()
    for number in range(1000):
        session.tell("step", number)  # nobody reads: it is no matter


def test_the_oldest_dreams_go(tmp_path: Path) -> None:
    session = Session("a")
    for number in range(MOST_DREAMS + 2):
        session.keep(dream_file(tmp_path, f"d{number}"))
    assert len(session.dreams) == MOST_DREAMS and "d0" not in session.dreams
    assert not (tmp_path / "d1.png").exists() and (tmp_path / "d2.png").exists()


def test_a_job_s_files_go_with_it_and_no_others(tmp_path: Path) -> None:
    session = Session("a")
    job, other = (Job("a", "tab", CALL, None, None, tmp_path, id=name) for name in ("j", "jj"))
    session.jobs = {"j": job, "jj": other}
    for name in ("j-1.jpg", "j.checkpoint", "jj-1.jpg", "jj.checkpoint"):
        (tmp_path / name).touch()
    session.forget(job)
    assert session.jobs == {"jj": other}
    assert sorted(os.listdir(tmp_path)) == ["jj-1.jpg", "jj.checkpoint"]


# ---- Questions -----------------------------------------------------------------------------------


class Reader:
    """A process that answers at once, but does not know the time."""

    async def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        told = {"seconds": None, "memory": 1, "can_run": not order["measure"]}
        return {"text": [order["do"]], **told}


class Dreamer:
    """A process that answers nothing."""

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []

    async def send(self, order: dict[str, Any]) -> None:
        self.orders.append(order)

    async def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        self.orders.append(order)
        await asyncio.Event().wait()
        return {}


def test_a_plan_waits_for_no_dream(temporary: Path) -> None:
    """What is asked before a dream begins is answered without the time when it does."""

    async def run() -> None:
        workshop: Any = Workshop(Store())
        workshop.reader, workshop.dreamer = Reader(), Dreamer()
        workshop.planner = Planner(workshop.dreamer, workshop.reader)
        workshop._hear({"is": "ready"})
        plans = [asyncio.create_task(workshop.planner.plan({"do": "plan"})) for _ in range(3)]
        await asyncio.sleep(0.05)
        assert [order["do"] for order in workshop.dreamer.orders] == ["plan"]  # one after the other
        session = workshop.sessions.find("a")
        job = Job("a", "tab", CALL, None, None, workshop.store.of("a"))
        workshop.add(job)
        told = await asyncio.wait_for(asyncio.gather(*plans), 30)
        plan = {"text": ["plan"], "seconds": None, "memory": 1, "can_run": True, "measured": False}
        assert told == [plan] * 3
        assert [order["do"] for order in workshop.dreamer.orders] == ["plan", "dream"]
        assert session.tabs["tab"] is job

    asyncio.run(run())


def test_an_error_says_nothing_of_where_files_are(temporary: Path) -> None:
    async def run() -> str:
        workshop: Any = Workshop(Store())
        workshop.dreamer = Dreamer()
        job = Job("a", "tab", CALL, None, None, workshop.store.of("a"))
        workshop.sessions.find("a")
        workshop.add(job)
        full = {"error": f"cannot write into '{job.folder}': No space left on device."}
        workshop._hear({"is": "failed", "job": job.id, **full})
        return job.message

    assert asyncio.run(run()) == "cannot write into 'the page's folder': No space left on device."


def test_a_question_that_is_given_up_is_not_begun() -> None:
    """The process says again what it gets, and answers nothing."""
    echo = (
        "import json, sys\n"
        "for line in sys.stdin: print(json.dumps({'got': json.loads(line)}), flush=True)"
    )

    async def run() -> list[Any]:
        heard: list[Any] = []
        helper = Helper(echo, heard.append, lambda how: None)
        asked = asyncio.create_task(helper.ask({"do": "plan"}))
        while not heard:
            await asyncio.sleep(0.05)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        while len(heard) < 2:
            await asyncio.sleep(0.05)
        await helper.close()
        return [said["got"] for said in heard]

    plan, stop = asyncio.run(asyncio.wait_for(run(), 60))
    assert plan == {"do": "plan", "number": 1} and stop == {"do": "stop", "job": 1}


def test_a_process_with_too_little_memory_is_a_fresh_one_for_the_next_order() -> None:
    """It has said so in an answer, and has begun the next order."""
    short = (
        "import json, sys, time\n"
        "for line in sys.stdin:\n"
        "    order = json.loads(line)\n"
        "    said = {'is': 'answer', 'number': order['number'], 'can_run': False}\n"
        "    much = order['do'] == 'much'\n"
        "    more = '\\n' + json.dumps({'is': 'began'}) if much else ''\n"
        "    print(json.dumps({**said, 'exhausted': much}) + more, flush=True)"
    )

    async def run() -> None:
        heard: list[Any] = []
        ended: list[str] = []
        helper = Helper(short, heard.append, ended.append)
        await helper.ask({"do": "little"})
        pid = helper.pid
        with pytest.raises(Ended, match="for want of memory"):
            await helper.ask({"do": "much"})
        assert len(ended) == 1 and not heard
        answer = await helper.ask({"do": "little"})
        assert helper.pid not in (None, pid) and answer["exhausted"] is False
        await helper.close()

    asyncio.run(asyncio.wait_for(run(), 60))


@pytest.mark.parametrize("growth", [2**40, -(2**40)])
def test_a_process_that_has_grown_too_large_answers_and_is_a_fresh_one_then(growth: int) -> None:
    call = (
        "from deepdreamr.page import worker\n"
        f"worker.GROWTH, worker.growing.warm_up = {growth}, lambda is_busy: None\n"
        "worker._DOES['plan'] = lambda order: {'can_run': order['number']}\n"
        "worker.serve(True)"
    )

    async def run() -> None:
        ended: list[str] = []
        helper = Helper(call, lambda said: None, ended.append)
        pids = []
        for number in (1, 2, 3):
            answer = await helper.ask({"do": "plan"})
            assert answer["can_run"] == number
            pids.append(helper.pid)
            while growth < 0 and len(ended) < number:
                await asyncio.sleep(0.05)
        await helper.close()
        assert ended == ["the worker ended with the status 0."] * (3 if growth < 0 else 0)
        assert len(set(pids)) == (3 if growth < 0 else 1)

    asyncio.run(asyncio.wait_for(run(), 60))


@pytest.mark.parametrize("does", [*worker._JOBS, *worker._DOES])
def test_want_of_memory_is_told_of_every_kind_of_work(
    monkeypatch: pytest.MonkeyPatch, does: str
) -> None:
    def short(*_: Any) -> Any:
        shortages.append("no room")
        raise MemoryLimitError("no room")

    def much(*_: Any) -> Any:
        raise MemoryError

    def wrapped(*_: Any) -> Any:
        try:
            raise ImportError("a.so: failed to map segment from shared object")
        except ImportError:
            raise ClipError("it cannot be read.") from None

    def unfit(*_: Any) -> Any:
        raise MemoryLimitError("it would not fit.")

    out = io.StringIO()
    process = Worker(out)
    fine = lambda *_: {"can_run": False}, lambda *_: {"can_run": True}
    for work in (short, much, wrapped, unfit, *fine):
        monkeypatch.setitem(worker._JOBS if does in worker._JOBS else worker._DOES, does, work)
        process.work({"do": does, "number": 1, "job": "j"})
    said = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [one["exhausted"] for one in said] == [True] * 3 + [False] * 3
    assert ["error" in one for one in said] == [True] * 4 + [False] * 2


def test_a_dream_that_was_not_begun_is_given_to_the_next_process_once(temporary: Path) -> None:
    async def run() -> None:
        workshop: Any = Workshop(Store())
        workshop.dreamer = Dreamer()
        job = Job("a", "tab", CALL, None, None, workshop.store.of("a"))
        workshop.add(job)
        for count in (1, 2):
            await asyncio.sleep(0.05)
            assert [order["do"] for order in workshop.dreamer.orders] == ["dream"] * count
            assert job.state == WORKING
            workshop._dreamer_ended("it ended.")
        await asyncio.sleep(0.05)
        assert len(workshop.dreamer.orders) == 2 and job.state == FAILED
        assert job.message == "it ended. A fresh one is there."

    asyncio.run(run())


def test_a_plan_whose_process_ends_is_one_without_the_time() -> None:
    class Ending(Dreamer):
        async def ask(self, order: dict[str, Any]) -> dict[str, Any]:
            raise Ended("it ended.")

    async def run() -> dict[str, Any]:
        dreamer: Any = Ending()
        reader: Any = Reader()
        planner = Planner(dreamer, reader)
        planner.set_free(True)
        return await planner.plan({"do": "plan"})

    told = asyncio.run(asyncio.wait_for(run(), 30))
    assert told["can_run"] and told["seconds"] is None and not told["measured"]


# ---- Files ---------------------------------------------------------------------------------------


async def chunks(*sizes: int) -> AsyncIterator[bytes]:
    for size in sizes:
        yield b"x" * size


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path


def test_what_is_sent_is_a_file_in_the_session_s_folder(temporary: Path) -> None:
    store = Store()
    path = asyncio.run(store.take("me", chunks(5, 0, 7)))
    assert path.read_bytes() == b"x" * 12 and path.parent == store.folder / "me"
    assert store.folder.parent == temporary and oct(store.folder.stat().st_mode)[-3:] == "700"
    store.leave("me")
    assert not path.exists()
    store.delete()
    assert os.listdir(temporary) == []


def test_a_session_and_all_together_have_so_much_room(temporary: Path) -> None:
    store = Store(session_bytes=100, all_bytes=150)
    asyncio.run(store.take("a", chunks(90)))
    with pytest.raises(NoRoom, match="this browser"):
        asyncio.run(store.take("a", chunks(20)))
    with pytest.raises(NoRoom, match="no room for more files"):
        asyncio.run(store.take("b", chunks(70)))
    assert sum(len(files) for _, _, files in os.walk(store.folder)) == 1
    asyncio.run(store.take("b", chunks(50)))


def test_what_nothing_is_dreamed_of_makes_room(temporary: Path) -> None:
    """The oldest goes first; the clip of a dream that was stopped stays."""

    async def run() -> None:
        workshop: Any = Workshop(Store(session_bytes=2**28 + 250))
        desk, session = Desk(workshop), workshop.sessions.find("a")
        paths = [await workshop.store.take("a", chunks(100)) for _ in range(3)]
        session.pictures["p"] = Picture("p", "a.png", paths[0], paths[0], (1, 1))
        session.masks["m"] = paths[1]
        session.clips["c"] = ClipFile("c", "a.mp4", paths[2])
        job = Job("a", "tab", CALL, None, None, paths[0].parent, clip=session.clips["c"])
        session.jobs[job.id] = job
        first = await desk.take_clip(session, chunks(150), "b.mp4")
        assert (session.pictures, [*session.masks]) == ({}, ["m"])
        second = await desk.take_clip(session, chunks(200), "b.mp4")
        assert (session.masks, [*session.clips]) == ({}, ["c", first, second])
        third = await desk.take_clip(session, chunks(200), "b.mp4")
        assert [*session.clips] == ["c", third]
        assert [path.exists() for path in paths] == [False, False, True]
        job.state = DONE
        await desk.take_clip(session, chunks(1), "b.mp4")
        assert not paths[2].exists()

    asyncio.run(run())


def test_much_is_refused_before_all_of_it_is_there(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_OFTEN", 100_000)
    seen = []

    async def endless() -> AsyncIterator[bytes]:
        for number in range(100):
            seen.append(number)
            yield b"x" * 50_000

    with pytest.raises(NoRoom):
        asyncio.run(Store(session_bytes=400_000).take("a", endless()))
    assert len(seen) < 20


def test_what_a_killed_process_left_goes_and_what_lives_stays(temporary: Path) -> None:
    dead, alive, young = (Store() for _ in range(3))
    kept = alive.lock()
    old = time.time() - 1000
    for store in (dead, alive):
        os.utime(store.folder, (old, old))
    other = temporary / "deepdreamr-page-file"
    other.touch()
    os.utime(other, (old, old))
    own = Store()
    lock = own.lock()
    assert not dead.folder.exists()
    assert alive.folder.exists() and young.folder.exists() and own.folder.exists()
    assert other.exists()
    del kept, lock


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="there is one user")
def test_a_folder_that_another_user_has_made_is_not_looked_into(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lock may be a link to a file of ours, which would be emptied by locking it."""
    trap, ours = temporary / "deepdreamr-page-trap", temporary / "letter"
    trap.mkdir()
    ours.write_text("dear")
    (trap / "lock").symlink_to(ours)
    os.utime(trap, (1, 1))
    store = Store()
    monkeypatch.setattr(os, "getuid", lambda: 2**20)
    kept = store.lock()
    assert trap.exists() and ours.read_text() == "dear"
    del kept


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("cat.jpg", "cat.jpg"),
        ("%C3%A9t%C3%A9.png", "\u00e9t\u00e9.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\a\\b.png", "b.png"),
        ("a%00b%0A%1b.png", "ab.png"),
        ("%ff%fe", "picture"),
        ("..", "picture"),
        ("", "picture"),
        (None, "picture"),
        (" . ", "picture"),
        ("x" * 300 + ".jpeg", "x" * 90 + ".jpeg"),
        ("-o $(a) 'b'.png", "-o $(a) 'b'.png"),
    ],
)
def test_the_name_of_a_file(text: Any, name: Any) -> None:
    assert file_name(text) == name
