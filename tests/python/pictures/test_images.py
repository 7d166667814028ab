"""A picture as a tensor, and resizing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from deepdreamr.pictures.images import as_tensor, resize
from deepdreamr.pictures.reading import read_picture

SHAPES = [((20, 30), (14, 21)), ((14, 21), (20, 30)), ((17, 40), (17, 13)), ((33, 9), (8, 31))]


@pytest.mark.parametrize(("old", "new"), SHAPES)
def test_aligned_resize_is_scipy_s_zoom(old, new):
    image = np.random.default_rng(1).uniform(-1, 1, (1, *old, 3)).astype(np.float32)
    factors = (1, new[0] / old[0], new[1] / old[1], 1)
    expected = ndimage.zoom(image.astype(np.float64), factors, order=1)
    np.testing.assert_allclose(resize(image, new, "aligned"), expected, atol=1e-5)


@pytest.mark.parametrize(("old", "new"), SHAPES)
def test_half_pixel_resize_is_tensorflow_s(old, new):
    import tensorflow as tf

    image = np.random.default_rng(1).uniform(-1, 1, (1, *old, 3)).astype(np.float32)
    expected = tf.image.resize(image, new, "bilinear", antialias=False)
    np.testing.assert_allclose(resize(image, new, "half_pixel"), expected, atol=1e-5)


@pytest.mark.parametrize("method", ["aligned", "half_pixel"])
def test_resizing_to_the_same_shape_changes_nothing(method):
    image = np.random.default_rng(1).uniform(-1, 1, (1, 9, 11, 3)).astype(np.float32)
    np.testing.assert_allclose(resize(image, (9, 11), method), image, atol=1e-6)


def test_a_tensor_has_the_picture_s_numbers_to_the_last_bit():
    every = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    for source in (every, every.astype(np.uint16) * 257):
        picture = read_picture(source)
        np.testing.assert_array_equal(as_tensor(picture), picture.image)
