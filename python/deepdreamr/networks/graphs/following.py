"""graph for one size → **for any**: sizes that were counted when it was saved follow the picture.

A transposed convolution and an upsampling are told how large their result is. Where that is a
constant, it is what the model's own size of picture comes to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from .inputs import Picture
from .sizes import Sketch
from .splicing import MADE, splice

Rule: TypeAlias = "tuple[list[int], list[int]]"
"""What the sizes of an input are multiplied with, and what is added, for each of its dimensions."""

_ENLARGING = (
    "ResizeBilinear",
    "ResizeBicubic",
    "ResizeNearestNeighbor",
    "ResizeArea",
    "ScaleAndTranslate",
)
_OTHER = 224  # pixels more than the model's own size, to see what follows; divisible by strides


def follow_pictures(graph: Any, picture: Picture) -> None:
    """Let sizes follow the picture in a graph of NHWC operations; it is changed.

    Parameters
    ----------
    graph : GraphDef
    picture : its input, of the size that it was saved for
    """
    for node in graph.node:
        if node.op == "EnsureShape":
            node.op = "Identity"
            del node.attr["shape"]
    told = [node for node in graph.node if node.op in (*_ENLARGING, "Conv2DBackpropInput")]
    if not told:
        return
    source, channels, own = picture.name, picture.channels, picture.size
    before = Sketch(graph, source, channels).shapes(own)
    for node in _forward(told, graph, source):
        after = Sketch(graph, source, channels).shapes((own[0] + _OTHER, own[1] + _OTHER))
        if rule := _rule(node, before, after):
            _tell(graph, node, rule)


def _forward(told: Iterable[Any], graph: Any, source: str) -> list[Any]:
    """Those nodes that depend on the picture, in forward order."""
    by_name = {node.name: node for node in told}
    return [by_name[node.name] for node in Sketch(graph, source).nodes if node.name in by_name]


def _rule(
    node: Any, before: Mapping[str, tf.TensorSpec], after: Mapping[str, tf.TensorSpec]
) -> Rule | None:
    """How the size of a node's result follows from its input's; None if it does already."""
    taken = _taken(node).partition(":")[0]
    if any(name not in trial for name in (taken, node.name) for trial in (before, after)):
        return None
    given, result = before[taken].shape[1:3], before[node.name].shape.as_list()
    if None in given or None in result[1:] or after[node.name].shape[1:3] != result[1:3]:
        return None
    if after[taken].shape[1:3] == given:
        return None
    if node.op == "Conv2DBackpropInput":
        strides = list(node.attr["strides"].list.i)
        rest = [n - s * g for n, s, g in zip(result[1:3], strides[1:3], given, strict=True)]
        return [1, *strides[1:3], 0], [0, *rest, result[3]]
    times = [n // g for n, g in zip(result[1:3], given, strict=True)]
    whole = all(n == t * g for n, t, g in zip(result[1:3], times, given, strict=True))
    return ([1, *times, 1], [0, 0, 0, 0]) if whole else None  # else it is made that size


def _taken(node: Any) -> str:
    """The tensor whose size tells that of a node's result."""
    return str(node.input[2 if node.op == "Conv2DBackpropInput" else 0])


def _tell(graph: Any, node: Any, rule: Rule) -> None:
    """Give a node the size that a rule counts from its input."""
    transposed = node.op == "Conv2DBackpropInput"
    kept = slice(None) if transposed else slice(1, 3)
    times, rest = (np.array(numbers, np.int32) for numbers in rule)
    node.input[0 if transposed else 1] = splice(
        graph,
        f"{node.name}{MADE}size",
        {_taken(node): tf.float32},
        lambda taken: (tf.shape(taken) * times + rest)[kept],
    )
    if node.op == "ScaleAndTranslate":
        scale = times[1:3].astype(np.float32)
        node.input[2] = splice(graph, f"{node.name}{MADE}scale", {}, lambda: tf.constant(scale))
