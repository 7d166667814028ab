"""Every operation that the engine has of its own: values and gradients are plain Keras's."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from toys import picture, randomized

from deepdreamr.networks.activations import ENGINES, activations_of
from deepdreamr.networks.engine.operations import OPERATIONS
from deepdreamr.networks.loading import load_network
from deepdreamr.networks.nodes import Network

layers = keras.layers


def conv(*args: Any, **options: Any) -> Any:
    return layers.Conv2D(*args, **options)


def join(kind: Any, **options: Any) -> Any:
    """Three inputs that meet: two branches and what comes before them."""

    def build(x: Any) -> Any:
        return kind(**options)([x, conv(6, 3, padding="same")(x), conv(6, 1)(x)])

    return build


def gate(x: Any) -> Any:
    """A channel's mean as its weight, through two dense layers: squeeze and excitation."""
    mean = layers.GlobalAveragePooling2D(keepdims=True)(x)
    weight = layers.Dense(6, activation="sigmoid")(layers.Dense(3, activation="relu")(mean))
    return layers.Multiply()([x, weight])


def frozen_norm(x: Any) -> Any:
    norm = layers.BatchNormalization()
    norm.trainable = False
    return norm(x)


def halves(x: Any) -> Any:
    first, second = keras.ops.split(x, 2, axis=-1)
    return keras.ops.add(keras.ops.multiply(first, 0.5), second)


OF_AN_IMAGE = {
    "3x3, strided": conv(6, 3, strides=2),
    "7x3, strided unevenly": conv(6, (7, 3), strides=(3, 2)),
    "5x5, a stride of 4, bias": conv(6, 5, strides=4),
    "strided, padded": conv(6, 3, strides=2, padding="same"),
    "an even kernel, strided": conv(6, 4, strides=2),
    "zeros around, strided": lambda x: conv(6, 3, strides=2)(
        layers.ZeroPadding2D(((1, 0), (0, 2)))(x)
    ),
}
OF_ACTIVATIONS = {
    "1x1": conv(5, 1, use_bias=False),
    "3x3": conv(5, 3),
    "3x3, padded": conv(5, 3, padding="same"),
    "1x7, padded": conv(5, (1, 7), padding="same"),
    "an even kernel": conv(5, (2, 4)),
    "an even kernel, padded": conv(5, (2, 4), padding="same"),
    "strided": conv(5, 3, strides=(1, 2), padding="same"),
    "with its own ReLU": conv(5, 3, activation="relu"),
    "with its own swish": conv(5, 3, activation="swish"),
    "each channel by itself": conv(12, 3, groups=6, padding="same"),
    "two groups": conv(6, 3, groups=2),
    "depthwise": layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2),
    "depthwise, strided": layers.DepthwiseConv2D(3, strides=2, activation="relu6"),
    "depthwise, dilated": layers.DepthwiseConv2D(3, dilation_rate=2),
    "separable": layers.SeparableConv2D(8, 3, padding="same", activation="relu"),
    "dense": layers.Dense(7, activation="tanh"),
    "batch_norm": layers.BatchNormalization(),
    "batch_norm without scale": layers.BatchNormalization(scale=False),
    "batch_norm without anything": layers.BatchNormalization(scale=False, center=False),
    "batch_norm, frozen": frozen_norm,
    "relu": layers.ReLU(),
    "relu6": layers.ReLU(6),
    "elu": layers.Activation("elu"),
    "max_pool": layers.MaxPooling2D(3, 2),
    "max_pool, padded": layers.MaxPooling2D((2, 3), 2, padding="same"),
    "average_pool": layers.AveragePooling2D(3, 2),
    "average_pool, padded": layers.AveragePooling2D(3, 1, padding="same"),
    "concat": join(layers.Concatenate),
    "add": join(layers.Add),
    "multiply": join(layers.Multiply),
    "zero_pad": layers.ZeroPadding2D(((1, 0), (2, 3))),
    "dropout, which does nothing": layers.Dropout(0),
    "squeeze and excitation": gate,
    "several outputs": halves,
    "what Keras runs": lambda x: layers.UpSampling2D()(layers.LeakyReLU()(x)),
    "layer normalisation": layers.LayerNormalization(),
}


def own(layer: Any) -> Any:
    """A layer of the same kind for another model; what is no layer stays."""
    return type(layer).from_config(layer.get_config()) if isinstance(layer, layers.Layer) else layer


def of_activations(operation: Any) -> Network:
    """The operation between two convolutions, with normalisation and a ReLU before it."""
    x = image = keras.Input((None, None, 3))
    x = layers.BatchNormalization(name="norm")(conv(6, 3, padding="same", name="first")(x))
    x = own(operation)(layers.ReLU(name="relu")(x))
    return load_network(randomized(keras.Model(image, conv(4, 1, name="last")(x))))


def of_an_image(operation: Any) -> Network:
    image = keras.Input((None, None, 3))
    return load_network(
        randomized(keras.Model(image, conv(4, 1, name="last")(own(operation)(image))))
    )


OFTEN = {"3x3, padded", "batch_norm", "relu"}
"""The operations that `make test` compares too; `make test-slow` has the others."""


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(operation, id=name, marks=() if name in OFTEN else pytest.mark.slow)
        for name, operation in OF_ACTIVATIONS.items()
    ],
)
def test_of_activations(operation: Any, engine_equals_keras: Any) -> None:
    network = of_activations(operation)
    engine_equals_keras(network, ["last"], picture(13, 18))
    engine_equals_keras(network, ["first", "last"], picture(13, 18), training=True)


@pytest.mark.slow
@pytest.mark.parametrize("operation", OF_AN_IMAGE.values(), ids=OF_AN_IMAGE)
@pytest.mark.parametrize("shape", [(16, 21), (17, 18)])
def test_of_an_image(operation: Any, shape: tuple[int, int], engine_equals_keras: Any) -> None:
    engine_equals_keras(of_an_image(operation), ["last"], picture(*shape))


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_dilations(padding: str) -> None:
    """Activations only: TensorFlow's gradient does not take dilations on every processor."""
    operation = conv(5, (3, 2), dilation_rate=(2, 3), padding=padding)
    network, image = of_activations(operation), picture(13, 18)
    (ours,), (theirs,) = (
        activations_of(network, ["last"], engine=engine)(image) for engine in ENGINES
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.slow
def test_none_is_left_out() -> None:
    networks = [
        *map(of_activations, OF_ACTIVATIONS.values()),
        *map(of_an_image, OF_AN_IMAGE.values()),
    ]
    ours = {node.op for network in networks for node in network.nodes}
    assert ours | {"constant"} == set(OPERATIONS)  # another input: keras/test_inputs.py
