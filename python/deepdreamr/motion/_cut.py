"""video file → **cut off?**: whether it ends before its outermost parts say that it does."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

_EBML, _SEGMENT = b"\x1aE\xdf\xa3", 0x18538067
_SPARE = 16  # bytes that writers of RIFF miscount
_BOXES = frozenset(
    b"ftyp styp moov moof mdat mfra meta free skip wide sidx ssix emsg prft pnot udta uuid".split()
)
"""Of an MP4's outermost level: what else stands there says nothing."""
Ends = Iterator[int]


def is_cut_off(path: Path) -> bool:
    """Whether a Matroska, WebM, MP4, MOV or AVI file ends before one of its parts does.

    No other kind of file says how long it should be; of them it is False. A file that cannot be
    read is not cut off.
    """
    try:
        with path.open("rb") as file:
            start, length = file.read(12), file.seek(0, io.SEEK_END)
            file.seek(0)
            return any(end > length for end in _ends_of(start)(file))
    except (OSError, ValueError):  # such as a name that cannot be
        return False


def _ends_of(start: bytes) -> Callable[[BinaryIO], Ends]:
    """What tells where the parts of a file end, by its first bytes."""
    if start[:4] == _EBML:
        return _elements
    if start[:4] == b"RIFF" and start[8:12] == b"AVI ":
        return _chunks
    return _boxes


def _elements(file: BinaryIO) -> Ends:
    """Ends of the parts of a Matroska file: of its header and segment, or of what is in that."""
    while (name := _number(file, marked=True)) is not None:
        size, is_segment = _number(file), name == _SEGMENT
        if size is not None:
            end = file.tell() + size
            yield end
            file.seek(end)
        if is_segment == (size is not None):  # all is told, or not where this part ends
            return


def _number(file: BinaryIO, *, marked: bool = False) -> int | None:
    """A number of 1 to 8 bytes, as EBML writes it; None where it is not told, or none is there.

    Parameters
    ----------
    marked : whether the bit that tells its length is part of it, as in names
    """
    first = file.read(1)
    if not first or not first[0]:
        return None
    more = 8 - first[0].bit_length()
    content = first + file.read(more)
    number, bits = int.from_bytes(content, "big"), 7 * (more + 1)
    if len(content) <= more or marked:
        return number if marked and len(content) > more else None
    value = number - (1 << bits)
    return None if value == (1 << bits) - 1 else value


def _chunks(file: BinaryIO) -> Ends:
    """Ends of the parts of an AVI file; one of no size is not finished."""
    while (head := file.read(8))[:4] == b"RIFF" and len(head) == 8:
        end = file.tell() + int.from_bytes(head[4:], "little")
        yield end - _SPARE
        file.seek(end + end % 2)


def _boxes(file: BinaryIO) -> Ends:
    """Ends of the boxes of an MP4 file; the last may be of size 0, up to the file's end."""
    while (head := file.read(8))[4:] in _BOXES:
        begins, size = file.tell() - 8, int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(file.read(8), "big")
        if size < 8:
            return
        yield begins + size
        file.seek(begins + size)
