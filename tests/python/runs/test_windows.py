"""A gradient put together from windows is the whole image's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from needing import UNDRAWN
from skimage import data

from deepdreamr.core.ascent import climb
from deepdreamr.core.gradient import LossGradient
from deepdreamr.networks.activations import activations_of
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.loading import load_network
from deepdreamr.networks.sizes import activation_shapes, cell_stride
from deepdreamr.recipes.published import RECIPES
from deepdreamr.recipes.schedule import Box
from deepdreamr.recipes.settings import Recipe
from deepdreamr.recipes.terms import LayerTerm, layer_terms
from deepdreamr.runs._layouts import CellGrid, draw_windows
from deepdreamr.runs.windows import WindowedGradient, overlap_add

TERMS = (LayerTerm("lower", 1.0), LayerTerm("upper", -0.5))


def picture(height: int, width: int) -> tf.Tensor:
    values = np.random.default_rng(0).uniform(-1, 1, (1, height, width, 3))
    return tf.constant(values, tf.float32)


@pytest.fixture
def gradient(toy_trunk: Any) -> Any:
    """From settings to the `Gradient` of the toy."""
    return lambda **settings: LossGradient(toy_trunk, TERMS, Recipe(**settings), smallest=3)


def in_windows(gradient: LossGradient, *draws: list[Any]) -> WindowedGradient:
    """The same, from windows that are drawn like this, one after the other."""
    rest = iter(draws)
    windowed = WindowedGradient(gradient, lambda octave: lambda shape: next(rest))
    windowed.enter(0)
    return windowed


def toy_grids(toy_trunk: Any, image: tf.Tensor) -> list[CellGrid]:
    cells = [tuple(activation.shape[1:3]) for activation in toy_trunk(image)]
    return [CellGrid((1, 1), cells[0]), CellGrid((2, 2), cells[1])]


# ---- Of a toy ------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(80, 96), (81, 97), (83, 90)])
@pytest.mark.parametrize(
    ("border", "over"), [(0, "all"), (2, "all"), (2, "inner")], ids=["whole", "border", "inner"]
)
def test_windows_together_are_the_whole_gradient(
    gradient: Any, toy_trunk: Any, shape: tuple[int, int], border: int, over: str
) -> None:
    image, gradient = picture(*shape), gradient(border=border, mean_over=over)
    grids = toy_grids(toy_trunk, image)
    whole_loss, whole = gradient.whole(image)
    random = (np.random.default_rng(seed) for seed in range(3))
    draws = [draw_windows(shape, grids, 40**2, r, border=border, halo=8) for r in random]
    assert min(map(len, draws)) >= 9
    windowed = in_windows(gradient, *draws)
    for _ in draws:
        loss, of_image = windowed(image, UNDRAWN)
        assert float(loss) == pytest.approx(float(whole_loss), rel=1e-4)
        np.testing.assert_allclose(of_image, whole, atol=1e-4 * np.abs(whole).max())


@pytest.mark.parametrize("objective", ["mean", "half_sum_square"])
def test_windows_of_any_objective_and_of_a_guide(
    gradient: Any, toy_trunk: Any, objective: str
) -> None:
    image, vectors = picture(80, 96), np.random.default_rng(1).standard_normal((2, 7, 6))
    guides = [tf.constant(vectors[0], tf.float32), tf.constant(vectors[1, :, :5], tf.float32)]
    channels = (TERMS[0], LayerTerm("upper", -2, {0: 1.0, 4: -3.0}))
    windows = draw_windows(
        (80, 96), toy_grids(toy_trunk, image), 40**2, np.random.default_rng(0), halo=8
    )
    for given in (None, guides):
        of_all = LossGradient(toy_trunk, channels, Recipe(objective=objective), guides=given)
        whole_loss, whole = of_all.whole(image)
        loss, of_image = in_windows(of_all, windows)(image, UNDRAWN)
        assert float(loss) == pytest.approx(float(whole_loss), rel=1e-4)
        np.testing.assert_allclose(of_image, whole, atol=1e-4 * np.abs(whole).max())


def test_a_step_from_windows_is_the_whole_step(gradient: Any, toy_trunk: Any) -> None:
    image, recipe = picture(80, 96), Recipe(jitter=10, sigma=0.5, step=0.1)
    gradient = gradient(jitter=10, sigma=0.5)
    grids = toy_grids(toy_trunk, image)
    windows = draw_windows((80, 96), grids, 40**2, np.random.default_rng(0), halo=8)
    loss, whole = climb(image, gradient, recipe, np.random.default_rng(3), 1)
    in_parts, further = climb(
        image, in_windows(gradient, windows), recipe, np.random.default_rng(3), 1
    )
    assert in_parts == pytest.approx(loss, rel=1e-4)
    np.testing.assert_allclose(further, whole, atol=1e-4)


def test_windows_are_drawn_anew_for_each_gradient_and_octave(gradient: Any, toy_trunk: Any) -> None:
    image, entered, drawn = picture(40, 48), [], []
    grids = toy_grids(toy_trunk, image)

    def windows(octave: Any) -> Any:
        entered.append(octave)

        def draw(shape: Any) -> Any:
            drawn.append(octave)
            return draw_windows((40, 48), grids, 30**2, np.random.default_rng(len(drawn)), halo=8)

        return draw

    windowed = WindowedGradient(gradient(), windows)
    for octave in (0, 1):
        windowed.enter(octave)
        for _ in range(2):
            windowed(image, UNDRAWN)
    assert entered == [0, 1] and drawn == [0, 0, 1, 1]


def test_windows_leave_the_dream_s_generator_alone(gradient: Any, toy_trunk: Any) -> None:
    image, random = picture(40, 48), np.random.default_rng(0)
    before = random.bit_generator.state
    windows = draw_windows(
        (40, 48), toy_grids(toy_trunk, image), 30**2, np.random.default_rng(1), halo=8
    )
    in_windows(gradient(), windows)(image, random)
    assert random.bit_generator.state == before


@pytest.mark.parametrize("axis", [1, 2])
def test_parts_that_overlap_are_summed_where_they_do(axis: int) -> None:
    random = np.random.default_rng(0)
    starts, lengths = [0, 3, 3, 8], [6, 7, 7, 4]  # up to three lie over each other
    wanted = np.zeros((1, 12, 12, 3), np.float32)
    parts = []
    for start, length in zip(starts, lengths, strict=True):
        shape = (1, length, 12, 3) if axis == 1 else (1, 12, length, 3)
        part = random.standard_normal(shape).astype(np.float32)
        there = slice(start, start + length)
        wanted[(slice(None),) * axis + (there,)] += part
        parts.append(tf.constant(part))
    np.testing.assert_allclose(overlap_add(parts, starts, axis), wanted, atol=1e-6)
    assert overlap_add(parts[:1], [0], axis) is parts[0]


# ---- Of the real network -------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layers", "likeness"),
    [
        ({"mixed3": 1.0}, 1 - 1e-6),
        ({"mixed4": 1.0}, 0.998),
        ({"mixed5": 1.0}, 0.99),
        (RECIPES["keras"].layers, 0.999),
    ],
    ids=["mixed3", "mixed4", "mixed5", "keras"],
)
def test_the_real_network_s_windows_are_like_the_whole(layers: Any, likeness: float) -> None:
    image = (data.coffee()[:, :500] / 127.5 - 1)[None].astype(np.float32)
    shape, layers, network = image.shape[1:3], dict(layers), load_network()
    gradient = LossGradient(activations_of(network, layers), layer_terms(layers), Recipe())
    shapes = activation_shapes(network.nodes, shape)
    grids = [CellGrid(cell_stride(network.nodes, layer), shapes[layer]) for layer in layers]
    windows = draw_windows(shape, grids, 80_000, np.random.default_rng(0))
    assert len(windows) >= 9
    whole_loss, whole = gradient.whole(tf.constant(image))
    loss, of_image = in_windows(gradient, windows)(tf.constant(image), UNDRAWN)
    assert float(loss) == pytest.approx(float(whole_loss), rel=0.01)
    one, other = (g.numpy().ravel().astype(float) for g in (whole, of_image))
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    assert cosine >= likeness


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_real_network_s_one_window_is_the_whole_in_less_memory(precision: str) -> None:
    image = (data.coffee()[:150, :200] / 127.5 - 1)[None].astype(np.float32)
    layers, network = dict(RECIPES["keras"].layers), load_network()
    activations = activations_of(network, layers, precision=precision)
    gradient = LossGradient(activations, layer_terms(layers), Recipe(border=2))
    shapes = activation_shapes(network.nodes, (150, 200))
    grids = [CellGrid(cell_stride(network.nodes, layer), shapes[layer]) for layer in layers]
    windows = draw_windows((150, 200), grids, 10**9, np.random.default_rng(0), border=2)
    assert [window.box for window in windows] == [Box(0, 150, 0, 200)]
    loss, whole = gradient.whole(tf.constant(image))
    of_window = in_windows(gradient, windows)(tf.constant(image), UNDRAWN)
    assert float(of_window[0]) == float(loss)
    np.testing.assert_array_equal(of_window[1], whole)
    assert isinstance(activations, Trunk)
    kept = [activations.gradient_bytes(256, frugal=frugal) for frugal in (False, True)]
    assert kept[1] < 0.9 * kept[0]
