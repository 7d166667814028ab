"""Many pictures, dreamed by the real network in processes of their own."""

from __future__ import annotations

import errno
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image

from deepdreamr import dream, dream_many, sample_image, show
from deepdreamr.backend import compute_threads
from deepdreamr.errors import ArgumentError, ImageError, OutputError, UnknownLayerError, WorkerError
from deepdreamr.many import planning
from deepdreamr.many.journal import FOLDER, NAME, Journal
from deepdreamr.many.request import MANY_ARGUMENTS, ManyRequest
from deepdreamr.many.running import ManyRun
from deepdreamr.many.summary import ManyInterrupted, Summary
from deepdreamr.many.workers import told
from deepdreamr.runs.planning import plan_request
from deepdreamr.runs.request import ARGUMENTS

FEW = {"recipe": "vivid", "octaves": 1, "iterations": 1, "seed": 3}


class Inline(Executor):
    """Does a task when it is submitted, in this process; `before` may raise."""

    def __init__(self, before: Any = lambda task: None) -> None:
        self.before = before
        self.tasks: list[Any] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        future: Future[Any] = Future()
        try:
            if fn.__name__ == "work":
                self.tasks.append(args[0])
                self.before(args[0])
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def here(**options: Any) -> Any:
    """Arguments with which this process is the worker."""
    executor = options.pop("executor", None) or Inline()
    return {"executor": executor, "workers": 1, "threads": compute_threads(), **FEW, **options}


@pytest.fixture
def photos(tmp_path: Path) -> Any:
    """Three small pictures of two sizes, one in a folder within."""
    sample = Image.open(sample_image("jelly")).convert("RGB")
    for name, size in (("a.jpg", (96, 80)), ("sub/b.png", (80, 96)), ("c.jpg", (100, 90))):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        sample.resize(size).save(path)
    return tmp_path / "photos"


