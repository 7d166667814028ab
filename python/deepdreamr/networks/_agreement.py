"""Keras model → **agreement**: whether its nodes give what Keras itself predicts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import NetworkError
from .keras.inputs import size_of
from .nodes import Network, Node, needed_nodes
from .sizes import activation_shapes, smallest_size

if TYPE_CHECKING:
    from ..pictures.picture import Shape

_EXACT, _ROUNDED = 3e-3, 0.1  # of an activation's own size; half precision and int8 round
_MOST = 2**27  # numbers that are compared at most; of larger networks the first layers are
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

    layers = _comparable(network.nodes)
    if not layers:
        return
    image, own = _predicted(network, layers)
    if not own:
        return
    layers = layers[: len(own)]
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
    odd = {node.name for node in nodes if node.fixed == (0, 0) or node.options.get("crop")}
    return tuple(
        node.name
        for node in nodes
        if node.tensor is not None and not node.hidden and node.op != "input"
        if odd.isdisjoint(needed.name for needed in needed_nodes(nodes, (node.name,)))
    )


def _predicted(network: Network, layers: tuple[str, ...]) -> tuple[np.ndarray, tuple[Any, ...]]:
    """A picture and Keras's activations, of all layers before the first that Keras cannot run."""
    from .plain import PlainActivations

    random = np.random.default_rng(0)
    able = 0
    found: tuple[Any, tuple[Any, ...]] = (None, ())
    for size in _sizes(network, layers):
        fitting = _fitting(network, layers, size)
        if len(fitting) <= able:
            continue
        image = random.uniform(-1, 1, (1, *size, 3)).astype(np.float32)
        tried, unable = len(fitting), len(fitting) + 1
        while able < tried < unable:
            try:
                found, able = (image, PlainActivations(network, layers[:tried])(image)), tried
            except Exception:  # whatever Keras says to a size, or to what a CPU does not do
                unable = tried
            tried = (able + unable) // 2
        if able == len(layers):
            break
    return found


def _fitting(network: Network, layers: tuple[str, ...], size: Shape) -> tuple[str, ...]:
    """The layers before the activations of a picture of this size are too many to be compared."""
    nodes = needed_nodes(network.nodes, layers)
    shapes = activation_shapes(nodes, size)
    total, fitting = 0, set()
    for node in nodes:
        lengths = () if node.tensor is None else node.tensor.shape[1:]
        free = math.prod(shapes[node.name]) if None in lengths else 1
        total += free * math.prod(length for length in lengths if length)
        if total > _MOST:
            break
        fitting.add(node.name)
    return tuple(layer for layer in layers if layer in fitting)


def _sizes(network: Network, layers: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    own = size_of(network.nodes[0].tensor)
    for small in (-(-smallest_size(network.nodes, layers) // _STEP) * _STEP, 224):
        yield own[0] or small, own[1] or small
        if None not in own:
            return


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
