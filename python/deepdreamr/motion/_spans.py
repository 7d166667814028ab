"""arguments → **span**: which part of a clip is meant."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, ClipError, received
from ..values import in_range
from .times import seconds_of

_FINEST = 10**6  # of a second, so that 0.1 is a tenth
SLACK = Fraction(1, 2000)  # seconds that a time may be off, where a file rounds times


@dataclasses.dataclass(frozen=True)
class Span:
    """A part of a clip.

    Attributes
    ----------
    start : seconds from the clip's start; None for its first frame
    end : seconds, before which a frame must begin; None for the clip's end
    every : 2 for every second frame of those
    """

    start: Fraction | None = None
    end: Fraction | None = None
    every: int = 1

    @property
    def first(self) -> Fraction:
        """Where it begins, in seconds."""
        return self.start or Fraction(0)

    def ends_before(self, seconds: Fraction) -> bool:
        """Whether a frame of that time is no longer in it."""
        return self.end is not None and seconds > self.end - SLACK

    def starts_after(self, seconds: Fraction) -> bool:
        """Whether a frame of that time is not yet in it."""
        return self.start is not None and seconds < self.start - SLACK


WHOLE = Span()


def span_of(start: Any, end: Any, every: Any) -> Span:
    """The part of a clip between two moments; see `seconds_of`.

    Raises
    ------
    ArgumentError
        If one of them is no moment, `end` is not after `start`, or `every` is no whole number of
        at least 1.
    """
    first, last = (
        None if value is None else seconds_of(name, value).limit_denominator(_FINEST)
        for name, value in (("start", start), ("end", end))
    )
    if last is not None and last <= (first or 0):
        raise ArgumentError(f"`end` must be after `start`. {received('end', end)}")
    return Span(first or None, last, in_range("every", every, int, least=1))


def no_frame(path: Path, span: Span, lasts: Fraction | None) -> ClipError:
    """The error of a clip that has no frame in a span.

    Parameters
    ----------
    lasts : how many seconds it has, as far as that is known
    """
    where = "" if span == Span(every=span.every) else " between start and end"
    hint = f"It lasts {float(lasts):.4g} s." if where and lasts is not None else None
    return ClipError(f"the clip {path.name!r} has no frame that can be read{where}.", hint)
