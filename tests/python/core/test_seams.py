"""The core alone: two made-up functions are enough for a dream, without any network."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from deepdreamr import core
from deepdreamr.core.gradient import LossGradient
from deepdreamr.core.octaves import Pyramid, State, dream, resized
from deepdreamr.recipes.published import RECIPES
from deepdreamr.recipes.schedule import octave_shapes
from deepdreamr.recipes.settings import Recipe
from deepdreamr.recipes.terms import layer_terms

SHAPE = (36, 48)


@pytest.fixture
def original() -> tf.Tensor:
    values = np.random.default_rng(0).uniform(-0.5, 0.5, (1, *SHAPE, 3))
    return tf.constant(values, tf.float32)


def dreamed(original: Any, gradient: Any, recipe: Any, resize: Any = resized) -> State:
    """The last state of a dream."""
    pyramid = Pyramid(lambda: original, octave_shapes(SHAPE, recipe), recipe, resize)
    random = np.random.default_rng(1)
    *_, last = dream(pyramid, gradient, random, State(pyramid.base(0)))
    return last


def rises(state: State) -> bool:
    """Whether the loss rises in each octave."""
    losses: dict[int, list[float]] = {octave: [] for octave, *_ in state.steps}
    for octave, _, loss in state.steps:
        losses[octave].append(loss)
    return all(all(np.diff(values) > 0) for values in losses.values())


# ---- activations(image) → a tensor for each term -------------------------------------------------


def squares(image: tf.Tensor) -> list[tf.Tensor]:
    """Rank 4: what a pixel and its right neighbour differ in."""
    return [tf.pad(image[:, :, 1:] - image[:, :, :-1], [[0, 0], [0, 0], [0, 1], [0, 0]])]


def tokens(image: tf.Tensor) -> list[tf.Tensor]:
    """Rank 3, (1, tokens, channels): the mean of each row, and its first pixel."""
    return [tf.concat([tf.reduce_mean(image, axis=2), image[:, :, 0]], axis=1)]


def vector(image: tf.Tensor) -> list[tf.Tensor]:
    """Rank 2, (1, channels): the mean of each colour, and how much it varies."""
    mean, variance = tf.nn.moments(image, (1, 2))
    return [tf.concat([mean, variance], axis=1)]


@pytest.mark.slow
@pytest.mark.parametrize("activations", [squares, tokens, vector])
@pytest.mark.parametrize("recipe", ["rblog", "keras-io", "tf2-octaves", "google2015", "gordic"])
def test_any_activations_are_enough_for_a_dream(
    original: tf.Tensor, activations: Any, recipe: str
) -> None:
    changes: dict[str, Any] = {"octaves": 3, "octaves_above": 0, "iterations": 3, "step": 0.002}
    changes |= {"sigma": None, "max_loss": None, "jitter": 0, "tile_size": None}
    changed = RECIPES[recipe].replace(**changes)
    gradient = LossGradient(activations, layer_terms("made up"), changed)
    last = dreamed(original, gradient, changed)
    assert last.image.shape == original.shape and last.image.dtype == tf.float32
    assert last.stopped is None and len(last.steps) == 9
    assert rises(last)


@pytest.mark.parametrize("activations", [squares, tokens, vector])
def test_channels_guides_tiles_and_borders_work_with_any_activations(
    original: tf.Tensor, activations: Any
) -> None:
    recipe = Recipe(octaves=2, iterations=2, step=0.01, tile_size=24, border=1, sigma=0.5)
    terms = layer_terms([{"layer": "a", "weight": -2, "channels": {1: 1.0, 2: -0.5}}])
    channels = activations(original)[0].shape[-1]
    vectors = np.random.default_rng(0).standard_normal((4, channels)).astype(np.float32)
    for guides in (None, [tf.constant(vectors)]):
        gradient = LossGradient(activations, terms, recipe, guides=guides)
        last = dreamed(original, gradient, recipe)
        assert len(last.steps) == 4 and last.stopped is None
        assert np.abs(last.image - original).max() > 1e-3


def test_several_terms_of_different_ranks(original: tf.Tensor) -> None:
    def activations(image: Any) -> Any:
        return [*squares(image), *tokens(image), *vector(image)]

    terms, image = layer_terms({"a": 1, "b": -2, "c": 3}), original
    recipe = Recipe()
    whole, of_whole = LossGradient(activations, terms, recipe).whole(image)
    parts = [
        LossGradient(alone, (term,), recipe).whole(image)
        for alone, term in zip((squares, tokens, vector), terms, strict=True)
    ]
    assert float(whole) == pytest.approx(sum(float(loss) for loss, _ in parts), rel=1e-5)
    np.testing.assert_allclose(of_whole, sum(g for _, g in parts), rtol=1e-4, atol=1e-8)


# ---- gradient(image, random) → loss, gradient ----------------------------------------------------


def test_any_gradient_is_enough_for_a_dream(original: tf.Tensor) -> None:
    """Towards a picture of one's own, at every size; the loss is how near it is."""
    target = tf.reverse(original, [2])
    asked: list[tuple[int, int]] = []

    def gradient(image: Any, random: Any, shift: Any) -> Any:
        shape = tuple(image.shape[1:3])
        asked.append(shape)
        missing = resized(target, shape, "half_pixel") - image
        return -tf.reduce_mean(tf.square(missing)), missing

    recipe = Recipe(octaves=3, iterations=40, step=0.2, normalize="none", carry="image")
    last = dreamed(original, gradient, recipe)
    np.testing.assert_allclose(last.image, target, atol=1e-3)
    assert list(dict.fromkeys(asked)) == list(octave_shapes(SHAPE, recipe)) and len(asked) == 120
    assert rises(last)


