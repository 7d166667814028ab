"""What is done to a gradient before the step, unit by unit, against NumPy and SciPy."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from deepdreamr.core.chain import chained, split
from deepdreamr.recipes.chain import CHAIN, Colors, Laplacian, Normalize, Smooth
from deepdreamr.recipes.units import parse_units

SHAPES = [(1, 20, 30, 3), (1, 33, 17, 3), (1, 16, 16, 3), (1, 7, 9, 3), (1, 1, 1, 3)]


def noise(shape: Any = (1, 20, 30, 3), seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.1, 2, shape).astype(np.float32)


def through(gradient: np.ndarray, text: str, i: int = 0, iterations: int = 1) -> np.ndarray:
    return chained(tf.constant(gradient), parse_units("chain", text, CHAIN), i, iterations).numpy()


# ---- Normalised ---------------------------------------------------------------------------------

NORMAL = {
    "l1": lambda g, e: g / max(np.mean(np.abs(g)), e),
    "l2": lambda g, e: g / np.sqrt(max(np.sum(g**2), e)),
    "std": lambda g, e: g / (np.std(g) + e),
    "standardize": lambda g, e: (g - np.mean(g)) / (np.std(g) + e),
}


@pytest.mark.parametrize("how", NORMAL)
@pytest.mark.parametrize("epsilon", [1e-3, 1e9])
def test_normalised_as_numpy_does(how: str, epsilon: float) -> None:
    gradient = 3 + noise()
    result = through(gradient, f"normalize('{how}', epsilon={epsilon})")
    expected = NORMAL[how](gradient.astype(np.float64), epsilon)
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("text", [*(f"normalize('{how}')" for how in NORMAL), "laplacian"])
def test_a_gradient_of_zero_stays_zero(text: Any) -> None:
    zero = np.zeros((1, 5, 6, 3), np.float32)
    np.testing.assert_array_equal(through(zero, text), zero)


# ---- Smoothed -----------------------------------------------------------------------------------


@pytest.mark.parametrize("edges", ["reflect", "mirror"])
@pytest.mark.parametrize("width", [None, 9])
@pytest.mark.parametrize("shape", SHAPES)
def test_smoothed_as_scipy_does(
    edges: str, width: int | None, shape: tuple[int, int, int, int]
) -> None:
    gradient, i, n = noise(shape), 2, 10
    sigma, expected = 0.5 + 2 * (i + 1) / n, np.zeros(shape)
    for scaled in (sigma / 2, sigma, 2 * sigma):
        radius = int(4 * scaled + 0.5) if width is None else width // 2
        kernel = np.exp(-(np.arange(-radius, radius + 1) ** 2) / (2 * scaled**2))
        part = gradient.astype(np.float64)
        for axis in (1, 2):
            part = ndimage.correlate1d(part, kernel / kernel.sum(), axis, mode=edges)
        expected += part / 3
    text = f"smooth(0.5, growth=2, phase=1, width={width}, color=False, edges='{edges}')"
    np.testing.assert_allclose(through(gradient, text, i, n), expected, atol=2e-5)


# ---- Laplacian ----------------------------------------------------------------------------------


def halved(image: np.ndarray) -> np.ndarray:
    """Blurred with the binomial kernel and every second pixel taken; zeros lie around."""
    row, result = np.array([1, 4, 6, 4, 1]) / 16, image
    for axis in (0, 1):
        size = result.shape[axis]
        whole = ndimage.correlate1d(result, row, axis, mode="constant")
        first = 0 if size % 2 else 1  # "SAME": what must be padded is 4 of odd and 3 of even sizes
        result = np.take(whole, range(first, size, 2), axis)
    return result


def doubled(low: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The transpose of that, with four times its kernel."""
    row, result = np.array([1, 4, 6, 4, 1]) / 8, low
    for axis in (0, 1):
        size = shape[axis]
        grown = np.zeros((*result.shape[:axis], size, *result.shape[axis + 1 :]))
        index: list[Any] = [slice(None)] * 3
        index[axis] = slice(0 if size % 2 else 1, size, 2)
        grown[tuple(index)] = result
        result = ndimage.correlate1d(grown, row, axis, mode="constant")
    return result


