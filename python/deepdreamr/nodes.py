"""A network as plain data: named **nodes** and how large their activations are. No TensorFlow.

Whatever a network comes from (our own InceptionV3, any Keras model), it becomes a tuple of `Node`
in an order in which each comes after its inputs; `trunk.py` turns them into TensorFlow operations.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .images import Shape

Parameters = Mapping[str, Any]  # NumPy arrays by their Keras names: kernel, bias, gamma, ...


@dataclasses.dataclass(frozen=True)
class Node:
    """One layer.

    Attributes
    ----------
    name : the layer's name
    op : what it does; the functions of `trunk.py` are named by it
    inputs : names of the nodes it takes
    options : kernel_size, strides, padding and so on, as Keras calls them
    layer : the Keras layer itself where `op` is "keras"
    """

    name: str
    op: str
    inputs: tuple[str, ...] = ()
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    layer: Any = None


@dataclasses.dataclass(frozen=True)
class Network:
    """A network, ready to be cut.

    Attributes
    ----------
    name : as the user gave it
    nodes : its layers, inputs first
    parameters : from a node's name to its arrays, read when asked
    convention : how an image in [-1, 1] becomes what the network wants (see `trunk.CONVENTIONS`)
    weights : a description of the parameters, for the reader
    """

    name: str
    nodes: tuple[Node, ...]
    parameters: Callable[[str], Parameters]
    convention: str
    weights: str

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers that can be dreamed with, in forward order."""
        return layer_names(self.nodes)


def layer_names(nodes: Iterable[Node]) -> tuple[str, ...]:
    """Names of all nodes but the input."""
    return tuple(node.name for node in nodes if node.op != "input")


def needed_nodes(nodes: Iterable[Node], targets: Iterable[str]) -> tuple[Node, ...]:
    """The nodes that the targets depend on, targets included, in forward order."""
    nodes = tuple(nodes)
    needed = set(targets)
    for node in reversed(nodes):
        if node.name in needed:
            needed.update(node.inputs)
    return tuple(node for node in nodes if node.name in needed)


_KEEP = (1, 1, "same", 1)  # kernel, stride, padding, dilation along one axis


def _window(node: Node, axis: int) -> tuple[int, int, str, int]:
    options = node.options
    if "kernel_size" not in options:
        return _KEEP
    dilation = options.get("dilation_rate", (1, 1))[axis]
    return options["kernel_size"][axis], options["strides"][axis], options["padding"], dilation


def _output_size(node: Node, size: int, axis: int) -> int:
    if "global" in node.options:
        return 1
    if "pads" in node.options:
        return size + sum(node.options["pads"][axis])
    if "size" in node.options:
        return size * node.options["size"][axis]
    kernel, stride, padding, dilation = _window(node, axis)
    if padding == "same":
        return -(-size // stride)
    return (size - (kernel - 1) * dilation - 1) // stride + 1


def activation_shapes(nodes: Iterable[Node], shape: Shape) -> dict[str, Shape]:
    """Height and width of every activation for an image of `shape`; <= 0 where it is too small."""
    shapes: dict[str, Shape] = {}
    for node in nodes:
        height, width = max(shapes[name] for name in node.inputs) if node.inputs else shape
        if all(min(shapes[name]) > 0 for name in node.inputs):
            height, width = _output_size(node, height, 0), _output_size(node, width, 1)
        shapes[node.name] = (height, width)
    return shapes


def smallest_size(nodes: Iterable[Node], layers: Iterable[str]) -> int:
    """The smallest height (and width) of an image of which each of the layers has something."""
    layers = tuple(layers)
    nodes = needed_nodes(nodes, layers)

    def fits(size: int) -> bool:
        shapes = activation_shapes(nodes, (size, size))
        return all(min(shapes[node.name]) > 0 for node in nodes)

    size = 1
    while not fits(size):
        size *= 2
    low = size // 2
    while size - low > 1:
        middle = (low + size) // 2
        low, size = (low, middle) if fits(middle) else (middle, size)
    return size


class NetworkBuilder:
    """Collects nodes; names repeated layers as Keras does: `conv2d`, `conv2d_1`, ..."""

    def __init__(self) -> None:
        self.nodes: list[Node] = [Node("input", "input")]
        self._counts: dict[str, int] = {}

    def add(self, op: str, stem: str, *inputs: str, name: str | None = None, **options: Any) -> str:
        """Add a node and return its name."""
        if name is None:
            count = self._counts.get(stem, 0)
            self._counts[stem] = count + 1
            name = f"{stem}_{count}" if count else stem
        self.nodes.append(Node(name, op, inputs, options))
        return name
