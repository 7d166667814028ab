"""graph file → **frozen graph**: a `.pb`, or a zip that holds one, read as data and checked.

Operations that do more than compute are refused by name before TensorFlow sees them
(`operations`); a zip is read in memory.
"""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

import tensorflow as tf

from ...errors import NetworkError
from .._limits import read_member
from .operations import check_operations


def load_graph_file(path: Path, limit: int | None = None) -> Any:
    """The GraphDef in a `.pb` file, or in a `.zip` that holds one `.pb`; checked.

    Parameters
    ----------
    path : of the file
    limit : bytes that the process may hold in all; None for what the machine has

    Raises
    ------
    NetworkError, MemoryLimitError
        If there is none, it holds an operation that does more than compute, or it does not fit.
    """
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
    _check_constants(graph, path.name)
    return graph


def _check_constants(graph: Any, name: str) -> None:
    """Raise a `NetworkError` if a constant's bytes are not as many as its shape says."""
    for node in graph.node:
        if node.op == "Const" and (tensor := node.attr["value"].tensor).tensor_content:
            size = math.prod(dim.size for dim in tensor.tensor_shape.dim)
            if size * tf.as_dtype(tensor.dtype).size != len(tensor.tensor_content):
                raise NetworkError(f"{name!r} is damaged, at {node.name!r}.")


def _zipped(path: Path, limit: int | None) -> bytes:
    with zipfile.ZipFile(path) as archive:
        found = [item for item in archive.infolist() if item.filename.endswith(".pb")]
        if len(found) != 1:
            names = ", ".join(item.filename for item in found) or "none"
            raise NetworkError(f"{path.name!r} must hold one .pb file. Received: {names}")
        return read_member(archive, found[0].filename, path.name, limit)
