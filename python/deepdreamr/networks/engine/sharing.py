"""trunks → **shared parts** → gradient: what several layers have in common is traced once."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import tensorflow as tf

from ..nodes import Network
from .trunk import Trunk, Values


class SharedTrunks(Mapping[str, "Trunk | ChainedTrunk"]):
    """Trunks of one layer each, with one graph for what they have in common.

    The nodes that the same layers need are a part, traced once, as is its gradient. A layer's
    activations are those of its own parts, one after the other: what its trunk computes alone, and
    no more. So is their gradient, to the last bit where everything goes through the layers before
    it, as through the ends of blocks; else what several nodes send back to one may be summed in
    another order. A frozen graph has no parts, nor has a network where a number or a list would
    have to go from part to part.

    Parameters
    ----------
    network, training, precision : as for `Trunk`
    layers : names of the layers, each once
    """

    def __init__(
        self, network: Network, layers: Iterable[str], *, training: bool, precision: str
    ) -> None:
        made: dict[Any, Any] = {}
        self._trunks = {
            layer: Trunk(network, [layer], training=training, precision=precision, made=made)
            for layer in layers
        }
        self._parts = [] if network.cut else _parts(self._trunks)

    def __getitem__(self, layer: str) -> Trunk | ChainedTrunk:
        """The activations of one of the layers."""
        parts = [part for part in self._parts if layer in part.layers]
        return ChainedTrunk(self._trunks[layer], parts) if parts else self._trunks[layer]

    def __iter__(self) -> Iterator[str]:
        return iter(self._trunks)

    def __len__(self) -> int:
        return len(self._trunks)


class ChainedTrunk:
    """A layer's activations, as its trunk gives them, part by part."""

    def __init__(self, trunk: Trunk, parts: Sequence[_Part]) -> None:
        self._trunk, self._parts = trunk, parts
        self.gradient_bytes = trunk.gradient_bytes

    def __call__(self, image: tf.Tensor, *, frugal: bool = False) -> tuple[tf.Tensor, ...]:
        """As of the trunk."""
        if tf.executing_eagerly():  # parts have graphs for images of every size
            return self._trunk(image, frugal=frugal)
        values: Values = {None: self._trunk.converted(image)}
        try:
            for i, part in enumerate(self._parts):
                part.run(values, frugal, self._parts[:i])
        except _Apart:
            return self._trunk(image, frugal=frugal)
        return tuple(tf.cast(values[layer], tf.float32) for layer in self._trunk.layers)


class _Apart(Exception):
    """What a part gives is more, or less, than a tensor of activations."""


class _Part:
    """The nodes that the same layers need.

    Parameters
    ----------
    layers : those layers
    names : the nodes'
    trunks : of the layers
    """

    def __init__(self, layers: frozenset[str], names: set[str], trunks: Sequence[Trunk]) -> None:
        self.layers = layers
        self._trunk = max(trunks, key=lambda trunk: len(trunk.steps))
        self._steps = [(node, step) for node, step in self._trunk.steps if node.name in names]
        taken = {name for node, _ in self._steps for name in node.inputs or (None,)}
        others = (node for trunk in trunks for node, _ in trunk.steps if node.name not in names)
        read = layers.union(*(node.inputs for node in others))
        self._taken, self._given = list(taken - names), list(names & read)
        self._graphs: dict[bool, Any] = {}

    def run(self, values: Values, frugal: bool, before: Sequence[_Part]) -> None:
        """Add to the values what other parts read of this one; `before` are those run before it."""
        taken = [values[name] for name in self._taken]
        if frugal not in self._graphs:
            used = [name for part in before for name in part.operations(frugal)]
            specs = [tf.TensorSpec.from_tensor(value) for value in taken]
            function = tf.function(functools.partial(self._run, frugal, used), autograph=False)
            self._graphs[frugal] = function.get_concrete_function(specs)
        values.update(zip(self._given, self._graphs[frugal](taken), strict=True))

    def operations(self, frugal: bool) -> list[str]:
        """Names of its operations, without their numbers."""
        operations = self._graphs[frugal].graph.get_operations()
        return [re.sub(r"_\d+$", "", operation.name) for operation in operations]

    def _run(self, frugal: bool, used: Sequence[str], taken: Sequence[Any]) -> list[Any]:
        """What is given, within its graph."""
        for name in used:  # a gradient is summed in the order of names: as if there were one graph
            tf.compat.v1.get_default_graph().unique_name(name)
        values: Values = dict(zip(self._taken, taken, strict=True))
        self._trunk.run(self._steps, values, frugal)
        given = [values[name] for name in self._given]
        if not all(isinstance(value, tf.Tensor) and value.dtype.is_floating for value in given):
            raise _Apart
        return given


def _parts(trunks: Mapping[str, Trunk]) -> list[_Part]:
    """The parts of trunks, each before those that read it.

    A node is the same in two trunks where its function is, and the nodes are that it takes: folding
    and the order of nodes depend on the layer.
    """
    numbers: dict[Any, int] = {}
    layers, names = defaultdict[int, set[str]](set), dict[int, str]()
    for layer, trunk in trunks.items():
        own: dict[str, int] = {}
        for node, step in trunk.steps:
            key = node.name, id(step), *(own[name] for name in node.inputs)
            own[node.name] = number = numbers.setdefault(key, len(numbers))
            layers[number].add(layer)
            names[number] = node.name
    parts = defaultdict[frozenset[str], set[str]](set)
    for number, needing in layers.items():
        parts[frozenset(needing)].add(names[number])
    return [
        _Part(needing, parts[needing], [trunks[layer] for layer in sorted(needing)])
        for needing in sorted(parts, key=len, reverse=True)
    ]
