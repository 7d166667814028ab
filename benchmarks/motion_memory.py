"""What a clip's length costs in memory: the peak of a dream of few frames beside that of many.

Each in a fresh process, of one thread's frames of 128 x 96 pixels that are written to an .mp4.

usage: python benchmarks/motion_memory.py [FEW [MANY]]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import machine, print_table

_DREAM = """
import sys
from deepdreamr import dream_video
options = {"octaves": 2, "iterations": 2, "seed": 1, "progress": False, "max_memory": "4GB"}
dream_video(sys.argv[1], {"mixed3": 1}, output=sys.argv[2], **options)
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


def clip(path: Path, frames: int) -> None:
    """A camera that moves over the sample picture."""
    from motion import turning

    from deepdreamr.motion.clips import ClipInfo, write_clip

    info = ClipInfo((96, 128))
    made = ((frame, i / info.rate) for i, frame in enumerate(turning(frames, 2, (96, 128))))
    write_clip(path, info, made)


def peak(frames: int) -> float:
    """The most memory in bytes that a dream of so many frames has had."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "in.mp4")
        clip(source, frames)
        paths = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-c", _DREAM, str(source), str(source.with_name("out.mp4"))]
        done = subprocess.run(command, env=paths, check=True, stdout=subprocess.PIPE, text=True)
        return 1024 * int(done.stdout.split()[-1])


def main(few: int, many: int) -> None:
    """Print both, and what a frame more takes."""
    print(machine())
    peaks = {frames: peak(frames) for frames in (few, many)}
    print_table(("frames", "peak"), [(n, f"{bytes / 1e6:.0f} MB") for n, bytes in peaks.items()])
    each = (peaks[many] - peaks[few]) / (many - few)
    print(f"\n{each / 1e3:.1f} kB for each frame more, of {96 * 128 * 3 / 1e3:.0f} kB of pixels")


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]] + [50, 500][len(sys.argv) - 1 :]
    main(*numbers[:2])
