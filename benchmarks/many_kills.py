"""Kills at random moments of a run over many pictures: nothing is lost, and hardly anything twice.

Twelve small pictures by the real network with two workers. Each time a worker, the driver, or a
Dask cluster's scheduler (whose workers end with it, and whose driver must end within 30 seconds) is
killed as by `kill -9`, at a moment drawn from a whole run's length, and afterwards the same call is
made again. Then the folder, but for the journal, must be byte for byte that of an undisturbed run,
at most one picture a worker may have been dreamed twice, and of what was to end with the one that
was killed nothing may be left after five seconds.

usage: python benchmarks/many_kills.py [TIMES [SEED [KIND ...]]]
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from measuring import machine, print_table
from PIL import Image

from deepdreamr import dream_many, sample_image
from deepdreamr.many import lanes
from deepdreamr.many.workers import Made, Task, work

PICTURES, WORKERS, ORPHANS, LOST = 12, 2, 5.0, 30.0
SETTINGS: dict[str, Any] = {"recipe": "vivid", "octaves": 2, "iterations": 5, "seed": 3}
LAYERS = {"mixed3": 1}
_LOG = "MANY_KILLS_LOG"
_SCRIPT = "import sys, many_kills; many_kills.drive(*sys.argv[1:])"


def logged(task: Task) -> Made:
    """`work`, which writes down each picture that it has dreamed."""
    made = work(task)
    note(task)
    return made


def logged_there(task: Task, token: str) -> Made | None:
    """The same on a cluster."""
    from deepdreamr.many.clusters import work_there

    if (made := work_there(task, token)) is not None:
        note(task)
    return made


def note(task: Task) -> None:
    """Write down that a picture has been dreamed."""
    log = os.open(os.environ[_LOG], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(log, f"{task.name}\n".encode())
    os.close(log)


def drive(images: str, output: str, cluster: str) -> None:
    """What the driver's process does."""
    lanes.work = logged  # type: ignore[attr-defined]
    options = {**SETTINGS, "workers": WORKERS, "progress": False}
    if cluster:
        from deepdreamr.many import clusters

        clusters.work_there = logged_there
        options["cluster"] = cluster
    print(dream_many(images, LAYERS, output=output, **options))


class Run(NamedTuple):
    """A driver's process, its output's folder, and where its workers write what they dream."""

    driver: psutil.Popen
    output: Path
    log: Path

    def workers(self) -> list[psutil.Process]:
        """Its workers."""
        try:
            return self.driver.children(recursive=True)
        except psutil.NoSuchProcess:
            return []


def started(images: Path, output: Path, cluster: str = "") -> Run:
    """Start a run, or start it again."""
    log = output.with_suffix(".log")
    paths = [str(Path(__file__).parent), *filter(None, sys.path)]
    environment = {**os.environ, _LOG: str(log), "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-c", _SCRIPT, str(images), str(output), cluster]
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return Run(psutil.Popen(command, env=environment, **quiet), output, log)


Kill = Callable[[Run, random.Random], list[psutil.Process]]
"""Kills something of a run; the processes of which none may be left soon after."""


def kill_worker(run: Run, chance: random.Random) -> list[psutil.Process]:
    """Kill one of the workers, once there is one."""
    while run.driver.poll() is None:
        if workers := run.workers():
            worker = chance.choice(workers)
            worker.kill()
            return [worker]
        time.sleep(0.01)
    return []


def kill_driver(run: Run, chance: random.Random) -> list[psutil.Process]:
    """Kill the driver, which its workers must see."""
    workers = run.workers()
    run.driver.kill()
    return workers


def kill_scheduler(run: Run, chance: random.Random) -> list[psutil.Process]:
    """Kill the scheduler of a cluster, once there is one, which workers and driver must see."""
    while run.driver.poll() is None:
        for process in run.workers():
            with contextlib.suppress(psutil.NoSuchProcess):
                if "many.house" in " ".join(process.cmdline()):
                    doomed = [process, *process.children(recursive=True)]
                    process.kill()
                    return doomed
        time.sleep(0.01)
    return []


