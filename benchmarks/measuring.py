"""What the benchmarks share: the machine, paired timings and tables."""

from __future__ import annotations

import os
import platform
import random
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

LAYERS = {"mixed2": 0.2, "mixed3": 3.0, "mixed4": 2.0, "mixed5": 1.5}  # recipe keras's
SHAPE = (427, 640)


def machine() -> str:
    """The processor, cores and memory."""
    model = platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
        memory = Path("/proc/meminfo").read_text(encoding="utf-8").split()[1]
        return f"{model}, {os.cpu_count()} cores, {int(memory) / 2**20:.0f} GiB"
    except (OSError, StopIteration):
        return f"{model}, {os.cpu_count()} cores"


def seconds(function: Callable[[], object]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def timed_in_turn(
    functions: Mapping[str, Callable[[], object]], runs: int
) -> dict[str, list[float]]:
    """Seconds of each function, all run in each round, after two warm-ups.

    Each round has an order of its own, so that none always follows the same other one, whose
    threads and caches it finds.
    """
    for function in functions.values():
        function()
        function()
    taken: dict[str, list[float]] = {name: [] for name in functions}
    order, chance = list(functions), random.Random(0)
    for _ in range(runs):
        chance.shuffle(order)
        for name in order:
            taken[name].append(seconds(functions[name]))
    return taken


def ratio(one: Sequence[float], other: Sequence[float]) -> float:
    """The median over the rounds of one's time divided by the other's."""
    return median(a / b for a, b in zip(one, other, strict=True))


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table in Markdown."""
    print("| " + " | ".join(head) + " |")
    print("|" + " --- |" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
