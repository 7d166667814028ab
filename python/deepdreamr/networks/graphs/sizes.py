"""graph → **sizes**: how large each activation of a frozen graph is for an image of a size."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from .operations import in_order, sources_of
from .splicing import take
from .values import is_large

if TYPE_CHECKING:
    from ...pictures.picture import Shape

Options = dict[str, Any]


def shape_attribute(shape: tuple[int | None, ...]) -> Any:
    """A shape as a node's attribute."""
    return tf.compat.v1.AttrValue(shape=tf.TensorShape(shape).as_proto())


class Sketch:
    """A graph without its parameters' values: what it takes to know the sizes of activations.

    `nodes` are those that depend on the picture, in forward order; `dependent` are their names and
    the input's.
    """

    def __init__(self, graph: Any, source: str, channels: int = 3) -> None:
        self.source, self.channels = source, channels
        ordered = in_order(graph)
        self.dependent = _dependent(ordered, source)
        self.nodes = [n for n in ordered if n.name in self.dependent and n.name != source]
        self._library = graph.library
        self._all = [_light(node) for node in ordered]
        self._by_name = {node.name: node for node in self._all}
        self.shapes = functools.lru_cache(maxsize=64)(self._shapes)

    def constant(self, tensor: str) -> np.ndarray | None:
        """The value of a tensor that is a small constant, else None."""
        node = self._by_name.get(tensor.partition(":")[0])
        if node is None or node.op != "Const":
            return None
        return tf.make_ndarray(node.attr["value"].tensor)

    def _shapes(self, image: Shape) -> dict[str, tf.TensorSpec]:
        """The shape and type of each node's first output that can be had for an image of a size."""
        nodes = list(self._all)
        while True:
            tensors = self._imported(nodes, image)
            if tensors is not None:
                return tensors
            nodes = self._without_first_failure(nodes, image)

    def _without_first_failure(self, nodes: list[Any], image: Shape) -> list[Any]:
        """The nodes without the first that fails, and those that depend on it."""
        low, high = 0, len(nodes)  # the first `low` nodes are fine, the first `high` are not
        while high - low > 1:
            middle = (low + high) // 2
            fine = self._imported(nodes[:middle], image) is not None
            low, high = (middle, high) if fine else (low, middle)
        gone = {nodes[low].name}
        for node in nodes[low + 1 :]:
            if gone.intersection(sources_of(node)):
                gone.add(node.name)
        return [node for node in nodes if node.name not in gone]

    def _imported(self, nodes: list[Any], image: Shape) -> dict[str, tf.TensorSpec] | None:
        sketch = tf.compat.v1.GraphDef(node=nodes, library=self._library)
        kept = {node.name for node in nodes}
        for node in sketch.node:
            if node.name == self.source:
                node.attr["shape"].CopyFrom(shape_attribute((1, *image, self.channels)))
            take(node, [i for i in node.input if not i.startswith("^") or i[1:] in kept])
        with tf.Graph().as_default() as scratch:
            try:
                tf.graph_util.import_graph_def(sketch, name="")
            except ValueError:  # how TensorFlow says that a size does not fit
                return None
            return {
                operation.name: tf.TensorSpec.from_tensor(operation.outputs[0])
                for operation in scratch.get_operations()
                if operation.outputs
            }


def _dependent(ordered: Iterable[Any], source: str) -> set[str]:
    names = {source}
    for node in ordered:
        if not names.isdisjoint(sources_of(node)):
            names.add(node.name)
    return names


def _light(node: Any) -> Any:
    """A node; a large constant as a placeholder of its shape."""
    if node.op != "Const" or (node.ByteSize() < 2048 and not is_large(node)):
        return node
    tensor = node.attr["value"].tensor
    light = tf.compat.v1.NodeDef(name=node.name, op="Placeholder")
    light.attr["dtype"].type = tensor.dtype
    light.attr["shape"].shape.CopyFrom(tensor.tensor_shape)
    return light


_WINDOWS = ("Conv2D", "DepthwiseConv2dNative", "MaxPool", "AvgPool")
_KEEPING = frozenset(
    "Identity Relu Relu6 Elu Selu LeakyRelu Sigmoid Tanh Softplus Softsign BiasAdd BiasAddV1 Add "
    "AddV2 AddN Sub Mul RealDiv Maximum Minimum LRN FusedBatchNorm FusedBatchNormV2 Concat "
    "FusedBatchNormV3 ConcatV2 Square Sqrt Rsqrt Exp Neg Abs Softmax Snapshot "
    "BatchNormWithGlobalNormalization".split()
)


def window_options(node: Any, sketch: Sketch, specs: Mapping[str, tf.TensorSpec]) -> Options | None:
    """How a node changes heights and widths, as options of a `Node`; None if it is not so simple.

    Parameters
    ----------
    node : of the graph
    sketch : of the graph
    specs : its activations for some image
    """
    if node.op in _KEEPING:
        return {}
    if node.op == "Pad":
        pads = sketch.constant(node.input[1])
        return None if pads is None else {"pads": tuple(map(tuple, pads[1:3].tolist()))}
    layout = node.attr["data_format"].s if "data_format" in node.attr else b"NHWC"
    if node.op not in _WINDOWS or layout != b"NHWC":
        return None
    padding = node.attr["padding"].s.decode().lower()
    if "ksize" in node.attr:
        kernel = tuple(node.attr["ksize"].list.i[1:3])
    else:
        kernel = tuple(specs[node.input[1].partition(":")[0]].shape[:2])
    if padding not in ("same", "valid") or None in kernel:
        return None
    options = {"kernel_size": kernel, "strides": tuple(node.attr["strides"].list.i[1:3])}
    if "dilations" in node.attr:
        options["dilation_rate"] = tuple(node.attr["dilations"].list.i[1:3])
    return {**options, "padding": padding}
