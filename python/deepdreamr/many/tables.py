"""function, table → **own settings**: what one picture is dreamed with that others are not."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ArgumentError, ArgumentWarning, received, warn
from ..paths import as_path, check_file
from ..recipes.lists import parse_layers
from ..recipes.settings import SETTINGS, UNITS, setting_type
from ..runs.request import ARGUMENTS, Request
from .asking import request_for_one
from .inputs import Item

Own = Callable[[Item, int], Mapping[str, Any]]
"""From an item and its number to the arguments that it has of its own."""

COLUMN = "image"
"""The column of a table that says which picture a row is about."""

_TRUTH = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


def own_settings(
    each: Any, request: Request | None = None, items: Sequence[Item] | None = None
) -> Own:
    """What each picture has of its own.

    Parameters
    ----------
    each : None; a function of a picture (its path, or what was given) that returns arguments of
        `dream`; or a table: the path of a CSV file, a data frame, or a list of mappings, with a
        column `image` (a path, or its end) and one for each argument. What is empty is not given
    request : what is asked for of all, which each row must go with
    items : all pictures, of which each row should be about one

    Raises
    ------
    ArgumentError
        If it is none of these, or a value cannot be read.

    Warns
    -----
    ArgumentWarning
        If rows are about none of the pictures.
    """
    if each is None:
        return lambda item, number: {}
    if callable(each):
        return lambda item, number: _returned(each(item.image))
    rows = _rows(each)
    table = {_place(row, number): row for number, row in enumerate(rows, 1)}
    if request is not None:
        for row in rows:  # a wrong one is said before anything is dreamed
            request_for_one(request, row)
    if items is not None:
        _warn_of_others(table, items)
    return lambda item, number: table.get(_row_of(table, item), {})


def _warn_of_others(table: Mapping[str, Any], items: Sequence[Item]) -> None:
    used = {_row_of(table, item) for item in items}
    if others := [name for name in table if name not in used]:
        rows = "a row" if len(others) == 1 else f"{len(others)} rows"
        named = f"{rows} of the table `each` about none of the pictures"
        warn(ArgumentWarning(f"{named}: {', '.join(map(repr, others[:3]))}."))


def _returned(found: Any) -> Mapping[str, Any]:
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise ArgumentError(
            f"the function `each` must return arguments by name. {received('each', found)}"
        )
    return found


def _row_of(table: Mapping[str, Any], item: Item) -> str:
    """The name of a picture's row: its path, or as much of its end as a row has."""
    parts = Path(item.image).parts if item.is_path else ()
    names = (str(Path(*parts[start:])) for start in range(len(parts)))
    return next((name for name in names if name in table), "")


def _place(row: dict[str, Any], number: int) -> str:
    name = row.pop(COLUMN, None)
    if not isinstance(name, str | os.PathLike) or not str(name).strip():
        raise ArgumentError(f"row {number} of the table `each` names no picture as `{COLUMN}`.")
    return str(Path(name))


def _rows(each: Any) -> list[dict[str, Any]]:
    if isinstance(each, str | os.PathLike):
        return _read(as_path("each", each))
    if hasattr(each, "to_dicts"):
        each = each.to_dicts()
    elif hasattr(each, "to_dict"):
        each = each.to_dict("records")
    if isinstance(each, Iterable) and not isinstance(each, Mapping | bytes):
        rows = list(each)
        if all(isinstance(row, Mapping) for row in rows):
            return [
                {str(name): _cell(name, value) for name, value in row.items() if not _empty(value)}
                for row in rows
            ]
    raise ArgumentError(
        "`each` must be a function, a table with one row for each picture, or a CSV file's path. "
        f"{received('each', each)}"
    )


def _cell(name: Any, value: Any) -> Any:
    return parse_layers(value) if name == "layers" and isinstance(value, str) else value


def _empty(value: Any) -> bool:
    missing = type(value).__name__ in ("NAType", "NaTType")  # pandas' own
    return value is None or missing or (isinstance(value, float | np.floating) and value != value)


def _read(path: Path) -> list[dict[str, Any]]:
    """The rows of a CSV file, their texts as what they stand for."""
    check_file(path, ArgumentError, "a table")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file, restkey="", strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ArgumentError(f"the table {str(path)!r} cannot be read: {error}.") from None
    return [
        {name.strip(): _value(name.strip(), text.strip(), number)
         for name, text in row.items() if isinstance(text, str) and text.strip()}
        for number, row in enumerate(rows, 1)
    ]  # fmt: skip


def _value(name: str, text: str, row: int) -> Any:
    """What the text of a cell stands for."""
    if name == "layers":
        return parse_layers(text)
    kind: Any = str
    if name in SETTINGS and name not in UNITS:
        kind = setting_type(name)[0]
        if text.lower() == "none":
            return None
    elif name in ARGUMENTS:
        kind = ARGUMENTS[name].metadata["type"] or str
    try:
        if kind is bool:
            return _TRUTH[text.lower()]
        return kind(text) if kind in (int, float) else text
    except (ValueError, KeyError):
        raise ArgumentError(
            f"row {row} of the table: `{name}` cannot be {json.dumps(text)}."
        ) from None
