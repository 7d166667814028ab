"""The original at each size, what goes from one octave to the next, and the loop over octaves."""

from __future__ import annotations

from typing import Any

import numpy as np
import oracles
import pytest
import tensorflow as tf
from scipy import ndimage

from deepdreamr.core.ascent import Step
from deepdreamr.core.octaves import Pyramid, State, dream, resized
from deepdreamr.recipes.schedule import octave_shapes
from deepdreamr.recipes.settings import Recipe


def picture(shape: tuple[int, int], seed: int = 0) -> tf.Tensor:
    values = np.random.default_rng(seed).uniform(-1, 1, (1, *shape, 3))
    return tf.constant(values, tf.float32)


# ---- Resizing ------------------------------------------------------------------------------------


SHAPES = [((20, 30), (14, 21)), ((14, 21), (20, 30)), ((17, 40), (17, 13)), ((33, 9), (8, 31))]


@pytest.mark.parametrize(("old", "new"), SHAPES)
def test_aligned_resize_is_scipy_s_zoom(old: tuple[int, int], new: tuple[int, int]) -> None:
    image = np.random.default_rng(1).uniform(-1, 1, (1, *old, 3)).astype(np.float32)
    factors = (1, new[0] / old[0], new[1] / old[1], 1)
    expected = ndimage.zoom(image.astype(np.float64), factors, order=1)
    np.testing.assert_allclose(resized(image, new, "aligned"), expected, atol=1e-5)


@pytest.mark.parametrize(("old", "new"), SHAPES)
def test_half_pixel_resize_is_tensorflow_s(old: tuple[int, int], new: tuple[int, int]) -> None:
    image = np.random.default_rng(1).uniform(-1, 1, (1, *old, 3)).astype(np.float32)
    expected = tf.image.resize(image, new, "bilinear", antialias=False)
    np.testing.assert_allclose(resized(image, new, "half_pixel"), expected, atol=1e-5)


@pytest.mark.parametrize("method", ["aligned", "half_pixel"])
def test_resizing_to_the_same_shape_changes_nothing(method: str) -> None:
    image = np.random.default_rng(1).uniform(-1, 1, (1, 9, 11, 3)).astype(np.float32)
    np.testing.assert_allclose(resized(image, (9, 11), method), image, atol=1e-6)


# ---- The original at each size -------------------------------------------------------------------


def octave_images(original: Any, shapes: Any, recipe: Any) -> Any:
    pyramid = Pyramid(lambda: original, shapes, recipe)
    return [pyramid.base(index) for index in range(len(shapes))]


def test_each_size_is_made_from_the_original() -> None:
    original, recipe = picture((60, 80)), Recipe(octaves=3)
    shapes = octave_shapes((60, 80), recipe)
    images = octave_images(original, shapes, recipe)
    for image, shape in zip(images, shapes, strict=True):
        np.testing.assert_allclose(
            image, oracles.resize_aligned_corners(original.numpy(), shape), atol=2e-5
        )
    assert images[-1] is original


def test_chained_sizes_are_made_from_the_next_larger_one() -> None:
    original, recipe = picture((60, 80)), Recipe(octaves=3, octave_chain=True)
    shapes = octave_shapes((60, 80), recipe)
    images = octave_images(original, shapes, recipe)
    middle = oracles.resize_aligned_corners(original.numpy(), shapes[1])
    np.testing.assert_allclose(images[1], middle, atol=2e-5)
    smallest = oracles.resize_aligned_corners(middle, shapes[0])
    np.testing.assert_allclose(images[0], smallest, atol=2e-5)


@pytest.mark.parametrize("chain", [True, False])
def test_the_picture_is_blurred_before_it_is_shrunk(chain: bool) -> None:
    original = picture((60, 80))
    recipe = Recipe(octaves=3, octave_sigma=0.5, octave_chain=chain, resize="half_pixel")
    shapes = octave_shapes((60, 80), recipe)
    images = octave_images(original, shapes, recipe)

    def shrunk(image: Any, shape: Any) -> Any:
        blurred = ndimage.gaussian_filter(image, (0, 0.5, 0.5, 0), mode="reflect")
        return oracles.resize_half_pixel(blurred, shape)

    middle = shrunk(original.numpy(), shapes[1])
    np.testing.assert_allclose(images[1], middle, atol=1e-4)
    smallest = shrunk(middle if chain else original.numpy(), shapes[0])
    np.testing.assert_allclose(images[0], smallest, atol=1e-4)
    assert images[2] is original


