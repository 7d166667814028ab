"""A zoom: even growth, the same sharpness, the same motion at any rate, no border, a closed loop.

Frames are measured before they are encoded. Growth is what registers each frame with the next one;
the first key frame is where all else is compared with.

usage: python benchmarks/zoom.py [SECONDS [FOLDER]]

With a folder its key frames and every sixth frame are kept there.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from measuring import machine, print_table
from PIL import Image

from deepdreamr import sample_image
from deepdreamr.motion.between import frames_of, mixed
from deepdreamr.motion.keys import Keys
from deepdreamr.motion.looks import sharpness_of
from deepdreamr.motion.zooming import Zoom
from deepdreamr.motion.zooms import ZoomRequest

SIZE = (320, 240)
LAYERS = {"mixed4": 1.0, "mixed5": 1.0}
SETTINGS: dict[str, Any] = {"octaves": 4, "iterations": 10, "step": 0.02, "jitter": 16, "seed": 1}
TURNING: dict[str, Any] = {"rotate": 10, "shift": (0.03, 0.0)}


def asked(picture: np.ndarray, folder: Path, **how: Any) -> ZoomRequest:
    how |= {"output": folder / "out", "overwrite": True}  # what was there was another zoom's
    return ZoomRequest(image=picture, layers=LAYERS, options=SETTINGS, **how)


def growths(frames: list[np.ndarray]) -> np.ndarray:
    """How many times as large each frame is as the one before, by registering the two."""
    grey = [cv2.GaussianBlur(cv2.cvtColor(f, cv2.COLOR_RGB2GRAY), (0, 0), 1.5) for f in frames]
    found, stop = [], (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 300, 1e-7)
    for before, after in zip(grey, grey[1:], strict=False):
        start = np.eye(2, 3, dtype=np.float32)
        _, matrix = cv2.findTransformECC(before, after, start, cv2.MOTION_AFFINE, stop)
        found.append(1 / np.sqrt(np.linalg.det(matrix[:, :2])))
    return 1 / np.array(found)


def rms(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.sqrt(np.mean((one.astype(float) - other) ** 2)))


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    return float(20 * np.log10(255 / max(rms(one, other), 1e-9)))


def darkest_of_white(zoom: Zoom, keys: Keys) -> int:
    """The darkest pixel of any frame between white key frames with black edges."""
    key = np.zeros((*zoom.place.shape, 3), np.uint8)
    key[1:-1, 1:-1] = 255
    look = keys.look._replace(sharpness=0.0, bands=((0.0, 0.0),) * len(keys.look.bands))
    shares = np.linspace(0, 1, 41)
    return min(int(mixed(zoom, (key, key), s * zoom.interval, s, look).min()) for s in shares)


def dreamed(zoom: Zoom, folder: Path | None) -> tuple[list[np.ndarray], dict[str, str]]:
    """A zoom's frames, and what is measured of them."""
    with zoom.workplace() as workplace:
        keys, start = Keys(zoom, workplace), time.perf_counter()
        for number in keys.dreamed():
            if folder:
                Image.fromarray(keys.read(number)).save(folder / f"key-{number:02d}.png")
        middle = time.perf_counter()
        frames = [frame for frame, _ in frames_of(zoom, keys)]
        end, darkest = time.perf_counter(), darkest_of_white(zoom, keys)
        first = sharpness_of(keys.read(zoom.first)[zoom.place.inner])
    growth, sharp = growths(frames), [sharpness_of(frame) / first for frame in frames]
    steps = [rms(a, b) for a, b in zip(frames, frames[1:], strict=False)]
    seam = rms(frames[-1], frames[0])
    rows = {
        "frames for a dream": f"{len(frames) / zoom.count:.1f}",
        "growth a frame": f"{growth.mean():.5f}, asked {asked_growth(zoom):.5f}",
        "it varies by at most": f"{100 * np.abs(growth / growth.mean() - 1).max():.2f} %",
        "of what a frame grows": f"{100 * np.abs((growth - 1) / (growth.mean() - 1) - 1).max():.1f}"
        " %",
        "sharpness of the last frame / first key frame": f"{sharp[-1]:.3f}",
        "of all frames": f"{min(sharp):.3f} to {max(sharp):.3f}",
        "darkest pixel of white key frames with black edges": str(darkest),
        "seam / median difference of neighbours": f"{seam / np.median(steps):.2f}"
        if zoom.asked.loop
        else "no loop",
        "largest / median difference of neighbours": f"{max(steps) / np.median(steps):.2f}",
        "seconds for a dream, for a frame": f"{(middle - start) / zoom.count:.1f}, "
        f"{(end - middle) / len(frames):.3f}",
    }
    if folder:
        for number, frame in enumerate(frames[::6]):
            Image.fromarray(frame).save(folder / f"frame-{number * 6:03d}.png")
    return frames, rows


def asked_growth(zoom: Zoom) -> float:
    return float(zoom.camera.zoom ** (1 / zoom.timing.rate))


def rates_compared(picture: np.ndarray, folder: Path, seconds: float, **how: Any) -> float:
    """The least PSNR between frames at 30 a second and every second one at 60, of one dream."""
    frames = {}
    for rate in (30, 60):
        zoom = Zoom(asked(picture, folder, seconds=seconds, fps=rate, **TURNING, **how))
        with zoom.workplace() as workplace:
            keys = Keys(zoom, workplace)
            list(keys.dreamed())
            frames[rate] = [frame for frame, _ in frames_of(zoom, keys)]
    return min(map(psnr, frames[60][::2], frames[30]))


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    kept = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    sample = Image.open(sample_image("jelly")).convert("RGB")
    picture = np.asarray(sample.resize(SIZE, Image.Resampling.LANCZOS))
    print(f"{machine()}; {SIZE[0]} x {SIZE[1]}, {seconds:g} s at 24 frames a second\n")
    columns = {}
    for name, how in {"straight": {}, "turning": TURNING, "a loop": {"loop": True}}.items():
        folder = kept and kept / name.replace(" ", "-")
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as place:
            zoom = Zoom(asked(picture, Path(place), seconds=seconds, fps=24, **how))
            columns[name] = dreamed(zoom, folder)[1]
            if name == "turning":
                rates = rates_compared(picture, Path(place), seconds)
                outward = rates_compared(picture, Path(place), seconds, outward=True)
    names = next(iter(columns.values()))
    print_table(
        ["", *columns], [[row, *(column[row] for column in columns.values())] for row in names]
    )
    print(
        f"\n60 frames a second against 30, turning: {rates:.1f} dB or more, outward {outward:.1f}"
    )


if __name__ == "__main__":
    main()
