"""nodes → **sizes**: how large activations are, the smallest picture, a cell's pixels.

No TensorFlow: sizes are computed from the nodes alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..errors import NetworkError, UnknownLayerError, unknown_name
from .nodes import Network, Node, needed_nodes

if TYPE_CHECKING:
    from ..pictures.picture import Shape


def nodes_of_layers(network: Network, layers: Iterable[str]) -> tuple[Node, ...]:
    """The nodes that some layers of a network need.

    Raises
    ------
    UnknownLayerError
        If the network does not have a layer.
    NetworkError
        If a layer can only be had at a size that is not known.
    """
    layers, names = tuple(layers), network.layer_names
    for layer in layers:
        if layer not in names:
            raise UnknownLayerError(unknown_name("layer", layer, names))
    nodes = needed_nodes(network.nodes, layers)
    only_size(nodes, layers)
    return nodes


def only_size(nodes: Iterable[Node], layers: Iterable[str]) -> Shape | None:
    """The one size of picture that layers can be had at, as behind a flattening; None if any.

    Raises
    ------
    NetworkError
        If it is not known, or there is none.
    """
    nodes, found = tuple(nodes), None
    for layer in layers:
        for node in needed_nodes(nodes, (layer,)):
            if node.fixed is None:
                continue
            if min(node.fixed) < 1 or found not in (None, node.fixed):
                raise NetworkError(
                    f"layer {layer!r} works only for pictures of the one size that the model was "
                    f"saved with, because of {node.name!r}, and the model does not tell it.",
                    f"Choose a layer before {node.name!r}, or save the model for one picture of a "
                    "known size.",
                )
            found = node.fixed
    return found


_KEEP = (1, 1, "same", 1)  # kernel, stride, padding, dilation along one axis


def _window(node: Node, axis: int) -> tuple[int, int, str, int]:
    options = node.options
    if "kernel_size" not in options:
        return _KEEP
    dilation = options.get("dilation_rate", (1, 1))[axis]
    return options["kernel_size"][axis], options["strides"][axis], options["padding"], dilation


def _less(node: Node, size: int) -> int:
    """1 where the padding is one smaller for the size being even."""
    return int(bool(node.options.get("less_if_even")) and size % 2 == 0)


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


_LARGEST = 2**15


def smallest_size(nodes: Iterable[Node], layers: Iterable[str]) -> int:
    """The smallest height (and width) of an image for which no layer's activation is empty.

    Where there is but one size, its longer side.

    Raises
    ------
    NetworkError
        If there is none, or a layer can only be had at a size that is not known.
    """
    layers = tuple(layers)
    nodes = needed_nodes(nodes, layers)
    if only := only_size(nodes, layers):
        return max(only)

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


def comes_first(shapes: Iterable[Sequence[int | None]]) -> bool:
    """Whether channels come first, by the shapes of an activation for pictures of several sizes."""
    shapes = list(shapes)
    if any(len(shape) != 4 for shape in shapes):
        return False
    channels, widths = ({shape[axis] for shape in shapes} for axis in (1, 3))
    return len(channels) == 1 and None not in channels and len(widths) > 1


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
