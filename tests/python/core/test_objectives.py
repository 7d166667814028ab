"""Objectives against their formulas in NumPy, and where a neuron lies."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from needing import UNDRAWN

from deepdreamr.core.ascent import climb
from deepdreamr.core.gradient import LossGradient
from deepdreamr.core.loss import total_loss
from deepdreamr.errors import ArgumentError
from deepdreamr.recipes.settings import Recipe
from deepdreamr.recipes.terms import LayerTerm


def activation(shape: tuple[int, ...] = (1, 6, 7, 4), seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def worth(
    a: np.ndarray, own: Any, channels: Any = None, *, at: Any = (-1.0, -1.0), **settings: Any
) -> float:
    """The loss of one term of weight 2; `at` is where its neuron is, as fractions of the image."""
    term, places = LayerTerm("toy", 2, channels, own), tf.constant([(*at, 1.0)])
    return float(total_loss([tf.constant(a)], [term], Recipe(**settings), [None], places))


# ---- Of an activation ----------------------------------------------------------------------------

WORDS = {
    "mean_square": lambda inner, size: np.sum(inner**2) / size,
    "mean": lambda inner, size: np.sum(inner) / size,
    "half_sum_square": lambda inner, size: np.sum(inner**2) / 2,
}


@pytest.mark.parametrize("border", [0, 2])
@pytest.mark.parametrize("objective", WORDS)
@pytest.mark.parametrize("recipe_s", WORDS)
def test_a_term_s_own_word_goes_before_the_recipe_s(
    objective: str, recipe_s: str, border: int
) -> None:
    a = activation()
    inner = a[:, border : 6 - border, border : 7 - border].astype(np.float64)
    settings = {"objective": recipe_s, "border": border}
    expected = 2 * WORDS[objective](inner, a.size)
    assert worth(a, objective, **settings) == pytest.approx(expected, rel=1e-5)
    expected = 2 * WORDS[objective](inner[..., 1:3], a.size / 2)
    assert worth(a, objective, range(1, 3), **settings) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("power", [0, 1, 2.5])
@pytest.mark.parametrize("border", [0, 1])
def test_a_direction_is_lucid_s(power: float, border: int) -> None:
    a, v = activation(), np.array([0.5, 0, -2, 0])
    cells = a[:, border : 6 - border, border : 7 - border].reshape(-1, 4).astype(np.float64)
    along = cells @ v
    lengths = np.sqrt((cells**2).sum(1))
    cosine = along / (1e-4 + lengths) / (1e-4 + math.sqrt(v @ v))
    expected = 2 * np.sum(along * np.maximum(0.1, cosine) ** power) / 42
    found = worth(a, f"direction({power})", {0: 0.5, 2: -2}, border=border)
    assert found == pytest.approx(expected, rel=1e-4)


def test_a_direction_s_gradient_is_finite_where_nothing_responds() -> None:
    a = tf.Variable(np.zeros((1, 3, 3, 4), np.float32))
    term = LayerTerm("toy", 1, [1], "direction(2)")
    with tf.GradientTape() as tape:
        loss = total_loss([a], [term], Recipe(), [None], tf.constant([(-1.0, -1.0, 1.0)]))
    assert np.isfinite(tape.gradient(loss, a)).all()


@pytest.mark.parametrize("shape", [(6, 7), (1, 1), (5, 8)])
@pytest.mark.parametrize(("y", "x"), [(0.5, 0.5), (0, 0), (1, 1), (0.3, 0.99), (0.5, 0)])
def test_a_neuron_is_one_cell_and_by_default_the_middle(
    shape: tuple[int, int], y: float, x: float
) -> None:
    a = activation((1, *shape, 4))
    row, column = (min(int(f * n), n - 1) for f, n in zip((y, x), shape, strict=True))
    assert worth(a, "neuron(3)", at=(y, x)) == pytest.approx(2 * a[0, row, column, 3])
    assert worth(a, "neuron(3)", at=(0.5, 0.5)) == pytest.approx(
        2 * a[0, shape[0] // 2, shape[1] // 2, 3]
    )


def test_a_neuron_in_the_border_is_the_nearest_cell_within() -> None:
    a = activation()
    assert worth(a, "neuron(1)", at=(0, 0.99), border=2) == pytest.approx(2 * a[0, 2, 4, 1])
    assert worth(a, "neuron(1)", at=(0.5, 0.5), border=3) == 0  # nothing is left
    assert worth(a, "neuron(1)", at=(-1, -1)) == 0  # in another tile


def test_a_neuron_of_a_layer_without_rows_is_its_channel() -> None:
    a = activation((1, 10))
    assert worth(a, "neuron(7)", at=(0.5, 0.5)) == pytest.approx(2 * a[0, 7])
    with pytest.raises(ArgumentError, match="neuron needs rows and columns, which toy does not"):
        worth(activation((1, 7, 10)), "neuron(7)", at=(0.5, 0.5))


def test_a_class_is_its_number_or_its_name() -> None:
    a = activation((1, 1000))
    assert worth(a, "class_logit(7)") == pytest.approx(2 * a[0, 7])
    assert worth(a, "class_logit('jellyfish')") == pytest.approx(2 * a[0, 107])
    with pytest.raises(ArgumentError, match="one of ImageNet.s thousand, .* and toy gives 10"):
        worth(activation((1, 10)), "class_logit('jellyfish')")
    with pytest.raises(ArgumentError, match="the channels 0 to 9. Received: 10"):
        worth(activation((1, 10)), "class_logit(10)")
    with pytest.raises(ArgumentError, match="needs the layer of a classifier, not toy"):
        worth(activation(), "class_logit(1)")


def test_a_neuron_s_channel_must_be_there() -> None:
    with pytest.raises(ArgumentError, match="toy has the channels 0 to 3. Received: 4"):
        worth(activation(), "neuron(4)", at=(0.5, 0.5))


def test_a_function_takes_the_channels_with_their_weights() -> None:
    a = activation()
    found = worth(a, lambda x: tf.reduce_max(x), {1: 1, 3: -2})
    assert found == pytest.approx(2 * np.max(a[..., [1, 3]] * [1, -2]))


# ---- A neuron's place ----------------------------------------------------------------------------


def picture(height: int, width: int) -> tf.Tensor:
    values = np.random.default_rng(0).uniform(-1, 1, (1, height, width, 3))
    return tf.constant(values, tf.float32)


def wrapped(image: tf.Tensor) -> list[tf.Tensor]:
    """A network whose edges meet, so that a roll changes nothing but where things are."""
    around = tf.concat([image[:, -1:], image, image[:, :1]], 1)
    around = tf.concat([around[:, :, -1:], around, around[:, :, :1]], 2)
    kernel = np.random.default_rng(1).standard_normal((3, 3, 3, 4))
    return [tf.nn.conv2d(around, tf.constant(kernel, tf.float32), 1, "VALID")]


@pytest.mark.parametrize("shift", [(0, 0), (3, -5), (-8, 13), (40, 0)])
@pytest.mark.parametrize("objective", ["neuron(2)", "neuron(1, y=0, x=1)", "neuron(0, 0.9, 0.13)"])
def test_a_neuron_goes_along_with_a_roll(objective: str, shift: tuple[int, int]) -> None:
    image = picture(24, 31)
    gradient = LossGradient(wrapped, [LayerTerm("toy", 1, None, objective)], Recipe())
    loss, direction = gradient(image, UNDRAWN)
    moved_loss, moved = gradient(tf.roll(image, shift, (1, 2)), UNDRAWN, shift)
    assert float(moved_loss) == pytest.approx(float(loss), rel=1e-5)
    np.testing.assert_allclose(tf.roll(moved, [-s for s in shift], (1, 2)), direction, atol=1e-6)


@pytest.mark.parametrize("tile_start", ["origin", "random"])
@pytest.mark.parametrize("jitter", [0, 9])
def test_a_neuron_is_in_one_tile_and_counts_once(tile_start: str, jitter: int) -> None:
    """Its cell sees one pixel, so that tiles do not cut what it sees."""
    kernel = np.random.default_rng(1).standard_normal((1, 1, 3, 4))

    def network(image: tf.Tensor) -> list[tf.Tensor]:
        return [tf.nn.conv2d(image, tf.constant(kernel, tf.float32), 1, "SAME")]

    image, terms = picture(50, 61), [LayerTerm("toy", 1, None, "neuron(2, y=0.7, x=0.1)")]
    expected = float(network(image)[0][0, 35, 6, 2])
    recipe = Recipe(tile_size=16, tile_start=tile_start, jitter=jitter, step=1e-3)
    gradient = LossGradient(network, terms, recipe, smallest=3)
    random = np.random.default_rng(5)
    for _ in range(4):
        loss, further = climb(image, gradient, recipe, random, 0)
        changed = np.argwhere(np.abs(further - image).sum(-1)[0])
        assert loss == pytest.approx(expected, rel=1e-4) and changed.tolist() == [[35, 6]]
