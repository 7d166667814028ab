"""Layers of graphs that can be had at the graph's own size alone: what Keras gives, and dreamed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from toys import exported, picture, randomized, written

from deepdreamr import LayerTerm, dream, feature_maps, gradient_picture, layer_sheet, plan
from deepdreamr.errors import ArgumentError, ImageError, NetworkError, UnknownLayerError
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.loading import load_network
from deepdreamr.networks.sizes import only_size

layers = keras.layers
SIZE = (48, 64)


class Positions(layers.Layer):  # type: ignore[name-defined]
    """A token for the class in front, and a place for each."""

    def build(self, shape: Any) -> None:
        self.first = self.add_weight(shape=(1, 1, shape[2]), name="first")
        self.places = self.add_weight(shape=(1, shape[1] + 1, shape[2]), name="places")

    def call(self, x: Any) -> Any:
        first = tf.repeat(self.first, tf.shape(x)[0], axis=0)
        return tf.concat([first, x], axis=1) + self.places


def patches() -> Any:
    image = keras.Input((*SIZE, 3))
    x = layers.Conv2D(8, 8, 8, name="patches")(image)
    return image, layers.Reshape((48, 8), name="tokens")(x)


def transformer() -> Any:
    image, x = patches()
    x = Positions(name="places")(x)
    y = layers.LayerNormalization(name="norm")(x)
    x = x + layers.MultiHeadAttention(2, 4, name="attention")(y, y)
    x = x + layers.Dense(8, activation="gelu", name="mlp")(layers.LayerNormalization()(x))
    return keras.Model(image, layers.Dense(5, name="classes")(x[:, 0]))


def tokens() -> Any:
    """48 of them, which divide the number of patches of other sizes by chance."""
    image, x = patches()
    return keras.Model(image, layers.MultiHeadAttention(2, 4, name="attention")(x, x))


def mixed_over_places() -> Any:
    image, x = patches()
    x = layers.Permute((2, 1))(layers.Dense(48, activation="relu")(layers.Permute((2, 1))(x)))
    return keras.Model(image, layers.GlobalAveragePooling1D()(x))


def back_to_places(groups: Any = 1) -> Any:
    image, x = patches()
    x = layers.Reshape((6, 8, 8))(layers.LayerNormalization()(x))
    x = layers.Conv2D(4, 3, strides=2, padding="same", groups=groups)(x)
    return keras.Model(image, layers.UpSampling2D(2, interpolation="bilinear")(x))


def flattened() -> Any:
    image = keras.Input((*SIZE, 3))
    x = layers.Conv2D(4, 3, strides=4, activation="relu", name="conv")(image)
    x = layers.Dense(5, activation="softmax", name="classes")(layers.Flatten(name="flat")(x))
    return keras.Model(image, x)


def places_of_channels_first() -> Any:
    image = keras.Input((3, *SIZE))
    x = layers.Conv2D(4, 3, strides=4, activation="relu")(layers.Permute((2, 3, 1))(image))
    return keras.Model(image, layers.PReLU()(x))


KINDS = [
    transformer,
    tokens,
    mixed_over_places,
    back_to_places,
    flattened,
    places_of_channels_first,
]


def saved(model: Any, path: Any) -> Any:
    tf.saved_model.save(model, path)
    return path


def as_graph(model: Any, path: Any) -> Any:
    spec = tf.TensorSpec(model.input_shape, name="input")
    function = tf.function(lambda x: model(x, training=False), input_signature=[spec])
    from tensorflow.python.framework import convert_to_constants

    constant = convert_to_constants.convert_variables_to_constants_v2
    return written(constant(function.get_concrete_function()).graph, path)


FORMATS = {"exported": exported, "saved": saved, "frozen": as_graph}


def with_gradient(function: Any, image: Any) -> Any:
    with tf.GradientTape() as tape:
        tape.watch(image)
        value = function(image)
        loss = tf.reduce_mean(tf.square(value))
    return value, tape.gradient(loss, image)


def check_equals_keras(model: Any, path: Any) -> None:
    image, network = picture(*SIZE), load_network(path, convention="tf")
    last = network.layer_names[-1]
    assert only_size(network.nodes, [last]) == SIZE
    order = (0, 3, 1, 2) if model.input_shape[1] == 3 else (0, 1, 2, 3)
    wanted, slope = with_gradient(lambda x: model(tf.transpose(x, order)), image)
    trunk = Trunk(network, [last])
    given, gradient = with_gradient(lambda x: trunk(x)[0], image)
    np.testing.assert_allclose(given, wanted, atol=1e-5)
    np.testing.assert_allclose(gradient, slope, atol=1e-5 * np.abs(slope).max())


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_keras_gives_and_its_gradient(kind: Any, form: str, tmp_path: Path) -> None:
    model = randomized(kind())
    check_equals_keras(model, FORMATS[form](model, tmp_path / "model"))


def test_groups_behind_it_are_split_too(tmp_path: Path) -> None:
    model = randomized(back_to_places(groups=2))
    check_equals_keras(model, exported(model, tmp_path / "model"))


PIXELS = np.random.default_rng(0).integers(0, 255, (*SIZE, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return exported(randomized(flattened()), tmp_path_factory.mktemp("own") / "flat")


@pytest.fixture(scope="module")
def attention(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return exported(randomized(transformer()), tmp_path_factory.mktemp("own") / "vit")


def named(folder: Any, part: Any) -> Any:
    return next(name for name in load_network(folder).layer_names if part in name)


@pytest.mark.parametrize("more", [{}, {"max_memory": "16GB"}, {"tile_size": 24}])
def test_a_class_is_dreamed_at_that_size(classifier: Any, more: Any) -> None:
    term = LayerTerm(named(classifier, "classes_1/BiasAdd"), channels=3)
    d = dream(PIXELS, [term], network=classifier, octaves=1, iterations=3, **more)
    assert d.image.shape == PIXELS.shape and d.losses[-1].loss > d.losses[0].loss
    given = {"network": classifier, "octaves": 1, "iterations": 1}
    assert dream(None, [term], size=SIZE, **given).image.shape == PIXELS.shape
    assert plan(PIXELS, [term], **given).octaves
    assert gradient_picture(PIXELS, [term], network=classifier).shape == SIZE


@pytest.mark.slow
def test_channels_of_tokens_are_dreamed(attention: Any) -> None:
    term = LayerTerm(named(attention, "mlp_1/BiasAdd"), channels=[7])
    d = dream(PIXELS, [term], network=attention, octaves=1, iterations=3)
    assert d.losses[-1].loss > d.losses[0].loss
    with pytest.raises(ArgumentError, match="channels 0 to 7"):
        dream(PIXELS, [LayerTerm(term.layer, channels=8)], network=attention, octaves=1)
    with pytest.raises(ArgumentError, match=r"height and a width. .*\(49, 8\)"):
        feature_maps(PIXELS, term.layer, network=attention)


def test_another_size_is_one_line_that_says_what_works(classifier: Any) -> None:
    layer = named(classifier, "classes_1/BiasAdd")
    for shape, octaves in (((48, 64), 2), ((64, 48), 1)):
        with pytest.raises(ImageError, match="only for pictures of 48x64, .*octaves=1"):
            dream(np.zeros((*shape, 3)), layer, network=classifier, octaves=octaves)


def test_a_network_without_the_recipe_s_layers(classifier: Any) -> None:
    with pytest.raises(UnknownLayerError, match="It has .* of the recipe tf2: .*`layer_names`"):
        dream(PIXELS, network=classifier, recipe="tf2")


def test_layers_before_it_have_every_size_and_share_a_sheet(classifier: Any) -> None:
    before = named(classifier, "conv_1/Relu")
    dream(np.full((60, 70, 3), 0.5), before, network=classifier, octaves=2, iterations=1)
    both = [before, named(classifier, "classes_1/BiasAdd")]
    sheet = layer_sheet(PIXELS, both, network=classifier, octaves=1, iterations=1, max_loss=None)
    assert sheet.layers == tuple(both)


def test_maps_of_places(tmp_path: Path) -> None:
    image = keras.Input((*SIZE, 3))
    x = layers.PReLU(name="places")(layers.Conv2D(6, 3, strides=2)(image))
    folder = exported(randomized(keras.Model(image, x)), tmp_path / "places")
    assert feature_maps(PIXELS, named(folder, "places_1/add"), network=folder).shape == (23, 31, 6)


def test_a_dense_layer_over_all_places_has_every_size(tmp_path: Path) -> None:
    """It makes a list of them first; a picture of its own size has but one."""
    image = keras.Input((16, 16, 3))
    x = layers.Dense(5)(layers.Conv2D(4, 3, strides=16, padding="same")(image))
    network = load_network(exported(randomized(keras.Model(image, x)), tmp_path / "dense"))
    (value,) = Trunk(network, [network.layer_names[-1]])(picture(40, 70))
    assert value.shape == (1, 3, 5, 5)


def test_a_size_that_fits_no_single_picture(tmp_path: Path) -> None:
    image = keras.Input(batch_shape=(8, 16, 16, 3))
    model = keras.Model(image, layers.Dense(3)(layers.Flatten()(image)))
    network = load_network(as_graph(randomized(model), tmp_path / "eight.pb"))
    with pytest.raises(NetworkError, match="save the model for one picture"):
        Trunk(network, network.layer_names[-1:])
