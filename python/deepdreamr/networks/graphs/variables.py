"""SavedModel's checkpoint → **values** of the variables that a graph needs.

TensorFlow's reader of checkpoints looks them up; how large they are is checked against the files
before any of them is read.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import trackable_object_graph_pb2

from ...errors import DeepDreamError, NetworkError
from .._limits import check_fits, check_proportion
from .._refusals import first_line
from ..sources import files_of
from .indexes import check_index
from .operations import VARIABLES, inputs_of

_OBJECTS = "_CHECKPOINTABLE_OBJECT_GRAPH"


def variable_values(meta: Any, part: Any, folder: Path, limit: int | None) -> dict[str, np.ndarray]:
    """The values of the variables in a part of the graph, by their nodes' names."""
    handles = [node.name for node in part.node if node.op in VARIABLES]
    if not handles:
        return {}
    prefix = folder / "variables" / "variables"
    check_index(prefix, folder.name)
    try:
        reader = tf.compat.v1.train.NewCheckpointReader(str(prefix))
        keys = _checkpoint_keys(meta, part, reader)
        missing = [name for name in handles if keys.get(name) is None]
        if missing:
            raise NetworkError(f"{folder.name!r} has no value for its variable {missing[0]!r}.")
        _check_sizes(reader, [keys[name] for name in handles], folder, limit)
        return {name: reader.get_tensor(keys[name]) for name in handles}
    except DeepDreamError:
        raise
    except Exception as error:  # whatever TensorFlow meets in a damaged checkpoint
        message = f"cannot read the variables of {folder.name!r}: {first_line(error)}"
        raise NetworkError(message) from error


def _check_sizes(reader: Any, keys: list[str], folder: Path, limit: int | None) -> None:
    """Raise an error if the variables cannot all lie in the files that they are read from."""
    shapes, types = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
    sizes = {key: math.prod(shapes[key]) * types[key].size for key in keys}
    stored = sum(file.stat().st_size for file in files_of(folder))
    if sum(sizes.values()) > stored:
        raise NetworkError(f"{folder.name!r} is damaged: its files cannot hold its variables.")
    wanted = sum(sizes[key] for key in keys)
    what = f"the variables of {folder.name!r}"
    check_proportion(wanted, stored, what)
    check_fits(3 * wanted, what, limit)


def _checkpoint_keys(meta: Any, part: Any, reader: Any) -> dict[str, str]:
    """Where in the checkpoint each variable lies."""
    known = reader.get_variable_to_shape_map()
    if _OBJECTS not in known:  # TensorFlow 1: by name
        names = {node.name: _shared_name(node) for node in part.node}
        return {name: shared for name, shared in names.items() if shared in known}
    saved = trackable_object_graph_pb2.TrackableObjectGraph()
    saved.ParseFromString(reader.get_tensor(_OBJECTS))
    keys = {
        own: attribute.checkpoint_key
        for own, theirs in _paired(meta.object_graph_def.nodes, saved.nodes).items()
        for attribute in saved.nodes[theirs].attributes
        if attribute.name == "VARIABLE_VALUE"
    }
    return {
        handle: keys[node] for handle, node in _bound(meta, part).items() if keys.get(node) in known
    }


def _shared_name(node: Any) -> str:
    shared = node.attr["shared_name"].s.decode() if "shared_name" in node.attr else ""
    return shared or node.name


def _paired(objects: Any, saved: Any) -> dict[int, int]:
    """The objects of the SavedModel and those of its checkpoint with the same path of names."""
    pairs, todo = {0: 0}, [0]
    while todo:
        own = todo.pop()
        theirs = {child.local_name: child.node_id for child in saved[pairs[own]].children}
        for child in objects[own].children:
            if child.node_id not in pairs and child.local_name in theirs:
                pairs[child.node_id] = theirs[child.local_name]
                todo.append(child.node_id)
    return pairs


def _bound(meta: Any, part: Any) -> dict[str, int]:
    """The object of each variable's node: a function's call takes its variables in their order."""
    functions = meta.object_graph_def.concrete_functions
    bound: dict[str, int] = {}
    for node in part.node:
        called = node.attr["f"].func.name if "f" in node.attr else node.op
        if called in functions:
            objects = functions[called].bound_inputs
            inputs = [name for name in inputs_of(node) if name]
            bound |= dict(zip(inputs[len(inputs) - len(objects) :], objects, strict=True))
    return bound
