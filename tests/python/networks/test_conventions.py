"""What networks take for an image in [-1, 1], against Keras's own preprocessing."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from toys import picture

from deepdreamr.networks.conventions import CONVENTIONS, INPUTS


def test_every_convention_has_its_formula() -> None:
    assert tuple(INPUTS) == CONVENTIONS


@pytest.mark.parametrize("mode", ["tf", "caffe", "torch"])
def test_a_convention_is_keras_s_preprocessing_of_that_mode(mode: str) -> None:
    image = picture(5, 7)
    pixels = (image.numpy() + 1) * 127.5
    wanted = keras.applications.imagenet_utils.preprocess_input(pixels, mode=mode)
    np.testing.assert_allclose(INPUTS[mode](image), wanted, atol=2e-5)


def test_the_conventions_that_only_scale() -> None:
    black_and_white = tf.constant([[[[-1.0, 0.0, 1.0]]]])
    assert INPUTS["0-255"](black_and_white).numpy().ravel().tolist() == [0, 127.5, 255]
    assert INPUTS["0-1"](black_and_white).numpy().ravel().tolist() == [0, 0.5, 1]
