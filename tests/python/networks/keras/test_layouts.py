"""Models and layers whose channels come first."""

from typing import Any

import keras
import numpy as np
import pytest
from toys import picture, randomized

from deepdreamr import dream
from deepdreamr.errors import NetworkError
from deepdreamr.networks.activations import activations_of
from deepdreamr.networks.loading import load_network
from deepdreamr.networks.sizes import activation_shapes

layers = keras.layers
SIZES = [(32, 32), (45, 70)]
MEAN = np.array([1.0, 2.0, 3.0], "float32")


def blocks(x: Any, first: Any) -> Any:
    """The same layers, with the channels of the picture where they are said to be."""
    where = "channels_first" if first else "channels_last"
    axis = 1 if first else -1
    x = layers.ZeroPadding2D(1, data_format=where, name="pad")(x)
    x = layers.Conv2D(6, 3, strides=2, data_format=where, name="conv")(x)
    x = layers.BatchNormalization(axis=axis, name="norm")(x)
    x = y = layers.ReLU(name="relu")(x)
    x = layers.DepthwiseConv2D(3, padding="same", data_format=where, name="depthwise")(x)
    x = layers.SeparableConv2D(4, 3, padding="same", data_format=where, name="separable")(x)
    x = layers.Activation("gelu", name="gelu")(x)
    x = layers.Concatenate(axis=axis, name="join")([x, y])
    x = layers.MaxPooling2D(data_format=where, name="pool")(x)
    x = layers.AveragePooling2D(2, 1, data_format=where, name="mean")(x)
    x = layers.UpSampling2D(interpolation="bilinear", data_format=where, name="up")(x)
    x = layers.Conv2DTranspose(4, 3, data_format=where, name="transposed")(x)
    x = layers.Conv2D(8, 1, groups=2, data_format=where, name="grouped")(x)
    x = keras.ops.multiply(x, x)
    x = layers.Softmax(axis=axis, name="softmax")(x)
    return layers.Cropping2D(1, data_format=where, name="crop")(x)


def between(first: Any, size: Any) -> Any:
    image = keras.Input((size, size, 3))
    x = layers.Permute((3, 1, 2))(image) if first else image
    x = blocks(x, first)
    x = layers.Permute((2, 3, 1))(x) if first else x
    return randomized(keras.Model(image, layers.Conv2D(4, 3, name="after")(x)))


def throughout(size: Any) -> Any:
    image = keras.Input((3, size, size))
    return randomized(keras.Model(image, blocks(image, True)))


def agree(model: Any, other: Any) -> None:
    network, wanted = load_network(model), load_network(other)
    names = [name for name in network.layer_names if name in wanted.layer_names]
    assert len(names) > 14
    for size in SIZES:
        given = activations_of(network, names)(picture(*size))
        known = activations_of(wanted, names)(picture(*size))
        shapes = activation_shapes(network.nodes, size)
        for name, x, y in zip(names, given, known, strict=True):
            np.testing.assert_allclose(x, y, atol=1e-5, err_msg=name)
            assert x.shape[1:3] == shapes[name]


@pytest.mark.slow
@pytest.mark.parametrize("size", [None, 32])
def test_between_two_permutes(size: int | None) -> None:
    model = between(True, size)
    agree(model, between(False, size))
    dream(np.zeros((96, 97, 3)), {"after": 1.0}, network=model, octaves=2, iterations=1)


@pytest.mark.parametrize("size", [None, 32])
def test_a_model_that_takes_its_channels_first(size: int | None) -> None:
    image = keras.Input((None, None, 3))
    agree(throughout(size), randomized(keras.Model(image, blocks(image, False))))


def test_a_permute_that_does_more_is_called() -> None:
    image = keras.Input((None, None, 3))
    model = keras.Model(image, layers.Conv2D(4, 3, name="c")(layers.Permute((2, 1, 3))(image)))
    (given,) = activations_of(load_network(model), ("c",))(picture(32, 40))
    np.testing.assert_allclose(given, model(picture(32, 40)), atol=1e-5)


def test_a_layer_that_cannot_be_had_otherwise() -> None:
    image = keras.Input((8, 8, 3))
    model = keras.Model(image, layers.MaxPooling2D(2, data_format="channels_first")(image))
    with pytest.raises(NetworkError, match="channels first"):
        load_network(model)


def mean_of(image: Any) -> Any:
    return keras.applications.vgg16.preprocess_input(image)


def stacked(image: Any) -> Any:
    return keras.ops.stack([image[..., 2], image[..., 1], image[..., 0]], axis=-1) - MEAN


@pytest.mark.slow
@pytest.mark.parametrize("size", [None, 32])
@pytest.mark.parametrize("prepare", [mean_of, stacked, lambda x: x[..., ::-1] / 127.5 - 1.0])
def test_pictures_are_prepared_inside_the_model(prepare: Any, size: int | None) -> None:
    image = keras.Input((size, size, 3))
    model = randomized(keras.Model(image, layers.Conv2D(4, 3, name="c")(prepare(image))))
    network = load_network(model)
    same = keras.Model(*[(x := keras.Input((None, None, 3))), model.get_layer("c")(prepare(x))])
    for shape in SIZES:
        (given,) = activations_of(network, ("c",))(picture(*shape))
        np.testing.assert_allclose(given, same(picture(*shape)), atol=1e-3)
        assert activation_shapes(network.nodes, shape)["c"] == given.shape[1:3]
    dream(np.zeros((96, 97, 3)), {"c": 1.0}, network=model, octaves=2, iterations=1)
