"""The loss: what a term is worth, what the border leaves, guides, and the sum of all terms."""

from __future__ import annotations

from typing import Any

import numpy as np
import oracles
import pytest
import tensorflow as tf

from deepdreamr.core.loss import best_matches, inner_cells, term_loss, total_loss
from deepdreamr.core.objectives import Cells
from deepdreamr.errors import ArgumentError
from deepdreamr.recipes.settings import Recipe
from deepdreamr.recipes.terms import LayerTerm, layer_terms

NOWHERE = tf.fill((9, 3), -1.0)
"""Places of neurons, of which there are none here."""


def activation(shape: tuple[int, ...] = (1, 6, 7, 4), seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def worth(
    a: np.ndarray,
    term: LayerTerm,
    objective: str = "mean_square",
    border: Any = 0,
    guide: Any = None,
    **settings: Any,
) -> float:
    """The loss of one term."""
    recipe = Recipe(objective=objective, border=border, **settings)
    return float(total_loss([tf.constant(a)], [term], recipe, [guide], NOWHERE))


# ---- What a term is worth -----------------------------------------------------------------------


@pytest.mark.parametrize("border", [0, 2])
def test_mean_square_divides_by_the_whole_activation(border: int) -> None:
    a = activation()
    inner = a[:, border : 6 - border, border : 7 - border]
    expected = -1.5 * np.sum(inner**2) / a.size
    assert worth(a, LayerTerm("toy", -1.5), border=border) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("border", [0, 2])
def test_the_mean(border: int) -> None:
    a = activation() + 1
    expected = 2 * np.sum(a[:, border : 6 - border, border : 7 - border]) / a.size
    assert worth(a, LayerTerm("toy", 2), "mean", border) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("border", [0, 1, 2, 3])
def test_a_mean_over_the_cells_within_the_border(border: int) -> None:
    a = activation((1, 7, 9, 4))
    inner = a[:, border : 7 - border, border : 9 - border]
    squares = worth(a, LayerTerm("toy", 2), "mean_square", border, mean_over="inner")
    mean = worth(a, LayerTerm("toy", 2), "mean", border, mean_over="inner")
    assert squares == pytest.approx(2 * float(np.mean(inner**2)), rel=1e-5)
    assert mean == pytest.approx(2 * float(np.mean(inner)), rel=1e-4)


def test_half_the_sum_of_squares() -> None:
    a = activation()
    expected = 3 * 0.5 * np.sum(a**2)
    assert worth(a, LayerTerm("toy", 3), "half_sum_square") == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("border", [3, 4, 6, 7, 100])
@pytest.mark.parametrize("objective", ["mean_square", "mean", "half_sum_square"])
def test_a_border_that_leaves_nothing_is_worth_nothing(border: int, objective: str) -> None:
    for over in ("all", "inner"):
        assert worth(activation(), LayerTerm("toy"), objective, border, mean_over=over) == 0


@pytest.mark.parametrize("shape", [(1, 10), (1, 7, 10)], ids=["dense", "tokens"])
@pytest.mark.parametrize("border", [0, 2])
def test_a_layer_without_rows_and_columns_has_no_border(shape: Any, border: int) -> None:
    a = activation(shape)
    expected = {
        "mean_square": np.mean(a**2),
        "mean": np.mean(a),
        "half_sum_square": np.sum(a**2) / 2,
    }
    for objective, value in expected.items():
        assert worth(a, LayerTerm("toy"), objective, border) == pytest.approx(value, rel=1e-5)
    some = LayerTerm("toy", 2, {3: 1.5, 0: -1})
    value = 2 * np.mean(1.5 * a[..., 3] - a[..., 0]) / 2
    assert worth(a, some, "mean", border) == pytest.approx(value, rel=1e-4)


def test_a_guide_of_a_layer_of_tokens() -> None:
    a, guide = activation((1, 7, 4)), activation((5, 4), seed=1)
    best = guide[np.argmax(a[0] @ guide.T, axis=1)]
    value = worth(a, LayerTerm("toy"), "half_sum_square", guide=tf.constant(guide))
    assert value == pytest.approx(float(np.sum(a[0] * best)), rel=1e-5)


@pytest.mark.parametrize(
    ("objective", "share"), [("mean_square", 1 / 42 / 2), ("half_sum_square", 1 / 2)]
)
def test_channels_count_by_their_weights_alone(objective: str, share: float) -> None:
    a = activation()
    term = LayerTerm("toy", 2, {3: 1.5, 0: -1})
    expected = 2 * share * (1.5 * np.sum(a[..., 3] ** 2) - np.sum(a[..., 0] ** 2))
    assert worth(a, term, objective) == pytest.approx(expected, rel=1e-4)


def test_the_mean_of_channels_is_over_those_channels() -> None:
    a = activation()
    term = LayerTerm("toy", channels=[1, 2])
    assert worth(a, term, "mean") == pytest.approx(float(np.mean(a[..., 1:3])), rel=1e-4)


# ---- The sum of the terms -----------------------------------------------------------------------


def sum_of(terms: dict[str, float], arrays: dict[str, np.ndarray], **settings: Any) -> float:
    """The loss of a network whose activations are `arrays`."""
    activations, guides = [tf.constant(arrays[name]) for name in terms], [None] * len(terms)
    return float(total_loss(activations, layer_terms(terms), Recipe(**settings), guides, NOWHERE))


ARRAYS = {name: activation((1, 5 + i, 6, 3), seed=i) for i, name in enumerate("abc")}


def test_weights_do_not_compound() -> None:
    alone = {name: sum_of({name: 1}, ARRAYS) for name in "abc"}
    expected = 2 * alone["a"] - 3 * alone["b"] + 5 * alone["c"]
    assert sum_of({"a": 2, "b": -3, "c": 5}, ARRAYS) == pytest.approx(expected, rel=1e-5)


def test_the_order_of_the_terms_does_not_matter() -> None:
    weights = {"a": 2.0, "b": -3.0, "c": 5.0}
    turned = {name: weights[name] for name in "cab"}
    assert sum_of(turned, ARRAYS) == pytest.approx(sum_of(weights, ARRAYS), rel=1e-5)


@pytest.mark.parametrize(
    ("objective", "border", "formula"),
    [
        ("mean_square", 2, oracles.squares_cropped),
        ("mean_square", 0, oracles.squares_whole),
        ("half_sum_square", 0, oracles.squares_halved),
        ("mean", 0, oracles.means),
    ],
)
def test_the_loss_equals_the_published_formulas(objective: str, border: int, formula: Any) -> None:
    expected = float(formula([tf.constant(ARRAYS[name]) for name in "ab"], [0.7, -2.0]))
    value = sum_of({"a": 0.7, "b": -2}, ARRAYS, objective=objective, border=border)
    assert value == pytest.approx(expected, rel=1e-5)


# ---- Guides -------------------------------------------------------------------------------------


def test_a_guide_s_gradient_is_the_2015_notebook_s() -> None:
    a, guide = activation((1, 5, 6, 4)), activation((1, 3, 4, 4), seed=1)
    x, vectors = tf.constant(a), tf.constant(guide.reshape(-1, 4))
    with tf.GradientTape() as tape:
        tape.watch(x)
        term = LayerTerm("toy", 1.0)
        loss = term_loss(Cells(x, 30), term, "half_sum_square", vectors)
    seed = oracles.guided_gradient_seed(a, guide)
    np.testing.assert_allclose(tape.gradient(loss, x), seed, atol=1e-6)
    assert float(loss) == pytest.approx(float(np.sum(a * seed)), rel=1e-5)
    np.testing.assert_allclose(best_matches(x, vectors), seed)


def test_a_guide_of_some_channels_matches_by_these_alone() -> None:
    a, guide = activation((1, 5, 6, 4)), activation((1, 3, 4, 4), seed=1)
    term = LayerTerm("toy", 1.0, [2, 0])
    seed = oracles.guided_gradient_seed(a[..., [2, 0]], guide[..., [2, 0]])
    expected = float(np.sum(a[..., [2, 0]] * seed))
    vectors = tf.constant(guide.reshape(-1, 4))
    value = worth(a, term, "half_sum_square", guide=vectors)
    assert value == pytest.approx(expected, rel=1e-5)


# ---- Mistakes ------------------------------------------------------------------------------------


def test_a_channel_that_the_layer_does_not_have() -> None:
    with pytest.raises(ArgumentError, match="^toy has the channels 0 to 3. "):
        worth(activation(), LayerTerm("toy", channels=[4]))


def test_each_term_has_its_activation() -> None:
    terms = layer_terms({"a": 1, "b": 2})
    with pytest.raises(ValueError):
        total_loss([tf.constant(activation())], terms, Recipe(), [None, None], NOWHERE)


@pytest.mark.parametrize("edges", [(0, 6, 0, 7), (2, 4, 1, 7), (5, 3, 0, 7), (9, 12, 0, 4)])
def test_inner_cells_are_a_slice_and_so_is_their_gradient(edges: tuple[int, int, int, int]) -> None:
    x = tf.constant(activation())
    top, bottom, left, right = edges
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        inner, sliced = inner_cells(x, *edges), x[:, top:bottom, left:right]
        sums = tf.reduce_sum(inner**2), tf.reduce_sum(sliced**2)
    np.testing.assert_array_equal(inner, sliced)
    for loss in sums:
        expected = np.zeros_like(x)
        expected[:, top:bottom, left:right] = 2 * x[:, top:bottom, left:right]
        np.testing.assert_allclose(tape.gradient(loss, x), expected)