def bands(image: np.ndarray, levels: int) -> list[np.ndarray]:
    found = []
    for _ in range(levels):
        low = halved(image)
        found.append(image - doubled(low, image.shape))
        image = low
    return [*found, image]


def together(parts: list[np.ndarray]) -> np.ndarray:
    result = parts[-1]
    for band in reversed(parts[:-1]):
        result = doubled(result, band.shape) + band
    return result


@pytest.mark.parametrize("levels", [1, 4])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_laplacian_pyramid_as_numpy_makes_it(
    levels: int, shape: tuple[int, int, int, int]
) -> None:
    gradient = noise(shape)
    parts = bands(gradient[0].astype(np.float64), levels)
    np.testing.assert_allclose(together(parts), gradient[0], atol=1e-6)  # nothing is lost
    even = [part / max(np.sqrt(np.mean(part**2)), 1e-10) for part in parts]
    result = through(gradient, f"laplacian({levels})")
    np.testing.assert_allclose(result[0], together(even), rtol=1e-4, atol=1e-4)


def test_bands_that_are_even_are_put_together_as_they_were() -> None:
    """Where each band is divided by the same number, the sum is the gradient over that number."""
    gradient = noise()
    result = through(gradient, "laplacian(4, epsilon=1000)")
    np.testing.assert_allclose(result, gradient / 1000, atol=1e-6)


def test_a_flat_gradient_stays_flat() -> None:
    """Away from the edges, where zeros lie around the image."""
    result = through(np.full((1, 128, 128, 3), 0.3, np.float32), "laplacian(2)")
    inner = result[0, 32:-32, 32:-32]
    np.testing.assert_allclose(inner, inner[0, 0, 0], rtol=1e-5)


def test_fine_gains_on_coarse() -> None:
    """A weak fine pattern beside a strong coarse one gains on it."""
    y, x = np.mgrid[:128, :128]
    window = np.outer(np.hanning(128), np.hanning(128))  # nothing at the edges
    fine, coarse = window * 0.01 * np.sin(2.5 * x), window * 10 * np.sin(x / 12)
    gradient = np.repeat((fine + coarse)[None, ..., None], 3, -1).astype(np.float32)

    def share(image: np.ndarray) -> float:
        rows = np.abs(np.fft.rfft(image[0, 64, :, 0] * np.hanning(128)))
        return rows[40:60].max() / rows[:8].max()

    assert share(through(gradient, "laplacian")) > 10 * share(gradient)


# ---- Colours and order --------------------------------------------------------------------------


def test_a_factor_for_each_colour() -> None:
    gradient = noise()
    result = through(gradient, "colors(0.5, 2, -1)")
    np.testing.assert_allclose(result, gradient * np.array([0.5, 2, -1], np.float32))


def test_units_work_in_the_order_they_are_written_in() -> None:
    gradient = noise()
    one = through(gradient, "colors(1, 2, 3), normalize('l1')")
    other = through(gradient, "normalize('l1'), colors(1, 2, 3)")
    assert np.abs(one).mean() == pytest.approx(1, rel=1e-5)
    assert np.abs(other).mean() > 1.5
    np.testing.assert_allclose(
        through(gradient, "smooth(0.8), colors(1, 2, 3)"),
        through(through(gradient, "smooth(0.8)"), "colors(1, 2, 3)"),
        rtol=1e-5,
    )


def test_all_up_to_the_last_blur_is_done_outside_of_the_step_s_graph() -> None:
    units = (Colors(1, 1, 1), Smooth(0.5), Normalize(), Laplacian())
    assert split(units) == (units[:2], units[2:])
    assert split(units[2:]) == ((), units[2:])
    assert split(()) == ((), ())
