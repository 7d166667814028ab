"""What each parameter of `dream_video` and `dream_zoom` does, as pictures for the guide "Motion".

They are made of a jellyfish that swims: the sample picture's drawing, moved. A parameter has no
picture where nothing of it is to be seen in one; `UNSEEN` says which, and why. They are kept in
docs/guides/motion, as they take minutes; the guide's clips are what its examples write.

usage: python tools/motion_pictures.py [FOLDER [NAME...]]    default: docs/guides/motion, all
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

from deepdreamr import dream_video, dream_zoom, sample_image
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
    "first_iterations": (1, 5, 20),
    "iterations": (1, 2, 8),
    "renewal": (0, 0.025, 0.2),
    "strength": (0.3, 0.6, 1),
}
"""What is shown of the arguments that are numbers."""

FEW = {"first_iterations": 5}  # frames of the clip, for what the first ones show

SHOWN: dict[str, tuple[str, ...]] = {
    **{"motion": ("motion",), "part": ("start", "end", "every"), "outward": ("outward",)},
    **{"zoom": ("zoom", "rotate", "shift"), "pace": ("seconds", "fps"), "loop": ("loop",)},
    **{name: (name,) for name in ("growth", *VALUES)},
}
"""The pictures, and the parameters that each shows."""

UNSEEN = {
    "clip": "it is what the pictures begin with",
    "image": "it is what the pictures begin with",
    "layers": "the guide to layers has pictures of what they do",
    "output": "it is where the clip is written",
    "rate": "it is how fast the pictures of a folder follow each other",
    "preview": "it is a second of the clip, smaller",
    "keep_frames": "it leaves a folder",
    "workers": "it is how fast a clip is made",
    "threads": "it is how fast a clip is made",
    "overwrite": "it allows a file to be replaced",
    "progress": "it is what is told on the way",
}
"""Parameters without pictures, and why."""

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
        ways = {"motion": self._motions, "part": self._parts, "zoom": self._zooms}
        ways |= {name: functools.partial(self._rows, name) for name in VALUES}
        ways |= {"pace": self._paces, "outward": self._outward, "growth": self._growths}
        ways["loop"] = self._loop
        for name in names or SHOWN:
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
        for motion in ("flow", "blend", "none", "delta"):
            given = ("motion", motion), ("end", count / RATE)
            rows.append((f'motion="{motion}"', self._dreamed(given)))
        self._grid("motion", rows, range(count - 3, count), part)

    def _parts(self) -> None:
        """The first frames of parts of the clip, each with its moment in the clip that is read."""
        parts: dict[str, dict[str, Any]] = {
            "the first ones": {"end": 0.2},
            'start="0.5s"': {"start": "0.5s", "end": 0.7},
            "every=2": {"every": 2, "end": 0.4},
        }
        tiles, labels = [], []
        for name, given in parts.items():
            first, step = 0.5 * ("start" in given), given.get("every", 1) / RATE
            for number, frame in enumerate(self._dreamed(tuple(given.items()))[:COLUMNS]):
                tiles.append(frame)
                labels.append(Label(name, f"{first + number * step:.2f} s"))
        self._save("part", tiles, labels, COLUMNS)

    def _rows(self, name: str) -> None:
        """The clip's first frame, one in the middle and the last, by an argument's values."""
        count, rows = FEW.get(name, FRAMES), []
        for value in VALUES[name]:
            given = (name, value), ("end", count / RATE)
            rows.append((f"{name}={value:g}", self._dreamed(given)))
        self._grid(name, rows, (0, count // 2, count - 1))

    def _grid(
        self,
        name: str,
        rows: Sequence[tuple[str, list[np.ndarray]]],
        numbers: Sequence[int],
        part: tuple[slice, slice] = (slice(None), slice(None)),
    ) -> None:
        tiles = [np.ascontiguousarray(frames[n][part]) for _, frames in rows for n in numbers]
        labels = [Label(row, f"frame {n}") for row, _ in rows for n in numbers]
        self._save(name, tiles, labels, min(COLUMNS, len(numbers)))

    def _save(
        self, name: str, tiles: Sequence[np.ndarray], labels: Sequence[Label], columns: int
    ) -> None:
        sheet = contact_sheet(tiles, labels, columns=columns)
        Image.fromarray(sheet).save(self._folder / f"{name}.jpg", quality=QUALITY)

    def _zoom(self, **options: Any) -> list[np.ndarray]:
        """The frames of a zoom into the sample picture."""
        output = Path(tempfile.mkdtemp(dir=self._work)) / "dreamed"
        dream_zoom(sample_image(), LAYERS, output=output, **{**HOW, **ZOOM, "fps": RATE, **options})
        return frames_of(output)

    def _zooms(self) -> None:
        """Frames of a second, by how a zoom moves."""
        settings: dict[str, dict[str, Any]] = {
            "zoom=1.5": {"zoom": 1.5},
            "zoom=3": {"zoom": 3},
            "rotate=30": {"rotate": 30},
            "shift=(0.3, 0)": {"shift": (0.3, 0), "zoom": 1.2},
        }
        rows = [(label, self._zoom(seconds=1.1, **given)) for label, given in settings.items()]
        self._grid("zoom", rows, (0, RATE // 2, RATE))

    def _paces(self) -> None:
        """The same moments of clips that have few and many frames a second."""
        moments, tiles, labels = (0, 0.25, 0.5, 0.75), [], []
        for fps in (4, 12):
            frames = self._zoom(seconds=1, fps=fps)
            tiles += [frames[round(moment * fps)] for moment in moments]
            labels += [Label(f"fps={fps}", f"{moment:.2f} s") for moment in moments]
        self._save("pace", tiles, labels, len(moments))

    def _outward(self) -> None:
        """The same zoom inward and outward."""
        rows = [(f"outward={way}", self._zoom(seconds=1.1, outward=way)) for way in (False, True)]
        self._grid("outward", rows, (0, RATE // 2, RATE))

    def _growths(self) -> None:
        """Where key frames lie near each other, and where they do not."""
        rows = [(f"growth={g:g}", self._zoom(seconds=1.1, growth=g)) for g in (1.1, 1.3, 2)]
        self._grid("growth", rows, (0, RATE // 2, RATE))

    def _loop(self) -> None:
        """The frames of a loop around its seam."""
        frames = self._zoom(loop=True, seconds=2.5, rotate=10)
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
