"""frozen graph → **its parameters**: large constants are kept beside a graph, not in it.

TensorFlow copies a graph often, and what is in it each time. A constant whose value is beside the
graph stays in it as one without a value; where the graph is run, it takes the value's place.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from .splicing import MADE, become

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


def emptied(graph: Any, besides: Collection[str] = ()) -> dict[str, tf.Tensor]:
    """The values of a graph's large constants, which have none in it from then on.

    One that waits for something, such as that its branch is taken, does so as before.

    Parameters
    ----------
    graph : GraphDef, changed
    besides : names of those that have none already
    """
    values = {}
    for node in [node for node in graph.node if is_large(node) and node.name not in besides]:
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


def captured(values: Mapping[str, tf.Tensor]) -> Iterator[tuple[str, tf.Tensor]]:
    """Each value as what the function that is being made takes for it."""
    graph = tf.compat.v1.get_default_graph()
    return ((name, graph.capture(value)) for name, value in values.items())
