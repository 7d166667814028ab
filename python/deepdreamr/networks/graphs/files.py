"""graph file → **frozen graph**: a `.pb`, or a zip that holds one, read as data and checked.

Operations that do more than compute are refused by name before TensorFlow sees them
(`operations`); a zip is read in memory.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import tensorflow as tf

from ...errors import NetworkError
from .._limits import check_fits, read_member
from .claims import check_claims
from .inlining import laid_open
from .operations import check_operations
from .values import Frozen, emptied


def load_graph_file(path: Path, limit: int | None = None) -> Frozen:
    """The graph in a `.pb` file, or in a `.zip` that holds one `.pb`; checked.

    Parameters
    ----------
    path : of the file
    limit : bytes that the process may hold in all; None for what the machine has

    Raises
    ------
    NetworkError, MemoryLimitError
        If there is none, it holds an operation that does more than compute, or it does not fit.
    """
    check_fits(3 * path.stat().st_size, repr(path.name), limit)
    content = _zipped(path, limit) if zipfile.is_zipfile(path) else path.read_bytes()
    graph = tf.compat.v1.GraphDef()
    try:
        graph.ParseFromString(content)
    except Exception:  # protobuf's DecodeError, which has no public home
        graph.Clear()
    if not graph.node:
        raise NetworkError(
            f"{path.name!r} holds no frozen TensorFlow graph.",
            "A saved_model.pb is part of a SavedModel: give the folder that it lies in.",
        )
    check_operations(graph, path.name)
    check_claims(graph, path.name, limit)
    stored, values = graph.ByteSize(), emptied(graph)
    if graph.library.function:
        graph = laid_open(graph)
        values |= emptied(graph, besides=values)
    return Frozen(graph, values, stored)


def _zipped(path: Path, limit: int | None) -> bytes:
    with zipfile.ZipFile(path) as archive:
        found = [item for item in archive.infolist() if item.filename.endswith(".pb")]
        if len(found) != 1:
            names = ", ".join(repr(item.filename) for item in found[:5]) or "none"
            raise NetworkError(f"{path.name!r} must hold one .pb file. Received: {names}")
        return read_member(archive, found[0].filename, path.name, limit)
