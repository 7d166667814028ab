"""frozen graph → **network**: TensorFlow's operations as layers, at any size of picture."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from ...errors import NetworkError
from .._limits import check_proportion
from ..nodes import Network, Node
from ..sizes import comes_first, own_shape
from .chance import leave_chance_out
from .computable import put_channels_last, split_groups, take_channels_last
from .cutting import cut_off
from .following import follow_pictures
from .inputs import Picture, hold_others, picture_of
from .operations import name_functions_apart
from .sizes import Sketch, shape_attribute, sources_of, window_options
from .splicing import MADE

if TYPE_CHECKING:
    from ...pictures.picture import Shape

_MOST_BYTES = 2**16  # an attention of all pixels to all, a quarter of the size, takes 4000
_TRIALS = (
    (509, 521),
    (1000, 768),
)  # no size that is built into a graph, nor an operation's odd effect, fits both by chance


def graph_network(name: str, graph: Any, convention: str, weights: str) -> Network:
    """A frozen graph as a network; its operations that depend on the picture are the layers.

    Parameters
    ----------
    name : the network's
    graph : GraphDef without variables, checked
    convention, weights : as in `Network`

    Raises
    ------
    NetworkError
        If it does not have one picture as input.
    """
    picture = picture_of(graph, name)
    source, channels = picture.name, picture.channels
    graph = _any_size(graph, picture, name)
    sketch = Sketch(graph, source, channels)
    for change in (leave_chance_out, split_groups):
        if change(graph, sketch.shapes(_TRIALS[0])):
            sketch = Sketch(graph, source, channels)
    trials = [sketch.shapes(trial) for trial in _TRIALS]
    _check_sizes(sketch, trials[0], graph.ByteSize(), name)
    nodes = (Node(source, "input"), *(_node(n, sketch, trials) for n in sketch.nodes))
    first = frozenset(name for name in trials[0] if _comes_first(name, trials))
    cut = functools.partial(cut_off, graph, picture, first)
    return Network(name, nodes, lambda _: {}, convention, weights, cut=cut, channels=channels)


def _check_sizes(
    sketch: Sketch, specs: Mapping[str, tf.TensorSpec], stored: int, name: str
) -> None:
    """Raise a `NetworkError` if an operation gives more than one of a network of pictures does."""
    for node, spec in specs.items():
        if node not in sketch.dependent:
            check_proportion(_bytes(spec), stored, f"{node!r} of {name!r}")
        elif _bytes(spec) > _MOST_BYTES * math.prod(_TRIALS[0]):
            raise NetworkError(
                f"{node!r} of {name!r} gives too much: at most {_MOST_BYTES:,} bytes for each "
                f"pixel of the picture."
            )


def _node(node: Any, sketch: Sketch, trials: list[dict[str, tf.TensorSpec]]) -> Node:
    """An operation of the graph; its size is TensorFlow's affair where options do not tell it."""
    inputs = tuple(dict.fromkeys(i for i in sources_of(node) if i in sketch.dependent))
    if any(node.name not in trial for trial in trials):
        return Node(node.name, "graph", inputs, fixed=(0, 0))
    first = _comes_first(node.name, trials)
    sizes = [_size(trial[node.name], 2 if first else 1) for trial in trials]
    hidden = not _can_be_dreamed(trials[0][node.name], node)
    window = None if first else window_options(node, sketch, trials[0])
    pixel_bytes = _bytes(trials[0][node.name]) / math.prod(_TRIALS[0])
    options = {**(window or {}), "operation": node.op, "bytes": pixel_bytes}
    plain = Node(node.name, "graph", inputs, options, hidden=hidden)
    if (size := sizes[0]) is not None and len(set(sizes)) == 1:
        return dataclasses.replace(plain, measure=lambda *_: size)
    if window is not None and all(map(functools.partial(_agrees, plain), trials, sizes)):
        return plain
    return dataclasses.replace(
        plain, measure=functools.partial(_measured, sketch, node.name, first)
    )


def _comes_first(name: str, trials: list[dict[str, tf.TensorSpec]]) -> bool:
    """Whether an activation's channels come before its height."""
    shapes = [trial[name].shape for trial in trials if name in trial]
    if len(shapes) != len(trials):
        return False
    return comes_first(shape.as_list() if shape.rank else [] for shape in shapes)


def _size(spec: tf.TensorSpec, axis: int = 1) -> Shape | None:
    """Height and width, (1, 1) for what has none; None if they are not known."""
    if spec.shape.rank != 4:
        return (1, 1)
    height, width = spec.shape[axis : axis + 2]
    return None if height is None or width is None else (height, width)


def _bytes(spec: tf.TensorSpec) -> int:
    """How much memory an activation takes, as far as its size is known."""
    sizes = spec.shape.as_list() if spec.shape.rank else []
    return math.prod(size or 1 for size in sizes) * spec.dtype.size


def _agrees(node: Node, trial: dict[str, tf.TensorSpec], size: Shape | None) -> bool:
    inputs = [_size(trial[name]) for name in node.inputs]
    known = tuple(shape for shape in inputs if shape is not None)
    return len(known) == len(inputs) and size == own_shape(node, (0, 0), known)


_REMEMBERED = ("_output_shapes", "_gradient_op_type", "_class")  # would tie a node to its old place


def _any_size(graph: Any, picture: Picture, name: str) -> Any:
    """A copy that takes pictures of any size, their channels last, and nothing else."""
    copy, source = tf.compat.v1.GraphDef(), picture.name
    copy.CopyFrom(graph)
    for nodes in (copy.node, *(function.node_def for function in copy.library.function)):
        for node in nodes:
            node.device = ""
            for attribute in _REMEMBERED:
                node.attr.pop(attribute, None)
    placeholder = next(node for node in copy.node if node.name == source)
    placeholder.op = "Placeholder"
    del placeholder.input[:]
    placeholder.attr["shape"].CopyFrom(shape_attribute((1, None, None, picture.channels)))
    hold_others(copy, source, name)
    put_channels_last(copy)
    if picture.first:
        take_channels_last(copy, source)
    if min(picture.size) > 0:
        follow_pictures(copy, picture)
    name_functions_apart(copy)
    return copy


def _can_be_dreamed(tensor: Any, node: Any) -> bool:
    return (
        tensor is not None
        and tensor.shape.rank in (2, 4)
        and tensor.dtype == tf.float32
        and not node.name.startswith("Func/")  # what is left of a function's call
        and MADE not in node.name
    )


def _measured(
    sketch: Sketch, name: str, first: bool, image: Shape, inputs: tuple[Shape, ...]
) -> Shape:
    spec = sketch.shapes(image).get(name)
    return (0, 0) if spec is None else _size(spec, 2 if first else 1) or max(inputs)
