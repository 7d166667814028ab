"""What graphs take: grey pictures, pictures with opacity, channels first, and other inputs held."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from toys import exported, picture, randomized

from deepdreamr import loss_and_gradient
from deepdreamr.errors import NetworkWarning
from deepdreamr.networks.conventions import input_of
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.loading import load_network

layers = keras.layers
NOISE = np.random.default_rng(0).random((30, 41, 3))


@pytest.mark.parametrize("channels", [1, 4])
def test_pictures_of_one_and_of_four_channels(channels: int, tmp_path: Path) -> None:
    image = keras.Input((32, 32, channels))
    model = randomized(keras.Model(image, layers.Conv2D(4, 3, activation="relu")(image)))
    folder = exported(model, tmp_path / "odd")
    network, colours = load_network(folder, convention="0-1"), picture(30, 41)
    last = network.layer_names[-1]
    wanted = model.layers[-1](input_of("0-1", channels)(colours))
    np.testing.assert_allclose(Trunk(network, [last])(colours)[0], wanted, atol=1e-5)
    _, gradient = loss_and_gradient(NOISE, last, network=folder, convention="0-1")
    assert gradient.shape == (30, 41, 3) and np.abs(gradient).max(axis=(0, 1)).min() > 0


def graph_of(build: Any) -> bytes:
    with tf.Graph().as_default() as graph:
        build()
    return graph.as_graph_def().SerializeToString()


def channels_first() -> None:
    image = tf.compat.v1.placeholder(tf.float32, (None, 3, 32, 32), name="image")
    tf.nn.relu(tf.transpose(image, (0, 2, 3, 1)) * 2, name="layer")


def with_others() -> None:
    image = tf.compat.v1.placeholder(tf.float32, (None, 32, 32, 3), name="image")
    more = tf.compat.v1.placeholder(tf.float32, (None, 3), name="more")
    usual = tf.compat.v1.placeholder_with_default(2.0, (), name="usual")
    kept = tf.compat.v1.placeholder(tf.float32, name="keep_prob")
    tf.nn.relu(image * usual / kept + more, name="layer")


def test_pictures_whose_channels_come_first(tmp_path: Path) -> None:
    path = tmp_path / "first.pb"
    path.write_bytes(graph_of(channels_first))
    image = picture(30, 41)
    (given,) = Trunk(load_network(path), ["layer"])(image)
    np.testing.assert_allclose(given, tf.nn.relu(2 * image), atol=1e-6)


def test_other_inputs_of_a_graph_are_held_and_named(tmp_path: Path) -> None:
    path = tmp_path / "more.pb"
    path.write_bytes(graph_of(with_others))
    with pytest.warns(NetworkWarning, match="held are more at 0, keep_prob at 1"):
        network = load_network(path)
    image = picture(30, 41)
    np.testing.assert_allclose(
        Trunk(network, ["layer"])(image)[0], tf.nn.relu(2 * image), atol=1e-6
    )


def test_a_second_input_of_a_saved_model(tmp_path: Path) -> None:
    image, vector = keras.Input((32, 32, 3)), keras.Input((5,))
    body = layers.Conv2D(4, 3, padding="same")
    added = layers.Reshape((1, 1, 4))(layers.Dense(4, use_bias=False)(vector))
    model = randomized(keras.Model([image, vector], layers.Add()([body(image), added])))
    folder = exported(model, tmp_path / "two")
    with pytest.warns(NetworkWarning, match="'two' takes more than a picture: held are .* at 0"):
        network = load_network(folder, convention="tf")
    noise = picture(30, 41)
    given = Trunk(network, network.layer_names[-1:])(noise)[0]
    np.testing.assert_allclose(given, body(noise), atol=1e-5)
