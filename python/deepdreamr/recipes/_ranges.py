"""value + limits → **checked value** → settings: types, ranges, and the errors that state them."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentError


def in_range(name: str, value: Any, kind: type, optional: bool, limits: Mapping[str, Any]) -> Any:
    """A value in the type that it should have, within its limits.

    Parameters
    ----------
    name : of the setting, for the error
    kind : bool, str, int or float
    optional : whether None is allowed too, for the error
    limits : `choices`, `above`, `least` and `most`, each None where there is no such limit

    Raises
    ------
    ArgumentError
        If it is of another type or out of its range; the message states the constraint.
    """
    wanted = _constraint(kind, optional, limits)
    try:
        result = _converted(kind, value)
    except (TypeError, ValueError, OverflowError):
        raise ArgumentError(f"`{name}` must be {wanted}. Received: {name}={value!r}") from None
    if not _within(result, limits):
        raise ArgumentError(f"`{name}` must be {wanted}. Received: {name}={value!r}")
    return result


def _converted(kind: type, value: Any) -> Any:
    if kind is bool or kind is str:
        if not isinstance(value, kind) and not (kind is bool and value in (0, 1)):
            raise TypeError
        return kind(value)
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError
    if not math.isfinite(value) or kind(value) != value:
        raise ValueError
    return kind(value)


def _within(value: Any, limits: Mapping[str, Any]) -> bool:
    if limits["choices"] is not None:
        return value in limits["choices"]
    above, least, most = limits["above"], limits["least"], limits["most"]
    return (
        (above is None or value > above)
        and (least is None or value >= least)
        and (most is None or value <= most)
    )


def _constraint(kind: type, optional: bool, limits: Mapping[str, Any]) -> str:
    if limits["choices"] is not None:
        return "one of " + ", ".join(limits["choices"])
    noun = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}[kind]
    bounds = [
        f"{sign} {limits[key]:g}"
        for key, sign in (("above", ">"), ("least", ">="), ("most", "<="))
        if limits[key] is not None
    ]
    parts = " ".join([noun, " and ".join(bounds)]).strip()
    return f"{parts}, or None" if optional else parts
