"""Networks loaded: from model objects, from files and by name, with what is known before."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from toys import picture, saved, small_model

import deepdreamr
from deepdreamr import dream, layer_names, loss_and_gradient
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.loading import known_nodes, load_network
from deepdreamr.networks.sources import find_network


def test_inception_needs_no_tensorflow_to_name_its_layers() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from deepdreamr import layer_names; print(layer_names()[-1]); "
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    folder = str(Path(deepdreamr.__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "mixed10"), done.stderr
    assert known_nodes("inception_v3") and known_nodes(find_network("VGG16")) is None


def test_a_dream_of_a_model_object_by_its_inner_layers(photo: np.ndarray) -> None:
    model = small_model(32)
    image = (photo[0, :48, :56] + 1) / 2
    options = {"network": model, "convention": "0-1", "octaves": 2, "iterations": 2, "step": 0.01}
    result = dream(image, {"second_relu": 1.0}, **options)
    assert result.image.shape == (48, 56, 3) and result.network == "Keras model small"
    assert result.weights.startswith("own (sha256 ")
    loss, gradient = loss_and_gradient(image, "first_relu", network=model, convention="0-1")
    pixels = tf.constant(image[None])
    value = keras.Model(model.input, model.get_layer("first_relu").output)
    any_size = small_model()
    any_size.set_weights(model.get_weights()[: len(any_size.weights)])
    value = keras.Model(any_size.input, any_size.get_layer("first_relu").output)(pixels)
    assert loss == pytest.approx(float(tf.reduce_mean(tf.square(value))), rel=1e-4)
    assert gradient.shape == (48, 56, 3)


def test_a_model_that_is_trained_on_is_dreamed_with_anew() -> None:
    model = small_model()
    image = np.full((24, 24, 3), 0.5, np.float32)
    before, _ = loss_and_gradient(image, "first", network=model)
    again, _ = loss_and_gradient(image, "first", network=model)
    layer = model.get_layer("first")
    layer.set_weights([2 * layer.get_weights()[0]])
    after, _ = loss_and_gradient(image, "first", network=model)
    assert before == again and after == pytest.approx(4 * before, rel=1e-4)


def test_layer_names_of_all_kinds_of_networks(tmp_path: Path) -> None:
    model = small_model(32)
    assert layer_names(model) == layer_names(saved(model, tmp_path / "mine.keras"))
    assert layer_names("VGG16")[:2] == ("block1_conv1", "block1_conv2")


@pytest.mark.slow
def test_untrained_networks_come_from_the_seed() -> None:
    image = picture(40, 40)

    def run(seed: int) -> np.ndarray:
        network = load_network("mobilenet", weights="untrained", seed=seed)
        return Trunk(network, ["conv_pw_4_relu"])(image)[0].numpy()

    assert np.array_equal(run(1), run(1))
    assert not np.allclose(run(1), run(2))
