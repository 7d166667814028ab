"""value → **checked value**: types, ranges and choices, and the errors that state them."""

from __future__ import annotations

import json
import math
import numbers
from collections.abc import Collection
from typing import Any

from .errors import ArgumentError, received, unknown_name


def in_range(
    name: str,
    value: Any,
    kind: type,
    *,
    optional: bool = False,
    choices: tuple[str, ...] | None = None,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
) -> Any:
    """A value in the type that it should have, within its limits.

    Parameters
    ----------
    name : of the argument, for the error
    kind : bool, str, int or float; NumPy's scalars will do, and 0 and 1 for a bool
    optional : whether None is allowed too
    choices : the texts that are allowed
    above, least, most : limits of a number

    Raises
    ------
    ArgumentError
        If it is of another type or out of its range; the message states the constraint.
    """
    if value is None and optional:
        return None
    result = _converted(kind, value)
    bounds = ((above, ">"), (least, ">="), (most, "<="))
    if (
        result is None
        or (choices is not None and result not in choices)
        or (above is not None and not result > above)
        or (least is not None and not result >= least)
        or (most is not None and not result <= most)
    ):
        words = [f"{sign} {limit:g}" for limit, sign in bounds if limit is not None]
        wanted = f"{_NOUNS[kind]} {' and '.join(words)}".strip()
        if choices is not None:
            wanted = "one of " + ", ".join(choices)
        wanted += ", or None" if optional else ""
        raise ArgumentError(f"`{name}` must be {wanted}. {received(name, value)}")
    return result


_NOUNS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


def _converted(kind: type, value: Any) -> Any:
    """The value in the type, or None where it is not surely of that type."""
    if hasattr(value, "item") and getattr(value, "shape", None) == ():  # of NumPy
        value = value.item()
    if kind is str:
        return str(value) if isinstance(value, str) else None
    if isinstance(value, bool):
        return value if kind is bool else None
    if not isinstance(value, numbers.Real):
        return None
    if kind is bool:
        return bool(value) if value in (0, 1) else None
    try:
        finite = math.isfinite(value) and kind(value) == value
    except (ValueError, OverflowError):
        return None
    return kind(value) if finite else None


def whole_number(value: Any, least: int) -> int | None:
    """The value as an int, if it is a whole number of at least `least`, of whatever type."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    try:
        number: Any = value if isinstance(value, numbers.Integral) else float(value)
    except OverflowError:
        return None
    return int(number) if number >= least and number % 1 == 0 else None


def known_name(what: str, name: Any, known: Collection[str]) -> str:
    """The name, if it is one of those that are known.

    Raises
    ------
    ArgumentError
        If it is not; the message names near ones, and all.
    """
    if not isinstance(name, str) or name not in known:
        raise ArgumentError(unknown_name(what, name, known))
    return name


def parse_json(text: str | bytes) -> Any:
    """The value of JSON that anybody may have written; all numbers in it are finite.

    Raises
    ------
    ValueError
        If it is no JSON, is nested too deeply, or has a number that is not finite: `NaN`,
        `Infinity`, or one beyond floating point such as 1e999. The message is one line.
    """
    try:
        return json.loads(text, parse_constant=_finite, parse_float=_finite)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(f"{text[:20]} is not a finite number")
    return number
