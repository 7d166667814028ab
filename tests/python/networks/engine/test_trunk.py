"""A cut network in TensorFlow: conventions, folding, phases, precisions."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from toys import picture, randomized, small_model

from deepdreamr.errors import UnknownLayerError
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.loading import load_network
from deepdreamr.networks.nodes import Network


def network(model: keras.Model, convention: str = "tf") -> Network:
    return load_network(model, convention=convention)


@pytest.fixture(scope="module")
def small() -> Network:
    return network(small_model())


def test_the_network_gets_its_own_convention() -> None:
    model = small_model()
    image = picture(16, 20)
    wanted = keras.Model(model.input, model.get_layer("first").output)((image + 1) * 127.5)
    got = Trunk(network(model, "0-255"), ["first"])(image)[0]
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("layers", [["second_relu"], ["first", "second_relu"], ["first_norm"]])
def test_folding_changes_nothing_but_rounding(small: Network, layers: Any) -> None:
    image = picture(20, 26)
    folded, plain = (Trunk(small, layers, fold=fold)(image) for fold in (True, False))
    for ours, theirs in zip(folded, plain, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_a_layer_asked_for_is_the_layer_itself_not_what_is_folded_into_it(small: Network) -> None:
    image = picture(20, 26)
    before, after = Trunk(small, ["first", "first_norm"])(image)
    assert np.abs(before - after).max() > 0.1


def test_training_is_normalisation_by_the_picture_itself(small: Network) -> None:
    values = Trunk(small, ["first", "first_norm"], training=True)(picture(20, 26))
    before, after = (value.numpy() for value in values)
    norm = small.parameters("first_norm")
    mean, variance = before.mean((0, 1, 2)), before.var((0, 1, 2))
    wanted = (before - mean) / np.sqrt(variance + 1e-3) * norm["gamma"] + norm["beta"]
    np.testing.assert_allclose(after, wanted, atol=1e-5)


def every_operation() -> keras.Model:
    """A model in which each operation of the trunk occurs."""
    layers = keras.layers
    image = keras.Input((None, None, 3))
    x = layers.ZeroPadding2D(((1, 0), (0, 2)))(image)
    x = layers.Conv2D(8, 3, strides=2, dilation_rate=1, activation="swish")(x)
    y = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x)
    y = layers.BatchNormalization()(y)
    y = layers.SeparableConv2D(8, 3, padding="same", dilation_rate=2, activation="relu")(y)
    x = layers.Add()([x, y])
    x = layers.Conv2D(8, 3, padding="same", groups=8)(x)
    a = layers.MaxPooling2D(3, 1, padding="same")(x)
    b = layers.AveragePooling2D(3, 1, padding="same")(x)
    x = layers.Concatenate()([a, b])
    gate = layers.GlobalAveragePooling2D(keepdims=True)(x)
    gate = layers.Dense(16, activation="sigmoid")(gate)
    x = layers.Multiply()([x, gate])
    x = layers.LeakyReLU()(layers.UpSampling2D()(x))
    x = layers.Dropout(0.5)(x)
    first, second = keras.ops.split(x, 2, axis=-1)
    x = keras.ops.add(keras.ops.multiply(first, 0.5), second)
    x = layers.LayerNormalization(name="last")(x)
    return randomized(keras.Model(image, x))


@pytest.mark.slow
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("precision, error", [("bfloat16", 0.2), ("float16", 0.05)])
def test_every_operation_computes_in_low_precision_and_has_a_gradient(
    precision: str, error: float, training: bool
) -> None:
    net = network(every_operation())
    ops = {node.op for node in net.nodes}
    assert ops >= {"conv", "depthwise", "dense", "batch_norm", "max_pool", "average_pool"}
    assert ops >= {"concat", "add", "multiply", "zero_pad", "identity", "keras", "item", "input"}
    image = picture(31, 36)
    exact = Trunk(net, ["last"], training=training)(image)[0]
    trunk = Trunk(net, ["last"], training=training, precision=precision)

    @tf.function
    def run(image: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(image)
            value = trunk(image)[0]
            loss = tf.reduce_mean(tf.square(value))
        return value, tape.gradient(loss, image)

    value, gradient = run(image)
    assert value.dtype == tf.float32 and gradient.dtype == tf.float32
    assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0
    assert 0 < np.abs(value - exact).mean() < error * np.std(exact)


@pytest.mark.slow
@pytest.mark.parametrize("fold", [True, False])
def test_every_operation_in_one_network_is_what_keras_computes(
    engine_equals_keras: Any, fold: bool
) -> None:
    net = network(every_operation())
    engine_equals_keras(net, ["last"], picture(31, 36), fold=fold, tolerance=1e-4)


def test_a_layer_that_the_network_does_not_have(small: Network) -> None:
    with pytest.raises(UnknownLayerError, match="unknown layer 'secnd'. Did you mean second"):
        Trunk(small, ["secnd"])
