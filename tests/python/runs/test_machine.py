"""How much memory there is: of the machine, and within the limits of control groups."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from deepdreamr import plan, sample_image
from deepdreamr.runs import machine
from deepdreamr.runs.machine import free_memory, used_memory

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
def cgroups(tmp_path, monkeypatch):
    """A folder in place of the system's groups; `own` says which this process is in."""

    def made(own: str) -> Path:
        (tmp_path / "cgroup").mkdir(exist_ok=True)
        (tmp_path / "own").write_text(own)
        monkeypatch.setattr(machine, "CGROUPS", tmp_path / "cgroup")
        monkeypatch.setattr(machine, "OWN_CGROUPS", tmp_path / "own")
        return tmp_path

    return made


def test_the_process_s_own_memory():
    before = used_memory()
    ballast = bytearray(50_000_000)
    ballast[::4096] = b"x" * len(ballast[::4096])
    assert used_memory() - before > 40_000_000
    del ballast


def test_without_a_limit_it_is_what_the_machine_has(cgroups):
    folder = cgroups("0::/\n")
    version_2(folder, "max", "123")
    available = psutil.virtual_memory().available
    assert abs(free_memory() - available) < 2 * GB


def test_a_container_of_version_2(cgroups):
    """In a container its own group is mounted at the top, and called /."""
    version_2(cgroups("0::/\n"), str(2 * GB), str(GB // 2))
    assert free_memory() == 2 * GB - GB // 2


def test_what_is_kept_of_files_is_given_up(cgroups):
    version_2(cgroups("0::/\n"), str(2 * GB), str(GB), cache=str(GB // 4))
    assert free_memory() == 2 * GB - GB + GB // 4


def test_the_narrowest_of_all_groups_around_counts(cgroups):
    folder = cgroups("0::/user.slice/job.scope\n")
    version_2(folder, "max", "0")
    version_2(folder, str(3 * GB), str(2 * GB), at="user.slice")
    version_2(folder, str(2 * GB), "0", at="user.slice/job.scope")
    assert free_memory() == GB


def test_a_container_of_version_1(cgroups):
    own = "12:cpu,cpuacct:/docker/abc\n7:memory:/docker/abc\n0::/system.slice\n"
    folder = cgroups(own)
    version_1(folder, str(2 * GB), str(GB), cache=str(GB // 2))  # mounted at the top
    assert free_memory() == 2 * GB - GB // 2


def test_a_group_of_version_1_with_a_folder_of_its_own(cgroups):
    folder = cgroups("7:memory:/slurm/job_5\n")
    version_1(folder, "9223372036854771712", "5")
    version_1(folder, str(GB), "0", at="slurm/job_5")
    assert free_memory() == GB


def test_a_full_group_has_nothing_left(cgroups):
    version_2(cgroups("0::/\n"), str(GB), str(GB + 5))
    assert free_memory() == 0


@pytest.mark.parametrize("own", ["", "nonsense\n", "0::/../../etc\n", "7:memory\n", "0::/none\n"])
def test_whatever_the_files_say(cgroups, own):
    folder = cgroups(own)
    (folder / "cgroup" / "memory.max").write_text("a lot")
    assert free_memory() > GB


def test_a_plan_in_a_container_of_2_gb_says_2_gb(cgroups):
    version_2(cgroups("0::/\n"), str(2 * GB), str(used_memory()))
    planned = plan(sample_image(), max_size=600, measure=False)
    assert planned.can_run
    large = plan(size=(4000, 6000), seed=1, octaves=1, measure=False)
    assert any("2.0 GB" in text or "2.00 GB" in text for text in (*large.notes, *large.problems)), (
        large
    )