def files(folder: Any) -> Any:
    """What lies in a folder, without the journal: path → bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and FOLDER not in path.parts
    }


@pytest.mark.slow
def test_a_folder_in_processes_of_their_own_and_again(photos: Any, tmp_path: Path) -> None:
    options = {**FEW, "workers": 2, "threads": compute_threads()}
    out = tmp_path / "dreams"
    summary = dream_many(photos, {"mixed3": 1}, output=out, **options)
    assert (summary.done, summary.skipped, summary.failed) == (3, 0, 0)
    made = files(out)
    assert list(made) == ["a.png", "c.png", "sub/b.png"]
    for name in ("a", "c"):  # bit for bit what `dream` makes, and what it says of itself
        alone = dream(photos / f"{name}.jpg", {"mixed3": 1}, **FEW)
        assert made[f"{name}.png"] == alone.png()
    assert show(out / "a.png")["threads"] == compute_threads()
    stamps = [path.stat().st_mtime_ns for path in out.rglob("*.png")]
    executor = Inline()
    again = dream_many(photos, {"mixed3": 1}, output=out, **here(executor=executor))
    assert (again.done, again.skipped) == (0, 3) and not executor.tasks
    assert [path.stat().st_mtime_ns for path in out.rglob("*.png")] == stamps


@pytest.mark.slow
def test_what_changed_is_dreamed_again(photos: Any, tmp_path: Path) -> None:
    out, executor = tmp_path / "dreams", Inline()

    def names() -> list[str]:
        return [task.name for task in executor.tasks]

    def run(layers: Any = None, **options: Any) -> Any:
        executor.tasks.clear()
        return dream_many(
            photos, layers or {"mixed3": 1}, output=out, **here(**options, executor=executor)
        )

    assert run().done == 3
    first = files(out)
    os.utime(photos / "a.jpg")  # another time, the same bytes
    assert run().skipped == 3 and names() == []
    Image.new("RGB", (96, 80), "red").save(photos / "a.jpg")
    assert run().done == 1 and names() == ["a.jpg"]
    (out / "sub" / "b.png").unlink()
    assert run().done == 1 and names() == ["b.png"]
    (out / "c.png").write_bytes(first["c.png"][:-1])
    assert run().done == 1 and names() == ["c.jpg"]
    assert files(out)["c.png"] == first["c.png"]
    status = (out / "c.png").stat()
    (out / "c.png").write_bytes(first["c.png"][:-1] + b"x")
    os.utime(out / "c.png", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert run().done == 0  # size and time are as they were
    assert run(verify=True).done == 1 and names() == ["c.jpg"]
    assert run({"mixed3": 2}).done == 3
    assert run({"mixed3": 2}, step=0.001).done == 3
    assert run({"mixed3": 2}, step=0.001, each=[{"image": "a.jpg", "step": 0.002}]).done == 1


@pytest.mark.slow
def test_a_seed_that_is_not_given_is_drawn_once_for_all_runs(photos: Any, tmp_path: Path) -> None:
    out = tmp_path / "dreams"
    first = dream_many(photos, output=out, **here(seed=None))
    assert {show(path)["seed"] for path in out.rglob("*.png")} == {first.seed}
    again = dream_many(photos, output=out, **here(seed=None))
    assert again.seed == first.seed and again.skipped == 3
    assert dream_many(photos, output=tmp_path / "other", **here(seed=None)).seed != first.seed


def test_dreams_are_given_as_they_get_ready_where_they_are_not_written(
    photos: Any, tmp_path: Path
) -> None:
    array = np.full((80, 90, 3), 128, np.uint8)
    images = [photos / "a.jpg", array, b"no picture"]
    found = {o.image: o for o in dream_many(images, output=None, **here())}
    alone = dream(photos / "a.jpg", **FEW)
    assert np.array_equal(found[str(photos / "a.jpg")].dream.image, alone.image)
    assert found["picture 2"].dream.shape == (80, 90)
    assert found["picture 3"].status == "failed" and "not a picture" in found["picture 3"].why
    assert not list(tmp_path.rglob(FOLDER))


def test_what_cannot_be_read_stops_nothing(photos: Any, tmp_path: Path) -> None:
    (photos / "cut.jpg").write_bytes((photos / "a.jpg").read_bytes()[:700])
    (photos / "empty.png").write_bytes(b"")
    (photos / "tiny.png").write_bytes(b"")
    Image.new("RGB", (9, 9)).save(photos / "tiny.png")
    os.mkfifo(photos / "pipe.jpg")
    os.symlink("self.jpg", photos / "self.jpg")
    os.symlink("..", photos / "sub" / "up")
    (photos / "notes.txt").write_text("x")
    seen: list[Any] = []
    summary = dream_many(photos, output=tmp_path / "out", progress=seen.append, **here())
    assert summary.done == 3 and summary.total == 8 == len(seen)
    why = {Path(o.image).name: o.why for o in summary.failures}
    assert sorted(why) == ["cut.jpg", "empty.png", "pipe.jpg", "self.jpg", "tiny.png"]
    assert "damaged" in why["cut.jpg"] and "is empty" in why["empty.png"]
    assert "a device or a pipe" in why["pipe.jpg"] and "cannot be read" in why["self.jpg"]
    assert "smaller" in why["tiny.png"] or "small" in why["tiny.png"]
    assert [Path(path).name for path, _ in summary.ignored] == ["notes.txt", "up"]
    assert str(summary).startswith("3 of 8 dreamed, 5 failed, 2 passed over")


def test_files_of_others_are_not_replaced_unless_allowed(photos: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "sub").mkdir(parents=True)
    (out / "sub" / "b.png").write_text("mine")
    (out / "c.png").write_text("mine")
    with pytest.raises(OutputError, match=r"c.png', and 1 more exists already"):
        dream_many(photos, output=out, **here())
    assert (out / "c.png").read_text() == "mine" and not (out / "a.png").exists()
    assert dream_many(photos, output=out, overwrite=True, **here()).done == 3
    assert dream_many(photos, output=out, **here()).skipped == 3


def test_the_output_in_the_folder_that_is_read(photos: Any) -> None:
    out = photos / "dreams"
    assert dream_many(photos, output=out, **here()).done == 3
    assert dream_many(photos, output=out, **here()).skipped == 3
    beside = "{parent}/{stem}-dream.png"
    os.chdir(photos)
    assert dream_many(["a.jpg", "c.jpg"], output=beside, **here()).done == 2
    assert (photos / "a-dream.png").exists()


def test_a_worker_that_is_lost_twice_loses_its_picture_alone(photos: Any, tmp_path: Path) -> None:
    from deepdreamr.many import driving, lanes

    def die(task: Any) -> None:
        if task.name == "b.png":
            raise BrokenExecutor

    executor = Inline(die)
    run = ManyRun(ManyRequest(images=photos, output=tmp_path / "out", executor=executor,
                              workers=1, threads=compute_threads(), options=FEW))  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lanes.Lanes, "replaced", True)
        summary = run.finished()
    assert summary.done == 2 and [task.name for task in executor.tasks].count("b.png") == 2
    assert [o.why for o in summary.failures] == [
        f"{driving.MOST_LOSSES} workers ended over it, as for want of memory; it is set aside"
    ]
    with pytest.raises(WorkerError, match="a worker of the executor ended"):
        dream_many(photos, output=tmp_path / "out", **here(executor=Inline(die)))


def test_other_workers_are_refused(photos: Any, tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="computes with .* threads already"):
        dream_many(photos, output=tmp_path / "out", **here(threads=compute_threads() + 1))
    out = tmp_path / "out"
    dream_many(photos, output=out, **here())
    path = out / FOLDER / NAME
    path.write_text(path.read_text().replace('"processor": "', '"processor": "x'))
    with pytest.raises(WorkerError, match="the run began on another machine: processor was x"):
        dream_many(photos, output=out, **here())
    assert dream_many(photos, output=out, allow_mixed=True, **here()).skipped == 3


def test_an_interrupt_keeps_what_is_done(photos: Any, tmp_path: Path) -> None:
    def stop(task: Any) -> None:
        if task.name == "b.png":
            raise KeyboardInterrupt

    class Stopped(Inline):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            if fn.__name__ == "work" and args[0].name == "b.png":
                raise KeyboardInterrupt
            return super().submit(fn, *args, **kwargs)

    with pytest.raises(ManyInterrupted) as caught:
        dream_many(photos, output=tmp_path / "out", **here(executor=Stopped()))
    summary = caught.value.summary
    again = dream_many(photos, output=tmp_path / "out", **here())
    assert again.skipped == summary.done and again.skipped + again.done == 3


def test_dreams_beside_the_pictures_are_not_dreamed_of_again(photos: Any) -> None:
    out = photos / "{folder}" / "{stem}-dream.png"
    assert dream_many(photos, output=out, **here()).done == 3
    again = dream_many([photos, photos / "a-dream.png"], output=out, **here())
    assert (again.total, again.skipped, len(again.ignored)) == (3, 3, 3)
    assert again.ignored[0] == (str(photos / "a-dream.png"), "is a dream of an earlier run")
    with pytest.raises(OutputError, match="Name another output for a dream of it"):
        dream_many(photos / "a-dream.png", output=out, **here())


def test_no_picture_is_replaced_by_its_own_dream(photos: Any) -> None:
    before = files(photos)
    with pytest.raises(OutputError, match=r"c.jpg' is a picture to dream of: name another"):
        dream_many(photos / "c.jpg", output=photos / "{stem}.jpg", overwrite=True, **here())
    assert files(photos) == before


def test_a_place_that_cannot_be_written_stops_no_other(photos: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "sub").write_text("a file where a folder must be")
    (photos / "c.jpg").rename(photos / f"{'c' * 250}.jpg")
    summary = dream_many(photos, output=out / "{folder}" / "{stem}-dream.png", **here())
    assert summary.done == 1
    why = {Path(o.image).stem[0]: o.why for o in summary.failures}
    assert sorted(why) == ["b", "c"]
    assert "cannot make the folder" in why["b"] and "name too long" in why["c"]


def test_a_file_that_appears_meanwhile_is_still_of_somebody_else(
    photos: Any, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    def appear(task: Any) -> None:
        if task.name == "a.jpg":
            (out / "a.png").write_text("mine")

    summary = dream_many(photos, output=out, **here(executor=Inline(appear)))
    assert summary.done == 2 and "exists already" in summary.failures[0].why
    with pytest.raises(OutputError, match="not of an earlier run"):
        dream_many(photos, output=out, **here())
    assert (out / "a.png").read_text() == "mine"


def test_a_full_disk_stops_and_goes_on(
    photos: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Journal.add

    def full(self: Any, output: Any, line: Any) -> Any:
        if output.name == "c.png" and "forgotten" not in line:
            raise self._refused(OSError(errno.ENOSPC, "No space left on device"))
        return whole(self, output, line)

    monkeypatch.setattr(Journal, "add", full)
    with pytest.raises(OutputError, match=r"^cannot write '[^']*journal.jsonl': No space left"):
        dream_many([photos / "c.jpg", photos / "a.jpg"], output=tmp_path / "out", **here())
    monkeypatch.undo()
    assert dream_many(photos, output=tmp_path / "out", **here()).failed == 0


def test_an_output_that_is_deleted_meanwhile_is_one_line(photos: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert dream_many(photos, output=out, **here()).done == 3
    gone = lambda task: shutil.rmtree(out, ignore_errors=True)  # noqa: E731
    with pytest.raises(OutputError, match=r"^cannot read '[^']*journal.jsonl': No such file"):
        dream_many(photos, output=out, **here(executor=Inline(gone), iterations=2))
    with pytest.raises(OutputError, match=r"^'[^']*journal.jsonl' is gone. Let it lie"):
        dream_many(photos, output=out, **here(executor=Inline(gone)))


def test_an_executor_that_takes_no_more_is_one_line(photos: Any, tmp_path: Path) -> None:
    class Closed(Inline):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            if fn.__name__ == "work":
                raise RuntimeError("cannot schedule new futures after shutdown")
            return super().submit(fn, *args, **kwargs)

    with pytest.raises(WorkerError, match="the executor takes no more: cannot schedule"):
        dream_many(photos, output=tmp_path / "out", **here(executor=Closed()))


def test_what_cannot_be_pickled_fails_its_own_picture(photos: Any, tmp_path: Path) -> None:
    class Pickling(Inline):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            pickle.dumps(args)
            return super().submit(fn, *args, **kwargs)

    class Odd:
        __array__ = lambda self, *a, **k: np.zeros((80, 80, 3), np.uint8)  # noqa: E731
        __reduce__ = None  # type: ignore[assignment]

    images = [photos / "a.jpg", Odd()]
    summary = dream_many(images, output=tmp_path / "out", **here(executor=Pickling()))
    assert summary.done == 1 and "TypeError" in summary.failures[0].why


def test_a_done_picture_that_became_a_pipe_is_not_waited_for(photos: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert dream_many(photos, output=out, **here()).done == 3
    (photos / "a.jpg").unlink()
    os.mkfifo(photos / "a.jpg")
    again = dream_many(photos, output=out, **here(verify=True))
    assert (again.skipped, again.failed) == (2, 1) and "a pipe" in again.failures[0].why


def test_no_more_workers_than_pictures(photos: Any, tmp_path: Path) -> None:
    asked = ManyRequest(images=photos, output=tmp_path / "out", workers=10**9, options=FEW)
    assert ManyRun(asked).summary.workers == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": (9, 9)}, "`size` is of a dream from noise"),
        ({"layers": {"mixed99": 1}, "missing": "error"}, "mixed99"),
        ({"stp": 1}, "unknown argument 'stp'. Did you mean step"),
        ({"worker": 2}, "unknown argument 'worker'. Did you mean .*workers"),
        ({"checkpoint": "x"}, "unknown argument 'checkpoint'"),
        ({"step": "big"}, "`step` must be"),
        ({"workers": 0}, "`workers` must be a whole number >= 1"),
        ({"threads": 1.5}, "`threads` must be"),
        ({"executor": 3}, "`executor` must be a concurrent.futures.Executor"),
        ({"verify": "yes"}, "`verify` must be"),
        ({"progress": "yes"}, "`progress` must be"),
        ({"network": object()}, "a model is in this process alone"),
        ({"each": [{"image": "a.jpg", "size": (1, 1)}]}, "`size` cannot be a picture's own"),
        ({"each": [{"image": "a.jpg", "stp": 1}]}, "unknown argument 'stp'"),
        ({"each": [{"image": "a.jpg", "network": object()}]}, "a model is in this process alone"),
    ],
)
def test_wrong_arguments_are_said_before_anything_is_done(
    photos: Any, tmp_path: Path, options: Any, words: str
) -> None:
    with pytest.raises((ArgumentError, UnknownLayerError), match=words):
        dream_many(photos, output=tmp_path / "out", **{**here(), **options})
    assert not list((tmp_path / "out").rglob("*.png"))


def test_files_of_which_none_is_there_are_one_line(
    photos: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out"
    with pytest.raises(ImageError, match=r"^there is no file 'nowhere'. The current folder is"):
        dream_many("nowhere", output=out, **here())
    with pytest.raises(ImageError, match=r"^there is no file 'a.jpg', nor any of the 2 others."):
        dream_many(["a.jpg", Path("b.jpg"), "c.jpg"], output=out, **here())
    with pytest.raises(ImageError, match=r"^'https://a.org/b.jpg' is an address, not a file."):
        dream_many("https://a.org/b.jpg", output=out, **here())
    assert not out.exists()
    summary = dream_many([photos / "a.jpg", "nowhere.jpg"], output=out, **here())
    assert (summary.done, summary.failed) == (1, 1)
    assert summary.failures[0].why.startswith("there is no file 'nowhere.jpg'")


def test_the_signature_and_the_request_have_the_same_arguments() -> None:
    import inspect

    parameters = inspect.signature(dream_many).parameters
    assert [name for name in parameters if name != "progress"] == list(MANY_ARGUMENTS)
    for name, field in ManyRequest.__dataclass_fields__.items():
        if name not in ("images", "output", "options"):
            assert parameters[name].default == field.default
    assert not set(MANY_ARGUMENTS) & set(ARGUMENTS) - {"layers", "overwrite"}


SCRIPT = """
import sys
from deepdreamr import dream_many
print(dream_many(sys.argv[1], {"mixed3": 1}, output=sys.argv[2], workers=2, recipe="vivid",
                 octaves=2, iterations=6, seed=3, threads=THREADS, verify=len(sys.argv) > 3))
