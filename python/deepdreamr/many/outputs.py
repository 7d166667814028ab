"""item → **output**: where each dream is written; no two at one place."""

from __future__ import annotations

import hashlib
import os
import re
import string
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, OutputError, received, unknown_name
from ..paths import as_path
from ..pictures.writing import FORMATS
from .inputs import Item

FIELDS = ("stem", "name", "folder", "parent", "number")
"""What a pattern may name: the file's name without and with its suffix, the folder below the one
that it was found in, the folder that it lies in, and its number from 1."""


_WIDTH = re.compile(r"0?[0-9]{0,2}d?")


class Outputs:
    """Where dreams are written: a folder, in which the inputs' tree is kept, or a pattern.

    Attributes
    ----------
    root : the folder that all lie in, where the journal is kept
    is_folder : whether it is one of its own, which is never read

    Raises
    ------
    ArgumentError, OutputError
        If it is no path, names a field that there is not, or a format that is not written.
    """

    def __init__(self, output: Any) -> None:
        text = str(as_path("output", output))
        fields = [] if os.path.isdir(text) else _fields(text)
        if not fields and not os.path.isdir(text):
            if Path(text).suffix.lower() in FORMATS:
                raise OutputError(
                    f"{text!r} is one file, and there may be several dreams.",
                    'Name a folder, or a pattern such as "{stem}-dream.png".',
                )
            if os.path.lexists(text):
                raise OutputError(f"{text!r} is a file, not a folder.")
        self.pattern = text if fields else os.path.join(_escaped(text), "{folder}", "{stem}.png")
        self.is_folder = not fields
        self.root = Path(_before_fields(text) if fields else text)
        suffix = Path(self.pattern).suffix.lower()
        if suffix not in FORMATS:
            raise OutputError(unknown_name("format of a picture", suffix, FORMATS))

    def path(self, item: Item, number: int) -> Path:
        """Where the dream of an item is written, the number-th from 1."""
        place = Path(item.place(number))
        parent = str(Path(item.image).parent) if item.is_path else "."
        folder = "" if str(place.parent) == "." else str(place.parent)
        words = {"stem": place.stem, "name": place.name, "folder": folder, "parent": parent}
        text = self.pattern.format(**words, number=number)
        if not folder and self.pattern.startswith("{folder}"):  # of nothing there is no root
            text = text.lstrip("/" + os.sep)
        return Path(os.path.normpath(text))

    def check(self, items: Iterable[Item]) -> None:
        """Raise an `OutputError` if two of the items had one output; both are named."""
        items, seen = list(items), dict[bytes, int]()
        for number, item in enumerate(items, 1):
            path = self.path(item, number)
            first = seen.setdefault(_key(path), number)
            if first != number:
                other = items[first - 1].title(first)
                raise OutputError(
                    f"{other!r} and {item.title(number)!r} would both be written to {str(path)!r}.",
                    'Tell them apart by a pattern, such as "dreams/{folder}/{name}.png".',
                )


def _key(path: Path) -> bytes:
    """A path in few bytes; two that differ in case alone are one file on some systems."""
    text = str(path).casefold() if sys.platform in ("win32", "darwin") else str(path)
    return hashlib.blake2b(os.fsencode(text), digest_size=12).digest()


def _fields(text: str) -> list[str]:
    """The names in a pattern."""
    try:
        if "\0" in text:
            raise ValueError
        found = [field for field in string.Formatter().parse(text) if field[1] is not None]
        for _, name, form, conversion in found:
            if name not in FIELDS:
                raise ArgumentError(unknown_name("field of the pattern", name, FIELDS))
            if conversion or (form and not (name == "number" and _WIDTH.fullmatch(form))):
                raise ValueError
        text.format(**dict.fromkeys(FIELDS[:-1], ""), number=1)
    except ArgumentError:  # which is a ValueError, too
        raise
    except (ValueError, IndexError, KeyError):
        raise ArgumentError(
            '`output` must be a folder, or a pattern such as "{stem}-dream.png". '
            f"{received('output', text)}"
        ) from None
    return [str(name) for _, name, _, _ in found]


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _before_fields(pattern: str) -> str:
    """The folder in front of a pattern's first field."""
    first = next(iter(string.Formatter().parse(pattern)))[0]
    return os.path.dirname(first)
