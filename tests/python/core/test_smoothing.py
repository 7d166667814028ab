"""Gaussian smoothing against SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import ndimage

from deepdreamr.core import smoothing
from deepdreamr.core.smoothing import CASCADE, gaussian_blur, gaussian_kernel
from deepdreamr.recipes.chain import Smooth

ONE = (1.0,)
HOW = {color: Smooth(0, color=color) for color in (True, False)}
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
def test_equals_scipy(shape: tuple[int, int], sigma: float, color: bool) -> None:
    image = noise(shape)
    blurred = gaussian_blur(tf.constant(image), sigma, ONE, HOW[color])
    assert blurred.shape == image.shape
    np.testing.assert_allclose(blurred, scipy_s(image, sigma, color), atol=1e-4)


@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.floats(0.25, 9, width=32),
    st.booleans(),
)
def test_equals_scipy_for_any_shape_and_sigma(shape: Any, sigma: Any, color: Any) -> None:
    # where the kernel's width jumps, float32 may fall on the other side
    assume(abs(4 * sigma % 1 - 0.5) > 1e-5)
    image = noise(shape)
    blurred = gaussian_blur(tf.constant(image), sigma, ONE, HOW[color])
    np.testing.assert_allclose(blurred, scipy_s(image, sigma, color), atol=1e-4)


@pytest.mark.parametrize("width", [None, 9])
@pytest.mark.parametrize("color", [True, False])
def test_sigma_0_changes_nothing(color: bool, width: int | None) -> None:
    image = noise((10, 12))
    blurred = gaussian_blur(tf.constant(image), 0.0, ONE, Smooth(0, width=width, color=color))
    np.testing.assert_allclose(blurred, image, atol=1e-6)


@pytest.mark.parametrize("sigma", SIGMAS)
@pytest.mark.parametrize("color", [True, False])
def test_the_mean_is_conserved(sigma: float, color: bool) -> None:
    image = noise((13, 17)) + 1
    blurred = gaussian_blur(tf.constant(image), sigma, ONE, HOW[color]).numpy()
    assert blurred.mean() == pytest.approx(image.mean(), abs=1e-4)
    if not color:
        np.testing.assert_allclose(blurred.mean((0, 1, 2)), image.mean((0, 1, 2)), atol=1e-4)


def test_colours_mix_only_if_asked() -> None:
    image = np.zeros((1, 9, 9, 3), np.float32)
    image[..., 0] = 1
    apart = gaussian_blur(tf.constant(image), 1.0, ONE)
    np.testing.assert_allclose(apart, image, atol=1e-6)
    mixed = gaussian_blur(tf.constant(image), 1.0, ONE, HOW[True]).numpy()[0, 4, 4]
    assert mixed[0] > mixed[1] > mixed[2] > 0 and mixed.sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("sigma", [0.25, 1.0, 2.5, 9])
def test_a_kernel_is_normal_and_symmetric(sigma: float) -> None:
    kernel = gaussian_kernel(tf.constant(sigma, tf.float32)).numpy()
    assert len(kernel) == 2 * int(4 * sigma + 0.5) + 1
    assert kernel.sum() == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(kernel, kernel[::-1])
    assert len(gaussian_kernel(tf.constant(sigma, tf.float32), 9)) == 9


def test_a_kernel_of_given_width_is_cut_off_and_sums_to_1() -> None:
    x = np.arange(-4, 5)
    expected = np.exp(-(x**2) / (2 * 2.5**2))
    kernel = gaussian_kernel(tf.constant(2.5), 9).numpy()
    np.testing.assert_allclose(kernel, expected / expected.sum(), rtol=1e-5)


@pytest.mark.parametrize("color", [True, False])
def test_the_cascade_is_the_mean_of_three_gaussians(color: bool) -> None:
    image = noise((20, 24))
    expected = sum(scipy_s(image, 1.5 * factor, color) for factor in (0.5, 1, 2)) / 3
    smoothed = gaussian_blur(tf.constant(image), 1.5, CASCADE, HOW[color])
    np.testing.assert_allclose(smoothed, expected, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("rows", [1, 7, 20, 1000])
@pytest.mark.parametrize("color", [True, False])
def test_rows_blurred_a_few_at_a_time_are_the_whole_to_the_last_bit(
    monkeypatch: pytest.MonkeyPatch, rows: int, color: bool
) -> None:
    image = tf.constant(noise((20, 24)))
    whole = gaussian_blur(image, 1.5, CASCADE, HOW[color])
    monkeypatch.setattr(smoothing, "_ROWS", rows)
    np.testing.assert_array_equal(gaussian_blur(image, 1.5, CASCADE, HOW[color]), whole)


def test_one_trace_serves_every_shape_and_sigma(monkeypatch: pytest.MonkeyPatch) -> None:
    traces = []

    def counted(*given: Any) -> Any:
        traces.append(1)
        return gaussian_kernel(*given)

    monkeypatch.setattr(smoothing, "gaussian_kernel", counted)
    smoothing._traced_blur.cache_clear()
    for shape, sigma in (((9, 12), 0.5), ((30, 7), 3.0)):
        image = noise(shape)
        blurred = gaussian_blur(tf.constant(image), sigma, ONE, HOW[True])
        np.testing.assert_allclose(blurred, scipy_s(image, sigma, True), atol=1e-4)
    assert traces == [1]
