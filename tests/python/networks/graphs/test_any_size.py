"""Graphs saved for one size of picture, or for other machines: the model's own numbers at any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from toys import exported, picture, randomized

from deepdreamr import loss_and_gradient
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.loading import load_network

layers = keras.layers


def grouped(size: Any) -> Any:
    image = keras.Input((size, size, 3))
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(image)
    x = layers.Conv2D(8, 3, strides=(2, 1), groups=2, activation="relu")(x)
    return keras.Model(image, layers.Conv2D(16, 3, groups=8, padding="same")(x))


def transposed(size: Any) -> Any:
    image = keras.Input((size, size, 3))
    x = layers.Conv2D(4, 3, activation="relu")(image)
    x = layers.Conv2DTranspose(4, 3, strides=2, padding="same", activation="relu")(x)
    return keras.Model(image, layers.Conv2DTranspose(5, 4, strides=(3, 2), padding="valid")(x))


def enlarged(kind: Any) -> Any:
    def model(size: Any) -> Any:
        image = keras.Input((size, size, 3))
        x = layers.Conv2D(4, 3, activation="relu")(image)
        return keras.Model(image, layers.UpSampling2D((2, 3), interpolation=kind)(x))

    return model


KINDS = {
    "grouped": grouped,
    "transposed": transposed,
    "nearest": enlarged("nearest"),
    "bilinear": enlarged("bilinear"),
    "lanczos3": enlarged("lanczos3"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_saved_for_one_size_follows_the_picture(kind: str, tmp_path: Path) -> None:
    model = randomized(KINDS[kind](48))
    folder, image = exported(model, tmp_path / kind), picture(60, 71)
    other = keras.models.clone_model(KINDS[kind](None))
    other.set_weights(model.get_weights())
    if kind.startswith(("bi", "lan")):  # Keras enlarges so only at a size that it knows
        (first, up), x = other.layers[1:], tf.nn.relu
        x = first(image)
        size = (x.shape[1] * 2, x.shape[2] * 3)
        wanted = tf.image.resize(x, size, up.interpolation)
    else:
        wanted = other(image)
    network = load_network(folder, convention="tf")
    last = network.layer_names[-1]
    np.testing.assert_allclose(Trunk(network, [last])(image)[0], wanted, atol=1e-4)
    loss, gradient = loss_and_gradient(
        np.random.default_rng(0).random((60, 71, 3)), last, network=folder, convention="tf"
    )
    assert loss > 0 and gradient.shape == (60, 71, 3)


def test_channels_that_come_first_within_a_graph_come_last(tmp_path: Path) -> None:
    image = keras.Input((48, 48, 3))
    x = layers.Permute((3, 1, 2))(image)
    options = {"data_format": "channels_first"}
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", **options)(x)
    x = layers.BatchNormalization(axis=1)(x)
    x = layers.MaxPooling2D(2, **options)(x)
    model = randomized(keras.Model(image, layers.Permute((2, 3, 1))(x)))
    network = load_network(exported(model, tmp_path / "first"), convention="tf")
    conv, norm = model.layers[2], model.layers[3]
    kernel, bias = conv.get_weights()
    picture_ = picture(37, 50)
    wanted = tf.nn.relu(tf.nn.conv2d(picture_, kernel, 2, "SAME") + bias)
    relu = next(name for name in network.layer_names if name.endswith("Relu"))
    own, last = Trunk(network, [relu, network.layer_names[-1]])(picture_)
    np.testing.assert_allclose(own, wanted, atol=1e-4)
    gamma, beta, mean, variance = norm.get_weights()
    wanted = tf.nn.batch_normalization(wanted, mean, variance, beta, gamma, norm.epsilon)
    np.testing.assert_allclose(last, tf.nn.max_pool2d(wanted, 2, 2, "VALID"), atol=1e-4)


@pytest.mark.slow
def test_what_is_random_in_a_graph_is_left_out(tmp_path: Path) -> None:
    chance = (layers.RandomFlip(), layers.RandomRotation(0.1), layers.RandomZoom(0.2))
    body = (layers.GaussianNoise(0.3), layers.Conv2D(4, 3, activation="relu"))
    model = keras.Sequential([keras.Input((48, 48, 3)), *chance, *body])
    folder = exported(randomized(model), tmp_path / "random")
    network, image = load_network(folder, convention="tf"), picture(40, 50)
    wanted = model.layers[-1](image)
    given = Trunk(network, network.layer_names[-1:])(image)[0]
    np.testing.assert_allclose(given, wanted, atol=1e-5)


def test_layers_within_a_function_that_is_compiled_have_their_names(tmp_path: Path) -> None:
    image = keras.Input((32, 32, 3))
    module = tf.Module()
    module.model = model = keras.Model(image, layers.Conv2D(4, 3, name="inner")(image))
    module.kept = list(model.variables)
    spec = tf.TensorSpec((None, 32, 32, 3), name="x")
    call = tf.function(lambda x: model(x), jit_compile=True, input_signature=[spec])
    tf.saved_model.save(module, tmp_path / "jit", signatures=call.get_concrete_function())
    names = load_network(tmp_path / "jit").layer_names
    assert [name for name in names if name.endswith("inner_1/convolution")]
