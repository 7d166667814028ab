"""A network as plain data: named **nodes**, each after those that it takes. No TensorFlow.

Whatever a network comes from (our own InceptionV3, a Keras model, a frozen graph), it becomes a
tuple of `Node`. `engine` turns them into TensorFlow operations; `sizes` and `_costs` compute from
them how large activations are and what a gradient takes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from ..pictures.picture import Shape

Parameters = Mapping[str, Any]  # NumPy arrays by their Keras names: kernel, bias, gamma, ...
Measure: TypeAlias = "Callable[[Shape, tuple[Shape, ...]], Shape]"
"""From the shapes of the image and of a node's inputs to that of its own activation."""

RELUS = ("relu", "relu6")
"""The activation functions whose gradient needs no more than a byte of each number."""


@dataclasses.dataclass(frozen=True)
class Node:
    """One layer.

    Attributes
    ----------
    name : the layer's name
    op : what it does: "input", a name of `engine.operations.OPERATIONS`, or "graph" for a part of
        a frozen graph, which TensorFlow runs as a whole
    inputs : names of the nodes it takes
    options : kernel_size, strides, padding and so on, as Keras calls them
    layer : the Keras layer that it comes from, if any
    tensor : its symbolic output in the graph of the Keras model, if it has one there
    measure : its activation's shape, where the options do not tell it
    hidden : whether it is no layer to dream with (a number, a list, half of a layer)
    fixed : the one size of picture that it works for, (0, 0) if it is not known which; else None
    """

    name: str
    op: str
    inputs: tuple[str, ...] = ()
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    layer: Any = None
    _: dataclasses.KW_ONLY
    tensor: Any = dataclasses.field(default=None, repr=False, compare=False)
    measure: Measure | None = None
    hidden: bool = False
    fixed: Shape | None = None


Tensors = Mapping[str, Any]
"""Symbolic tensors of a Keras model by the names of the layers that give them; one is "input"."""


@dataclasses.dataclass(frozen=True)
class Network:
    """A network, loaded.

    Attributes
    ----------
    name : as the user gave it
    nodes : its layers, inputs first
    parameters : from a node's name to its arrays, read when asked
    convention : how an image in [-1, 1] becomes what the network wants (one of `CONVENTIONS`)
    weights : a description of the parameters, for the reader
    cut : for a network that TensorFlow runs as one graph, from layers to a function of the image
    channels : of the picture that it takes, one of `conventions.CHANNELS`
    keras_tensors : makes the Keras model that `engine="keras"` runs, and gives its tensors; None
        for what Keras is not to run, such as a file from a stranger
    """

    name: str
    nodes: tuple[Node, ...] = dataclasses.field(repr=False)
    parameters: Callable[[str], Parameters] = dataclasses.field(repr=False)
    convention: str
    weights: str
    _: dataclasses.KW_ONLY
    cut: Callable[[tuple[str, ...]], Callable[[Any], tuple[Any, ...]]] | None = dataclasses.field(
        default=None, repr=False
    )
    channels: int = 3
    keras_tensors: Callable[[], Tensors] | None = dataclasses.field(default=None, repr=False)

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers that can be dreamed with, in forward order."""
        return layer_names(self.nodes)


def layer_names(nodes: Iterable[Node]) -> tuple[str, ...]:
    """Names of all nodes but the input and the hidden ones."""
    return tuple(node.name for node in nodes if node.op != "input" and not node.hidden)


def tensors_of(nodes: Iterable[Node]) -> Tensors:
    """The Keras tensors of the nodes that have one."""
    return {node.name: node.tensor for node in nodes if node.tensor is not None}


def constants_of(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """The inputs besides the picture, which are held at zero."""
    return tuple(node for node in nodes if node.op == "constant")


def needed_nodes(nodes: Iterable[Node], targets: Iterable[str]) -> tuple[Node, ...]:
    """The nodes that the targets depend on, targets included, in forward order."""
    nodes = tuple(nodes)
    needed = set(targets)
    for node in reversed(nodes):
        if node.name in needed:
            needed.update(node.inputs)
    return tuple(node for node in nodes if node.name in needed)


def in_training_phase(node: Node, training: bool) -> bool:
    """Whether a batch normalisation takes the image's own statistics.

    What the caller asks for (`training`) counts only where the model itself does not fix it.
    """
    return bool(node.options.get("training", training))


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
