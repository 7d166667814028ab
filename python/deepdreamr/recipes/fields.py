"""help and range → **fields** → settings, units: a dataclass's field that knows what it may be."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..values import in_range

if TYPE_CHECKING:
    Held = TypeVar("Held", covariant=True)
    Taken = TypeVar("Taken", contravariant=True)

    class Kept(Generic[Held, Taken]):
        """The type of a field that holds the first, and can be given as the second."""

        def __get__(self, record: object, owner: Any = None) -> Held: ...
        def __set__(self, record: object, value: Taken) -> None: ...

else:

    class Kept:
        """When a program runs, the type that the field holds."""

        @classmethod
        def __class_getitem__(cls, pair: tuple[Any, Any]) -> Any:
            return pair[0]


def setting(
    default: Any,
    help: str,
    *,
    choices: tuple[str, ...] | None = None,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
    before: Any = dataclasses.MISSING,
) -> Any:
    """A field with its help text and the range it must lie in; `REQUIRED` for no default.

    `before` is what it was in 0.1, where nobody had a choice, if that is not the default.
    """
    limits = {"choices": choices, "above": above, "least": least, "most": most}
    return dataclasses.field(default=default, metadata={"help": help, "before": before, **limits})


REQUIRED: Any = dataclasses.MISSING
NONE: Any = None  # the default of a field whose type is `Kept`


@functools.cache
def field_type(owner: type, name: str) -> tuple[type, bool]:
    """The type of a dataclass's field, `tuple` for a list, and whether it may be None."""
    hint = _hints(owner)[name]
    optional = isinstance(hint, types.UnionType)
    if optional:
        hint = next(t for t in typing.get_args(hint) if t is not types.NoneType)
    return typing.get_origin(hint) or hint, optional


@functools.cache
def _hints(owner: type) -> Mapping[str, Any]:
    return typing.get_type_hints(owner)


def checked(owner: type, field: dataclasses.Field[Any], value: Any) -> Any:
    """A value in the type of the field, or an `ArgumentError` that states the constraint."""
    kind, optional = field_type(owner, field.name)
    words = ("choices", "above", "least", "most")
    limits = {word: field.metadata[word] for word in words}
    return in_range(field.name, value, kind, optional=optional, **limits)


def document(owner: type, fields: Mapping[str, dataclasses.Field[Any]]) -> None:
    """Write fields with help, range and default into a class's docstring, before its errors."""
    if not owner.__doc__:  # under `python -OO`
        return
    lines = ["Parameters", "----------"]
    for name, field in fields.items():
        limits, default = field.metadata, f"default {field.default!r}"
        bounds = [(">", limits["above"]), (">=", limits["least"]), ("<=", limits["most"])]
        ranges = " and ".join(f"{sign} {number:g}" for sign, number in bounds if number is not None)
        words = [", ".join(limits["choices"] or ()), ranges, default]
        lines.append(f"{name} : {limits['help']} ({'; '.join(filter(None, words))})")
    text = "\n    ".join(lines)
    owner.__doc__ = owner.__doc__.replace("    Raises\n", f"    {text}\n\n    Raises\n")
