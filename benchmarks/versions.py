"""Is this version as fast as an earlier one? Both in one run, in turns, each in its own process.

Each round times the gradient (the least of three) and a whole dream, in float32 and bfloat16, first
in one process, then in the other, in an order drawn anew; start-up is timed in new processes. The
ratio of each pair is new / old; below 1 the new version is faster. The interval is a bootstrap of
the pairs' median.

usage: python benchmarks/versions.py [ROUNDS [COMMIT]]    by default 15 rounds, and version 0.1
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import IO

import numpy as np
from measuring import machine, print_table

ROOT = Path(__file__).resolve().parents[1]
VERSION_0_1 = "ed9a53f"
WORKER = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np
from PIL import Image
import deepdreamr
from deepdreamr import dream, loss_and_gradient, sample_image
size, layers = (640, 427), {"mixed2": 0.2, "mixed3": 3.0, "mixed4": 2.0, "mixed5": 1.5}
photo = Image.open(sample_image()).resize(size, Image.Resampling.LANCZOS)
photo = np.asarray(photo)
def run(what, precision):
    if what == "gradient":
        loss_and_gradient(photo, layers, recipe="keras", precision=precision)
    else:
        dream(photo, layers, recipe="keras", precision=precision, octaves=4, iterations=5,
              max_loss=None, seed=1)
print(json.dumps(deepdreamr.__file__), flush=True)
for line in sys.stdin:
    what, precision = json.loads(line)
    seconds = []
    for _ in range(3 if what == "gradient" else 1):
        start = time.perf_counter()
        run(what, precision)
        seconds.append(time.perf_counter() - start)
    print(json.dumps(min(seconds)), flush=True)
"""
TASKS = [(what, low) for what in ("gradient", "dream") for low in ("float32", "bfloat16")]
STARTS = {
    "import deepdreamr": ["-c", "import deepdreamr"],
    "deepdreamr --help": ["-c", "from {cli} import main; main(['--help'])"],
}


class Version:
    """A version of the package, and a process that runs its tasks."""

    def __init__(self, folder: Path) -> None:
        self.environment = {**os.environ, "PYTHONPATH": str(folder)}
        new = (folder / "deepdreamr" / "front").is_dir()
        self.cli = "deepdreamr.front.cli" if new else "deepdreamr.cli"
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        where = Path(json.loads(self._of(self.process.stdout).readline()))
        if folder.resolve() not in where.resolve().parents:
            raise SystemExit(f"{where} is not in {folder}")

    @staticmethod
    def _of(pipe: IO[str] | None) -> IO[str]:
        if pipe is None:
            raise SystemExit("the process has no pipe")
        return pipe

    def seconds(self, task: tuple[str, str]) -> float:
        """How long a task takes in the process that runs."""
        self._of(self.process.stdin).write(json.dumps(task) + "\n")
        self._of(self.process.stdin).flush()
        return float(json.loads(self._of(self.process.stdout).readline()))

    def start_seconds(self, code: list[str]) -> float:
        """How long a new process takes."""
        arguments = [part.format(cli=self.cli) for part in code]
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, *arguments], env=self.environment, check=True, capture_output=True
        )
        return time.perf_counter() - start


def unpacked(commit: str, folder: Path) -> Path:
    """The Python package of a commit."""
    done = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True)
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder / "python"


def interval(ratios: list[float]) -> tuple[float, float]:
    """95 % of the medians of samples drawn from the pairs."""
    random = np.random.default_rng(0)
    samples = random.choice(ratios, (10_000, len(ratios)))
    low, high = np.percentile(np.median(samples, axis=1), (2.5, 97.5))
    return float(low), float(high)


def main(rounds: int, commit: str) -> None:
    random = np.random.default_rng()
    with tempfile.TemporaryDirectory() as folder:
        versions = [Version(ROOT / "python"), Version(unpacked(commit, Path(folder)))]
        for version in versions:
            for task in TASKS:
                version.seconds(task)  # loads, traces
        pairs: dict[str, list[list[float]]] = {}
        for _ in range(rounds):
            for task in TASKS:
                took = {i: versions[i].seconds(task) for i in random.permutation(2)}
                pairs.setdefault(" ".join(task), []).append([took[0], took[1]])
            for name, code in STARTS.items():
                took = {i: versions[i].start_seconds(code) for i in random.permutation(2)}
                pairs.setdefault(name, []).append([took[0], took[1]])
        for version in versions:
            version.process.terminate()
    print(f"{machine()}; {rounds} rounds, against {commit}\n")
    rows = []
    for name, found in pairs.items():
        ratios = [new / old for new, old in found]
        low, high = interval(ratios)
        new, old = (median(values) for values in zip(*found, strict=True))
        cells = [f"{new:.3f} s", f"{old:.3f} s", f"{median(ratios):.3f}", f"{low:.3f}-{high:.3f}"]
        rows.append([name, *cells])
    print_table(["task", "new", "old", "new / old", "95 %"], rows)


if __name__ == "__main__":
    main(int((sys.argv[1:] or ["15"])[0]), (sys.argv[2:] or [VERSION_0_1])[0])
