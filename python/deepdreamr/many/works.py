"""items → **works**: what is to be done for each picture, and whether files are as they were."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..checksums import sha256
from ..pictures.reading import read_shape
from ..runs.request import Request
from .asking import checksum
from .inputs import Item


@dataclasses.dataclass
class Work:
    """A picture that is to be dreamed.

    Attributes
    ----------
    number : its number from 1
    output : where its dream is written, or None
    asked : checksum of what is asked for
    losses : how many workers have ended over it
    size, time : of its file before it was read, or None
    """

    number: int
    item: Item
    output: Path | None
    request: Request
    asked: str
    losses: int = 0
    size: int | None = None
    time: int | None = None


def works_of(
    items: list[Item],
    request_of: Callable[[Item, int], Request],
    output_of: Callable[[Item, int], Path] | None,
    **more: Any,
) -> Iterator[Work]:
    """What is to be done for each item, as far as that is told without reading it.

    Parameters
    ----------
    more : what else a dream's file depends on
    """
    shared: Request | None = None
    asked = ""
    for number, item in enumerate(items, 1):
        request = request_of(item, number)
        output = output_of(item, number) if output_of else None
        if request is not shared:
            shared, asked = request, checksum(request, **more)
        suffix = output.suffix.lower() if output else ""
        yield Work(number, item, output, request, f"{asked}{suffix}")


def by_size(works: list[Work]) -> list[Work]:
    """The largest pictures first, and those of one size together; those without a size last."""
    shapes = {work.number: _shape(work) for work in works}
    return sorted(works, key=lambda work: (-_area(shapes[work.number]), shapes[work.number]))


def _shape(work: Work) -> tuple[int, int]:
    return (work.item.is_path and read_shape(work.item.image)) or (0, 0)


def _area(shape: tuple[int, int]) -> int:
    return shape[0] * shape[1]


def stamp(path: str) -> tuple[int, int] | None:
    """The size and the time of a file, or None if there is none, or a pipe or a device."""
    with contextlib.suppress(OSError, ValueError):
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            return None
        return status.st_size, status.st_mtime_ns
    return None


def is_done(work: Work, entry: dict[str, Any] | None, verify: bool) -> bool:
    """Whether a picture's dream is there, made of the same picture by the same request.

    Parameters
    ----------
    entry : the journal's line
    verify : whether checksums tell, whatever size and time are
    """
    if entry is None or entry.get("asked") != work.asked or not work.item.is_path:
        return False
    pairs = ((work.item.image, "input_"), (str(work.output), ""))
    return all(_same_file(path, entry, prefix, verify) for path, prefix in pairs)


def _same_file(path: str, entry: dict[str, Any], prefix: str, verify: bool) -> bool:
    """Whether a file is the one of a line: by its size and time, or by its checksum."""
    if (now := stamp(path)) is None:
        return False
    if now == (entry.get(f"{prefix}size"), entry.get(f"{prefix}time")) and not verify:
        return True
    with contextlib.suppress(OSError):
        return sha256(path) == entry.get(f"{prefix}sha256")
    return False
