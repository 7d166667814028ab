"""animated picture → **clip**: GIF, WebP and APNG by Pillow, each frame for its own time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ImageError
from ..pictures.reading import open_picture
from ._spans import Span, no_frame
from .frames import Clip, ClipInfo, Frame

_STILL = Fraction(1, 25)  # seconds that a picture which does not move is shown
_TOO_SHORT, _USUAL = Fraction(1, 100), Fraction(1, 10)  # what browsers take for no time, and show
_TICKS = {"GIF": Fraction(1, 100)}


class AnimatedPicture(Clip):
    """A picture whose frames are those of a clip; a still one is a clip of one frame.

    Parameters
    ----------
    span : which part is read

    Raises
    ------
    ImageError
        If it is no picture.
    ClipError
        If it has no frame in the span.
    """

    def __init__(self, path: Path, span: Span) -> None:
        self._path, self.notes = path, []
        with open_picture(path) as opened:
            shape = opened.height, opened.width  # a later frame of a GIF may lie beyond it
            times, tick = self._times(opened), _TICKS.get(opened.format or "", Fraction(1, 1000))
        kept = [
            number
            for number, time in enumerate(times[:-1])
            if not span.starts_after(time) and not span.ends_before(time)
        ]
        if not kept:
            raise no_frame(path, span, times[-1])
        origin, kept = times[kept[0]], kept[:: span.every]
        end = times[-1] if span.end is None else min(times[-1], span.end)
        self._times_of = {number: times[number] - origin for number in kept}
        self.info = ClipInfo(
            shape=shape,
            rate=(len(times) - 1) / times[-1] / span.every,
            frames=len(kept),
            duration=end - origin,
            time_base=tick,
            origin=origin,
            offset=origin,
        )

    def frames(self) -> Iterator[Frame]:
        """See `Clip.frames`."""
        place, (height, width) = 0, self.info.shape
        try:
            with open_picture(self._path) as opened:
                for place, number in enumerate(self._times_of):
                    opened.seek(number)
                    if opened.has_transparency_data and _is_seen_through(opened):
                        self.note("transparency is left out")
                    pixels = np.array(opened.convert("RGB"))[:height, :width]
                    yield Frame(place, self._times_of[number], pixels)
        except ImageError:
            if not place:
                raise
            self.note(f"it is damaged: it ends after {place} frames")

    def _times(self, opened: Any) -> list[Fraction]:
        """When each frame is shown, and when the last one ends, in seconds."""
        shown = list[Fraction]()
        for number in itertools.count():
            try:
                opened.seek(number)
                opened.load()
            except EOFError:
                break
            except Exception as error:  # Pillow's decoders raise whatever they meet
                if not number:
                    raise
                self.note(f"it is damaged: it ends after {number} frames ({error})")
                break
            milliseconds = float(opened.info.get("duration", 0))
            shown.append(Fraction(round(milliseconds * 1000), 1_000_000))
        if len(shown) == 1 and not shown[0]:
            shown = [_STILL]
        lasts = (seconds if seconds > _TOO_SHORT else _USUAL for seconds in shown)
        return list(itertools.accumulate(lasts, initial=Fraction(0)))


def _is_seen_through(opened: Any) -> bool:
    """Whether any pixel of the frame is transparent."""
    return bool(opened.convert("RGBA").getextrema()[3][0] < 255)
