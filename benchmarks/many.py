"""Many pictures: workers against a loop, and what pool, journal and writing take besides.

24 pictures of 512 x 384 pixels, 4 octaves of 10 steps. Each round has all ways, in an order drawn
anew. Workers are warm: they have started, loaded the network and traced it for this size before
the first round, and what that took is told apart. The loop is warm likewise.

The overhead is told by pictures of one tiny step, in a worker of one thread beside a loop of one
thread that dreams and saves, in pairs: there is nothing to win by a second thread, and the driver
writes what a worker has dreamed while that dreams the next, as it does with large pictures.

What the machine itself has to give is told by loops of one thread in two processes that know
nothing of each other, at once, beside one alone.

usage: python benchmarks/many.py [ROUNDS [PICTURES]]
"""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from measuring import machine, print_table
from PIL import Image

from deepdreamr import dream, dream_many, sample_image
from deepdreamr.many.connecting import client_of, quiet
from deepdreamr.many.pools import Pool

PICTURES, SIZE = 24, (512, 384)
SETTINGS: dict[str, Any] = {"recipe": "keras", "octaves": 4, "iterations": 10, "seed": 1}
TINY_PICTURES, TINY_SIZE = 100, (96, 96)
TINY: dict[str, Any] = {"recipe": "vivid", "octaves": 1, "iterations": 1, "seed": 1}
TINY["layers"] = {"mixed0": 1}


def pictures(folder: Path, size: tuple[int, int], count: int) -> list[str]:
    """Cuttings of the sample picture, each from another place."""
    whole = Image.open(sample_image("jelly")).convert("RGB").resize((1024, 768))
    draw = random.Random(0)
    paths = []
    for number in range(count):
        left, top = (draw.randrange(w - s) for w, s in zip(whole.size, size, strict=True))
        path = folder / f"{number:03d}.png"
        whole.crop((left, top, left + size[0], top + size[1])).save(path)
        paths.append(str(path))
    return paths


def loop(paths: list[str], settings: dict[str, Any]) -> float:
    """Seconds a picture of `dream` in a loop in this process."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        for number, path in enumerate(paths):
            dream(path, **settings).save(Path(folder) / f"{number}.png")
        return (time.perf_counter() - start) / len(paths)


def many(paths: list[str], settings: dict[str, Any], workers: int, **where: Any) -> float:
    """Seconds a picture of workers of one thread each, of an `executor` or a `cluster`."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        options = {**settings, **where, "workers": workers, "progress": False}
        summary = dream_many(paths, output=folder, **options)
        if summary.done != len(paths):
            raise RuntimeError(str(summary))
        return (time.perf_counter() - start) / len(paths)


Ways = dict[str, Callable[[], float]]


def measured(ways: Ways, rounds: int) -> dict[str, list[float]]:
    """Seconds a picture of each way, round by round."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        for name in random.Random(number).sample(list(ways), len(ways)):
            found[name].append(ways[name]())
    return found


def warmed(paths: list[str], settings: dict[str, Any], workers: int) -> tuple[Pool, float]:
    """A pool whose workers have all dreamed, and the seconds until then."""
    pool, start = Pool(workers), time.perf_counter()
    many(paths[: 4 * workers], {**settings, "iterations": 1}, workers, executor=pool)
    return pool, time.perf_counter() - start


def compare(rounds: int, count: int) -> None:
    """Print a table of workers and the loop."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        paths = pictures(Path(folder), SIZE, count)
        start = time.perf_counter()
        loop(paths[:1], {**SETTINGS, "iterations": 1})
        starts = [time.perf_counter() - start]
        one, first = warmed(paths, SETTINGS, 1)
        two, second = warmed(paths, SETTINGS, 2)
        start = time.perf_counter()
        stack.enter_context(quiet())
        client = stack.enter_context(client_of("local", 2, False))
        many(paths[:8], {**SETTINGS, "iterations": 1}, 2, cluster=client)
        starts += [first, second, time.perf_counter() - start]
        ways: Ways = {
            "dream() in a loop": lambda: loop(paths, SETTINGS),
            "one worker of one thread": lambda: many(paths, SETTINGS, 1, executor=one),
            "two workers of one thread": lambda: many(paths, SETTINGS, 2, executor=two),
            "two of a local Dask cluster": lambda: many(paths, SETTINGS, 2, cluster=client),
        }
        found = measured(ways, rounds)
        for pool in (one, two):
            pool.shutdown()
    base, rows = median(found["dream() in a loop"]), []
    for (name, times), begun in zip(found.items(), starts, strict=True):
        seconds = median(times)
        rows.append((name, f"{seconds:.3f} s", f"{base / seconds:.2f}", f"{begun:.1f} s"))
    print_table(("way", "a picture", "loop / it", "start"), rows)


def _one_thread() -> None:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def overhead(rounds: int) -> None:
    """Print what a picture takes besides its dream."""
    _one_thread()
    with tempfile.TemporaryDirectory() as folder:
        paths = pictures(Path(folder), TINY_SIZE, TINY_PICTURES)
        loop(paths[:2], TINY)
        pool, _ = warmed(paths, TINY, 1)
        ways: Ways = {
            "tiny, in a loop of one thread": lambda: loop(paths, TINY),
            "tiny, one worker of one thread": lambda: many(paths, TINY, 1, executor=pool),
        }
        found = measured(ways, rounds)
        pool.shutdown()
    print_table(
        ("way", "a picture"), [(name, f"{1000 * median(t):.1f} ms") for name, t in found.items()]
    )
    pairs = [1000 * (b - a) for a, b in zip(*found.values(), strict=True)]
    print(f"\noverhead: {median(pairs):.1f} ms a picture ({min(pairs):.1f} to {max(pairs):.1f})")


class Alone:
    """A loop of one thread in a process of its own, which waits to be asked."""

    def __init__(self, count: int) -> None:
        command = [sys.executable, __file__, "--alone", str(count)]
        pipe = subprocess.PIPE
        self.process: Any = subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe)
        self.answer()

    def ask(self) -> None:
        """Let it dream."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def answer(self) -> float:
        """Seconds a picture."""
        return float(self.process.stdout.readline())


def alone(count: int) -> None:
    """What the process does: a loop for each line."""
    _one_thread()
    with tempfile.TemporaryDirectory() as folder:
        paths = pictures(Path(folder), SIZE, count)
        print(loop(paths[:1], {**SETTINGS, "iterations": 1}), flush=True)
        for _ in sys.stdin:
            print(loop(paths, SETTINGS), flush=True)


def ceiling(rounds: int, count: int) -> None:
    """Print what two processes that know nothing of each other win."""
    one, other = Alone(count), Alone(count)
    ratios = []
    for _ in range(rounds):
        one.ask()
        single = one.answer()
        one.ask()
        other.ask()
        both = (one.answer() + other.answer()) / 2
        ratios.append(2 * single / both)
    for process in (one.process, other.process):
        process.communicate()
    least, most = min(ratios), max(ratios)
    print(f"two loops apart: {median(ratios):.2f} times one ({least:.2f} to {most:.2f})")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--alone"]:
        alone(int(sys.argv[2]))
    elif sys.argv[1:2] == ["--overhead"]:
        overhead(int(sys.argv[2]))
    else:
        numbers = [int(text) for text in sys.argv[1:]] + [5, PICTURES][len(sys.argv) - 1 :]
        print(machine())
        compare(*numbers[:2])
        print(flush=True)
        ceiling(numbers[0], min(numbers[1], 4))
        print(flush=True)
        subprocess.run([sys.executable, __file__, "--overhead", str(numbers[0])], check=True)
