"""frames and times → **timed** frames: each with how long it is shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from PIL import Image

from ..errors import ArgumentError, ClipError
from .frames import ClipInfo


class Timed(NamedTuple):
    """A frame to write: its pixels, when it is shown and for how long, in seconds."""

    pixels: np.ndarray
    time: Fraction
    lasts: Fraction


def timed(frames: Iterable[tuple[np.ndarray, Fraction]], info: ClipInfo) -> Iterator[Timed]:
    """Frames with how long each is shown: until the next one, and the last to the clip's end.

    Raises
    ------
    ArgumentError
        If one is not of the clip's size, or not after the one before.
    """
    before: tuple[np.ndarray, Fraction] | None = None
    lasts = 1 / info.rate
    for pixels, time in frames:
        if pixels.shape != (*info.shape, 3) or pixels.dtype != np.uint8:
            raise ArgumentError(
                f"a frame must be uint8 {(*info.shape, 3)}. Received: {pixels.dtype} {pixels.shape}"
            )
        if before is not None:
            if time <= before[1]:
                raise ArgumentError(
                    f"a frame must be later than the one before. Received: {float(time):g} s "
                    f"after {float(before[1]):g} s"
                )
            lasts = time - before[1]
            yield Timed(*before, lasts)
        before = (pixels, Fraction(time))
    if before is None:
        raise ClipError("there is no frame to write.")
    rest = Fraction(0) if info.duration is None else info.duration - before[1]
    yield Timed(*before, rest if rest > 0 else lasts)


def squared(frames: Iterator[Timed], info: ClipInfo) -> tuple[Iterator[Timed], ClipInfo]:
    """A clip with square pixels: as wide as it is shown."""
    if info.pixel_aspect == 1:
        return frames, info
    height, width = info.shape
    wide = max(1, round(width * info.pixel_aspect))

    def resized() -> Iterator[Timed]:
        for frame in frames:
            picture = Image.fromarray(frame.pixels)
            pixels = picture.resize((wide, height), Image.Resampling.LANCZOS)
            yield frame._replace(pixels=np.asarray(pixels))

    return resized(), dataclasses.replace(info, shape=(height, wide), pixel_aspect=Fraction(1))
