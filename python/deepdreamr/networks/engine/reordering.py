"""nodes → **reordered nodes** → trunk: the same activations in an order that costs less.

Pooling moves behind what it may change places with. An average over each cell's neighbours and a
1x1 convolution may: then only the channels that come out are pooled, a quarter of those that go in
(InceptionV3). A maximum and a ReLU may: then the ReLU sees only what the pooling leaves.
Numbers and gradients are the same but for rounding.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable

from ..nodes import RELUS, Node, in_training_phase


def reordered(
    nodes: Iterable[Node], targets: Iterable[str], *, training: bool = False
) -> tuple[Node, ...]:
    """The nodes in an order that costs less; the targets, and what several read, stay as they are.

    Parameters
    ----------
    nodes : those that the targets depend on
    training : whether batch normalisation takes the image's own statistics
    """
    nodes, wanted = tuple(nodes), set(targets)
    readers = Counter(name for node in nodes for name in node.inputs)
    behind: dict[str, str] = {}  # from a node to the pooling, or the ReLU, now behind it
    order: dict[str, Node] = {}
    for node in nodes:
        inputs = tuple(behind.get(name, name) for name in node.inputs)
        node = dataclasses.replace(node, inputs=inputs)
        before = order.get(inputs[0]) if len(inputs) == 1 else None
        if (
            before is None
            or readers[before.name] > 1
            or wanted & {before.name, node.name}
            or not _may_change_places(before, node, training)
        ):
            order[node.name] = node
            continue
        del order[before.name]
        order[node.name] = dataclasses.replace(node, inputs=before.inputs)
        order[before.name] = dataclasses.replace(before, inputs=(node.name,))
        behind[node.name] = before.name
        readers[before.name], readers[node.name] = readers[node.name], 1
    return tuple(order.values())


def _may_change_places(before: Node, node: Node, training: bool) -> bool:
    options = node.options
    if before.op == "average_pool" and before.options["strides"] == (1, 1):
        if node.op == "batch_norm":
            return not in_training_phase(node, training)
        pointwise = options.get("kernel_size") == options.get("strides") == (1, 1)
        return node.op == "conv" and pointwise and options.get("activation", "linear") == "linear"
    return before.options.get("function") in RELUS and node.op == "max_pool"
