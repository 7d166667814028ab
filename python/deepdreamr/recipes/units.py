"""text → **units** → settings, terms: a small step as plain data, written like a call.

`smooth(0.5, growth=2)` is a unit of a gradient's chain. It is read as text and never run, so that
it can stand in a picture's record, in the shell and in R.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from ..errors import ArgumentError, received, shown
from ..values import known_name
from .fields import checked

Units = Mapping[str, type["Unit"]]
"""The units that are known for a purpose, by name."""

_LONGEST, _MOST = 2000, 100  # characters of a text, units of a list
_R_WORDS = {"TRUE": True, "FALSE": False, "NULL": None}


@dataclasses.dataclass(frozen=True)
class Unit:
    """A small step. Its fields are what it is told, each with its range.

    Raises
    ------
    ArgumentError
        If a value is of the wrong type or out of its range.
    """

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = checked(type(self), field, getattr(self, field.name))
            object.__setattr__(self, field.name, value)

    def __str__(self) -> str:
        """As it is written, with all its values: `smooth(0.5, growth=2.0, …)`."""
        return self._written(dataclasses.fields(self))

    def brief(self) -> str:
        """The same without values that are the default: `smooth(0.5, growth=2.0)`."""
        fields = dataclasses.fields(self)
        return self._written([f for f in fields if getattr(self, f.name) != f.default])

    def _written(self, fields: Sequence[dataclasses.Field[Any]]) -> str:
        first, texts = dataclasses.fields(self)[:1], list[str]()
        for field in fields:
            name = "" if field in first else f"{field.name}="
            texts.append(name + _text(getattr(self, field.name)))
        return name_of(type(self)) + (f"({', '.join(texts)})" if texts else "")


UnitsGiven: TypeAlias = str | Unit | Sequence[str | Unit]
"""How units may be given: a text, a unit, or several of either."""


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


def name_of(unit: type[Unit]) -> str:
    """What a unit is called where it is written: `TotalVariation` is `total_variation`."""
    return "".join("_" + c.lower() if c.isupper() else c for c in unit.__name__).lstrip("_")


def by_name(*units: type[Unit]) -> dict[str, type[Unit]]:
    """Units by what they are called."""
    return {name_of(unit): unit for unit in units}


def parse_units(name: str, value: Any, known: Units, noun: str = "step") -> tuple[Unit, ...]:
    """The units that are meant.

    Parameters
    ----------
    name : of the argument, for the error
    value : a text such as `"smooth(0.5), normalize"`, a unit, or a sequence of either
    known : the units that there are
    noun : what one of them is called, for the error

    Raises
    ------
    ArgumentError
        If it is something else, a unit is not known, or is told what it cannot be.
    """
    items = [value] if isinstance(value, str | Unit) else value
    if not isinstance(items, Sequence) or isinstance(items, bytes):
        raise ArgumentError(_form(name, value, known, noun))
    units: list[Unit] = []
    for item in items:
        if isinstance(item, str):
            units += _read(name, item, known, noun)
        elif isinstance(item, Unit) and known.get(name_of(type(item))) is type(item):
            units.append(item)
        else:
            raise ArgumentError(_form(name, item, known, noun))
        if len(units) > _MOST:
            raise ArgumentError(
                f"`{name}` must have at most {_MOST} {noun}s. {received(name, value)}"
            )
    return tuple(units)


def unit_texts(name: str, value: Any, known: Units) -> tuple[str, ...]:
    """The units that are meant, each as it is written in one way only."""
    return tuple(str(unit) for unit in parse_units(name, value, known))


def _form(name: str, value: Any, known: Units, noun: str) -> str:
    what = f"an {noun}" if noun == name else f"`{name}`"
    of = f"one {noun}" if noun == name else f"a list of {noun}s"
    return (
        f"{what} must be {of} like `{_example(known)}`, of {', '.join(known)}. "
        f"{f'Received: {shown(value)}' if noun == name else received(name, value)}"
    )


def _example(known: Units) -> str:
    told = [name for name, unit in known.items() if dataclasses.fields(unit)]
    return f"{told[0]}(...)"


def _read(name: str, text: str, known: Units, noun: str) -> Iterable[Unit]:
    """Read a text with units, with commas between them."""
    try:
        if not text.strip() or len(text) > _LONGEST:
            raise ValueError
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's, of a text that is not run
            calls = ast.parse(f"({text.strip().rstrip(',')},)", mode="eval").body
        if not isinstance(calls, ast.Tuple):
            raise ValueError
        parts = [_parts(call) for call in calls.elts]
    except ArgumentError as error:
        raise ArgumentError(f"{error}. Received: {shown(text)}") from None
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        raise ArgumentError(_form(name, text, known, noun)) from None
    return [_unit(name, noun, *part, known=known) for part in parts]


def _parts(call: ast.expr) -> tuple[str, list[Any], dict[str, Any]]:
    """A unit's name, and what it is told by place and by name."""
    values, named = [], {}
    if isinstance(call, ast.Call):
        values = [_literal(value) for value in call.args]
        named = {word.arg or "**": _literal(word.value) for word in call.keywords}
        if len(named) < len(call.keywords):  # Python itself would take the last
            raise ValueError
        call = call.func
    if not isinstance(call, ast.Name):
        raise ValueError
    return call.id, values, named


def _literal(value: ast.expr) -> Any:
    if isinstance(value, ast.Name) and value.id in _R_WORDS:
        return _R_WORDS[value.id]
    if isinstance(value, ast.Name):
        raise ArgumentError(f"a word in parentheses stands in quotes: '{value.id}', not {value.id}")
    return ast.literal_eval(value)


def _call(called: str, values: list[Any], named: Mapping[str, Any]) -> str:
    """A unit as it was written, with what it was told."""
    told = [*map(_text, values), *(f"{word}={_text(value)}" for word, value in named.items())]
    return f"{called}({', '.join(told)})" if told else called


def _unit(
    name: str, noun: str, called: str, values: list[Any], named: Mapping[str, Any], *, known: Units
) -> Unit:
    unit = known[known_name(noun if noun == name else f"{noun} of {name}", called, known)]
    fields = dataclasses.fields(unit)
    words = [field.name for field in fields]
    given = {**dict(zip(words, values, strict=False)), **named}
    missing = [f.name for f in fields if f.default is dataclasses.MISSING and f.name not in given]
    what = f"the {noun} `{called}`" if noun == name else f"`{called}` of `{name}`"
    twice = set(words[: len(values)]) & set(named)
    if len(values) > len(fields) or twice or missing or not given.keys() <= set(words):
        raise ArgumentError(
            f"{what} takes {', '.join(words) or 'nothing'}"
            f"{f', and needs {missing[0]}' if missing else ''}. "
            f"Received: {shown(_call(called, values, named))}"
        )
    return unit(**given)


@functools.lru_cache(maxsize=256)
def units_from(
    texts: tuple[str, ...], table: tuple[tuple[str, type[Unit]], ...]
) -> tuple[Unit, ...]:
    """The units of texts that have been checked, read once."""
    return parse_units("units", texts, dict(table))
