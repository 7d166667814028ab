"""frozen graph → **network**: TensorFlow's operations as layers, at any size of picture.

Those that have a size built into them, such as a flattening before classes, at that size alone.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import tensorflow as tf

from ...errors import NetworkError
from .._limits import check_proportion
from ..nodes import Network, Node
from ..sizes import comes_first, only_size, own_shape
from .chance import leave_chance_out
from .computable import put_channels_last, split_groups, take_channels_last
from .cutting import cut_off
from .following import follow_pictures
from .inputs import Picture, hold_others, picture_of
from .operations import name_functions_apart, sources_of
from .sizes import Sketch, shape_attribute, window_options
from .splicing import MADE
from .values import Frozen

if TYPE_CHECKING:
    from ...pictures.picture import Shape

_MOST_BYTES = 2**16  # an attention of all pixels to all, a quarter of the size, takes 4000
_TRIALS = (
    (509, 521),
    (1000, 768),
)  # no size that is built into a graph, nor an operation's odd effect, fits both by chance


def graph_network(name: str, frozen: Frozen, convention: str, weights: str) -> Network:
    """A frozen graph as a network; its operations that depend on the picture are the layers.

    Parameters
    ----------
    name : the network's
    frozen : checked
    convention, weights : as in `Network`

    Raises
    ------
    NetworkError
        If it does not have one picture as input.
    """
    picture = picture_of(frozen.graph, name)
    source, channels = picture.name, picture.channels
    graph = _any_size(frozen.graph, picture, name)
    sketch = Sketch(graph, source, channels)
    for change in (leave_chance_out, split_groups):
        if change(graph, _tried(sketch, picture).known):
            sketch = Sketch(graph, source, channels)
    tried = _tried(sketch, picture)
    _check_sizes(sketch, tried, frozen.stored, name)
    nodes = (Node(source, "input"), *(_node(n, sketch, tried) for n in sketch.nodes))
    first = frozenset(name for name in tried.others[0] if _comes_first(name, tried))
    parts = frozen._replace(graph=graph)

    def cut(layers: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
        return cut_off(parts, picture, first, layers, only_size(nodes, layers))

    return Network(name, nodes, lambda _: {}, convention, weights, cut=cut, channels=channels)


class _Tried(NamedTuple):
    """What the operations of a graph give for pictures of some sizes.

    Attributes
    ----------
    others : for each of `_TRIALS`
    own : for the size that the graph was saved for; empty if it is not known
    size : that size, or (0, 0)
    fixed : the operations that can be had at that size alone
    """

    others: list[dict[str, tf.TensorSpec]]
    own: dict[str, tf.TensorSpec]
    size: Shape
    fixed: frozenset[str]

    @property
    def known(self) -> dict[str, tf.TensorSpec]:
        """For one of the sizes, every operation that can be had at all."""
        other = self.others[0].items()
        return {**self.own, **{name: spec for name, spec in other if name not in self.fixed}}


def _tried(sketch: Sketch, picture: Picture) -> _Tried:
    size = picture.size if min(picture.size) > 0 else (0, 0)
    own = sketch.shapes(size) if size != (0, 0) else {}
    others = [sketch.shapes(trial) for trial in _TRIALS]
    fixed: set[str] = set()
    for node in sketch.nodes:
        fits = all(node.name in other and not _mixes(node, own, other) for other in others)
        if not fits or not fixed.isdisjoint(sources_of(node)):
            fixed.add(node.name)
    return _Tried(others, own, size, frozenset(fixed))


def _mixes(node: Any, own: Mapping[str, tf.TensorSpec], other: Mapping[str, tf.TensorSpec]) -> bool:
    """Whether it makes one picture into several, for a number of places is built into it."""
    wires = (node.input[0].partition(":")[0], node.name) if node.op == "Reshape" else ()
    specs = [sizes[wire] for wire in wires for sizes in (own, other) if wire in sizes]
    if len(specs) < 4 or not all(spec.shape.rank for spec in specs):
        return False
    given, grown, result, results = (spec.shape.as_list() for spec in specs)
    several = result[0] == 1 and results[0] not in (1, None)
    return several and any(n not in (1, more) for n, more in zip(given, grown, strict=False))


def _check_sizes(sketch: Sketch, tried: _Tried, stored: int, name: str) -> None:
    """Raise a `NetworkError` if an operation gives more than one of a network of pictures does."""
    for node, spec in tried.known.items():
        size = tried.size if node in tried.fixed else _TRIALS[0]
        if node not in sketch.dependent:
            check_proportion(_bytes(spec), stored, f"{node!r} of {name!r}")
        elif _bytes(spec) > _MOST_BYTES * math.prod(size):
            raise NetworkError(
                f"{node!r} of {name!r} gives too much: at most {_MOST_BYTES:,} bytes for each "
                f"pixel of the picture."
            )


def _node(node: Any, sketch: Sketch, tried: _Tried) -> Node:
    """An operation of the graph; its size is TensorFlow's affair where options do not tell it."""
    inputs = tuple(dict.fromkeys(i for i in sources_of(node) if i in sketch.dependent))
    if node.name in tried.fixed:
        return _fixed_node(node, inputs, tried)
    trials, first = tried.others, _comes_first(node.name, tried)
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


def _fixed_node(node: Any, inputs: tuple[str, ...], tried: _Tried) -> Node:
    """An operation that can be had at the graph's own size alone, if it is known and fits."""
    spec = tried.own.get(node.name)
    if spec is None:
        return Node(node.name, "graph", inputs, fixed=(0, 0))
    size = _size(spec) or (1, 1)
    return Node(
        node.name,
        "graph",
        inputs,
        {"operation": node.op, "bytes": _bytes(spec) / math.prod(tried.size)},
        measure=lambda *_: size,
        hidden=not _can_be_dreamed(spec, node),
        fixed=tried.size,
    )


def _comes_first(name: str, tried: _Tried) -> bool:
    """Whether an activation's channels come before its height."""
    if name in tried.fixed or any(name not in trial for trial in tried.others):
        return False
    shapes = [trial[name].shape for trial in tried.others]
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
        and tensor.shape.rank in (2, 3, 4)
        and tensor.dtype == tf.float32
        and not node.name.startswith("Func/")  # what is left of a function's call
        and MADE not in node.name
    )


def _measured(
    sketch: Sketch, name: str, first: bool, image: Shape, inputs: tuple[Shape, ...]
) -> Shape:
    spec = sketch.shapes(image).get(name)
    return (0, 0) if spec is None else _size(spec, 2 if first else 1) or max(inputs)
