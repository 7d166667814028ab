"""How much memory there is: of the machine, and within the limits of control groups."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from deepdreamr import machine, plan
from deepdreamr.errors import MemoryLimitError
from deepdreamr.machine import free_memory, is_shortage, used_memory
from deepdreamr.runs import memory
from deepdreamr.runs.memory import tile_limit

GB = 10**9


def version_2(folder: Path, limit: str, usage: str, *, at: str = "", cache: str = "0") -> None:
    path = folder / "cgroup" / at
    path.mkdir(parents=True, exist_ok=True)
    (path / "memory.max").write_text(limit)
    (path / "memory.current").write_text(usage)
    (path / "memory.stat").write_text(f"anon 5\ninactive_file {cache}\n")


def version_1(folder: Path, limit: str, usage: str, *, at: str = "", cache: str = "0") -> None:
    path = folder / "cgroup" / "memory" / at
    path.mkdir(parents=True, exist_ok=True)
    (path / "memory.limit_in_bytes").write_text(f"{limit}\n")
    (path / "memory.usage_in_bytes").write_text(f"{usage}\n")
    (path / "memory.stat").write_text(f"cache 7\ntotal_inactive_file {cache}\n")


@pytest.fixture
def cgroups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A folder in place of the system's groups; `own` says which this process is in."""

    def made(own: str) -> Path:
        (tmp_path / "cgroup").mkdir(exist_ok=True)
        (tmp_path / "own").write_text(own)
        monkeypatch.setattr(machine, "CGROUPS", tmp_path / "cgroup")
        monkeypatch.setattr(machine, "OWN_CGROUPS", tmp_path / "own")
        return tmp_path

    return made


def test_the_process_s_own_memory() -> None:
    before = used_memory()
    ballast = bytearray(50_000_000)
    ballast[::4096] = b"x" * len(ballast[::4096])
    assert used_memory() - before > 40_000_000
    del ballast


def test_without_a_limit_it_is_what_the_machine_has(cgroups: Any) -> None:
    folder = cgroups("0::/\n")
    version_2(folder, "max", "123")
    available = psutil.virtual_memory().available
    assert abs(free_memory() - available) < 2 * GB


def test_a_container_of_version_2(cgroups: Any) -> None:
    """In a container its own group is mounted at the top, and called /."""
    version_2(cgroups("0::/\n"), str(2 * GB), str(GB // 2))
    assert free_memory() == 2 * GB - GB // 2


def test_what_is_kept_of_files_is_given_up(cgroups: Any) -> None:
    version_2(cgroups("0::/\n"), str(2 * GB), str(GB), cache=str(GB // 4))
    assert free_memory() == 2 * GB - GB + GB // 4


def test_the_narrowest_of_all_groups_around_counts(cgroups: Any) -> None:
    folder = cgroups("0::/user.slice/job.scope\n")
    version_2(folder, "max", "0")
    version_2(folder, str(3 * GB), str(2 * GB), at="user.slice")
    version_2(folder, str(2 * GB), "0", at="user.slice/job.scope")
    assert free_memory() == GB


def test_a_container_of_version_1(cgroups: Any) -> None:
    own = "12:cpu,cpuacct:/docker/abc\n7:memory:/docker/abc\n0::/system.slice\n"
    folder = cgroups(own)
    version_1(folder, str(2 * GB), str(GB), cache=str(GB // 2))  # mounted at the top
    assert free_memory() == 2 * GB - GB // 2


def test_a_group_of_version_1_with_a_folder_of_its_own(cgroups: Any) -> None:
    folder = cgroups("7:memory:/slurm/job_5\n")
    version_1(folder, "9223372036854771712", "5")
    version_1(folder, str(GB), "0", at="slurm/job_5")
    assert free_memory() == GB


def test_a_full_group_has_nothing_left(cgroups: Any) -> None:
    version_2(cgroups("0::/\n"), str(GB), str(GB + 5))
    assert free_memory() == 0


@pytest.mark.parametrize("own", ["", "nonsense\n", "0::/../../etc\n", "7:memory\n", "0::/none\n"])
def test_whatever_the_files_say(cgroups: Any, own: str) -> None:
    folder = cgroups(own)
    (folder / "cgroup" / "memory.max").write_text("a lot")
    assert (free_memory() or 0) > GB


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the process a new one that holds so many bytes, without TensorFlow."""

    def made(used: int) -> None:
        monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
        for module in (memory, machine):
            monkeypatch.setattr(module, "used_memory", lambda: used)

    return made


def test_a_plan_in_a_container_of_2_gb_says_2_gb(cgroups: Any, process: Any) -> None:
    picture, folder = np.zeros((600, 800, 3), np.uint8), cgroups("0::/\n")
    process(GB // 10)
    version_2(folder, str(2 * GB), str(GB // 10))
    fits = plan(picture, octaves=2, measure=False)
    assert fits.can_run and fits.memory < 2 * GB
    process(3 * GB // 2)
    version_2(folder, str(2 * GB), str(3 * GB // 2))
    full = plan(picture, octaves=2, measure=False)
    assert re.search(r"needs at least 2\.3 GB. Received: 2\.0 GB", full.problems[0])


def test_what_a_small_container_allows_is_never_more_than_it_has(
    cgroups: Any, process: Any
) -> None:
    """Also where TensorFlow, which is not loaded yet, will take most of it."""
    process(GB // 10)
    version_2(cgroups("0::/\n"), str(7 * GB // 10), str(GB // 10))
    with pytest.raises(MemoryLimitError, match=r"Received: 0\.7 GB"):
        tile_limit((600, 800), 1000, None)


def test_what_may_be_held_in_all_is_never_more_than_the_limit(cgroups: Any, process: Any) -> None:
    """Some of what a process holds is shared, and counted for another group."""
    process(GB)
    version_2(cgroups("0::/\n"), str(2 * GB), str(GB // 2))
    assert machine.usable_memory() == 2 * GB
    process(GB // 4)
    assert machine.usable_memory() == 2 * GB - GB // 4


def wrapped(error: Exception, outside: Exception) -> Exception:
    """An error that stands for another one, as by `raise ... from None`."""
    outside.__context__, outside.__suppress_context__ = error, True
    return outside


@pytest.mark.parametrize(
    ("error", "short"),
    [
        (MemoryError(), True),
        (OSError(12, "Cannot allocate memory"), True),
        (ImportError("a.so: failed to map segment from shared object"), True),
        (wrapped(MemoryError(), ValueError("it cannot be read")), True),
        (wrapped(type("ResourceExhaustedError", (Exception,), {})(), MemoryLimitError("")), True),
        (MemoryLimitError("it would not fit"), False),
        (wrapped(ValueError("odd"), OSError("no such file")), False),
        (None, False),
    ],
)
def test_what_comes_of_want_of_memory(error: Any, short: bool) -> None:
    assert is_shortage(error) is short
