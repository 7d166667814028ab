"""The pictures and the two clips of the guide "Motion", by a jellyfish that swims.

The swimming is the sample picture's drawing, moved; everything else is made by `dream_video` and
`dream_zoom` as the guide says.

usage: python tools/clips.py [FOLDER [NAME...]]    default: docs/guides/motion, all of them
"""

from __future__ import annotations

import functools
import sys
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import draw_jelly
import numpy as np
from PIL import Image

from deepdreamr import clip_sheet, dream_video, dream_zoom, sample_image
from deepdreamr.motion.clips import ClipInfo, open_clip, write_clip
from deepdreamr.pictures.sheets import Label, contact_sheet

ROOT = Path(__file__).resolve().parents[1]
REDUCED, RATE, FRAMES = 5, 12, 20  # of the drawing's size; frames a second, and how many
SHAPE = draw_jelly.HEIGHT // REDUCED, draw_jelly.WIDTH // REDUCED
HOW: dict[str, Any] = {"recipe": "vivid", "octaves": 3, "seed": 1, "progress": False}
ZOOM = {"max_size": 160, "octaves": 2, "iterations": 10}
LAYERS = {"mixed4": 1.0}
VALUES = {
    "decay": (0.5, 0.95, 1),
    "iterations": (1, 2, 8),
    "renewal": (0, 0.025, 0.2),
    "strength": (0.3, 0.6, 1),
}
"""What is shown of the arguments that are numbers."""

COLUMNS, QUALITY = 3, 85


def swimming(folder: Path) -> Path:
    """A folder of frames: the jellyfish of the sample picture swims upwards."""
    layers = [
        layer.reshape(SHAPE[0], REDUCED, SHAPE[1], REDUCED, 3).mean((1, 3), np.float64)
        for layer in draw_jelly.layers()
    ]
    times = [Fraction(number, RATE) for number in range(FRAMES)]
    info = ClipInfo(SHAPE, rate=Fraction(RATE), frames=FRAMES)
    frames = (_frame(layers[0], layers[1], layers[2], float(time)) for time in times)
    write_clip(folder, info, zip(frames, times, strict=True))
    return folder


def _frame(animal: np.ndarray, sea: np.ndarray, drifting: np.ndarray, time: float) -> np.ndarray:
    """What is seen at a moment: the bell opens and closes, and the animal rises as it closes."""
    beat = np.sin(2 * np.pi * 0.8 * time)
    x, y = draw_jelly.CENTRE.real / REDUCED, draw_jelly.CENTRE.imag / REDUCED
    wide, high = 1 + 0.07 * beat, 1 - 0.05 * beat
    up, right = 38 - 32 * time + 3 * beat, 9 * time - 12
    turned = np.array([[wide, 0, x - wide * x + right], [0, high, y - high * y + up]])
    moved = cv2.warpAffine(animal, turned, SHAPE[::-1], flags=cv2.INTER_LINEAR)
    drift = np.array([[1, 0, 3 * time], [0, 1, 8 * time]])
    border = {"flags": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_WRAP}
    motes = cv2.warpAffine(drifting, drift, SHAPE[::-1], **border)
    grey = moved.mean(axis=-1, keepdims=True)
    light = sea * np.exp(-0.6 * draw_jelly.blur(grey, 3 / REDUCED)) + moved + motes
    return draw_jelly.developed(light, 1 / REDUCED)