"""


def test_a_driver_that_is_killed_goes_on_to_the_same_files(photos: Any, tmp_path: Path) -> None:
    """Those of one process; the driver is a script, which is killed with two workers at work."""
    sample = Image.open(sample_image("jelly")).convert("RGB")
    for number in range(3):
        sample.resize((120 + number, 100)).save(photos / f"d{number}.jpg")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}

    def start(out: Any, *more: Any) -> Any:  # a script without `if __name__ == "__main__"`
        script = SCRIPT.replace("THREADS", str(compute_threads()))
        command = [sys.executable, "-c", script, str(photos), str(out), *more]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)

    whole, killed = tmp_path / "whole", tmp_path / "killed"
    how = {"layers": {"mixed3": 1}, "output": whole, **here(octaves=2, iterations=6)}
    assert dream_many(photos, **how).done == 6
    driver, end = start(killed), time.monotonic() + 300
    while len(list(killed.rglob("*.png"))) < 3 and time.monotonic() < end:
        time.sleep(0.01)
    driver.send_signal(signal.SIGKILL)
    driver.communicate()
    done = len(files(killed))
    said = start(killed, "verify").communicate(timeout=300)[0]
    assert 3 <= done <= 6 and f"{done} done before" in said
    assert files(killed) == files(whole)
    with Journal(killed) as journal:
        dreamed = [line for line in journal.path.read_text().splitlines() if '"output"' in line]
    assert 6 <= len(dreamed) <= 6 + 1


@pytest.mark.slow
@pytest.mark.parametrize("layers", ["mixed4", {"mixed4": 2}])
def test_a_picture_has_layers_of_its_own(photos: Any, tmp_path: Path, layers: Any) -> None:
    out = tmp_path / "out"
    each = [{"image": "a.jpg", "layers": layers}]
    assert dream_many(photos, {"mixed3": 1}, output=out, each=each, **here()).done == 3
    assert [layer["layer"] for layer in show(out / "a.png")["layers"]] == ["mixed4"]
    assert [layer["layer"] for layer in show(out / "c.png")["layers"]] == ["mixed3"]


@pytest.mark.parametrize("mask", ["missing.png", "", "pipe.png", "a\0b"])
def test_a_mask_of_its_own_that_cannot_be_read_stops_no_other(
    photos: Any, tmp_path: Path, mask: str
) -> None:
    os.mkfifo(photos / "pipe.png")
    pictures = [photos / "a.jpg", photos / "c.jpg"]
    each = lambda path: {"mask": f"{photos}/{mask}"} if "a.jpg" in path else {}  # noqa: E731
    summary = dream_many(pictures, output=tmp_path / "out", each=each, **here())
    assert summary.done == 1 and "`mask`" in summary.failures[0].why


def test_a_plan_is_that_of_the_whole_request(
    photos: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("L", (50, 40), 200).save(tmp_path / "mask.png")
    masks = [(tmp_path / "mask.png", {"mixed1": 1}), (tmp_path / "mask.png", {"mixed2": 1})]
    options = {**FEW, "masks": masks, "keep_colors": True, "strength": 0.5}
    asked = Mock(wraps=plan_request)
    monkeypatch.setattr(planning, "plan_request", asked)
    plan = planning.plan_many(
        ManyRun(ManyRequest(images=photos, output=tmp_path / "out", options=options))
    )
    assert not plan.problems and plan.todo == 3 and plan.seconds and plan.memory
    planned = [call.args[0] for call in asked.call_args_list]
    assert [request.masks for request in planned] == [masks] * 3
    assert [request.image.shape[:2] for request in planned] == [(96, 80), (96, 80), (90, 100)]


def test_want_of_memory_is_said_of_its_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    made = told(Mock(side_effect=MemoryError), compute_threads(), None)
    assert made.error == ("memory", "there is too little memory for this picture.")


def test_what_is_passed_over_is_not_counted_wrongly() -> None:
    summary = Summary()
    for number in range(1500):
        summary.ignore(str(number), "x")
    assert "1000 or more passed over" in str(summary)
