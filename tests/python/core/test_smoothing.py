"""Gaussian smoothing against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import ndimage

from deepdreamr.core.smoothing import gaussian_blur, gaussian_kernel, iteration_sigma, smooth_gradient

SIGMAS = [0.25, 0.5, 0.75, 1, 1.3, 2, 4.5, 9]
SHAPES = [(40, 56), (3, 70), (64, 1), (2, 2), (1, 1), (20, 31)]


def noise(shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((1, *shape, 3)).astype(np.float32)


def scipy_s(image: np.ndarray, sigma: float, color: bool) -> np.ndarray:
    sigmas = (0, sigma, sigma, sigma if color else 0)
    return ndimage.gaussian_filter(image, sigmas, mode="reflect", truncate=4)


@pytest.mark.parametrize("color", [True, False])
@pytest.mark.parametrize("sigma", SIGMAS)
@pytest.mark.parametrize("shape", SHAPES)
def test_equals_scipy(shape, sigma, color):
    image = noise(shape)
    blurred = gaussian_blur(tf.constant(image), sigma, color=color)
    assert blurred.shape == image.shape
    np.testing.assert_allclose(blurred, scipy_s(image, sigma, color), atol=1e-4)


@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.floats(0.25, 9, width=32),
    st.booleans(),
)
def test_equals_scipy_for_any_shape_and_sigma(shape, sigma, color):
    # where the kernel's width jumps, float32 may fall on the other side
    assume(abs(4 * sigma % 1 - 0.5) > 1e-5)
    image = noise(shape)
    blurred = gaussian_blur(tf.constant(image), sigma, color=color)
    np.testing.assert_allclose(blurred, scipy_s(image, sigma, color), atol=1e-4)


@pytest.mark.parametrize("width", [None, 9])
@pytest.mark.parametrize("color", [True, False])
def test_sigma_0_changes_nothing(color, width):
    image = noise((10, 12))
    blurred = gaussian_blur(tf.constant(image), 0.0, color=color, width=width)
    np.testing.assert_allclose(blurred, image, atol=1e-6)


@pytest.mark.parametrize("sigma", SIGMAS)
@pytest.mark.parametrize("color", [True, False])
def test_the_mean_is_conserved(sigma, color):
    image = noise((13, 17)) + 1
    blurred = gaussian_blur(tf.constant(image), sigma, color=color).numpy()
    assert blurred.mean() == pytest.approx(image.mean(), abs=1e-4)
    if not color:
        np.testing.assert_allclose(blurred.mean((0, 1, 2)), image.mean((0, 1, 2)), atol=1e-4)


def test_colours_mix_only_if_asked():
    image = np.zeros((1, 9, 9, 3), np.float32)
    image[..., 0] = 1
    apart = gaussian_blur(tf.constant(image), 1.0)
    np.testing.assert_allclose(apart, image, atol=1e-6)
    mixed = gaussian_blur(tf.constant(image), 1.0, color=True).numpy()[0, 4, 4]
    assert mixed[0] > mixed[1] > mixed[2] > 0 and mixed.sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("sigma", [0.25, 1.0, 2.5, 9])
def test_a_kernel_is_normal_and_symmetric(sigma):
    kernel = gaussian_kernel(sigma).numpy()
    assert len(kernel) == 2 * int(4 * sigma + 0.5) + 1
    assert kernel.sum() == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(kernel, kernel[::-1])
    assert len(gaussian_kernel(sigma, 9)) == 9


def test_a_kernel_of_given_width_is_cut_off_and_sums_to_1():
    x = np.arange(-4, 5)
    expected = np.exp(-(x**2) / (2 * 2.5**2))
    kernel = gaussian_kernel(2.5, 9).numpy()
    np.testing.assert_allclose(kernel, expected / expected.sum(), rtol=1e-5)


@pytest.mark.parametrize("color", [True, False])
def test_the_cascade_is_the_mean_of_three_gaussians(color):
    image = noise((20, 24))
    expected = sum(scipy_s(image, 1.5 * factor, color) for factor in (0.5, 1, 2)) / 3
    smoothed = smooth_gradient(tf.constant(image), 1.5, color=color, width=None)
    np.testing.assert_allclose(smoothed, expected, atol=1e-4)


def test_sigma_of_each_iteration():
    inception5h = [iteration_sigma(0.5, 4.0, 0.0, i, 10) for i in range(10)]
    np.testing.assert_allclose(inception5h, [4 * i / 10 + 0.5 for i in range(10)])
    gordic = [iteration_sigma(0.5, 2.0, 1.0, i, 10) for i in range(10)]
    np.testing.assert_allclose(gordic, [(i + 1) / 10 * 2 + 0.5 for i in range(10)])
    assert [iteration_sigma(0.7, 0.0, 0.0, i, 3) for i in range(3)] == [0.7] * 3


def test_one_trace_serves_every_shape_and_sigma():
    blur = tf.function(
        lambda image, sigma: gaussian_blur(image, sigma, color=True),
        (tf.TensorSpec((1, None, None, 3)), tf.TensorSpec(())),
    )
    for shape, sigma in (((9, 12), 0.5), ((30, 7), 3.0)):
        image = noise(shape)
        np.testing.assert_allclose(blur(image, sigma), scipy_s(image, sigma, True), atol=1e-4)
    assert blur.experimental_get_tracing_count() == 1