class Figures:
    """The guide's figures, written into a folder.

    Parameters
    ----------
    folder : is made if it is not there
    work : for what is made on the way
    """

    def __init__(self, folder: Path, work: Path) -> None:
        self._folder, self._work = folder, work
        folder.mkdir(parents=True, exist_ok=True)
        self._dreamed = functools.cache(self._dream)

    @functools.cached_property
    def _source(self) -> Path:
        """The clip to dream of."""
        return swimming(self._work / "swimming")

    def make(self, names: Sequence[str]) -> None:
        """Make those of some names; of none, all."""
        ways = {"motion": self._motions, "video": self._clip}
        ways |= {name: functools.partial(self._rows, name) for name in VALUES}
        ways |= {"zoom": self._zooms, "loop": self._loop}
        for name in names or ways:
            ways[name]()

    def _dream(self, options: tuple[tuple[str, Any], ...]) -> list[np.ndarray]:
        """The frames of the swimming's dream."""
        output = Path(tempfile.mkdtemp(dir=self._work)) / "dreamed"
        given = {**HOW, **dict(options)}
        dream_video(self._source, LAYERS, output=output, rate=RATE, **given)
        return frames_of(output)

    def _motions(self) -> None:
        """Neighbours of the clip, a part of each, and their dreams."""
        part, count = (slice(40, 152), slice(80, 220)), 5
        rows = [("the clip", frames_of(self._source))]
        for motion in ("flow", "blend", "none"):
            given = ("motion", motion), ("end", count / RATE)
            rows.append((f'motion="{motion}"', self._dreamed(given)))
        self._grid("motion", rows, range(count - 3, count), part)

    def _rows(self, name: str) -> None:
        """The clip's first frame, one in the middle and the last, by an argument's values."""
        rows = [(f"{name}={value:g}", self._dreamed(((name, value),))) for value in VALUES[name]]
        self._grid(name, rows, (0, FRAMES // 2, FRAMES - 1))

    def _grid(
        self,
        name: str,
        rows: Sequence[tuple[str, list[np.ndarray]]],
        numbers: Sequence[int],
        part: tuple[slice, slice] = (slice(None), slice(None)),
    ) -> None:
        tiles = [np.ascontiguousarray(frames[n][part]) for _, frames in rows for n in numbers]
        labels = [Label(row, f"frame {n}") for row, _ in rows for n in numbers]
        sheet = contact_sheet(tiles, labels, columns=min(COLUMNS, len(numbers)))
        Image.fromarray(sheet).save(self._folder / f"{name}.jpg", quality=QUALITY)

    def _clip(self) -> None:
        """The clip of a video, and its sheet."""
        output = self._folder / "video.webp"
        given = {**HOW, "overwrite": True, "end": 1.4}
        dream_video(self._source, LAYERS, output=output, rate=RATE, **given)
        sheet = Image.fromarray(clip_sheet(output, 6, columns=3).image)
        sheet.save(self._folder / "sheet.jpg", quality=QUALITY)

    def _zoom(self, output: Path, **options: Any) -> list[np.ndarray]:
        given = {**HOW, **ZOOM, "fps": RATE, **options}
        dream_zoom(sample_image(), LAYERS, output=output, **given)
        return [] if output.suffix else frames_of(output)

    def _zooms(self) -> None:
        """Frames of a second, by how a zoom moves."""
        settings: dict[str, dict[str, Any]] = {
            "zoom=1.5": {"zoom": 1.5},
            "zoom=3": {"zoom": 3},
            "rotate=30": {"rotate": 30},
            "shift=(0.3, 0)": {"shift": (0.3, 0), "zoom": 1.2},
        }
        rows = [
            (label, self._zoom(self._work / f"zoom-{number}", seconds=1.1, **given))
            for number, (label, given) in enumerate(settings.items())
        ]
        self._grid("zoom", rows, (0, RATE // 2, RATE))

    def _loop(self) -> None:
        """A loop as a clip, and its frames around the seam."""
        output = self._folder / "zoom.webp"
        self._zoom(output, loop=True, seconds=2.5, rotate=10, overwrite=True)
        frames = frames_of(output)
        last = len(frames)
        self._grid("loop", [("loop=True", [*frames, *frames])], range(last - 3, last + 3))


def frames_of(clip: Path) -> list[np.ndarray]:
    """All frames of a clip."""
    with open_clip(clip) as opened:
        return [frame.pixels for frame in opened.frames()]


def main(folder: Path, names: Sequence[str]) -> None:
    """Make figures, and say how large they are."""
    with tempfile.TemporaryDirectory() as work:
        Figures(folder, Path(work)).make(names)
    for path in sorted(folder.iterdir()):
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "guides" / "motion",
        sys.argv[2:],
    )
