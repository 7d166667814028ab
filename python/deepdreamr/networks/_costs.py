"""nodes → **bytes**: what a gradient keeps of a network's activations, and how much that takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .nodes import RELUS, Node, in_training_phase

_LINEAR = "input conv depthwise dense batch_norm average_pool concat add zero_pad identity".split()


def kept_activations(
    nodes: Iterable[Node], targets: Iterable[str], *, training: bool = False
) -> tuple[set[str], set[str]]:
    """Names of the nodes whose numbers a gradient needs, and of those of which a byte is enough.

    What is linear needs none. Of a ReLU's result a byte tells enough, whether the gradient passes,
    unless another node needs the number.

    Parameters
    ----------
    nodes : those that the targets depend on
    targets : names of the layers whose activations the gradient is of
    training : whether batch normalisation takes the image's own statistics
    """
    kept, signs = set(targets), set()
    for node in nodes:
        function = node.options.get("function") or node.options.get("activation") or "linear"
        if function in RELUS:
            signs.add(node.name)
        elif function != "linear" or node.op not in _LINEAR:
            kept.update((node.name, *node.inputs))
        elif node.op == "batch_norm" and in_training_phase(node, training):
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
    """About how many bytes a gradient takes: of what is kept, and of what passes.

    Parameters
    ----------
    nodes : those that the targets depend on
    targets : names of the layers whose activations the gradient is of
    values : how many numbers each node's activation has
    value_bytes : of one number
    training : whether batch normalisation takes the image's own statistics
    frugal : whether a ReLU keeps a byte for each number, where that is enough
    """
    kept, signs = kept_activations(nodes, targets, training=training)
    in_flight = FRUGAL_IN_FLIGHT if frugal else IN_FLIGHT
    passing = int(in_flight * max(values.values(), default=0))
    numbers = passing + sum(values[name] for name in kept)
    return value_bytes * numbers + (1 if frugal else value_bytes) * sum(
        values[name] for name in signs
    )
