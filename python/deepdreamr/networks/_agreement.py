"""Keras model → **agreement**: whether its nodes give what Keras itself predicts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..errors import NetworkError
from .nodes import Network, Node, needed_nodes
from .sizes import smallest_size

_EXACT, _ROUNDED = 3e-3, 0.1  # of an activation's own size; half precision and int8 round
_STEP = 64  # a multiple of the strides that a network of any size usually has


def check_agreement(network: Network, model: Any) -> None:
    """Raise a `NetworkError` if a layer gives other numbers than Keras's own prediction.

    One picture of noise is run through both, at the model's own size or a small one. Layers of
    nested models are compared by what the nested model gives.

    Parameters
    ----------
    network : the nodes of the model
    model : the Keras model that they were read from
    """
    from .activations import activations_of
    from .plain import PlainActivations

    layers = _comparable(network.nodes)
    if not layers:
        return
    random = np.random.default_rng(0)
    image = random.uniform(-1, 1, (1, *_size(network, model, layers), 3)).astype(np.float32)
    own = PlainActivations(network, layers)(image)
    ours = activations_of(network, layers)(image)
    most = _EXACT if _is_exact(model) else _ROUNDED
    for layer, wanted, given in zip(layers, own, ours, strict=True):
        difference = _difference(np.asarray(wanted), np.asarray(given))
        if not difference <= most:
            raise NetworkError(
                f"layer {layer!r} cannot be read rightly: its activations differ from Keras's "
                f"own by {difference:.2g} times their size.",
                "Export the model as a SavedModel, and give its folder.",
            )


def _comparable(nodes: Iterable[Node]) -> tuple[str, ...]:
    """The layers that can be dreamed with, and that Keras can run as they are."""
    nodes = tuple(nodes)
    odd = {node.name for node in nodes if node.fixed or node.options.get("crop")}
    return tuple(
        node.name
        for node in nodes
        if node.tensor is not None and not node.hidden and node.op != "input"
        if odd.isdisjoint(needed.name for needed in needed_nodes(nodes, (node.name,)))
    )


def _size(network: Network, model: Any, layers: tuple[str, ...]) -> tuple[int, int]:
    own = model.inputs[0].shape[1:3]
    small = -(-smallest_size(network.nodes, layers) // _STEP) * _STEP
    return own[0] or small, own[1] or small


def _is_exact(model: Any) -> bool:
    layers = model._flatten_layers(include_self=False)
    return all(
        layer.compute_dtype in ("float32", "float64") and not layer.quantization_mode
        for layer in layers
    )


def _difference(wanted: np.ndarray, given: np.ndarray) -> float:
    """How far two activations are apart, as a part of the first one's size; where it is finite."""
    if wanted.shape != given.shape:
        return float("inf")
    finite = np.isfinite(wanted)
    wanted, given = wanted[finite].astype(np.float64), given[finite].astype(np.float64)
    if not wanted.size:
        return 0.0
    scale = max(float(np.sqrt(np.mean(wanted**2))), 1e-6)
    return float(np.sqrt(np.mean((wanted - given) ** 2))) / scale
