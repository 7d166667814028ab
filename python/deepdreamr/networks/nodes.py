"""A network as plain data: named **nodes** and how large their activations are. No TensorFlow.

Whatever a network comes from (our own InceptionV3, any Keras model, a frozen graph), it becomes a
tuple of `Node` in an order in which each comes after its inputs; `trunk.py` turns them into
TensorFlow operations.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import NetworkError
from ..pictures.images import Shape

Parameters = Mapping[str, Any]  # NumPy arrays by their Keras names: kernel, bias, gamma, ...
Measure = Callable[[Shape, tuple[Shape, ...]], Shape]  # image's shape, inputs' shapes → own shape


@dataclasses.dataclass(frozen=True)
class Node:
    """One layer.

    Attributes
    ----------
    name : the layer's name
    op : what it does; the functions of `trunk.py` are named by it
    inputs : names of the nodes it takes
    options : kernel_size, strides, padding and so on, as Keras calls them
    layer : the Keras layer that it comes from, if any
    measure : its activation's shape, where the options do not tell it
    hidden : whether it is no layer to dream with (a number, a list, half of a layer)
    fixed : whether it works only for pictures of the size that the model was saved with
    """

    name: str
    op: str
    inputs: tuple[str, ...] = ()
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    layer: Any = None
    measure: Measure | None = None
    hidden: bool = False
    fixed: bool = False


@dataclasses.dataclass(frozen=True)
class Network:
    """A network, ready to be cut.

    Attributes
    ----------
    name : as the user gave it
    nodes : its layers, inputs first
    parameters : from a node's name to its arrays, read when asked
    convention : how an image in [-1, 1] becomes what the network wants (one of `CONVENTIONS`)
    weights : a description of the parameters, for the reader
    cut : for a network that TensorFlow runs as one graph, from layers to a function of the image
    """

    name: str
    nodes: tuple[Node, ...] = dataclasses.field(repr=False)
    parameters: Callable[[str], Parameters] = dataclasses.field(repr=False)
    convention: str
    weights: str
    cut: Callable[[tuple[str, ...]], Callable[[Any], tuple[Any, ...]]] | None = dataclasses.field(
        default=None, repr=False
    )

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers that can be dreamed with, in forward order."""
        return layer_names(self.nodes)


CONVENTIONS = ("tf", "caffe", "torch", "0-255", "0-1")
"""What a network may want for an image in [-1, 1]; the first three names are Keras's `mode`."""


def layer_names(nodes: Iterable[Node]) -> tuple[str, ...]:
    """Names of all nodes but the input and the hidden ones."""
    return tuple(node.name for node in nodes if node.op != "input" and not node.hidden)


def needed_nodes(nodes: Iterable[Node], targets: Iterable[str]) -> tuple[Node, ...]:
    """The nodes that the targets depend on, targets included, in forward order."""
    nodes = tuple(nodes)
    needed = set(targets)
    for node in reversed(nodes):
        if node.name in needed:
            needed.update(node.inputs)
    return tuple(node for node in nodes if node.name in needed)


def check_any_size(nodes: Iterable[Node], layers: Iterable[str]) -> None:
    """Raise a `NetworkError` if a layer can only be had at the size the model was saved with."""
    nodes = tuple(nodes)
    for layer in layers:
        for node in needed_nodes(nodes, (layer,)):
            if node.fixed:
                raise NetworkError(
                    f"layer {layer!r} works only for pictures of the one size that the model was "
                    f"saved with, because of {node.name!r}.",
                    f"Choose a layer before {node.name!r}.",
                )


_KEEP = (1, 1, "same", 1)  # kernel, stride, padding, dilation along one axis


def _window(node: Node, axis: int) -> tuple[int, int, str, int]:
    options = node.options
    if "kernel_size" not in options:
        return _KEEP
    dilation = options.get("dilation_rate", (1, 1))[axis]
    return options["kernel_size"][axis], options["strides"][axis], options["padding"], dilation


def _less(node: Node, size: int) -> int:
    """1 where the padding is one smaller: at even sizes, if it depends on them."""
    return int(bool(node.options.get("by_parity")) and size % 2 == 0)


