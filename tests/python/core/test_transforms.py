"""What the network is shown of an image, each transform against NumPy and SciPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from needing import UNDRAWN
from scipy import ndimage

from deepdreamr.core.ascent import climb
from deepdreamr.core.gradient import LossGradient
from deepdreamr.core.transforms import shown
from deepdreamr.recipes.settings import Recipe
from deepdreamr.recipes.terms import LayerTerm
from deepdreamr.recipes.transforms import TRANSFORMS, most_pixels, seen_span
from deepdreamr.recipes.units import parse_units
from deepdreamr.runs.shown import through

SHAPES = [(20, 31), (17, 16)]
TERMS = (LayerTerm("lower"), LayerTerm("upper"))


def units(text: str) -> Any:
    return parse_units("transforms", text, TRANSFORMS)


def noise(height: int = 20, width: int = 31, seed: int = 5) -> np.ndarray:
    values = np.random.default_rng(seed).uniform(-1, 1, (1, height, width, 3))
    return values.astype(np.float32)


def seen(image: np.ndarray, text: str, *drawn: Any) -> np.ndarray:
    for unit, numbers in zip(units(text), drawn, strict=True):
        given = (unit, tf.constant(numbers, tf.float32))
        image = shown(tf.constant(image), given).numpy()
    return image


def turned(image: np.ndarray, degrees: float, value: float) -> np.ndarray:
    """Counterclockwise about the middle; each colour by SciPy."""
    height, width = image.shape[1:3]
    angle, middle = np.deg2rad(degrees), np.array([(height - 1) / 2, (width - 1) / 2])
    matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    offset, how = middle - matrix @ middle, {"order": 1, "mode": "grid-constant", "cval": value}
    colors = [
        ndimage.affine_transform(image[0, ..., c].astype(np.float64), matrix, offset, **how)
        for c in range(3)
    ]
    return np.stack(colors, -1)[None]


def resized(image: np.ndarray, factor: float) -> np.ndarray:
    """Bilinear from the corner on: pixel i of the result is at i * old / new."""
    for axis in (1, 2):
        old = image.shape[axis]
        new = int(np.float32(old) * np.float32(factor))
        places = np.arange(new) * (old / new)
        low = np.minimum(places.astype(int), old - 1)
        high, share = np.minimum(low + 1, old - 1), places - low
        share = share.reshape([-1 if a == axis else 1 for a in range(4)])
        image = np.take(image, low, axis) * (1 - share) + np.take(image, high, axis) * share
    return image


CASES: dict[str, tuple[tuple[float, ...], Callable[[np.ndarray], np.ndarray]]] = {
    "pad(3, 0.25)": (
        (),
        lambda x: np.pad(x, ((0, 0), (3, 3), (3, 3), (0, 0)), constant_values=0.25),
    ),
    "crop(5)": ((2, 5), lambda x: x[:, 2 : x.shape[1] - 3, 5:]),
    "jitter(9)": ((-4, 7), lambda x: np.roll(x, (-4, 7), (1, 2))),
    "scale(0.5, 2)": ((1.3,), lambda x: resized(x, 1.3)),
    "scale(0.5, 2, steps=3)": ((0.62,), lambda x: resized(x, 0.62)),
    "rotate(90, -1)": ((33,), lambda x: turned(x, 33, -1)),
    "rotate(10, 0.5)": ((-10,), lambda x: turned(x, -10, 0.5)),
    "mirror()": ((1,), lambda x: x[:, :, ::-1]),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("text", CASES)
def test_as_numpy_and_scipy_make_it(text: str, shape: tuple[int, int]) -> None:
    drawn, expected = CASES[text]
    image = noise(*shape)
    np.testing.assert_allclose(seen(image, text, drawn), expected(image), atol=2e-5)


def test_a_quarter_turn_moves_pixels_only() -> None:
    image = noise(21, 21)
    np.testing.assert_allclose(
        seen(image, "rotate(90)", (90,)), np.rot90(image, 1, (1, 2)), atol=1e-5
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("text", ["pad(0)", "crop(0)", "jitter(0)", "scale(1, 1)", "rotate(0)"])
def test_nothing_changes_at_zero(text: str, shape: tuple[int, int]) -> None:
    image, (unit,) = noise(*shape), units(text)
    for seed in range(3):
        drawn = unit.drawn(np.random.default_rng(seed))
        np.testing.assert_array_equal(seen(image, text, drawn), image)


def test_in_the_order_they_are_written_in() -> None:
    image, draws = noise(), ((), (1, 2))
    one = seen(image, "pad(3), crop(4)", *draws)
    np.testing.assert_array_equal(
        one, np.pad(image, ((0, 0), (3, 3), (3, 3), (0, 0)))[:, 1:-3, 2:-2]
    )
    assert seen(image, "crop(4), pad(3)", *draws[::-1])[0, 0, 0].tolist() == [0, 0, 0]


# ---- The gradient -------------------------------------------------------------------------------

ALL = "pad(3), crop(4), scale(0.8, 1.2), rotate(20), jitter(5), mirror(), crop(2)"


@pytest.mark.parametrize("text", [*CASES, ALL])
def test_the_gradient_flows_through(text: Any) -> None:
    """Against finite differences along random directions; a transform is linear in the image."""
    image, random = noise().astype(np.float32), np.random.default_rng(1)
    weights: dict[Any, np.ndarray] = {}

    def loss(image: Any, _random: Any, _shift: Any) -> Any:
        shape = image.shape
        weights.setdefault(shape, np.random.default_rng(2).normal(size=shape).astype(np.float32))
        return tf.reduce_sum(image * weights[shape]), tf.constant(weights[shape])

    def value_at(image: Any) -> Any:
        return through(loss, units(text))(tf.constant(image), np.random.default_rng(7), (0, 0))

    before, gradient = value_at(image)
    assert gradient.shape == image.shape
    for _ in range(3):
        direction = random.normal(size=image.shape).astype(np.float32)
        after, _ = value_at(image + direction)
        difference = float(after) - float(before)
        assert difference == pytest.approx(float(np.sum(gradient * direction)), abs=2e-2, rel=1e-3)


def test_nothing_to_do_is_the_gradient_itself() -> None:
    def gradient(image: Any, random: Any, shift: Any) -> Any:
        raise AssertionError

    assert through(gradient, ()) is gradient


def test_a_gradient_through_transforms_is_traced_once(
    toy_trunk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def counted(*given: Any) -> Any:
        calls.append(1)
        return shown(*given)

    monkeypatch.setattr("deepdreamr.runs.shown.shown", counted)
    recipe = Recipe(transforms="pad(2), crop(3), scale(0.7, 1.3, steps=9), rotate(17), mirror")
    gradient = through(LossGradient(toy_trunk, TERMS, recipe), recipe.shown())
    image, random = tf.constant(noise()), np.random.default_rng(0)
    for i in range(4):
        loss, image = climb(image, gradient, recipe, random, i)
    assert len(calls) == 2 * 5 and np.isfinite(loss)  # there and back
    assert image.shape == (1, 20, 31, 3)


def test_tiles_are_of_what_is_shown(toy_trunk: Any) -> None:
    recipe, whole = Recipe(transforms="pad(4)", tile_size=14), noise()
    gradient = LossGradient(toy_trunk, TERMS, recipe, smallest=3)
    loss, direction = through(gradient, recipe.shown())(tf.constant(whole), UNDRAWN, (0, 0))
    padded = np.pad(whole, ((0, 0), (4, 4), (4, 4), (0, 0)))
    expected, whole_direction = gradient(tf.constant(padded), UNDRAWN)
    assert float(loss) == pytest.approx(float(expected), rel=1e-6)
    np.testing.assert_allclose(direction, whole_direction[:, 4:-4, 4:-4], rtol=1e-6)


@pytest.mark.parametrize("width", [31, 36])
def test_a_neuron_in_the_middle_stays_there_when_the_image_is_mirrored(
    toy_trunk: Any, width: int
) -> None:
    term = LayerTerm("upper", objective="neuron(1)")
    gradient = LossGradient(lambda image: toy_trunk(image)[1:], (term,), Recipe())
    mirrored, image = through(gradient, units("mirror")), tf.constant(noise(20, width))
    random, columns = np.random.default_rng(0), set()
    for _ in range(8):
        _, direction = mirrored(image, random, (0, 0))
        columns |= {int(column) for column in np.nonzero(direction)[2]}
    assert len(columns) <= 9 and min(columns) + max(columns) == width - 1


def test_sizes_on_the_way_count_too() -> None:
    way = units("crop(30), pad(20)")
    assert seen_span(31, way) == (41, 41) and seen_span(30, way) == (0, 40)
    assert most_pixels(30, units("scale(10, 10), scale(0.1, 0.1)")) == 300


# ---- What is drawn ------------------------------------------------------------------------------


def drawn(text: str, count: int = 4000) -> np.ndarray:
    (unit,), random = units(text), np.random.default_rng(3)
    return np.array([unit.drawn(random) for _ in range(count)])


def test_angles_have_lucid_s_weights() -> None:
    angles, counts = np.unique(drawn("rotate(10)"), return_counts=True)
    np.testing.assert_array_equal(angles, np.arange(-10, 11))
    assert counts[10] / np.delete(counts, 10).mean() == pytest.approx(6, rel=0.15)
    assert np.delete(counts, 10).min() > 100


def test_scales_have_lucid_s_steps() -> None:
    np.testing.assert_allclose(np.unique(drawn("scale(0.9, 1.1)")), 0.9 + np.arange(11) / 50)


def test_rolls_corners_and_mirrors() -> None:
    np.testing.assert_array_equal(np.unique(drawn("jitter(2)")), [-2, -1, 0, 1, 2])
    np.testing.assert_array_equal(np.unique(drawn("crop(3)")), [0, 1, 2, 3])
    assert drawn("mirror").mean() == pytest.approx(0.5, abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize("text", ["pad(12), crop(8), scale(0.9, 1.1), rotate(10), crop(4)", ALL])
def test_the_span_of_sizes(text: Any) -> None:
    sizes = []
    for seed in range(60):
        random = np.random.default_rng(seed)
        image = seen(np.zeros((1, 50, 50, 3)), text, *(unit.drawn(random) for unit in units(text)))
        sizes.append(image.shape[1])
    assert (min(sizes), max(sizes)) == seen_span(50, units(text))
