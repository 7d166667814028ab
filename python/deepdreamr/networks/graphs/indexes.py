"""checkpoint → **index**: whether each tensor lies where it is said to, within the files there are.

TensorFlow's reader ends the process for an index that does not add up, so that it is read here
first: a table of sorted keys in blocks, as LevelDB's, uncompressed, of protocol buffers.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.core.protobuf import tensor_bundle_pb2

from ...errors import NetworkError
from .._refusals import first_line

_FOOTER, _MAGIC = 48, 0xDB4775248B80FB57
_MOST_SHARDS = 10_000


def check_index(prefix: Path, name: str) -> None:
    """Raise a `NetworkError` if a checkpoint's index does not add up.

    Parameters
    ----------
    prefix : path of its files, without their endings
    name : the model's, for the message
    """
    try:
        listed = list(_entries(Path(f"{prefix}.index").read_bytes()))
        entries = dict(listed)
        if len(entries) != len(listed):
            raise ValueError("its index has two of a name")
        header = tensor_bundle_pb2.BundleHeaderProto.FromString(entries.pop(b""))
        sizes = _shard_sizes(prefix, header.num_shards)
        for key, value in entries.items():
            entry = tensor_bundle_pb2.BundleEntryProto.FromString(value)
            if not _adds_up(entry, sizes):
                told = "is kept in parts" if entry.slices else "cannot be what and where it is said"
                raise ValueError(f"{key.decode(errors='replace')!r} {told}")
    except Exception as error:  # whatever a damaged table makes of these lines
        message = f"cannot read the variables of {name!r}: {first_line(error)}"
        raise NetworkError(message) from error


def _shard_sizes(prefix: Path, count: int) -> list[int]:
    if not 0 < count <= _MOST_SHARDS:
        raise ValueError(f"there cannot be {count} files of them")
    return [
        Path(f"{prefix}.data-{number:05d}-of-{count:05d}").stat().st_size for number in range(count)
    ]


def _adds_up(entry: Any, sizes: list[int]) -> bool:
    """Whether a tensor has a shape, a type and a place in one of the files, of its size."""
    dimensions = [dimension.size for dimension in entry.shape.dim]
    kind = tf.as_dtype(entry.dtype)
    if entry.shape.unknown_rank or any(size < 0 for size in dimensions) or entry.slices:
        return False
    count, text = math.prod(dimensions), kind == tf.string  # each has a length, of a byte at least
    return (
        0 <= entry.shard_id < len(sizes)
        and 0 <= entry.offset <= entry.offset + entry.size <= sizes[entry.shard_id]
        and (count <= entry.size if text else count * kind.size == entry.size)
    )


def _entries(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The keys and values of a table."""
    footer = table[-_FOOTER:]
    if len(footer) < _FOOTER or struct.unpack("<Q", footer[-8:])[0] != _MAGIC:
        raise ValueError("its index is none")
    place = _handle(footer, _handle(footer, 0)[2])
    for _, value in _block(table, *place[:2]):
        yield from _block(table, *_handle(value, 0)[:2])


def _handle(content: bytes, place: int) -> tuple[int, int, int]:
    """Where a block begins, its size, and where this ends."""
    offset, place = _number(content, place)
    size, place = _number(content, place)
    return offset, size, place


def _block(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """The entries of a block; each key is told by how it differs from the one before."""
    block = table[offset : offset + size]
    if table[offset + size] != 0:
        raise ValueError("its index is compressed")
    (restarts,) = struct.unpack("<I", block[-4:])
    place, end, key = 0, len(block) - 4 - 4 * restarts, b""
    while place < end:
        shared, place = _number(block, place)
        more, place = _number(block, place)
        length, place = _number(block, place)
        key = key[:shared] + block[place : place + more]
        place += more + length
        yield key, block[place - length : place]


def _number(content: bytes, place: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = shift = 0
    while True:
        byte = content[place]
        value, shift, place = value | (byte & 127) << shift, shift + 7, place + 1
        if byte < 128:
            return value, place
