"""network → **logits** → activations: what a classifier gives before its softmax or sigmoid."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

from .nodes import Network, Node, Tensors

_LAST = ("softmax", "sigmoid")


def with_logits(network: Network, layer: str) -> tuple[Network, str]:
    """A network in which a layer's logits can be asked for, and their name there.

    They are what its softmax or sigmoid takes; the layer's own output where it ends with neither.
    """
    by_name = {node.name: node for node in network.nodes}
    node = by_name[layer]
    while _only_passes(node):
        node = by_name[node.inputs[0]]
    if node.options.get("activation") not in _LAST:
        nodes = tuple(
            dataclasses.replace(other, hidden=False) if other is node else other
            for other in network.nodes
        )
        return dataclasses.replace(network, nodes=nodes), node.name
    options = {**node.options, "activation": "linear"}
    name = f"{node.name}:logits"
    plain = dataclasses.replace(node, name=name, options=options, tensor=None, hidden=False)
    place = network.nodes.index(node) + 1
    tensors = network.keras_tensors and functools.partial(_tensors, network.keras_tensors, node)
    return (
        dataclasses.replace(
            network,
            nodes=(*network.nodes[:place], plain, *network.nodes[place:]),
            parameters=lambda n: network.parameters(node.name if n == name else n),
            keras_tensors=tensors,
        ),
        name,
    )


def _only_passes(node: Node) -> bool:
    """Whether it gives what it takes, or is a softmax or sigmoid of it."""
    kind = type(node.layer).__name__ if node.op == "keras" else node.options.get("operation", "")
    functions = (str(kind).lower(), node.options.get("function"))
    return node.op == "identity" or any(name in _LAST for name in functions)


def _tensors(tensors: Callable[[], Tensors], node: Node) -> Tensors:
    """Those of Keras, with one of the layer without its activation."""
    found, layer = dict(tensors()), node.layer
    plain: Any = type(layer).from_config({**layer.get_config(), "activation": "linear"})
    found[f"{node.name}:logits"] = plain(found[node.inputs[0]])
    plain.set_weights(layer.get_weights())
    return found