KINDS: dict[str, tuple[Kill, str]] = {
    "worker": (kill_worker, ""),
    "driver": (kill_driver, ""),
    "scheduler": (kill_scheduler, "local"),
    "cluster's driver": (kill_driver, "local"),
}
"""What is killed, and the cluster on which the run is."""


def content(folder: Path) -> dict[str, bytes]:
    """All files of a folder but the journal's."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in files
        if ".deepdreamr" not in path.parts
    }


def finished(run: Run) -> str:
    """What is wrong with a run that should end well, or nothing."""
    said, errors = run.driver.communicate(timeout=600)
    good = run.driver.returncode == 0 and f" of {PICTURES} dreamed" in said
    return "" if good else f"ended with {run.driver.returncode}: {errors.strip()[-300:]}"


def lost(run: Run) -> str:
    """What is wrong with a run whose scheduler was killed, or nothing."""
    try:
        _, errors = run.driver.communicate(timeout=LOST)
    except subprocess.TimeoutExpired:
        run.driver.kill()
        return f"the driver goes on after {LOST:g} s"
    good = run.driver.returncode == 0 or "WorkerError" in errors
    return "" if good else f"ended with {run.driver.returncode}: {errors.strip()[-300:]}"


def trial(
    kind: str, images: Path, output: Path, wanted: dict[str, bytes], moment: float, seed: int
) -> list[str]:
    """Kill once and finish the run; what is wrong afterwards."""
    kill, cluster = KINDS[kind]
    run, wrong = started(images, output, cluster), list[str]()
    try:
        run.driver.wait(moment)
    except psutil.TimeoutExpired:
        doomed = kill(run, random.Random(seed))
        _, alive = psutil.wait_procs(doomed, timeout=ORPHANS)
        wrong += [f"{len(alive)} left after {ORPHANS:g} s"] if alive else []
    if kill is kill_scheduler:
        wrong += filter(None, [lost(run)])
    elif run.driver.poll() is None or run.driver.returncode >= 0:  # it goes on by itself
        wrong += filter(None, [finished(run)])
    again = started(images, output, cluster)
    wrong += filter(None, [finished(again)])
    if (found := content(output)) != wanted:
        names = sorted(n for n in {*found, *wanted} if found.get(n) != wanted.get(n))
        wrong.append(f"other files: {names}")
    dreamed = run.log.read_text().split() if run.log.exists() else []
    twice = len(dreamed) - PICTURES
    if not 0 <= twice <= WORKERS:
        wrong.append(f"{twice} pictures dreamed twice")
    return wrong


def main(times: int, seed: int, kinds: list[str]) -> None:
    """Try each kind so many times, and print what went wrong."""
    print(machine(), f"seed {seed}", sep=", ")
    with tempfile.TemporaryDirectory() as folder:
        images, chance = Path(folder, "in"), random.Random(seed)
        images.mkdir()
        sample = Image.open(sample_image("jelly")).convert("RGB")
        for number in range(PICTURES):
            sample.resize((100 + number % 3, 90 + number)).save(images / f"{number:02d}.png")
        start = time.perf_counter()
        run = started(images, Path(folder, "whole"))
        if problem := finished(run):
            raise RuntimeError(problem)
        length, wanted, rows = time.perf_counter() - start, content(run.output), []
        for kind in kinds:
            bad = 0
            for number in range(times):
                moment = chance.uniform(0, length)
                output = Path(folder, f"{kind}-{number}")
                wrong = trial(kind, images, output, wanted, moment, chance.randrange(2**31))
                bad += bool(wrong)
                said = "; ".join(wrong) or "fine"
                print(f"{kind} {number + 1}, killed at {moment:.2f} s: {said}", flush=True)
            rows.append((kind, times, bad))
    print_table(("killed", "times", "wrong"), rows)
    sys.exit(any(bad for *_, bad in rows))


if __name__ == "__main__":
    given = sys.argv[1:]
    main(int((given + ["20"])[0]), int((given[1:] + ["0"])[0]), given[2:] or list(KINDS))
