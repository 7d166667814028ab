"""network → **plain Keras activations**: what the engine must equal, for whoever doubts it.

`keras.Model(inputs, outputs)` and nothing else: no folding, no reordering, no gradients of our own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras
import tensorflow as tf

from ..errors import NetworkError
from ._refusals import not_for_keras
from .conventions import TO_FIRST, input_of
from .nodes import Network, Node, Tensors, constants_of
from .sizes import nodes_of_layers


class PlainActivations:
    """The layers' activations, float32, of an image (1, H, W, 3) in [-1, 1], computed by Keras.

    Parameters
    ----------
    network : of `keras.applications`, or made from a `keras.Model`
    layers : names of the layers whose activations are wanted
    training : whether batch normalisation takes the image's own statistics

    Raises
    ------
    UnknownLayerError, NetworkError
        If Keras is not to run the network, or does not have a layer or the phase asked for.
    """

    def __init__(self, network: Network, layers: Iterable[str], *, training: bool = False) -> None:
        self.layers, self.training = tuple(layers), training
        nodes = nodes_of_layers(network, self.layers)
        tensors = _tensors(network, self.layers)
        _check_joins(nodes)
        self._others = [_zeros(node) for node in constants_of(network.nodes)]
        inputs = [tensors["input"], *(node.tensor for node in constants_of(network.nodes))]
        self.model = keras.Model(inputs, [tensors[layer] for layer in self.layers])
        self.convention = input_of(network.convention, network.channels)
        if training:
            _check_nothing_random(self.model)

    def __call__(self, image: tf.Tensor, *, frugal: bool = False) -> tuple[tf.Tensor, ...]:
        """The activations of `layers`, in their order; `frugal` changes nothing here."""
        picture = self.convention(image)
        if self.model.inputs[0].shape[3] != picture.shape[3]:  # its channels come first
            picture = tf.transpose(picture, TO_FIRST)
        outputs, _ = self.model.stateless_call(  # moving statistics stay as they are
            self.model.trainable_variables,
            self.model.non_trainable_variables,
            [picture, *self._others],
            training=self.training,
        )
        return tuple(tf.cast(output, tf.float32) for output in tf.nest.flatten(outputs))


def _zeros(node: Node) -> tf.Tensor:
    return tf.zeros(node.options["shape"], node.options["dtype"])


def _tensors(network: Network, layers: tuple[str, ...]) -> Tensors:
    if network.keras_tensors is None:
        raise not_for_keras(network.name)
    tensors = network.keras_tensors()
    for layer in layers:
        if layer not in tensors:
            raise NetworkError(
                f'engine="keras" cannot cut at {layer!r}, a layer of a model within the model.'
            )
    return tensors


def _check_joins(nodes: Iterable[Node]) -> None:
    """Raise a `NetworkError` where sizes that do not meet must be cut, which the engine does."""
    for node in nodes:
        if node.options.get("crop"):
            raise NetworkError(
                f'engine="keras" cannot run {node.name!r} at every size of picture: its inputs '
                "differ by a row or a column."
            )


def _check_nothing_random(model: Any) -> None:
    """Raise a `NetworkError` for dropout and the like, which the engine leaves out."""
    for variable in model.non_trainable_variables:
        if "seed_generator" in variable.path:
            raise NetworkError(
                'engine="keras" has no training phase for a model with dropout or other random '
                "layers before the layers asked for."
            )