def test_larger_sizes_are_made_from_the_original_without_blur() -> None:
    original = picture((30, 40))
    recipe = Recipe(octaves=4, octaves_above=2, octave_sigma=1, octave_chain=True)
    shapes = octave_shapes((30, 40), recipe)
    images = octave_images(original, shapes, recipe)
    assert [tuple(image.shape[1:3]) for image in images] == list(shapes)
    assert images[1] is original
    for image, shape in list(zip(images, shapes, strict=True))[2:]:
        np.testing.assert_allclose(
            image, oracles.resize_aligned_corners(original.numpy(), shape), atol=2e-5
        )


# ---- From one octave to the next -----------------------------------------------------------------


SMALL, LARGE = (20, 30), (28, 42)


@pytest.fixture
def three() -> Any:
    """A dream at 20 x 30, the original at that size, and at 28 x 42."""
    original = picture(LARGE)
    previous = resized(original, SMALL, "aligned")
    return previous + 0.1 * picture(SMALL, seed=1), previous, original


def entered(image: tf.Tensor, original: tf.Tensor, recipe: Recipe) -> tf.Tensor:
    """What the second octave starts from, after a first that came to `image`."""
    return Pyramid(lambda: original, (SMALL, LARGE), recipe).entered(State(image, 1))


def grown(image: Any) -> np.ndarray:
    return oracles.resize_aligned_corners(np.asarray(image), LARGE)


def test_the_first_octave_starts_from_the_state_s_image(three: Any) -> None:
    image, _, original = three
    pyramid = Pyramid(lambda: original, (SMALL, LARGE), Recipe())
    assert pyramid.entered(State(image)) is image


@pytest.mark.parametrize("carry", ["lost_detail", "image"])
def test_the_dream_itself_is_carried(three: Any, carry: str) -> None:
    image, _, base = three
    np.testing.assert_allclose(entered(image, base, Recipe(carry=carry)), grown(image), atol=2e-5)


def test_only_what_was_dreamed_is_carried(three: Any) -> None:
    image, previous, base = three
    recipe = Recipe(carry="detail")
    expected = base + grown(image - previous)
    np.testing.assert_allclose(entered(image, base, recipe), expected, atol=2e-5)
    np.testing.assert_allclose(entered(previous, base, recipe), base, atol=1e-6)


@pytest.mark.parametrize("blend", [0, 0.2, 1])
def test_the_dream_is_blended_with_the_original(three: Any, blend: float) -> None:
    image, _, base = three
    expected = blend * base.numpy() + (1 - blend) * grown(image)
    recipe = Recipe(carry="blend", blend=blend)
    np.testing.assert_allclose(entered(image, base, recipe), expected, atol=2e-5)


def test_lost_detail_is_what_shrinking_lost(three: Any) -> None:
    _, previous, base = three
    detail = Pyramid(lambda: base, (SMALL, LARGE), Recipe()).lost_detail(1)
    np.testing.assert_allclose(grown(previous) + detail, base, atol=2e-5)
    assert np.abs(detail).mean() > 0.05


def test_nothing_is_lost_between_two_octaves_of_one_size(three: Any) -> None:
    _, _, base = three
    detail = Pyramid(lambda: base, (LARGE, LARGE), Recipe()).lost_detail(1)
    np.testing.assert_allclose(detail, 0, atol=1e-6)


# ---- The loop over octaves -----------------------------------------------------------------------


def toy_dream(
    random: Any = None, state: State | None = None, on_step: Any = None, **settings: Any
) -> Any:
    """A dream whose gradient is the image's own mean less the image, and noise: its states."""
    recipe = Recipe(**({"octaves": 3, "iterations": 2, "step": 0.1, "jitter": 5} | settings))
    original, shapes = picture((60, 80)), octave_shapes((60, 80), recipe)
    pyramid = Pyramid(lambda: original, shapes, recipe)

    def gradient(image: Any, random: Any, shift: Any) -> Any:
        noise = random.standard_normal(image.shape).astype(np.float32)
        return tf.reduce_mean(image), tf.reduce_mean(image) - image + noise

    random = random or np.random.default_rng(0)
    start = state or State(pyramid.base(0))
    return pyramid, list(dream(pyramid, gradient, random, start, on_step))


def test_a_state_after_each_octave() -> None:
    pyramid, states = toy_dream()
    assert [tuple(state.image.shape[1:3]) for state in states] == list(pyramid.shapes)
    assert [state.octave for state in states] == [1, 2, 3]
    assert [len(state.steps) for state in states] == [2, 4, 6]
    assert [step[:2] for step in states[-1].steps] == [(o, i) for o in (1, 2, 3) for i in (1, 2)]
    assert [state.stopped for state in states] == [None] * 3


