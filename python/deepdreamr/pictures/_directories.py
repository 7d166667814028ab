"""TIFF or EXIF bytes → **checked**: a directory's values are counted before Pillow reads them."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Any

from ..errors import ImageError

_SIZES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}  # else 1
_MOST_NUMBERS = 2**20  # Pillow makes objects of them
_MOST_BYTES = 2**28  # and copies of them
_EXIF = 0x8769  # the tag of the directory within


def check_directory(content: bytes, title: str) -> None:
    """Raise an `ImageError` if the values of a TIFF's first directory are more than it can hold.

    What is no TIFF is left to others.
    """
    try:
        for entries in _directories(content):
            sizes = [_SIZES.get(kind, 1) * count for kind, count in entries]
            numbers = sum(count for kind, count in entries if kind in _SIZES)
            if sum(sizes) > min(len(content), _MOST_BYTES) or numbers > _MOST_NUMBERS:
                raise ImageError(f"{title} has tags that are too large to be read.")
    except struct.error:  # cut off: Pillow says so
        return


def _directories(content: bytes) -> Iterator[list[tuple[int, int]]]:
    """Type and number of the values of each tag, of the first directory and of EXIF's in it."""
    order = {b"II": "<", b"MM": ">"}.get(content[:2])
    if order is None:
        return
    big = 43 in content[2:4]
    first, number = struct.Struct(order + "Q" * big + "I" * (not big)), order + "QH"[not big]
    entry = struct.Struct(order + ("HHQQ" if big else "HHII"))
    places = [first.unpack_from(content, 8 if big else 4)[0]]
    for place in places:
        start, found = place + struct.calcsize(number), list[tuple[int, int]]()
        for index in range(min(struct.unpack_from(number, content, place)[0], 2**16)):
            tag, kind, count, value = entry.unpack_from(content, start + index * entry.size)
            found.append((kind, count))
            if tag == _EXIF and len(places) == 1:
                places.append(value)
        yield found


def check_exif(info: dict[Any, Any], title: str) -> None:
    """Raise an `ImageError` if the EXIF block of a decoded file asks for more than it holds."""
    block = info.get("exif")
    if block is None and (text := info.get("Raw profile type exif")):
        digits = re.sub(r"\s", "", "".join(str(text).split("\n")[3:]))
        block = bytes.fromhex(digits) if re.fullmatch("(?:[0-9A-Fa-f]{2})*", digits) else b""
    if isinstance(block, bytes):
        check_directory(block.removeprefix(b"Exif\0\0"), title)