def _output_size(node: Node, size: int, axis: int) -> int:
    if "pads" in node.options:
        return size + sum(node.options["pads"][axis]) - _less(node, size)
    kernel, stride, padding, dilation = _window(node, axis)
    if padding == "same":
        return -(-size // stride)
    return (size - (kernel - 1) * dilation - 1) // stride + 1


def _common(sizes: list[int], crop: bool) -> int:
    """The size of inputs that meet: one of 1 is spread; with `crop` all are cut to the smallest."""
    return min((size for size in sizes if size > 1), default=1) if crop else max(sizes)


def own_shape(node: Node, image: Shape, inputs: tuple[Shape, ...]) -> Shape:
    """Height and width of a node's activation, from the image's and its inputs'."""
    if not all(min(shape) > 0 for shape in inputs):
        return (0, 0)
    if node.measure is not None:
        return node.measure(image, inputs)
    crop = bool(node.options.get("crop"))
    height, width = (_common([shape[axis] for shape in inputs], crop) for axis in (0, 1))
    return _output_size(node, height, 0), _output_size(node, width, 1)


def activation_shapes(nodes: Iterable[Node], shape: Shape) -> dict[str, Shape]:
    """Height and width of every activation for an image of `shape`; <= 0 where it is too small.

    What has no height and width of its own, such as the output of a dense layer, counts as (1, 1).
    """
    shapes: dict[str, Shape] = {}
    for node in nodes:
        inputs = tuple(shapes[name] for name in node.inputs)
        shapes[node.name] = shape if node.op == "input" else own_shape(node, shape, inputs)
    return shapes


_LINEAR = "input conv depthwise dense batch_norm average_pool concat add zero_pad identity".split()
RECTIFIERS = ("relu", "relu6")


def own_phase(node: Node, training: bool) -> bool:
    """Whether a batch normalisation takes the image's statistics; a model may fix it for some."""
    return bool(node.options.get("training", training))


def kept_activations(
    nodes: Iterable[Node], targets: Iterable[str], *, training: bool = False
) -> tuple[set[str], set[str]]:
    """The nodes whose numbers the gradient of some targets needs, and those of which a byte does.

    What is linear needs none. Of a rectifier's result a byte tells enough, unless another node
    needs the number.

    Parameters
    ----------
    nodes : those that the targets depend on
    training : whether batch normalisation takes the image's own statistics
    """
    kept, signs = set(targets), set()
    for node in nodes:
        function = node.options.get("function") or node.options.get("activation") or "linear"
        if function in RECTIFIERS:
            signs.add(node.name)
        elif function != "linear" or node.op not in _LINEAR:
            kept.update((node.name, *node.inputs))
        elif node.op == "batch_norm" and own_phase(node, training):
            kept.update(node.inputs)
    return kept, signs - kept


IN_FLIGHT, FRUGAL_IN_FLIGHT = 3.5, 2.5
"""How many of a network's largest activations exist at once beside those that are kept."""


def gradient_bytes(
    nodes: Iterable[Node],
    targets: Iterable[str],
    values: Mapping[str, int],
    value_bytes: int,
    *,
    training: bool = False,
    frugal: bool = False,
) -> int:
    """About how many bytes the gradient of some targets takes: what is kept, and what passes.

    Parameters
    ----------
    nodes : those that the targets depend on
    values : how many numbers each node's activation has
    value_bytes : of one number
    training : whether batch normalisation takes the image's own statistics
    frugal : whether a rectifier keeps a byte for each number, where that is enough
    """
    kept, signs = kept_activations(nodes, targets, training=training)
    in_flight = FRUGAL_IN_FLIGHT if frugal else IN_FLIGHT
    passing = int(in_flight * max(values.values(), default=0))
    numbers = passing + sum(values[name] for name in kept)
    return value_bytes * numbers + (1 if frugal else value_bytes) * sum(
        values[name] for name in signs
    )


_LARGEST = 2**15


def smallest_size(nodes: Iterable[Node], layers: Iterable[str]) -> int:
    """The smallest height (and width) of an image of which each of the layers has something.

    Raises
    ------
    NetworkError
        If a layer can only be had at the one size that the model was saved with.
    """
    layers = tuple(layers)
    nodes = needed_nodes(nodes, layers)
    check_any_size(nodes, layers)

    def fits(size: int) -> bool:
        shapes = activation_shapes(nodes, (size, size))
        return all(min(shapes[node.name]) > 0 for node in nodes)

    size = 1
    while not fits(size):
        size *= 2
        if size > _LARGEST:
            raise NetworkError(f"no picture is large enough for the layers {', '.join(layers)}.")
    low = size // 2
    while size - low > 1:
        middle = (low + size) // 2
        low, size = (low, middle) if fits(middle) else (middle, size)
    return size


_REACH = 2**7 * 3**2 * 5 * 7  # a multiple of every stride there is


def cell_stride(nodes: Iterable[Node], layer: str) -> Shape:
    """How many pixels of the image lie between two cells of a layer's activation, down and across.

    0 where the number of cells does not grow with the image, as after a global pooling. A layer
    with more cells than the image has pixels has the stride 1.
    """
    nodes = needed_nodes(nodes, (layer,))
    start = 1024
    first = activation_shapes(nodes, (start, start))[layer]
    last = activation_shapes(nodes, (start + _REACH, start + _REACH))[layer]
    grown = (last[0] - first[0], last[1] - first[1])
    down, across = (max(1, round(_REACH / cells)) if cells > 0 else 0 for cells in grown)
    return down, across


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
