"""SavedModel folder → **frozen graph**: its signature's graph with its variables as constants.

TensorFlow's own loader is not used, since it runs what a SavedModel tells it to run. The graph is
read as data, its operations are checked, the variables are looked up in the checkpoint, and only
what leads from the picture to the signature's output is imported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework.convert_to_constants import _run_inline_graph_optimization
from tensorflow.python.ops.resource_variable_ops import UninitializedVariable

from ...errors import NetworkError
from .._limits import check_fits
from .claims import check_claims
from .inlining import open_up
from .inputs import Picture, hold_others, picture_among
from .operations import SAVING, check_operations, functions_called, inputs_of, sources_of
from .reading import read_as_constants
from .sizes import shape_attribute
from .splicing import take, wait_not_for
from .values import Frozen, captured, emptied
from .variables import variable_values


def load_saved_model(folder: Path, limit: int | None = None) -> Frozen:
    """The graph of a SavedModel's signature for pictures, with constants for variables.

    Parameters
    ----------
    folder : where it lies
    limit : bytes that the process may hold in all; None for what the machine has

    Raises
    ------
    NetworkError, MemoryLimitError
        If there is none, the graph holds an operation that does more than compute, or it does not
        fit.
    """
    meta = _read(folder, limit)
    check_operations(meta.graph_def, folder.name, besides=SAVING)
    picture, target = _ends(meta, folder.name)
    part = _leading_to(meta.graph_def, target)
    check_operations(part, folder.name)
    check_claims(part, folder.name, limit)
    values = variable_values(meta, part, folder, limit)
    if picture.name.partition(":")[0] not in {node.name for node in part.node}:
        raise NetworkError(
            f"nothing leads from the picture of {folder.name!r}, {picture.name!r}, to {target!r}."
        )
    hold_others(part, picture.name.partition(":")[0], folder.name)
    return _frozen(part, picture, target, values, folder.name)


def _read(folder: Path, limit: int | None) -> Any:
    path = folder / "saved_model.pb"
    check_fits(3 * path.stat().st_size, f"{path.name!r} in {folder.name!r}", limit)
    model = saved_model_pb2.SavedModel()
    try:
        model.ParseFromString(path.read_bytes())
    except Exception:  # protobuf's DecodeError, which has no public home
        model.Clear()
    serving = [meta for meta in model.meta_graphs if "serve" in meta.meta_info_def.tags]
    found = serving or list(model.meta_graphs)
    if not found:
        raise NetworkError(f"{path.name!r} in {folder.name!r} holds no graph.")
    return found[0]


def _ends(meta: Any, name: str) -> tuple[Picture, str]:
    """Where a signature takes a picture and gives its result."""
    signatures = meta.signature_def
    for key in sorted(signatures, key=lambda key: (key != "serving_default", key)):
        inputs, outputs = signatures[key].inputs, signatures[key].outputs
        told = {x.name: (x.dtype, x.tensor_shape) for x in inputs.values() if x.name}
        picture, _ = picture_among(told)
        results = sorted(tensor.name for tensor in outputs.values())
        if picture is not None and results:
            return picture, results[0]
    listed = ", ".join(sorted(signatures)) or "none"
    raise NetworkError(
        "a SavedModel must have a signature that takes one picture, float32 (None, H, W, 3), or of "
        f"1 or 4 channels. Received: {name} with the signatures {listed}"
    )


def _leading_to(graph: Any, target: str) -> Any:
    """The nodes that a tensor needs, and the functions that those call, at any depth."""
    inputs = {node.name: inputs_of(node) for node in graph.node}
    nodes = _closure([target.partition(":")[0]], lambda name: inputs.get(name, []))
    part = tf.compat.v1.GraphDef(versions=graph.versions)
    part.node.extend(node for node in graph.node if node.name in nodes)
    functions = {function.signature.name: function for function in graph.library.function}
    called = [name for node in part.node for name in functions_called(node, functions)]
    needed = _closure(
        called,
        lambda name: [
            n for node in functions[name].node_def for n in functions_called(node, functions)
        ],
    )
    part.library.function.extend(functions[name] for name in sorted(needed))
    return part


def _closure(names: list[str], next_names: Any) -> set[str]:
    found: set[str] = set()
    names = list(names)
    while names:
        name = names.pop()
        if name not in found:
            found.add(name)
            names.extend(next_names(name))
    return found


def _frozen(
    part: Any, picture: Picture, target: str, values: dict[str, np.ndarray], name: str
) -> Frozen:
    """The part as a graph without variables and without calls of functions."""
    stored = part.ByteSize() + sum(value.nbytes for value in values.values())
    taken = {wire for node in part.node for wire in sources_of(node)}
    with tf.device("CPU"):
        held = {node: tf.constant(values.pop(node)) for node in list(values) if node in taken}
    graph, read = _laid_open(part, picture, target, held)
    constants = emptied(graph)
    read_as_constants(graph, read, name)
    check_operations(graph, name)
    placeholder = next(node for node in graph.node if node.op == "Placeholder")
    placeholder.attr["shape"].CopyFrom(shape_attribute(picture.own_shape))
    read |= constants
    return Frozen(_shortly_named(graph, read), read, stored)


def _laid_open(
    part: Any, picture: Picture, target: str, held: dict[str, tf.Tensor]
) -> tuple[Any, dict[str, tf.Tensor]]:
    """The part without calls of functions, and the values of the nodes that stand for variables."""
    by_handle = {node.name for node in part.node if node.op == "VarHandleOp"}
    with tf.device("CPU"):
        variables = {
            name: UninitializedVariable(dtype=value.dtype, shape=value.shape)
            for name, value in held.items()
            if name in by_handle
        }
    handles = {name: variable.handle for name, variable in variables.items()}
    source = picture.name
    body = _without(part, {source.partition(":")[0], *by_handle})
    _write_nothing_within(body)
    open_up(body)

    def run(image: tf.Tensor) -> tf.Tensor:
        given = {f"{name}:0": value for name, value in captured(handles)}
        (result,) = tf.graph_util.import_graph_def(
            body, input_map={source: image, **given}, return_elements=[target], name=""
        )
        return result

    function = tf.compat.v1.wrap_function(run, [tf.TensorSpec(picture.shape)])
    places = {id(value): placeholder.op.name for value, placeholder in function.graph.captures}
    graph = _run_inline_graph_optimization(function, True, False)
    return graph, {places.get(id(handles.get(n)), n): value for n, value in held.items()}


def _without(graph: Any, names: Collection[str]) -> Any:
    """A copy without some nodes, for which nothing waits."""
    copy = tf.compat.v1.GraphDef(library=graph.library, versions=graph.versions)
    copy.node.extend(node for node in graph.node if node.name not in names)
    wait_not_for(copy.node, names)
    return copy


_WRITING = frozenset(
    "AssignAddVariableOp AssignSubVariableOp AssignVariableOp DestroyResourceOp "
    "DisableCopyOnRead".split()
)


def _write_nothing_within(graph: Any) -> None:
    """Drop what changes variables in functions, such as the state of a random layer.

    They stay as stored.
    """
    for function in graph.library.function:
        nodes = function.node_def
        written = {node.name for node in nodes if node.op in _WRITING}
        kept = [node for node in nodes if node.name not in written]
        for node in kept if written else ():
            take(node, [name for name in node.input if name.lstrip("^") not in written])
        del nodes[:]
        nodes.extend(kept)
        _return_nothing_else(function)


def _return_nothing_else(function: Any) -> None:
    """Drop what a function is said to wait for and no longer has."""
    there = {node.name for node in function.node_def}
    gone = [key for key, name in function.control_ret.items() if name not in there]
    outputs = [name for name in function.signature.control_output if name not in gone]
    del function.signature.control_output[:]
    function.signature.control_output.extend(outputs)
    for key in gone:
        del function.control_ret[key]


def _shortly_named(graph: Any, values: dict[str, tf.Tensor]) -> Any:
    """The graph, its nodes without the calls that they were nested in, where that is clear.

    Values beside it have the names of their nodes.
    """
    short = {
        node.name: re.sub(r"^((Stateful)?PartitionedCall(_\d+)?/)+", "", node.name)
        for node in graph.node
    }
    often = Counter(short.values())
    names = {name: new if often[new] == 1 and new else name for name, new in short.items()}
    for name in list(values):
        values[names[name]] = values.pop(name)
    for node in graph.node:
        node.name = names[node.name]
        take(
            node,
            [re.sub(r"[^^:]+", lambda m: names.get(m[0], m[0]), w, count=1) for w in node.input],
        )
    return graph
