"""network → **trunk**: a network cut off at the layers asked for, as TensorFlow operations.

It gives what Keras gives (`networks.plain`), faster and in less memory. In the inference phase a
batch normalisation that follows a convolution is folded into it. In the training phase it takes the
image's own statistics; no moving statistics exist here to be changed.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any

import numpy as np
import tensorflow as tf

from ...errors import NetworkError
from .._costs import IN_FLIGHT, gradient_bytes, kept_activations
from ..conventions import input_of
from ..nodes import Network, Node, Parameters, in_training_phase
from ..sizes import nodes_of_layers, only_size
from .gradients import frugal_relus
from .operations import OPERATIONS, WITH_PARAMETERS, Step, scale_and_shift
from .reordering import reordered

_PASSING = "Relu Relu6 BiasAdd Identity FusedBatchNorm FusedBatchNormV3 Mul AddV2 Add Sub"

Values = dict[str | None, Any]
"""What nodes give, by their names; by None the image, as the network wants it."""


class Trunk:
    """A network without what lies behind the layers asked for: image → their activations, float32.

    An image is float32 (1, H, W, 3) in [-1, 1].

    Parameters
    ----------
    network : what to cut
    layers : names of the layers whose activations are wanted
    training : whether batch normalisation takes the image's own statistics
    precision : "float32", "bfloat16" or "float16", in which the network computes
    fold : whether batch normalisation is folded into convolutions (never in training)
    made : what other trunks of this network have made of its nodes; what is made here is added

    Attributes
    ----------
    steps : the nodes, each with its function

    Raises
    ------
    UnknownLayerError
        If the network does not have a layer.
    NetworkError
        If a layer can only be had at a size that is not known, or the network is a frozen graph,
        which has neither a training phase nor another precision than its own.
    """

    def __init__(
        self,
        network: Network,
        layers: Iterable[str],
        *,
        training: bool = False,
        precision: str = "float32",
        fold: bool = True,
        made: dict[tuple[str, bool], Step] | None = None,
    ) -> None:
        self.layers, self.training = tuple(layers), training
        self.nodes = nodes_of_layers(network, self.layers)
        self._only = only_size(self.nodes, self.layers)
        self.convention = input_of(network.convention, network.channels)
        self.dtype = tf.as_dtype(precision)
        if network.cut is not None:
            _check_graph(network.name, training, precision)
            self._graph: Callable[..., Any] | None = network.cut(self.layers)
            return
        self._graph = None
        self.nodes = reordered(self.nodes, self.layers, training=training)
        phases = {node.name: in_training_phase(node, training) for node in self.nodes}
        folded = _foldable(self.nodes, self.layers, phases) if fold else {}
        _, self._signs = kept_activations(self.nodes, self.layers, training=training)
        merged = {name for norm in folded.values() for name in (norm.name, norm.inputs[0])}
        self.steps, made = list[tuple[Node, Step]](), {} if made is None else made
        for node in self.nodes:
            key, phase = (node.name, node.name in merged), phases[node.name]
            if key not in made:
                made[key] = _compiled(node, network.parameters, folded, phase, self.dtype)
            self.steps.append((node, made[key]))
        self._sizes = functools.cache(self._count_values)

    def __call__(self, image: tf.Tensor, *, frugal: bool = False) -> tuple[tf.Tensor, ...]:
        """The activations of `layers`, float32, in their order.

        Parameters
        ----------
        frugal : whether the gradient is to take less memory and a little more time; the same
            numbers. A frozen graph has but one way.
        """
        if self._graph is not None:
            activations = self._graph(self.converted(image))
        else:
            values: Values = {None: self.converted(image)}
            self.run(self.steps, values, frugal)
            activations = tuple(values[name] for name in self.layers)
        return tuple(tf.cast(activation, tf.float32) for activation in activations)

    def gradient_bytes(self, size: int, *, frugal: bool = False) -> float:
        """Bytes that a gradient takes for each pixel of an image.

        Measured on an image of size x size pixels, or of the only size that there is.
        """
        if self._graph is not None:
            return self._graph_bytes()
        taken = gradient_bytes(
            self.nodes,
            self.layers,
            self._sizes(size),
            self.dtype.size,
            training=self.training,
            frugal=frugal,
        )
        return taken / math.prod(self._only or (size, size))

    def _graph_bytes(self) -> float:
        """The same of a frozen graph, as its nodes know it.

        What only an elementwise operation reads is not counted: its result is kept instead.
        """
        passing = {
            name
            for node in self.nodes
            if node.options.get("operation") in _PASSING.split()
            for name in node.inputs
        }
        sizes = {node.name: node.options.get("bytes", 0.0) for node in self.nodes}
        kept = sum(size for name, size in sizes.items() if name not in passing)
        return float(kept + IN_FLIGHT * max(sizes.values(), default=0.0))

    def _count_values(self, size: int) -> dict[str, int]:
        """How many numbers each node has for an image of size x size pixels."""
        shape = self._only or (size, size)
        values: Values = {None: self.converted(tf.zeros((1, *shape, 3)))}
        self.run(self.steps, values, frugal=False)
        return {node.name: _values(values[node.name]) for node in self.nodes}

    def converted(self, image: tf.Tensor) -> tf.Tensor:
        """The image as the network wants it, in its precision."""
        if self._only:
            image = tf.ensure_shape(image, (1, *self._only, 3))
        return tf.cast(self.convention(image), self.dtype)

    def run(self, steps: Iterable[tuple[Node, Step]], values: Values, frugal: bool) -> None:
        """Add to the values what each of the steps gives."""
        for node, step in steps:
            inputs = [values[name] for name in node.inputs or (None,)]
            with frugal_relus() if frugal and node.name in self._signs else nullcontext():
                values[node.name] = step(*inputs)


def _values(activation: Any) -> int:
    """How many numbers there are in it."""
    tensors = (v for v in tf.nest.flatten(activation) if isinstance(v, tf.Tensor))
    return int(sum(np.prod(v.shape) for v in tensors))


def _check_graph(name: str, training: bool, precision: str) -> None:
    if training:
        raise NetworkError(f"{name} is a frozen graph and has no training phase.")
    if precision != "float32":
        raise NetworkError(
            f"{name} is a frozen graph and computes in float32. Received: precision={precision!r}"
        )


def _foldable(
    nodes: tuple[Node, ...], targets: Iterable[str], phases: dict[str, bool]
) -> dict[str, Node]:
    """The convolutions that nothing reads but one batch normalisation, with that one."""
    by_name = {node.name: node for node in nodes}
    readers = Counter(name for node in nodes for name in node.inputs)
    wanted = set(targets)
    return {
        node.inputs[0]: node
        for node in nodes
        if node.op == "batch_norm"
        and not phases[node.name]
        and by_name[node.inputs[0]].op in ("conv", "depthwise", "dense")
        and by_name[node.inputs[0]].options.get("activation", "linear") == "linear"
        and readers[node.inputs[0]] == 1
        and node.inputs[0] not in wanted
    }


def _compiled(
    node: Node,
    parameters: Callable[[str], Parameters],
    folded: dict[str, Node],
    training: bool,
    dtype: tf.DType,
) -> Step:
    """The node as a function of its inputs' values."""
    if node.inputs and folded.get(node.inputs[0]) is node:
        return tf.identity
    arrays = parameters(node.name) if node.op in WITH_PARAMETERS else {}
    if node.name in folded:
        norm = folded[node.name]
        scale, shift = scale_and_shift(parameters(norm.name), norm.options["epsilon"])
        arrays = _fold(node, arrays, scale, shift)
    return OPERATIONS[node.op](node, arrays, training, dtype)


def _fold(node: Node, arrays: Parameters, scale: np.ndarray, shift: np.ndarray) -> Parameters:
    kernel = np.asarray(arrays["kernel"], np.float64)
    if node.op == "depthwise":
        kernel = kernel * scale.reshape(kernel.shape[2:])
    else:
        kernel = kernel * scale
    return {"kernel": kernel, "bias": arrays.get("bias", 0.0) * scale + shift}
