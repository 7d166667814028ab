"""text → **seconds**: moments of a clip, as people write them."""

from __future__ import annotations

import math
import numbers
import re
from fractions import Fraction
from typing import Any

from ..errors import ArgumentError, received

_FORM = re.compile(r"\s*(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?|\.\d+)\s*s?\s*", re.ASCII)
_LONGEST = 64  # characters


def seconds_of(name: str, value: Any) -> Fraction:
    """A moment as exact seconds from the clip's start.

    Parameters
    ----------
    name : of the argument, for the error
    value : a number of seconds, or a text: "10", "10s", "1:02.5", "1:00:00"

    Raises
    ------
    ArgumentError
        If it is neither, or before the start.

    Examples
    --------
    >>> seconds_of("start", "1:02.5")
    Fraction(125, 2)
    """
    found = parsed_seconds(value)
    if found is None or found < 0:
        raise ArgumentError(
            f"`{name}` must be seconds >= 0, or a text like 10s or 1:02.5. {received(name, value)}"
        )
    return found


def parsed_seconds(value: Any) -> Fraction | None:
    """A moment as exact seconds, which may be below 0; None where it is none."""
    if isinstance(value, str):
        found = _FORM.fullmatch(value) if len(value) <= _LONGEST else None
        if not found:
            return None
        hours, minutes, seconds = (Fraction(part or 0) for part in found.groups())
        return hours * 3600 + minutes * 60 + seconds
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    number = float(value)
    return Fraction(number) if math.isfinite(number) else None


def rate_of(name: str, value: Any) -> Fraction:
    """Frames a second, exactly; 23.976, 29.97 and 59.94 are those of television.

    Parameters
    ----------
    name : of the argument, for the error
    value : a number, or a text: "25", "30000/1001"

    Raises
    ------
    ArgumentError
        If it is neither, or not > 0 and <= 1000.
    """
    rate = parsed_seconds(value)
    if isinstance(value, str):
        try:
            rate = Fraction(value) if len(value) <= _LONGEST else None
        except (ValueError, ZeroDivisionError):
            rate = None
    if rate is None or not 0 < rate <= 1000:
        raise ArgumentError(f"`{name}` must be > 0 and <= 1000. {received(name, value)}")
    for whole in (24, 30, 60, 120):
        if abs(rate - Fraction(whole * 1000, 1001)) < Fraction(1, 200):
            return Fraction(whole * 1000, 1001)
    return rate.limit_denominator(1001)
