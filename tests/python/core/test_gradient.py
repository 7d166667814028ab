"""The gradient: against central differences, normalised, of the whole and of tiles."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import oracles
import pytest
import tensorflow as tf
from needing import UNDRAWN

from deepdreamr.core.gradient import LossGradient, cropped
from deepdreamr.errors import ArgumentError, NetworkError
from deepdreamr.recipes.schedule import draw_tiles, tile_share, widened
from deepdreamr.recipes.settings import Recipe
from deepdreamr.recipes.terms import LayerTerm

TERMS = (LayerTerm("lower", 1.0), LayerTerm("upper", -0.5))


def picture(height: int = 24, width: int = 30, seed: int = 0) -> np.ndarray:
    values = np.random.default_rng(seed).uniform(-1, 1, (1, height, width, 3))
    return values.astype(np.float32)


@pytest.fixture
def gradient(toy_trunk: Any) -> Any:
    """From settings to the `Gradient` of the toy."""
    return lambda **settings: LossGradient(toy_trunk, TERMS, Recipe(**settings), smallest=3)


def plain(gradient: LossGradient, image: np.ndarray) -> Any:
    """Loss and gradient of the whole image."""
    loss, of_image = gradient.whole(tf.constant(image))
    return float(loss), of_image.numpy()


def taken(gradient: LossGradient, image: np.ndarray, seed: int = 0) -> Any:
    """Loss and gradient as the dream asks for them."""
    loss, of_image = gradient(tf.constant(image), np.random.default_rng(seed))
    return float(loss), of_image.numpy()


# ---- Against central differences -----------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {"objective": "mean_square"},
        {"objective": "mean_square", "border": 1},
        {"objective": "mean"},
        {"objective": "half_sum_square"},
    ],
    ids=str,
)
def test_every_pixel_s_derivative(gradient: Any, settings: Any) -> None:
    gradient, image, epsilon = gradient(**settings), picture(6, 7), 0.02
    _, of_image = plain(gradient, image)
    differences = np.zeros_like(image)
    for index in np.ndindex(image.shape):
        nudge = np.zeros_like(image)
        nudge[index] = epsilon
        differences[index] = plain(gradient, image + nudge)[0] - plain(gradient, image - nudge)[0]
    scale = np.abs(of_image).max()
    np.testing.assert_allclose(of_image, differences / (2 * epsilon), atol=2e-3 * scale)


def test_the_gradient_is_in_units_of_the_image_not_of_pixels(gradient: Any) -> None:
    image = picture()
    loss, of_image = plain(gradient(), image)
    further, _ = plain(gradient(), image + 1e-3 * of_image)
    assert further - loss == pytest.approx(1e-3 * np.sum(of_image**2), rel=0.05)


def test_a_loss_that_does_not_depend_on_the_image() -> None:
    gradient = LossGradient(lambda image: [tf.ones((1, 3, 3, 2))], TERMS[:1], Recipe())
    with pytest.raises(NetworkError, match="^the loss does not depend on the image"):
        plain(gradient, picture())


@pytest.mark.parametrize("tile_size", [None, 12])
def test_a_channel_that_the_layer_does_not_have(toy_trunk: Any, tile_size: int | None) -> None:
    terms = (LayerTerm("lower"), LayerTerm("upper", channels=[5]))
    gradient = LossGradient(toy_trunk, terms, Recipe(tile_size=tile_size))
    with pytest.raises(ArgumentError, match="^upper has the channels 0 to 4. "):
        taken(gradient, picture())


def test_tensorflow_does_not_warn_of_many_dreams(toy_trunk: Any) -> None:
    """As for a sheet of many layers: there is nothing that its reader could do about it."""
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    tf.get_logger().addHandler(handler)
    try:
        for _ in range(8):
            taken(LossGradient(toy_trunk, TERMS, Recipe()), picture())
    finally:
        tf.get_logger().removeHandler(handler)
    assert not lines


@pytest.mark.parametrize("tile_size", [None, 8])
def test_one_trace_serves_images_of_every_size(toy_trunk: Any, tile_size: int | None) -> None:
    calls = []

    def counted(image: Any) -> Any:
        calls.append(image.shape)
        return toy_trunk(image)

    gradient = LossGradient(counted, TERMS, Recipe(tile_size=tile_size), smallest=3)
    for size in ((9, 12), (24, 30), (17, 8)):
        _, of_image = taken(gradient, picture(*size))
        assert of_image.shape == (1, *size, 3)
    assert calls == [(1, None, None, 3)]


# ---- Tiles ---------------------------------------------------------------------------------------


def test_one_tile_is_the_whole_image(gradient: Any) -> None:
    image = picture()
    whole_loss, whole = plain(gradient(), image)
    loss, of_image = taken(gradient(tile_size=400), image)
    assert loss == pytest.approx(whole_loss)
    np.testing.assert_allclose(of_image, whole, atol=1e-6)


@pytest.mark.parametrize("start", ["origin", "random"])
@pytest.mark.parametrize("normalize", [False, True])
def test_each_tile_has_its_own_gradient(gradient: Any, start: str, normalize: bool) -> None:
    image = picture()
    recipe = dict(tile_size=14, tile_start=start, tile_normalize=normalize, epsilon=1e-8)
    tiled = gradient(**recipe, tile_weights="equal")
    loss, of_image = taken(tiled, image, seed=1)
    expected, losses = np.zeros_like(image), []
    for box in draw_tiles((24, 30), tiled.recipe, np.random.default_rng(1)):
        seen = widened(box, (24, 30), 3)
        value, g = plain(tiled, cropped(image, seen).copy())
        g = g / (np.std(g) + 1e-8) if normalize else g
        top, left = box.top - seen.top, box.left - seen.left
        inside = g[:, top : top + box.shape[0], left : left + box.shape[1]]
        expected[:, box.top : box.bottom, box.left : box.right] = inside
        losses.append(value * box.pixels / (24 * 30))
    assert len(losses) >= 4
    assert loss == pytest.approx(sum(losses), rel=1e-5)
    np.testing.assert_allclose(of_image, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("objective", ["mean_square", "mean"])
def test_by_area_a_narrow_tile_is_no_steeper_than_a_full_one(gradient: Any, objective: str) -> None:
    image = picture(68, 68)
    settings: dict[str, Any] = {"tile_size": 64, "objective": objective, "border": 0}
    (equal_loss, equal), (loss, by_area) = (
        taken(gradient(**settings, tile_weights=weights), image) for weights in ("equal", "area")
    )
    recipe = Recipe(**settings, tile_weights="area")
    for box in draw_tiles((68, 68), recipe, UNDRAWN):
        share = tile_share(box, (68, 68), recipe, TERMS)
        here = (slice(None), slice(box.top, box.bottom), slice(box.left, box.right))
        np.testing.assert_allclose(by_area[here], equal[here] * share, rtol=1e-6)

    def steep(of_image: np.ndarray) -> float:
        return np.abs(of_image[:, 64:, 64:]).mean() / np.abs(of_image[:, :64, :64]).mean()

    assert loss == equal_loss and steep(equal) > 20 and 0.2 < steep(by_area) < 5


@pytest.mark.parametrize(
    "settings", [{"objective": "half_sum_square"}, {"tile_normalize": True}, {"tile_size": 400}]
)
def test_what_is_no_mean_of_a_part_does_not_count_by_area(gradient: Any, settings: Any) -> None:
    image, settings = picture(24, 30), {"tile_size": 20, **settings}
    _, equal = taken(gradient(**settings), image)
    _, by_area = taken(gradient(**settings, tile_weights="area"), image)
    np.testing.assert_array_equal(by_area, equal)


def test_a_narrow_tile_sees_its_neighbours(gradient: Any) -> None:
    image = picture(24, 29)
    tiled = gradient(tile_size=14)
    boxes = draw_tiles((24, 29), tiled.recipe, UNDRAWN)
    assert min(min(box.shape) for box in boxes) == 1  # alone it has no activation
    loss, of_image = taken(tiled, image)
    assert np.isfinite(loss) and np.isfinite(of_image).all()
    assert np.abs(of_image)[:, 3, 28].min() > 0


# ---- Guides --------------------------------------------------------------------------------------


def test_a_guided_gradient_follows_the_2015_rule(toy_trunk: Any) -> None:
    image, guide, recipe = picture(), picture(9, 11, seed=1), Recipe(objective="half_sum_square")
    of_guide = [a.numpy() for a in toy_trunk(tf.constant(guide))]
    guides = [tf.constant(a.reshape(-1, a.shape[-1])) for a in of_guide]
    terms = (LayerTerm("lower"), LayerTerm("upper"))
    _, gradient = plain(LossGradient(toy_trunk, terms, recipe, guides=guides), image)
    x = tf.constant(image)
    with tf.GradientTape() as tape:
        tape.watch(x)
        activations = toy_trunk(x)
    seeds = [
        oracles.guided_gradient_seed(a.numpy(), g)
        for a, g in zip(activations, of_guide, strict=True)
    ]
    expected = tape.gradient(activations, x, output_gradients=[tf.constant(s) for s in seeds])
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-4)
