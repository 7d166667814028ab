"""A pool of processes: who dies fails alone, and nobody outlives the one who started them."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for the pool's processes too
import ending

from deepdreamr.errors import ArgumentError, WorkerError
from deepdreamr.interpreter import environment
from deepdreamr.many.lanes import Lanes, OwnLanes
from deepdreamr.many.pools import Pool, WorkerLost, check_sendable
from deepdreamr.networks._processes import Process


@pytest.fixture
def pool() -> Iterator[Any]:
    pool = Pool(2)
    yield pool
    pool.shutdown(cancel_futures=True)


def test_functions_are_called_in_other_processes(pool: Any) -> None:
    numbers = [pool.submit(ending.process).result(60) for _ in range(4)]
    assert os.getpid() not in numbers and 1 <= len(set(numbers)) <= 2
    assert pool.submit(ending.printed, "said").result(60) == "said"
    assert pool.submit(pow, 2, exp=5).result(60) == 32
    with pytest.raises(ValueError, match="as asked"):
        pool.submit(ending.failed).result(60)


def test_they_are_the_same_python_whatever_libraries_lie_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = sysconfig.get_config_var("INSTSONAME") or "libpython3.so"
    (tmp_path / name).write_text("of another Python")
    monkeypatch.setenv("LD_LIBRARY_PATH", f"{tmp_path}:/usr/lib/R/lib")
    with Pool(1) as pool:
        assert pool.submit(platform.python_version).result(60) == platform.python_version()
    with Process("ends", "well", {}) as process:
        assert process.answer(60) is True
    monkeypatch.setenv("LD_LIBRARY_PATH", "/usr/lib/R/lib")
    assert environment() == dict(os.environ)  # nothing lies there


def test_a_process_that_dies_fails_its_own_task_alone(pool: Any) -> None:
    futures = [pool.submit(ending.killed if n == 3 else ending.process) for n in range(8)]
    for number, future in enumerate(futures):
        if number == 3:
            with pytest.raises(WorkerLost):
                future.result(60)
        else:
            assert future.result(60)


def test_what_cannot_be_sent_is_an_error_of_its_own(pool: Any) -> None:
    with pytest.raises(Exception, match="pickle|local object"):
        pool.submit(lambda: 1).result(60)
    assert pool.submit(ending.process).result(60)


def test_the_end_waits_or_does_not(tmp_path: Path) -> None:
    pool = Pool(1)
    waited = pool.submit(pow, 2, 3)
    pool.shutdown()
    assert waited.result(0) == 8
    with pytest.raises(RuntimeError):
        pool.submit(pow, 2, 3)
    pool = Pool(1)
    stuck, later = pool.submit(ending.slept, str(tmp_path / "pid")), pool.submit(pow, 2, 3)
    number = started(tmp_path / "pid")
    pool.shutdown(cancel_futures=True)
    with pytest.raises(WorkerLost):
        stuck.result(60)
    assert later.cancelled() and not psutil.pid_exists(number)


def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    code = (  # no `if __name__ == "__main__"`
        "import sys, time; from deepdreamr.many.pools import Pool; import ending\n"
        "pool = Pool(1); pool.submit(ending.slept, sys.argv[1]); time.sleep(600)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    driver = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "pid")], env=environment)
    try:
        worker = started(tmp_path / "pid")
    finally:
        driver.kill()
        driver.wait()
    end = time.monotonic() + 60
    while gone := psutil.pid_exists(worker) and time.monotonic() < end:
        time.sleep(0.05)
    assert not gone


def started(path: Path) -> int:
    """The number that a process wrote to a file."""
    end = time.monotonic() + 60
    while not (path.exists() and path.read_text()) and time.monotonic() < end:
        time.sleep(0.02)
    return int(path.read_text())


def test_what_lies_in_the_main_program_cannot_be_sent() -> None:
    def inner() -> Any:
        return 1

    check_sendable([len, ending.process, {"a": 1}])
    with pytest.raises(ArgumentError, match=r"cannot be sent to them: .*inner"):
        check_sendable([inner])
    inner.__module__, inner.__qualname__ = "__main__", "inner"
    with pytest.raises(ArgumentError, match=r"do not have 'inner'. Define it in a module"):
        check_sendable({"objective": inner})


def test_a_worker_that_ends_as_it_starts_is_started_once_more(
    pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def machine(threads: Any) -> Any:
        asked.append(pool.submit(ending.killed if len(asked) < ends else ending.process))
        return asked[-1]

    executor = SimpleNamespace(submit=lambda function, threads: machine(threads))
    ends = 1
    found: dict[str, Any] = OwnLanes(executor, 1, None, 1).machines(1)
    assert found["worker 1"] != os.getpid() and len(asked) == 2
    ends = 4
    asked.clear()
    with pytest.raises(WorkerError, match="no worker can be started"):
        OwnLanes(executor, 1, None, 1).machines(1)
    with pytest.raises(WorkerError, match="and with it the executor"):
        Lanes(executor, 1, None, 1).machines(1)
