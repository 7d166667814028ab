"""Other numbers than pixels: Fourier coefficients and phases against NumPy, and Adam's steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from needing import UNDRAWN

from deepdreamr.core.ascent import ascend
from deepdreamr.core.gradient import LossGradient
from deepdreamr.core.parameters import Climber, image_of, numbers_of
from deepdreamr.recipes.settings import Recipe
from deepdreamr.recipes.spectrum import falloff
from deepdreamr.recipes.terms import LayerTerm

SHAPES = [(20, 31), (17, 16), (32, 48), (1, 5), (2, 1)]
MATRIX = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
MATRIX /= np.sqrt((MATRIX**2).sum(0)).max()


def picture(height: int = 20, width: int = 31, seed: int = 0) -> np.ndarray:
    values = np.random.default_rng(seed).uniform(-0.95, 0.95, (1, height, width, 3))
    return values.astype(np.float32)


def spectrum(image: np.ndarray) -> np.ndarray:
    """The whole transform of an image's independent colours before the sigmoid."""
    share = (image[0].astype(np.float64) + 1) / 2
    return np.fft.fft2(np.log(share / (1 - share)) @ np.linalg.inv(MATRIX).T, axes=(0, 1))


# ---- Images and numbers -------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("parameters", ["pixels", "fourier", "phases"])
def test_an_image_is_that_of_its_numbers(parameters: str, shape: tuple[int, int]) -> None:
    image = picture(*shape)
    again = image_of(*numbers_of(tf.constant(image), parameters), shape)
    np.testing.assert_allclose(again, image, atol=1e-5)


def test_black_and_white_come_back_within_half_a_shade() -> None:
    image = np.sign(picture())
    again = image_of(*numbers_of(tf.constant(image), "fourier"), (20, 31)).numpy()
    assert np.isfinite(again).all()
    np.testing.assert_array_equal(np.rint((again + 1) * 127.5), (image + 1) * 127.5)


def test_white_is_half_a_shade_less() -> None:
    white = tf.ones((1, 6, 8, 3))
    again = image_of(*numbers_of(white, "fourier"), (6, 8))
    np.testing.assert_allclose(again, 255 / 256, atol=2e-6)


@pytest.mark.parametrize("shape", [(20, 32), (16, 24)])
def test_the_image_of_coefficients_as_lucid_has_it(shape: tuple[int, int]) -> None:
    height, width = shape
    drawn = np.random.default_rng(1).normal(0, 0.01, (2, 3, height, width // 2 + 1))
    down, across = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[: width // 2 + 1]
    frequency = np.maximum(np.sqrt(down**2 + across**2), 1 / max(width, height))
    scaled = (drawn[0] + 1j * drawn[1]) * np.sqrt(width * height) / frequency
    colors = np.fft.irfft2(scaled, axes=(1, 2)).transpose(1, 2, 0) / 4 @ MATRIX.T
    expected = 2 / (1 + np.exp(-colors)) - 1
    result = image_of(tf.constant(drawn, tf.float32), tf.constant(falloff(*shape)), shape)
    np.testing.assert_allclose(result[0], expected, atol=1e-5)


def test_noise_has_the_spectrum_of_natural_pictures() -> None:
    """Its magnitudes fall as 1 / frequency, and its colours are correlated."""
    shape = 256, 256
    scale = falloff(*shape)
    drawn = np.random.default_rng(1).normal(0, 0.01, (2, 3, *scale.shape)).astype(np.float32)
    image = image_of(tf.constant(drawn), tf.constant(scale), shape).numpy()
    power = np.abs(np.fft.fft2(image[0].mean(-1)))
    frequency = np.hypot(*np.meshgrid(*2 * [np.fft.fftfreq(256)]))
    rings = [
        power[(frequency > f) & (frequency < f * 1.2)].mean() for f in (0.02, 0.04, 0.08, 0.16)
    ]
    for coarse, fine in zip(rings, rings[1:], strict=False):
        assert coarse / fine == pytest.approx(2, rel=0.25)
    assert np.corrcoef(image.reshape(-1, 3).T).min() > 0.6


# ---- Steps --------------------------------------------------------------------------------------


def test_phases_are_climbed_and_magnitudes_stay() -> None:
    image, random = picture(), np.random.default_rng(2)
    climber = Climber(tf.constant(image), Recipe(parameters="phases", optimizer="adam", step=0.05))
    for i in range(5):
        result = climber(tf.constant(random.normal(size=image.shape), tf.float32), i).numpy()
    before, after = np.abs(spectrum(image)), np.abs(spectrum(result))
    inner = np.ix_(range(20), range(1, 16))  # of others, real and imaginary parts depend on another
    np.testing.assert_allclose(after[inner], before[inner], rtol=2e-2, atol=2e-2)
    assert np.abs(result - image).max() > 0.1


def adam(values: np.ndarray, gradients: list[np.ndarray], rate: float) -> np.ndarray:
    m = v = np.zeros_like(values)
    for t, gradient in enumerate(gradients, 1):
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        correct = np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        values = values + rate * correct * m / (np.sqrt(v) + 1e-8)
    return values


def test_adam_as_numpy_has_it() -> None:
    image, random = picture(), np.random.default_rng(3)
    gradients = [random.normal(size=image.shape) for _ in range(6)]
    climber = Climber(tf.constant(image), Recipe(optimizer="adam", step=0.02))
    results = [climber(tf.constant(g, tf.float32), i) for i, g in enumerate(gradients)]
    np.testing.assert_allclose(
        results[-1], adam(image.astype(np.float64), gradients, 0.02), atol=1e-5
    )


def test_adam_s_pixels_are_clipped_at_black_and_white() -> None:
    recipe = Recipe(optimizer="adam", step=0.5, clip=True)
    climber = Climber(tf.constant(picture()), recipe)
    direction = np.where(np.arange(31)[:, None] < 15, -1.0, 1.0) * np.ones((1, 20, 31, 3))
    for i in range(5):
        image = climber(tf.constant(direction, tf.float32), i)
    np.testing.assert_array_equal(image, direction)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["ascent", "adam"])
@pytest.mark.parametrize("parameters", ["pixels", "fourier", "phases"])
def test_the_loss_rises(toy_trunk: Any, parameters: str, optimizer: str) -> None:
    step = {"adam": 0.02, "ascent": {"pixels": 0.02, "fourier": 0.02, "phases": 0.5}[parameters]}
    recipe = Recipe(parameters=parameters, optimizer=optimizer, step=step[optimizer], iterations=10)
    gradient = LossGradient(toy_trunk, (LayerTerm("lower"), LayerTerm("upper")), recipe)
    random = np.random.default_rng(0)
    image, steps, stopped = ascend(tf.constant(picture()), gradient, recipe, random, 1, None)
    losses = [step.loss for step in steps]
    assert stopped is None and len(losses) == 10 and losses[-1] > losses[4] > losses[0]
    assert np.isfinite(image).all()


def test_a_direction_that_is_not_finite_ends_the_dream() -> None:
    recipe = Recipe(parameters="fourier", optimizer="adam", chain=())
    image = tf.constant(picture())

    def gradient(image: Any, random: Any, shift: Any) -> Any:
        return tf.constant(1.0), tf.fill(image.shape, np.nan)

    result, steps, stopped = ascend(image, gradient, recipe, UNDRAWN, 1, None)
    assert stopped == "not finite" and not steps
    np.testing.assert_array_equal(result, image)
