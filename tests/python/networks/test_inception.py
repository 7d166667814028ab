"""The nodes of InceptionV3 that are written down here, against the model that Keras builds."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from toys import picture, randomized

from deepdreamr.networks.applications import canonical_names
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.inception import inception_v3
from deepdreamr.networks.keras.models import model_nodes
from deepdreamr.networks.loading import load_network
from deepdreamr.networks.nodes import Network, layer_names
from deepdreamr.networks.sizes import activation_shapes, smallest_size
from deepdreamr.networks.weights import random_parameters


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return randomized(keras.applications.InceptionV3(weights=None, include_top=False))


@pytest.fixture(scope="module")
def network(model: keras.Model) -> Network:
    """Our own nodes with Keras's parameters, layer by layer of the same name."""
    nodes, parameters = model_nodes(model)
    keras_names = {new: old for old, new in canonical_names(nodes).items()}
    return Network(
        "inception", inception_v3(), lambda n: parameters(keras_names[n]), "tf", "random"
    )


@pytest.mark.slow
def test_names_and_order_are_those_of_keras_in_a_fresh_session(model: keras.Model) -> None:
    ours = layer_names(inception_v3())
    theirs = {layer.name: layer.name for layer in model.layers[1:]}
    names = canonical_names(model_nodes(model)[0])
    assert set(ours) == {names[name] for name in theirs}
    assert len(ours) == len(set(ours)) == len(model.layers) - 1


@pytest.mark.parametrize("shape", [(75, 75), (139, 98)])
def test_every_activation_has_the_size_that_keras_computes(
    model: keras.Model, shape: tuple[int, int]
) -> None:
    ours = activation_shapes(inception_v3(), shape)
    names = canonical_names(model_nodes(model)[0])
    every = keras.Model(model.input, [layer.output for layer in model.layers[1:]])
    outputs = every(keras.Input(batch_shape=(1, *shape, 3)))
    for layer, output in zip(model.layers[1:], outputs, strict=True):
        assert ours[names[layer.name]] == tuple(output.shape[1:3]), layer.name


@pytest.mark.slow
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("fold", [True, False])
def test_activations_are_those_of_keras(
    model: keras.Model, network: Network, training: bool, fold: bool
) -> None:
    layers = ("mixed0", "mixed3", "mixed5", "mixed8") if training else ("mixed3", "mixed10")
    image = picture(171, 203)
    cut = keras.Model(model.input, [model.get_layer(name).output for name in layers])
    wanted = cut(image, training=training)
    got = Trunk(network, layers, training=training, fold=fold)(image)
    for name, ours, theirs in zip(layers, got, wanted, strict=True):
        error = np.abs(ours - theirs).max() / np.std(theirs)
        assert error < (2e-3 if training else 5e-5), name


@pytest.mark.slow
@pytest.mark.parametrize("training", [False, True])
def test_a_trained_network_has_keras_s_gradient_too(
    photo: np.ndarray, training: bool, engine_equals_keras: Any
) -> None:
    """Not one of random parameters: from layer to layer they make more of rounding."""
    layers = ("conv2d_4", "mixed2", "mixed7")
    engine_equals_keras(load_network(), layers, photo, training=training)


def test_training_leaves_the_moving_statistics_as_they_were(
    model: keras.Model, network: Network
) -> None:
    before = model.get_weights()
    Trunk(network, ["mixed2"], training=True)(picture(80, 90))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_the_smallest_picture_of_the_deepest_layer_is_keras_s_own_limit() -> None:
    assert smallest_size(inception_v3(), ["mixed10"]) == 75


@pytest.mark.slow
def test_untrained_parameters_come_from_the_seed() -> None:
    nodes = inception_v3()
    image = picture(80, 80)

    def run(seed: int) -> tf.Tensor:
        parameters = random_parameters(nodes, seed)
        return Trunk(Network("i", nodes, parameters, "tf", "random"), ["mixed1"])(image)[0]

    assert np.array_equal(run(3), run(3))
    assert not np.allclose(run(3), run(4))
    assert 0.01 < float(np.std(run(3))) < 100
