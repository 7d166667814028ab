"""How much faster scenes are dreamed by workers, beside one process with as many threads in all.

A clip of some scenes, each a camera that moves over a part of the sample picture, dreamed with
motion="flow"; both ways in each round, in turns. Starting the workers counts.

usage: python benchmarks/motion_workers.py [ROUNDS [SCENES [FRAMES [WORKERS]]]]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from measuring import machine, print_table
from motion import turning

from deepdreamr import dream_video
from deepdreamr.motion.clips import ClipInfo, write_clip

SHAPE = (180, 320)
SETTINGS = {"recipe": "vivid", "octaves": 3, "seed": 1, "progress": False, "overwrite": True}


def clip(folder: Path, scenes: int, frames: int) -> None:
    """Scenes of one camera's way, every second one in negative, which makes cuts of their ends."""
    made = turning(scenes * frames, 6, SHAPE)
    info = ClipInfo(SHAPE)
    shown = (255 - f if n // frames % 2 else f for n, f in enumerate(made))
    write_clip(
        folder, info, ((np.ascontiguousarray(f), n / info.rate) for n, f in enumerate(shown))
    )


def seconds(source: Path, output: Path, **how: int) -> float:
    """What the dream of a clip takes."""
    start = time.perf_counter()
    made = dream_video(source, {"mixed4": 1.0}, output=output, **SETTINGS, **how)
    print(f"{made}, {how or 'one process'}", file=sys.stderr)
    return time.perf_counter() - start


def main(rounds: int = 3, scenes: int = 6, frames: int = 12, workers: int = 2) -> None:
    """Measure, and print the medians."""
    ways = {
        "one process, all threads": {},
        f"{workers} workers, a thread each": {"workers": workers},
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "in"
        clip(source, scenes, frames)
        for _ in range(rounds):
            for way, how in ways.items():
                took[way].append(seconds(source, Path(name) / "out.mp4", **how))
    print(f"{machine()}; {scenes} scenes of {frames} frames of {SHAPE[1]}x{SHAPE[0]}\n")
    medians = {way: statistics.median(times) for way, times in took.items()}
    count = scenes * frames
    rows = [(way, f"{m / count:.2f} s", f"{max(took[way]) - min(took[way]):.1f} s")
            for way, m in medians.items()]  # fmt: skip
    print_table(("way", "a frame", "spread of all"), rows)
    one, several = medians.values()
    print(f"\n{workers} workers are {one / several:.2f} times as fast")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
