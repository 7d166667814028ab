"""Many pictures: workers against a loop, and what pool, journal and writing take besides.

24 pictures of 512 x 384 pixels, 4 octaves of 10 steps. Each round has all ways, in an order drawn
anew; workers are warm, and their start is told apart. The last row dreams one tiny step a
picture, beside a loop that does so and saves.

usage: python benchmarks/many.py [ROUNDS]
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring import machine, print_table
from PIL import Image

from deepdreamr import dream, dream_many, sample_image

PICTURES, SIZE = 24, (512, 384)
SETTINGS: dict[str, Any] = {"recipe": "keras", "octaves": 4, "iterations": 10, "seed": 1}
TINY: dict[str, Any] = {"recipe": "vivid", "octaves": 1, "iterations": 1, "layers": {"mixed0": 1}}


def pictures(folder: Path, size: tuple[int, int], count: int) -> list[str]:
    """Cuttings of the sample picture, each from another place."""
    whole = Image.open(sample_image("jelly")).convert("RGB").resize((1024, 768))
    draw = random.Random(0)
    paths = []
    for number in range(count):
        left, top = (draw.randrange(w - s) for w, s in zip(whole.size, size, strict=True))
        path = folder / f"{number:02d}.png"
        whole.crop((left, top, left + size[0], top + size[1])).save(path)
        paths.append(str(path))
    return paths


def loop(paths: list[str], settings: dict[str, Any]) -> float:
    """Seconds a picture of `dream` in a loop at its default threads, the network loaded."""
    with tempfile.TemporaryDirectory() as folder:
        dream(paths[0], **{**settings, "iterations": 1})
        start = time.perf_counter()
        for number, path in enumerate(paths):
            dream(path, **settings).save(Path(folder) / f"{number}.png")
        return (time.perf_counter() - start) / len(paths)


def many(paths: list[str], settings: dict[str, Any], workers: int) -> tuple[float, float]:
    """Seconds a picture of warm workers, and of their start."""
    with tempfile.TemporaryDirectory() as folder:
        options = {**settings, "workers": workers, "progress": False}
        summary = dream_many(paths, output=folder, **options)
        if summary.done != len(paths):
            raise RuntimeError(str(summary))
        return (summary.seconds - summary.starting) / len(paths), summary.starting


def in_its_own(way: str) -> tuple[float, float]:
    """Measure one way in a fresh process, which has no network yet."""
    command = [sys.executable, __file__, "--way", way]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    seconds, starting = out.splitlines()[-1].split()
    return float(seconds), float(starting)


def measured(way: str) -> tuple[float, float]:
    """Seconds a picture, and of the start."""
    with tempfile.TemporaryDirectory() as folder:
        size, settings = (SIZE, SETTINGS) if way[:4] != "tiny" else ((96, 96), TINY)
        paths = pictures(Path(folder), size, PICTURES)
        if way.endswith("loop"):
            return loop(paths, settings), 0.0
        return many(paths, settings, int(way[-1]))


WAYS = {
    "dream() in a loop": "loop",
    "one worker of one thread": "many 1",
    "two workers of one thread": "many 2",
    "tiny, in a loop": "tiny loop",
    "tiny, one worker": "tiny many 1",
}


def main(rounds: int) -> None:
    """Print a table: medians over the rounds."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    for _ in range(rounds):
        for name in random.sample(list(WAYS), len(WAYS)):
            found[name].append(in_its_own(WAYS[name]))
    print(machine())
    base = statistics.median(s for s, _ in found["dream() in a loop"])
    rows = []
    for name, times in found.items():
        seconds = statistics.median(s for s, _ in times)
        start = statistics.median(s for _, s in times)
        ratio = "" if name.startswith("tiny") else f"{base / seconds:.2f}"
        rows.append((name, f"{seconds:.3f} s", ratio, f"{start:.1f} s"))
    print_table(("way", "a picture", "loop / it", "start"), rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--way"]:
        print(*measured(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
