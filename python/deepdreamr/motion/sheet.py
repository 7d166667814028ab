"""clip → **sheet**: pictures of a clip side by side, from its first frame to its last."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..errors import ClipError
from ..pictures.picture import shape_within
from ..pictures.sheets import Label, Sheet, check_columns, contact_sheet
from ..values import in_range
from .clips import Clip, ClipInfo, Frame, open_clip
from .times import seconds_of

LONGEST = 320  # pixels of a tile's longer side at most
_FEW = 600  # frames of a clip that is read through; a longer one is searched by time


def clip_sheet(
    source: str | os.PathLike[str],
    frames: int = 12,
    *,
    start: Any = None,
    end: Any = None,
    rate: Any = None,
    columns: int | None = None,
) -> Sheet:
    """Frames of a clip as one picture, evenly spread over its time, each with its moment.

    Parameters
    ----------
    source, start, end, rate : of the clip, as `open_clip` takes them
    frames : how many, if it has as many
    columns : how many stand in a row; None for as many as make the sheet about 4:3

    Returns
    -------
    A `Sheet`, which notebooks show and which can be saved.

    Raises
    ------
    ClipError, ArgumentError
        As `open_clip`, and if `frames` or `columns` is not a whole number of at least 1.
    """
    frames, columns = in_range("frames", frames, int, least=1), check_columns(columns)
    span = {"start": start, "end": end, "rate": rate}
    with open_clip(source, **span) as clip:
        known = clip.info.frames
        if known is not None and known <= max(_FEW, 2 * frames):
            chosen = _read_through(clip, known, frames)
        else:
            chosen = _found(source, clip, span, frames)
        tiles, labels = [], []
        for frame in chosen:
            tiles.append(_tile(frame.pixels, clip.info))
            labels.append(Label(_moment(frame.time)))
    about = f"{clip.info.shape[1]}x{clip.info.shape[0]}, {float(clip.info.rate):.4g} frames/s"
    title = Label(Path(source).name or str(source), about)
    return Sheet(contact_sheet(tiles, labels, columns=columns, title=title))


def _read_through(clip: Clip, known: int, count: int) -> Iterator[Frame]:
    """Frames of a short clip, by their numbers."""
    count = min(count, known)
    wanted = {round(n * (known - 1) / max(1, count - 1)) for n in range(count)}
    return (frame for frame in clip.frames() if frame.number in wanted)


def _found(source: Any, clip: Clip, span: dict[str, Any], count: int) -> Iterator[Frame]:
    """Frames of a long clip, each searched by its time."""
    if clip.info.duration is None:
        yield from itertools.islice(clip.frames(), count)
        return
    yield next(clip.frames())
    given = span["start"]
    begin = Fraction(0) if given is None else seconds_of("start", given)
    for number in range(1, count):
        moment = clip.info.duration * number / count
        with contextlib.suppress(ClipError):  # no frame there: the file says more than it has
            with open_clip(source, start=begin + moment, rate=span["rate"]) as part:
                frame = next(part.frames(), None)
                if frame is not None:
                    yield frame._replace(number=number, time=part.info.origin - clip.info.origin)


def _tile(pixels: np.ndarray, info: ClipInfo) -> np.ndarray:
    """A frame as large as a tile, its pixels square."""
    height, width = info.shape
    shape = shape_within((height, max(1, round(width * info.pixel_aspect))), LONGEST)
    if shape == pixels.shape[:2]:
        return pixels
    return np.array(Image.fromarray(pixels).resize(shape[::-1], Image.Resampling.LANCZOS))


def _moment(time: Fraction) -> str:
    """A moment as people write it, to hundredths of a second.

    >>> _moment(Fraction(125, 2))
    '1:02.50'
    """
    hundredths = round(time * 100)
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{clock}:{rest // 100:02d}.{rest % 100:02d}"
