"""Kills at random moments of a clip's dream: the same bytes as undisturbed.

A small clip of two scenes by the real network. Each time the process is killed as by `kill -9`, at
a moment drawn from a whole run's length, until so many kills have hit; then the same call ends it.

usage: python benchmarks/motion_kills.py [TIMES [SEED [WORKERS]]]
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from measuring import machine
from PIL import Image

from deepdreamr import sample_image
from deepdreamr.motion.clips import ClipInfo, write_clip

FRAMES, SHAPE = 10, (80, 96)
_SCRIPT = (
    "import sys; from deepdreamr import dream_video; "
    "dream_video(sys.argv[1], {'mixed3': 1}, output=sys.argv[2], recipe='vivid', octaves=2, "
    "first_iterations=4, seed=3, progress=False, workers=int(sys.argv[3]))"
)


def clip(path: Path) -> None:
    """Some frames of a camera that turns over the sample picture."""
    photo = np.asarray(Image.open(sample_image("jelly")).convert("RGB"))
    height, width = SHAPE
    frames = [photo[200 : 200 + height, 200 + 3 * i : 200 + 3 * i + width] for i in range(FRAMES)]
    frames[FRAMES // 2 :] = [255 - frame[::-1] for frame in frames[FRAMES // 2 :]]
    info = ClipInfo(SHAPE)
    write_clip(path, info, ((frame, i / info.rate) for i, frame in enumerate(frames)))


def run(source: Path, output: Path, workers: int, seconds: float | None = None) -> bool:
    """Dream of the clip, or kill that after some seconds; whether it has ended by itself."""
    command = [sys.executable, "-c", _SCRIPT, str(source), str(output), str(workers)]
    paths = os.pathsep.join(filter(None, sys.path))
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(command, env={**os.environ, "PYTHONPATH": paths}, stderr=said) as process,
    ):
        try:
            if process.wait(seconds) != 0:
                said.seek(0)
                raise SystemExit(f"a call has failed: {said.read()[-2000:]}")
            return True
        except subprocess.TimeoutExpired:
            process.kill()
            return False


def main(times: int = 10, seed: int = 1, workers: int = 1) -> None:
    """Kill, go on, compare."""
    print(machine())
    moments = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder, hits, rounds = Path(name), 0, 0
        clip(folder / "in")
        start = time.perf_counter()
        run(folder / "in", folder / "whole.mp4", workers)
        length = time.perf_counter() - start
        whole = (folder / "whole.mp4").read_bytes()
        while hits < times:
            output, rounds = folder / f"killed-{rounds}.mp4", rounds + 1
            while hits < times and not output.exists():
                if run(folder / "in", output, workers, moments.uniform(0, length)):
                    break
                hits += 1
            if not output.exists() or (folder / f".{output.name}.dreams").exists():
                run(folder / "in", output, workers)
            same = output.read_bytes() == whole
            print(f"{hits} kills so far, {rounds} clips: {'the same' if same else 'other'} bytes")
            if not same:
                raise SystemExit(1)
        left = sorted(path.name for path in folder.iterdir() if path.name.startswith("."))
        print(f"left beside the clips: {left or 'nothing'}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
