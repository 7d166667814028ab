"""graph with variables → **constants**: what reads a variable takes its value.

A value that is written while the graph runs is taken by what comes after; each run begins with
those that are stored.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

import tensorflow as tf

from ...errors import NetworkError
from .operations import in_order, inputs_of
from .splicing import MADE, become, splice, wait_not_for
from .values import empty_constant, is_large

_PLAIN = {"RefSwitch": "Switch", "RefMerge": "Merge", "RefIdentity": "Identity"}
_ENDING = ("DestroyResourceOp", "DisableCopyOnRead")
_LOOKING: Mapping[str, tuple[Callable[..., tf.Tensor], tf.DType | None]] = {
    "ResourceGather": (lambda n, x, i: tf.gather(x, i, batch_dims=n.attr["batch_dims"].i), None),
    "ResourceGatherNd": (lambda _, x, i: tf.gather_nd(x, i), None),
    "VariableShape": (lambda _, x: tf.shape(x), tf.int32),
    "VarIsInitializedOp": (lambda _, x: tf.rank(x) >= 0, tf.bool),
    "IsVariableInitialized": (lambda _, x: tf.rank(x) >= 0, tf.bool),
}
"""What looks at a variable, as a function of its value, and the type of what it gives, if not the
variable's."""
_CARRYING = ("Identity", "Merge", "Switch")
_WRITING = {
    "Assign": "",
    "AssignAdd": "AddV2",
    "AssignSub": "Sub",
    "AssignVariableOp": "",
    "AssignAddVariableOp": "AddV2",
    "AssignSubVariableOp": "Sub",
}
"""What writes to a variable, and how the value is computed from the one before and its own."""


class _Carried(NamedTuple):
    """A variable that a node gives: its name and type, whether by a handle, and since when."""

    variable: str
    kind: tf.DType
    handle: bool
    place: int


_Writes: TypeAlias = "dict[str, tuple[int, str]]"
"""For variables, the last node that wrote to them, and its place in the order."""


def read_as_constants(graph: Any, values: dict[str, tf.Tensor], name: str) -> None:
    """Let a graph read constants where it took variables.

    Parameters
    ----------
    graph : GraphDef without calls of functions, changed
    values : of its variables, by their nodes' names; small ones are put into the graph and taken
        out
    name : the model's, for the message

    Raises
    ------
    NetworkError
        If something is done with a variable that is not known.
    """
    carried: dict[str, _Carried] = {}
    written: dict[str, _Writes] = {}
    writing: set[str] = set()
    for place, node in enumerate(in_order(graph)):
        before = _merged(written[wire] for wire in inputs_of(node) if wire in written)
        taken = _taken(node, carried, before)
        if node.name in values:
            handle = node.op not in ("Variable", "VariableV2")
            carried[node.name] = _Carried(node.name, values[node.name].dtype, handle, place)
            _become_constant(node, values)
        elif taken is not None:
            if node.op in _WRITING:
                writing.add(node.name)
                before[taken.variable] = (place, node.name)
            if _carries(node) or node.op in _WRITING:
                carried[node.name] = taken._replace(place=place)
            _become_plain(graph, node, taken, name)
        written[node.name] = before
    if not any(node.op == "Switch" for node in graph.node):
        wait_not_for(graph.node, writing)  # the values are enough


def _merged(several: Iterable[_Writes]) -> _Writes:
    merged: _Writes = {}
    for writes in several:
        for variable, write in writes.items():
            merged[variable] = max(write, merged.get(variable, write))
    return merged


def _taken(node: Any, carried: dict[str, _Carried], before: _Writes) -> _Carried | None:
    """The variable that a node takes, if any; what was written to it since is taken instead."""
    found = None
    for number, wire in enumerate(node.input):
        taken = carried.get(wire.partition(":")[0])
        if taken is not None:
            place, latest = before.get(taken.variable, (-1, ""))
            if place > taken.place:
                node.input[number] = latest
            found = found or taken
    return found


def _carries(node: Any) -> bool:
    handle = tf.resource.as_datatype_enum
    return node.op in _PLAIN or (node.op in _CARRYING and node.attr["T"].type == handle)


def _become_constant(node: Any, values: dict[str, tf.Tensor]) -> None:
    name, value = node.name, values[node.name]
    node.CopyFrom(empty_constant(name, value.dtype.as_datatype_enum, value.shape))
    if not is_large(node):
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(values.pop(name)))


def _become_plain(graph: Any, node: Any, taken: _Carried, name: str) -> None:
    """Make what does something with a variable do it with a constant."""
    kind = taken.kind
    if _carries(node):
        node.op = _PLAIN.get(node.op, node.op)
        node.attr["T"].type = kind.as_datatype_enum
    elif node.op == "ReadVariableOp":
        become(node, node.input[0], kind)
    elif node.op in _WRITING:
        operation, (variable, value) = _WRITING[node.op], node.input[:2]
        become(node, value, kind)
        if operation:
            node.op = operation
            node.input.insert(0, variable)
    elif node.op in _ENDING:
        waits = [wire for wire in node.input if wire.startswith("^")]
        node.CopyFrom(tf.compat.v1.NodeDef(name=node.name, op="NoOp", input=waits))
    elif node.op in _LOOKING:
        _look(graph, node, kind)
    elif taken.handle:
        raise NetworkError(
            f"{name!r} gives its variable {taken.variable!r} to the operation {node.op!r} "
            f"({node.name!r}), which is none that can be done without variables."
        )


def _look(graph: Any, node: Any, kind: tf.DType) -> None:
    """Make what looks at a variable look at a constant."""
    taking = {node.input[0]: kind}
    if node.op.startswith("ResourceGather"):
        taking[node.input[1]] = tf.as_dtype(node.attr["Tindices"].type)
    build, result = _LOOKING[node.op]
    made = splice(graph, f"{node.name}{MADE}value", taking, functools.partial(build, node))
    become(node, made, result or kind)
