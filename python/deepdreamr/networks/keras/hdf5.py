"""HDF5 file → **checked**: that all of it is numbers, in the file itself, and that they fit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py

from ...errors import NetworkError
from .._limits import check_fits, check_proportion

_MOST_OBJECTS = 100_000
_FILTERS = frozenset(
    (
        h5py.h5z.FILTER_DEFLATE,
        h5py.h5z.FILTER_SHUFFLE,
        h5py.h5z.FILTER_FLETCHER32,
        h5py.h5z.FILTER_LZF,
    )
)


def check_hdf5(path: Path, name: str, limit: int | None = None) -> int:
    """How many numbers an HDF5 file holds.

    Parameters
    ----------
    path, name : of the file, and as messages call it
    limit : as in `check_fits`

    Raises
    ------
    NetworkError
        If it would have other files read, holds anything but numbers, or would grow out of
        proportion.
    MemoryLimitError
        If its numbers do not fit into the memory.
    """
    count = size = 0
    with h5py.File(path, "r") as file:
        for key, dataset in _datasets(file, name):
            _check_dataset(key, dataset, name)
            count += int(dataset.size)
            size += int(dataset.size) * dataset.dtype.itemsize
    what = f"what {name!r} holds"
    check_proportion(size, path.stat().st_size, what)
    check_fits(size, what, limit)
    return count


def _datasets(file: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every dataset under each of its names, once for each group that holds it."""
    groups, seen, count = [file["/"]], set(), 0
    while groups:
        group = groups.pop()
        for key in group:
            count += 1
            if count > _MOST_OBJECTS:
                raise NetworkError(f"{name!r} holds more than {_MOST_OBJECTS:,} groups and arrays.")
            if not isinstance(group.get(key, getlink=True), h5py.HardLink):
                raise NetworkError(f"{name!r} holds a link to elsewhere, at {key[:200]!r}.")
            item = group[key]
            address = h5py.h5o.get_info(item.id).addr
            if isinstance(item, h5py.Dataset):
                yield key, item
            elif isinstance(item, h5py.Group) and address not in seen:
                seen.add(address)
                groups.append(item)


def _check_dataset(key: str, dataset: Any, name: str) -> None:
    """Raise a `NetworkError` if an array lies elsewhere, is none, or unpacks to more than it is."""
    where = f"{key[:200]!r} in {name!r}"
    if dataset.external or dataset.is_virtual:
        raise NetworkError(f"{name!r} takes {key[:200]!r} from another file.")
    bfloat16 = dataset.dtype.str == "|V2" and not dataset.dtype.names  # as Keras writes it
    if dataset.dtype.kind not in "fiub" and not bfloat16:
        raise NetworkError(f"{where} holds no numbers: {str(dataset.dtype)[:200]}.")
    filters = dataset.id.get_create_plist()
    used = {filters.get_filter(index)[0] for index in range(filters.get_nfilters())}
    if not used <= _FILTERS:
        raise NetworkError(f"{where} is packed in a way that Keras does not pack.")
    chunk = math.prod(dataset.chunks or (0,)) * dataset.dtype.itemsize
    check_proportion(chunk, dataset.file.id.get_filesize(), where)