def test_steps_are_multiplied_by_the_mask_of_their_octave() -> None:
    asked = []

    def mask(shape: Any) -> tf.Tensor:
        asked.append(shape)
        return tf.concat([tf.ones((1, shape[0], 4, 1)), tf.zeros((1, *shape, 1))[:, :, 4:]], 2)

    recipe = Recipe(octaves=2, iterations=1, step=0.5, normalize="none", carry="image")
    original, shapes = picture((28, 42)), octave_shapes((28, 42), recipe)
    pyramid = Pyramid(lambda: original, shapes, recipe, mask=mask)
    up = lambda image, random, shift: (tf.constant(1.0), tf.ones_like(image))  # noqa: E731
    first, second = dream(pyramid, up, np.random.default_rng(0), State(pyramid.base(0)))
    assert asked == list(shapes)
    for state, start in ((first, pyramid.base(0)), (second, pyramid.entered(first))):
        added = state.image - start
        np.testing.assert_allclose(added[:, :, :4], 0.5, atol=1e-6)
        np.testing.assert_array_equal(added[:, :, 4:], 0)


@pytest.mark.parametrize(
    ("old", "shrinks"), [((20, 42), True), ((28, 30), True), ((30, 44), False)]
)
def test_a_size_that_is_smaller_either_way_is_blurred_before(
    old: tuple[int, int], shrinks: bool
) -> None:
    original, recipe = picture((28, 42)), Recipe(octave_sigma=2, resize="half_pixel")
    blurred = ndimage.gaussian_filter(original.numpy(), (0, 2, 2, 0), mode="reflect")
    source = blurred if shrinks else original
    found = Pyramid(lambda: original, (old,), recipe).base(0)
    np.testing.assert_allclose(found, resized(source, old, "half_pixel"), atol=1e-4)


CARRIES = ["lost_detail", "detail", "blend", "image"]


@pytest.mark.parametrize("carry", CARRIES)
@pytest.mark.parametrize("octave", [1, 2, 3])
def test_from_any_state_a_dream_goes_on_to_the_same_pixels(carry: str, octave: int) -> None:
    _, states = toy_dream(carry=carry)
    _, rest = toy_dream(np.random.default_rng(99), states[octave - 1], carry=carry)
    assert len(rest) == 3 - octave
    if rest:
        np.testing.assert_array_equal(rest[-1].image, states[-1].image)
        assert rest[-1].steps == states[-1].steps and rest[-1].random == states[-1].random


@pytest.mark.parametrize("carry", CARRIES)
def test_without_a_step_the_dream_is_the_original(carry: str) -> None:
    original, recipe = picture((60, 80)), Recipe(octaves=3, carry=carry, max_loss=1.0)
    pyramid = Pyramid(lambda: original, octave_shapes((60, 80), recipe), recipe)

    def gradient(image: Any, random: Any, shift: Any) -> Any:
        return tf.constant(2.0), image

    *_, last = dream(pyramid, gradient, np.random.default_rng(0), State(pyramid.base(0)))
    assert last.steps == () and last.stopped is None
    if carry in ("lost_detail", "detail"):
        np.testing.assert_allclose(last.image, original, atol=1e-5)
    else:
        assert np.abs(last.image - original).mean() > 0.05


@pytest.mark.parametrize("carry", CARRIES)
def test_a_dream_that_is_stopped_is_still_brought_to_the_largest_size(carry: str) -> None:
    pyramid, states = toy_dream(on_step=lambda step, image: step.octave < 2, carry=carry)
    assert [state.octave for state in states] == [1, 2, 3]
    assert [state.stopped for state in states] == [None, "callback", "callback"]
    assert [len(state.steps) for state in states] == [2, 3, 3]
    expected = pyramid.entered(states[1])
    if carry == "lost_detail":
        expected += pyramid.lost_detail(2)
    np.testing.assert_array_equal(states[2].image, expected)


def test_the_callback_gets_each_step() -> None:
    seen: list[Step] = []
    _, states = toy_dream(on_step=lambda step, image: seen.append(step))
    assert tuple(seen) == states[-1].steps


def test_the_original_is_made_anew_and_not_kept() -> None:
    recipe, made = Recipe(octaves=2, iterations=1), []

    def original() -> Any:
        made.append(1)
        return picture((28, 42))

    pyramid = Pyramid(original, octave_shapes((28, 42), recipe), recipe)
    start = State(pyramid.base(0))
    still = lambda image, random, shift: (tf.constant(1.0), tf.zeros_like(image))  # noqa: E731
    states = list(dream(pyramid, still, np.random.default_rng(0), start))
    assert len(states) == 2 and len(made) == 3  # once for the first octave, twice for lost detail
