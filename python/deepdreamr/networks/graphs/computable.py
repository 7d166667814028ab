"""graph → **what every machine computes**, with gradients: the same numbers, in other operations.

TensorFlow on a CPU has no convolution whose channels come first, and no gradient of one in groups.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from ..conventions import TO_FIRST, TO_LAST
from .splicing import MADE, become, splice, take

_BY_LAYOUT = {
    "Conv2D": 0,
    "DepthwiseConv2dNative": 0,
    "MaxPool": 0,
    "AvgPool": 0,
    "FusedBatchNorm": 0,
    "FusedBatchNormV2": 0,
    "FusedBatchNormV3": 0,
    "DepthToSpace": 0,
    "SpaceToDepth": 0,
    "Conv2DBackpropInput": 2,
}
"""Operations that have a layout, and which of what they take has it."""


def put_channels_last(graph: Any) -> None:
    """Let operations that want their channels first have them last; the graph is changed."""
    turned = [
        node
        for node in graph.node
        if node.op in _BY_LAYOUT and node.attr["data_format"].s == b"NCHW"
    ]
    inner = {node.name: _turned(graph, node) for node in turned}
    for node in graph.node if inner else ():
        for place, wire in enumerate(node.input):
            name, _, number = wire.partition(":")
            if name in inner and number not in ("", "0"):
                node.input[place] = f"{inner[name]}:{number}"


def _turned(graph: Any, node: Any) -> str:
    """Make a node a transposition of what its twin gives; the twin's name."""
    place, made = _BY_LAYOUT[node.op], f"{node.name}{MADE}"
    last = functools.partial(tf.transpose, perm=TO_LAST)
    twin = tf.compat.v1.NodeDef()
    twin.CopyFrom(node)
    twin.name = f"{made}twin"
    twin.attr["data_format"].s = b"NHWC"
    for key in ("strides", "ksize", "dilations", "explicit_paddings"):
        numbers = twin.attr[key].list.i if key in twin.attr else []
        each = len(numbers) // 4  # two paddings a dimension
        moved = [numbers[axis * each + i] for axis in TO_LAST for i in range(each)]
        numbers[:] = moved
    twin.input[place] = splice(graph, f"{made}given", {node.input[place]: tf.float32}, last)
    if node.op == "Conv2DBackpropInput":
        size = {node.input[0]: tf.int32}
        twin.input[0] = splice(graph, f"{made}size", size, lambda x: tf.gather(x, TO_LAST))
    graph.node.append(twin)
    first = functools.partial(tf.transpose, perm=TO_FIRST)
    become(node, splice(graph, f"{made}result", {twin.name: tf.float32}, first))
    return str(twin.name)


def take_channels_last(graph: Any, source: str) -> None:
    """Let a placeholder of pictures whose channels come first take them last."""
    readers = [node for node in graph.node if source in [w.removesuffix(":0") for w in node.input]]
    first = functools.partial(tf.transpose, perm=TO_FIRST)
    turned = splice(graph, f"{source}{MADE}first", {source: tf.float32}, first)
    for node in readers:
        take(node, [turned if w.removesuffix(":0") == source else w for w in node.input])


def split_groups(graph: Any, specs: Mapping[str, tf.TensorSpec]) -> bool:
    """Compute convolutions in groups one group after the other; whether there were any.

    Parameters
    ----------
    graph : GraphDef, changed
    specs : its activations for some image
    """
    found = False
    for node in list(graph.node):
        groups, width = _groups(node, specs)
        if groups > 1:
            found = True
            taken = dict.fromkeys(node.input[:2], tf.float32)
            build = functools.partial(_one_by_one if width == 1 else _in_groups, node, groups)
            become(node, splice(graph, f"{node.name}{MADE}groups", taken, build))
    return found


def _groups(node: Any, specs: Mapping[str, tf.TensorSpec]) -> tuple[int, int]:
    """How many groups a convolution has, and how many channels one of them takes."""
    if node.op != "Conv2D":
        return 1, 0
    image, kernel = (specs.get(name.partition(":")[0]) for name in node.input[:2])
    if image is None or kernel is None or None in (image.shape[3], kernel.shape[2]):
        return 1, 0
    return image.shape[3] // kernel.shape[2], kernel.shape[2]


def _in_groups(node: Any, groups: int, image: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    strides, dilations, padding = _window(node)
    results = [
        tf.nn.conv2d(x, k, strides, padding, dilations=dilations)
        for x, k in zip(
            tf.split(image, groups, axis=3), tf.split(kernel, groups, axis=3), strict=True
        )
    ]
    return tf.concat(results, axis=3)


def _one_by_one(node: Any, groups: int, image: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """The same where each group is one channel."""
    strides, dilations, padding = _window(node)
    if strides[1] != strides[2] or set(dilations) != {1}:
        return _in_groups(node, groups, image, kernel)
    depthwise = tf.reshape(kernel, tf.concat([tf.shape(kernel)[:2], (groups, -1)], axis=0))
    return tf.nn.depthwise_conv2d(image, depthwise, strides, padding)


def _window(node: Any) -> tuple[list[int], list[int], Any]:
    strides, dilations = (list(node.attr[key].list.i) for key in ("strides", "dilations"))
    padding: Any = node.attr["padding"].s.decode()
    if padding == "EXPLICIT":
        pads = list(node.attr["explicit_paddings"].list.i)
        padding = [pads[i : i + 2] for i in range(0, 8, 2)]
    return strides, dilations or [1] * 4, padding
