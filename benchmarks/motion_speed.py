"""What makes a clip's dream faster: fewer pixels, fewer frames, fewer steps.

    python benchmarks/motion_speed.py
    python benchmarks/motion_speed.py --size 360x640 --frames 8 --octaves 4

Seconds for each frame of the clip, without the first two, which load and trace the network: by the
clock, and of the processor, which other programs disturb less. Speed is that of the call as it is,
by the processor's time. All are of one run.
"""

from __future__ import annotations

import argparse
import time
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from motion import seconds_each, turning

from deepdreamr import dream_video
from deepdreamr.motion.clips import ClipInfo, write_clip


def ways(width: int) -> dict[str, dict[str, Any]]:
    """What is compared, for clips of a width."""
    return {
        "as it is": {},
        f"max_size={width // 2}": {"max_size": width // 2},
        "every=2": {"every": 2},
        "iterations=1": {"iterations": 1},
    }


def seconds(source: Path, output: Path, **options: Any) -> np.ndarray:
    """Of each frame of the clip, by the clock and of the processor."""
    took: list[tuple[float, float]] = []
    progress = lambda step: took.append((time.perf_counter(), time.process_time()))  # noqa: E731
    dream_video(source, output=output, progress=progress, seed=1, **options)
    return seconds_each(took) / options.get("every", 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--size", default="720x1280")
    parser.add_argument("--octaves", type=int, default=3)
    parser.add_argument("--recipe", default="rblog")
    asked = parser.parse_args()
    height, width = (int(number) for number in asked.size.split("x"))
    frames, rate = turning(asked.frames, 3, (height, width)), Fraction(25)
    print(f"{asked.frames} frames of {width}x{height}, recipe {asked.recipe}")
    print("| way | s / frame | of the processor | speed |\n|---|---|---|---|")
    with TemporaryDirectory() as name:
        folder, whole = Path(name), np.nan
        info = ClipInfo((height, width), rate=rate)
        write_clip(folder / "in", info, ((f, i / rate) for i, f in enumerate(frames)))
        for number, (way, options) in enumerate(ways(width).items()):
            given = {"recipe": asked.recipe, "octaves": asked.octaves, **options}
            clock, processor = seconds(folder / "in", folder / str(number), **given)
            whole = processor if number == 0 else whole
            row = f"{clock:.2f} | {processor:.2f} | {whole / processor:.2f}"
            print(f"| `{way}` | {row} |", flush=True)


if __name__ == "__main__":
    main()
