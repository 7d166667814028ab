"""result → **envelope** → R: plain types that reticulate converts, whatever happens.

A call gives `{"ok": True, ..., "warnings"}` or, for an error, `{"ok": False, "type", "message",
"hint", "py_type", "traceback", "warnings"}`: a long Python exception would not reach R whole. A
KeyboardInterrupt is let through.
"""

from __future__ import annotations

import dataclasses
import functools
import traceback
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import DeepDreamError, DeepDreamWarning, MemoryLimitError
from ..machine import is_shortage
from ._words import in_r_words

Envelope = dict[str, Any]
R_INTEGER = 2**31  # R's integers are smaller than this; reticulate makes 0 of all others


def enveloped(function: Callable[..., dict[str, Any]]) -> Callable[..., Envelope]:
    """The function, its arguments unpacked, with an envelope around its result and warnings."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Envelope:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", DeepDreamWarning)
            try:
                given = {name: with_arrays(value) for name, value in kwargs.items()}
                result = {"ok": True, **plain(function(*map(with_arrays, args), **given))}
            except Exception as error:
                result = _failure(error)
        result["warnings"] = [
            {"class": w.category.kind, "message": in_r_words(str(w.message))}
            for w in caught
            if issubclass(w.category, DeepDreamWarning)
        ]
        return result

    return call


def with_arrays(value: Any) -> Any:
    """What R gave, with NumPy's arrays for its own: {"values": float64 as bytes, "shape"}."""
    if isinstance(value, list):
        return [with_arrays(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if set(value) != {"values", "shape"} or not isinstance(value["values"], bytes | bytearray):
        return {name: with_arrays(item) for name, item in value.items()}
    return np.frombuffer(value["values"], "<f8").reshape(value["shape"], order="F")


def _failure(error: Exception) -> Envelope:
    if isinstance(error, DeepDreamError):
        kind, message, hint, trace = error.kind, error.message, error.hint, ""
    elif is_shortage(error):
        kind, message, hint, trace = MemoryLimitError.kind, "there is too little memory.", None, ""
    else:
        kind, message, hint, trace = "internal", str(error), None, traceback.format_exc()
    return {
        "ok": False,
        "type": kind,
        "message": in_r_words(message),
        "hint": None if hint is None else in_r_words(hint),
        "py_type": type(error).__name__,
        "traceback": trace,
    }


def plain(value: Any) -> Any:
    """A value as dict, list, text, number, truth or bytes, down to its last element.

    Records become dicts and tuples lists; a whole number that R has no integer for becomes a float.
    No array crosses: reticulate 1.28 cannot convert those of NumPy 2.

    >>> plain((3, 2**31))
    [3, 2147483648.0]
    """
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if dataclasses.is_dataclass(value):
        return {
            field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, bytes | bytearray):
        return bytearray(value)
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) < R_INTEGER else _as_float(value)
    if isinstance(value, float):
        return float(value)
    raise TypeError(f"R cannot be given a {type(value).__name__}")


def _as_float(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")