def test_what_a_gradient_draws_comes_from_the_dream_s_generator(original: tf.Tensor) -> None:
    def gradient(image: Any, random: Any, shift: Any) -> Any:
        return tf.constant(1.0), tf.constant(random.standard_normal(image.shape), tf.float32)

    recipe = Recipe(octaves=2, iterations=2, jitter=4)
    one, same = (dreamed(original, gradient, recipe) for _ in range(2))
    np.testing.assert_array_equal(one.image, same.image)
    assert one.random == same.random


# ---- resize(image, shape, method) ----------------------------------------------------------------


@pytest.mark.parametrize("carry", ["lost_detail", "detail", "blend", "image"])
@pytest.mark.parametrize("chain", [False, True])
def test_a_resize_that_is_handed_in_does_every_resize(
    original: tf.Tensor, monkeypatch: pytest.MonkeyPatch, carry: str, chain: bool
) -> None:
    called = []

    def coarse(image: Any, shape: Any, method: Any) -> Any:
        called.append((tuple(image.shape[1:3]), tuple(shape), method))
        rows = np.arange(shape[0]) * image.shape[1] // shape[0]
        columns = np.arange(shape[1]) * image.shape[2] // shape[1]
        return tf.gather(tf.gather(image, rows, axis=1), columns, axis=2)

    recipe = Recipe(octaves=4, octaves_above=1, iterations=1, step=0.01, max_loss=None)
    recipe = recipe.replace(carry=carry, octave_chain=chain, resize="half_pixel")
    gradient = LossGradient(squares, layer_terms("a"), recipe)
    plain = dreamed(original, gradient, recipe)

    def forbidden(*_: Any, **__: Any) -> None:
        raise AssertionError("TensorFlow resized an image")

    for name in ("ResizeBilinear", "ResizeBicubic", "ResizeNearestNeighbor", "ResizeArea"):
        monkeypatch.setattr(tf.raw_ops, name, forbidden)
    last = dreamed(original, gradient, recipe, coarse)
    assert {method for *_, method in called} == {"half_pixel"}
    small, middle, whole, large = octave_shapes(SHAPE, recipe)
    ways = {(before, after) for before, after, _ in called}
    first = {(middle, small), (whole, middle)} if chain else {(whole, small)}
    assert ways >= first | {(small, middle), (middle, whole), (whole, large)}
    assert np.abs(last.image - plain.image).max() > 0.01


# ---- What the core imports -----------------------------------------------------------------------


def test_the_core_imports_tensorflow_numpy_the_ground_and_recipes_only() -> None:
    allowed = {"tensorflow", "numpy", "core", "recipes", "backend", "errors", "version"}
    for path in Path(core.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name.split(".")[0] for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                first = "core" if node.level == 1 else (node.module or "").split(".")[0]
                names = [first or alias.name for alias in node.names] or [first]
            else:
                continue
            for name in names:
                assert name in allowed or name in sys.stdlib_module_names, f"{path.name}: {name}"
