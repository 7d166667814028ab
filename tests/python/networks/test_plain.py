"""Plain Keras activations: Keras's own numbers, and what Keras alone is not to run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from needing import present
from toys import frozen, picture, randomized, saved, small_model, written

from deepdreamr.errors import ArgumentError, NetworkError, UnknownLayerError
from deepdreamr.networks.activations import ENGINES, activations_of
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.inception import inception_v3
from deepdreamr.networks.loading import load_network
from deepdreamr.networks.plain import PlainActivations

layers = keras.layers


@pytest.mark.slow
def test_the_bundled_inception_is_keras_s_own_with_these_parameters(
    inception: Any, photo: np.ndarray
) -> None:
    names = ("mixed5", "conv2d_30", "mixed10")
    ours = activations_of(load_network(), names, engine="keras")(tf.constant(photo))
    for one, other in zip(ours, inception(*names)(photo), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_an_untrained_inception_has_the_engine_s_parameters(engine_equals_keras: Any) -> None:
    network = load_network(weights="untrained", seed=5)
    engine_equals_keras(network, ["mixed0"], picture(80, 83))


@pytest.mark.slow
def test_every_layer_of_inception_is_there_under_our_names() -> None:
    network = load_network()
    tensors = present(network.keras_tensors)()
    assert set(tensors) == {node.name for node in inception_v3()}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_training_phase_leaves_a_model_as_it_was(engine: Any) -> None:
    model = small_model()
    before = model.get_weights()
    activations = activations_of(load_network(model), ["second_norm"], engine=engine, training=True)
    image = picture(20, 26)
    first, again = activations(image)[0], activations(image)[0]
    np.testing.assert_array_equal(first, again)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    copy = randomized(small_model())
    copy.set_weights(before)
    cut = keras.Model(copy.input, copy.get_layer("second_norm").output)
    np.testing.assert_allclose(first, cut(image, training=True), atol=1e-4)


def test_the_image_comes_in_the_network_s_convention() -> None:
    model, image = small_model(), picture(16, 20)
    cut = keras.Model(model.input, model.get_layer("first_relu").output)
    for convention, pixels in {"0-255": (image + 1) * 127.5, "0-1": (image + 1) / 2}.items():
        network = load_network(model, convention=convention)
        (ours,) = PlainActivations(network, ["first_relu"])(image)
        np.testing.assert_array_equal(ours, cut(pixels))


def test_a_model_of_one_size_runs_at_others_where_its_layers_do(engine_equals_keras: Any) -> None:
    network = load_network(small_model(32))
    engine_equals_keras(network, ["first_relu", "second_relu"], picture(40, 52))
    engine_equals_keras(network, ["scores"], picture(32, 32))


def test_layers_used_twice_and_one_of_several_outputs(engine_equals_keras: Any) -> None:
    image = keras.Input((None, None, 3))
    shared = layers.Conv2D(3, 3, padding="same", name="shared")
    halves = layers.Conv2D(4, 1)(shared(shared(image)))
    first, second = keras.ops.split(halves, 2, axis=-1)
    network = load_network(randomized(keras.Model(image, keras.ops.multiply(first, second))))
    split = next(name for name in network.layer_names if name.startswith("split"))
    names = ["shared", "shared/2", split, f"{split}:1"]
    engine_equals_keras(network, names, picture(9, 11))


def test_a_part_whose_phase_is_fixed_stays_in_inference(engine_equals_keras: Any) -> None:
    image = keras.Input((None, None, 3))
    x = layers.Conv2D(4, 3, name="conv")(image)
    still, own = layers.BatchNormalization(name="still"), layers.BatchNormalization(name="own")
    still.trainable = False
    model = randomized(keras.Model(image, own(still(x))))
    engine_equals_keras(load_network(model), ["still", "own"], picture(20, 21), training=True)


def nested() -> keras.Model:
    image = keras.Input((None, None, 3))
    return keras.Model(image, layers.Conv2D(2, 1, name="after")(small_model(name="inner")(image)))


def test_a_model_within_a_model(engine_equals_keras: Any) -> None:
    network = load_network(nested())
    engine_equals_keras(network, ["inner", "after"], picture(20, 26))
    with pytest.raises(NetworkError, match="cannot cut at 'first_relu', a layer of a model within"):
        PlainActivations(network, ["first_relu"])


def growing() -> keras.Model:
    """A net that shrinks and grows: at most sizes its branches differ by a row or a column."""
    image = keras.Input((32, 32, 3))
    x = layers.UpSampling2D()(layers.MaxPooling2D()(image))
    return keras.Model(image, layers.Concatenate(name="both")([image, x]))


def with_dropout() -> keras.Model:
    image = keras.Input((None, None, 3))
    return keras.Model(image, layers.Conv2D(2, 1, name="after")(layers.Dropout(0.5)(image)))


def test_what_keras_cannot_do_as_the_engine_does() -> None:
    with pytest.raises(NetworkError, match="cannot run 'both' at every size"):
        PlainActivations(load_network(growing()), ["both"])
    network = load_network(with_dropout())
    PlainActivations(network, ["after"])
    with pytest.raises(NetworkError, match="no training phase for a model with dropout"):
        PlainActivations(network, ["after"], training=True)
    with pytest.raises(UnknownLayerError, match="unknown layer 'aftr'. Did you mean after"):
        PlainActivations(network, ["aftr"])


@pytest.mark.parametrize("kind", ["keras", "graph"])
def test_a_file_is_never_run_by_keras_alone(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"mine.{kind}"
    if kind == "keras":
        saved(small_model(16), path)
    else:
        written(frozen(lambda image: tf.nn.relu(image, name="first"), 16), path)
    network = load_network(path)
    assert Trunk(network, ["first"])
    with pytest.raises(NetworkError, match="runs applications and keras.Model objects only"):
        activations_of(network, ["first"], engine="keras")


@pytest.mark.slow
def test_nasnet_is_built_for_each_size() -> None:
    network = load_network("nasnetmobile", weights="untrained", seed=0)
    with pytest.raises(NetworkError, match="does not run nasnetmobile"):
        activations_of(network, network.layer_names[:1], engine="keras")


def test_precisions_and_engines() -> None:
    network = load_network(small_model())
    with pytest.raises(NetworkError, match="computes in float32. Received: precision='bfloat16'"):
        activations_of(network, ["first"], engine="keras", precision="bfloat16")
    with pytest.raises(ArgumentError, match="`engine` must be one of fast, keras. Received"):
        activations_of(network, ["first"], engine="slow")
    assert isinstance(activations_of(network, ["first"]), Trunk)
    halves = activations_of(network, ["first"], precision="bfloat16")
    assert isinstance(halves, Trunk) and halves.dtype == tf.bfloat16
