"""frozen graph → **its parameters**: large constants are kept beside a graph, not in it.

TensorFlow copies a graph often, and what is in it each time. A constant whose value is beside the
graph stays in it as one without a value; where the graph is run, it takes the value's place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from .operations import in_order, sources_of
from .splicing import MADE, become, splice

_LARGE = 2**14  # bytes; what belongs to channels stays, as TensorFlow may compute with it at once


class Frozen(NamedTuple):
    """A graph without variables, and its parameters.

    Attributes
    ----------
    graph : GraphDef
    values : of its large constants, by their names
    stored : bytes of both in the file that they come from
    """

    graph: Any
    values: Mapping[str, tf.Tensor]
    stored: int


def is_large(node: Any) -> bool:
    """Whether a node is a constant whose value is kept beside the graph."""
    if node.op != "Const":
        return False
    tensor = node.attr["value"].tensor
    count = math.prod(dimension.size for dimension in tensor.tensor_shape.dim)
    kind = tf.as_dtype(tensor.dtype)
    return kind not in (tf.string, tf.resource, tf.variant) and count * kind.size >= _LARGE


def emptied(graph: Any) -> dict[str, tf.Tensor]:
    """The values of a graph's large constants, which have none in it from then on.

    One that waits for something, such as that its branch is taken, does so as before.
    """
    values = {}
    for node in list(filter(is_large, graph.node)):
        tensor, name = node.attr["value"].tensor, node.name
        with tf.device("CPU"):
            value = tf.constant(tf.make_ndarray(tensor))
        if node.input:
            name = f"{node.name}{MADE}value"
            become(node, name, value.dtype)
            node = graph.node.add()
        node.CopyFrom(empty_constant(name, value.dtype.as_datatype_enum, value.shape))
        values[name] = value
    return values


def empty_constant(name: str, kind: int, shape: Iterable[int]) -> Any:
    """A constant that has a type and a shape, but no value."""
    node = tf.compat.v1.NodeDef(name=name, op="Const")
    node.attr["dtype"].type = kind
    tensor = node.attr["value"].tensor
    tensor.dtype = kind
    tensor.tensor_shape.CopyFrom(tf.TensorShape(shape).as_proto())
    return node


_CARRYING = ("Identity", "Merge", "RefMerge", "Switch", "RefSwitch")


def read_as_constants(graph: Any, values: dict[str, tf.Tensor]) -> Any:
    """Let a graph read constants where it took variables.

    Parameters
    ----------
    graph : GraphDef, changed; placeholders stand for the variables
    values : theirs, by the placeholders' names; small ones are put into the graph and taken out
    """
    kinds: dict[str, tf.DType] = {}
    for node in in_order(graph):
        variable = next((kinds[name] for name in sources_of(node) if name in kinds), None)
        if node.name in values:
            kinds[node.name] = values[node.name].dtype
            _become_constant(node, values)
        elif variable is None:
            continue
        elif node.op == "ReadVariableOp":
            become(node, node.input[0], variable)
        elif node.op == "ResourceGather":
            _become_gather(graph, node, variable)
        elif node.op in _CARRYING and node.attr["T"].type == tf.resource.as_datatype_enum:
            node.attr["T"].type = variable.as_datatype_enum
            kinds[node.name] = variable
    return graph


def _become_constant(node: Any, values: dict[str, tf.Tensor]) -> None:
    name, value = node.name, values[node.name]
    node.CopyFrom(empty_constant(name, value.dtype.as_datatype_enum, value.shape))
    if not is_large(node):
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(values.pop(name)))


def _become_gather(graph: Any, node: Any, kind: tf.DType) -> None:
    """Make what looks up rows of a variable look them up in a constant."""
    taken = {node.input[0]: kind, node.input[1]: tf.as_dtype(node.attr["Tindices"].type)}
    batch = node.attr["batch_dims"].i
    rows = splice(
        graph, f"{node.name}{MADE}rows", taken, lambda x, i: tf.gather(x, i, batch_dims=batch)
    )
    become(node, rows, kind)


def captured(values: Mapping[str, tf.Tensor]) -> Iterator[tuple[str, tf.Tensor]]:
    """Each value as what the function that is being made takes for it."""
    graph = tf.compat.v1.get_default_graph()
    return ((name, graph.capture(value)) for name, value in values.items())
