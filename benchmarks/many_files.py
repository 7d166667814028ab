"""The driver with very many files: its memory and time, with a worker that copies.

Each count in a process of its own: 8 x 8 pictures in folders of a thousand, listed, put in order,
journaled and written. What a picture takes besides its dream is the last column.

usage: python benchmarks/many_files.py [COUNT ...]
"""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from measuring import machine, print_table
from PIL import Image

from deepdreamr import dream_many
from deepdreamr.many.workers import Made

KIND = {"versions": {}, "device": "CPU", "processor": "none", "threads": 1}


class Copier(Executor):
    """Answers every task with the picture as it is."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """What a worker would answer, at once."""
        future: Future[Any] = Future()
        if fn.__name__ == "machine":
            future.set_result(KIND)
        else:
            content = Path(args[0].image).read_bytes()
            future.set_result(Made(content, "0" * 64, "0" * 64))
        return future


def measured(count: int) -> tuple[float, float, float]:
    """Megabytes at the peak, seconds until the call is checked, and milliseconds a picture."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            path = Path(folder, "in", f"{number // 1000:03d}", f"{number:06d}.png")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(out.getvalue())
        first: list[float] = []
        start = time.perf_counter()
        summary = dream_many(
            Path(folder, "in"),
            {"mixed0": 1},
            output=Path(folder, "out"),
            executor=Copier(),
            workers=1,
            max_memory="2GB",
            seed=1,
            progress=lambda outcome: first.append(time.perf_counter()) if not first else None,
        )
        taken = time.perf_counter() - start
    if summary.done != count:
        raise RuntimeError(str(summary))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return peak, first[0] - start, 1000 * (taken - (first[0] - start)) / count


def main(counts: list[int]) -> None:
    """Print a table."""
    rows = []
    for count in counts:
        command = [sys.executable, __file__, "--one", str(count)]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        peak, first, each = map(float, out.split())
        rows.append((f"{count:,}", f"{peak:.0f} MB", f"{first:.1f} s", f"{each:.1f} ms"))
    print(machine())
    print_table(("pictures", "peak memory", "until the first", "a picture"), rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(*measured(int(sys.argv[2])))
    else:
        main([int(count) for count in sys.argv[1:]] or [100, 10_000, 100_000])
