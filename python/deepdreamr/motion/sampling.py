"""film → **sample** → plan: its first frames, dreamed and encoded, tell what all of them take."""

from __future__ import annotations

import dataclasses
import itertools
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .clips import write_clip
from .filming import Film
from .following import FrameDream, dreamed, follows, task_of
from .frames import ClipInfo, Frame
from .painting import Painter
from .settling import Settled
from .strongest import strongest_channels

_FRAMES = 3
_GUESSES = {".gif": 0.9, ".webp": 0.4, "": 2.0}
_GUESS = 0.25  # bytes of a pixel, of other kinds


class Sample(NamedTuple):
    """What the first frames took.

    Attributes
    ----------
    first, each : seconds that a scene's first frame takes, and every other; without what is done
        but once, such as the tracing of the network
    pixels : what is seen of the dreams, uint8 (height, width, 3) each
    """

    first: float
    each: float
    pixels: list[np.ndarray]


def sampled(film: Film) -> Sample:
    """The first frames of a film, dreamed."""
    first_request = dataclasses.replace(film.request(film.course.moments[0], 0), image=film.first)
    settled = Settled(seed=0, strongest=strongest_channels([first_request], {}))
    painter = Painter()

    def paint(frame: Frame, last: tuple[Frame, FrameDream] | None = None) -> FrameDream:
        before = None if last is None else last[0].pixels
        carried = None if last is None else last[1].carried
        return dreamed(task_of(film, settled, frame, before, carried), painter)

    with film.clip() as clip:
        frames = list(itertools.islice(film.frames(clip), _FRAMES))
    paint(frames[0])
    begun = time.perf_counter()
    dreams = [paint(frames[0])]
    first = each = time.perf_counter() - begun
    for before, frame in itertools.pairwise(frames):
        begun = time.perf_counter()
        dreams.append(paint(frame, (before, dreams[-1]) if follows(film.asked) else None))
        each = time.perf_counter() - begun
    return Sample(first, each if follows(film.asked) else first, [d.pixels for d in dreams])


def coded(output: Path, info: ClipInfo, frames: int, pixels: Sequence[np.ndarray] = ()) -> int:
    """Bytes of a finished clip without its sound, about.

    Parameters
    ----------
    output, info : where it is written, and what it is
    frames : how many it has
    pixels : of its first frames, which are encoded to see what they take
    """
    kind = output.suffix.lower()
    if not pixels:
        height, width = info.shape
        return round(_GUESSES.get(kind, _GUESS) * frames * height * width)
    with tempfile.TemporaryDirectory() as folder:
        first = _bytes(info, Path(folder) / f"first{kind}", pixels[:1])
        others = _bytes(info, Path(folder) / f"all{kind}", pixels) - first
    each = others / (len(pixels) - 1) if len(pixels) > 1 else first
    return round(first + each * (frames - 1))


def _bytes(info: ClipInfo, path: Path, pixels: Sequence[np.ndarray]) -> int:
    """What some frames take as a clip."""
    info = dataclasses.replace(info, frames=len(pixels), duration=None, has_sound=False)
    write_clip(path, info, ((frame, n / info.rate) for n, frame in enumerate(pixels)))
    files = [path] if path.is_file() else list(path.iterdir())
    return sum(file.stat().st_size for file in files)
