"""Sizes of the pyramid, and what goes from one octave to the next."""

from __future__ import annotations

import numpy as np
import oracles
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from deepdreamr.errors import ImageError
from deepdreamr.pictures.images import resize
from deepdreamr.core.octaves import (
    check_octaves,
    enter_octave,
    fitting_octaves,
    lost_detail,
    octave_image,
    octave_shapes,
)
from deepdreamr.recipes.published import RECIPES
from deepdreamr.recipes.settings import Recipe

SIZES = st.tuples(st.integers(1, 3000), st.integers(1, 3000))


def picture(shape: tuple[int, int], seed: int = 0) -> tf.Tensor:
    values = np.random.default_rng(seed).uniform(-1, 1, (1, *shape, 3))
    return tf.constant(values, tf.float32)


# ---- Shapes --------------------------------------------------------------------------------------


@given(SIZES, st.integers(1, 9), st.floats(1.05, 3))
def test_shapes_are_whole_parts_of_the_original_s(shape, octaves, scale):
    shapes = octave_shapes(shape, Recipe(octaves=octaves, octave_scale=scale))
    expected = [(int(shape[0] / scale**i), int(shape[1] / scale**i)) for i in range(octaves)]
    assert list(shapes) == expected[::-1]


@given(SIZES, st.integers(1, 9), st.floats(1.05, 3))
def test_chained_shapes_are_rounded_one_after_the_other(shape, octaves, scale):
    recipe = Recipe(octaves=octaves, octave_scale=scale, octave_chain=True, octave_rounding="round")
    expected = [shape]
    for _ in range(octaves - 1):
        height, width = expected[-1]
        expected.append((round(height / scale), round(width / scale)))
    assert list(octave_shapes(shape, recipe)) == expected[::-1]


@given(SIZES)
def test_octaves_above_the_original(shape):
    expected = [(int(shape[0] * 1.3**n), int(shape[1] * 1.3**n)) for n in (0, 1, 2)]
    assert list(octave_shapes(shape, RECIPES["tf2-octaves"]))[2:] == expected
    only = RECIPES["tf2-octaves"].replace(octaves=3)
    assert list(octave_shapes(shape, only)) == expected


@given(st.integers(1, 5000))
def test_inception5h_s_factor_of_7_tenths_has_no_rounding_error(pixels):
    smaller, _ = octave_shapes((pixels, pixels), RECIPES["inception5h"].replace(octaves=2))
    assert smaller == (pixels * 7 // 10,) * 2


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        ("rblog", [(79, 118), (111, 166), (155, 233), (217, 326), (305, 457), (427, 640)]),
        (
            "keras",
            [(56, 84), (79, 118), (111, 166), (155, 233), (217, 326), (305, 457), (427, 640)],
        ),
        ("keras-io", [(217, 326), (305, 457), (427, 640)]),
        ("inception5h", [(101, 153), (145, 219), (208, 313), (298, 448), (427, 640)]),
        ("tf2", [(427, 640)]),
        ("tf2-octaves", [(252, 378), (328, 492), (427, 640), (555, 832), (721, 1081)]),
        ("google2015", [(156, 233), (218, 326), (305, 457), (427, 640)]),
        ("gordic", [(73, 110), (132, 198), (237, 356), (427, 640)]),
    ],
)
def test_shapes_of_the_recipes_for_a_photograph(recipe, expected):
    assert list(octave_shapes((427, 640), RECIPES[recipe])) == expected


# ---- How many fit --------------------------------------------------------------------------------


@given(SIZES, st.integers(1, 12), st.integers(0, 3), st.integers(1, 400), st.booleans())
def test_as_many_octaves_fit_as_are_large_enough(shape, octaves, above, smallest, chain):
    above = min(above, octaves - 1)
    recipe = Recipe(octaves=octaves, octaves_above=above, octave_chain=chain)
    fit = fitting_octaves(shape, recipe, smallest)
    if fit == 0:
        assert min(shape) < smallest
    else:
        assert above < fit <= octaves
        assert min(octave_shapes(shape, recipe.replace(octaves=fit))[0]) >= smallest
    if fit and fit < octaves:
        assert min(octave_shapes(shape, recipe.replace(octaves=fit + 1))[0]) < smallest


def test_octaves_that_fit_are_returned():
    recipe = RECIPES["rblog"]
    assert check_octaves((427, 640), recipe, 75) == octave_shapes((427, 640), recipe)
    assert check_octaves((75, 75), recipe.replace(octaves=1), 75) == ((75, 75),)


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (
            (160, 200),
            "160x200 shrinks to 29x37, and .* at least 75 pixels each way. octaves=3 fit.",
        ),
        ((105, 900), "105x900 shrinks to 19x167, .* octaves=2 fit."),
        ((75, 75), "75x75 shrinks to 13x13, .* octaves=1 fits."),
    ],
)
def test_the_error_says_how_many_fit(shape, text):
    with pytest.raises(ImageError, match=f"too small for octaves=6: {text}$"):
        check_octaves(shape, RECIPES["rblog"], 75)


@pytest.mark.parametrize("octaves", [1, 6])
def test_a_picture_for_which_no_octave_fits(octaves):
    with pytest.raises(ImageError, match="at least 75 pixels each way. Received: 300x74"):
        check_octaves((300, 74), RECIPES["rblog"].replace(octaves=octaves), 75)


def test_octaves_without_bounds():
    below = Recipe(octaves=100, octave_scale=100)
    with pytest.raises(ImageError, match="octaves=1 fits"):
        check_octaves((300, 300), below, 75)
    with pytest.raises(ImageError, match="largest octave must have at most .*Received: 3e"):
        check_octaves((300, 300), below.replace(octaves_above=99), 75)


# ---- The original at each size -------------------------------------------------------------------


def octave_images(original, shapes, recipe):
    return [octave_image(original, shapes, index, recipe) for index in range(len(shapes))]


def test_each_size_is_made_from_the_original():
    original, recipe = picture((60, 80)), Recipe(octaves=3)
    shapes = octave_shapes((60, 80), recipe)
    images = octave_images(original, shapes, recipe)
    for image, shape in zip(images, shapes, strict=True):
        np.testing.assert_allclose(
            image, oracles.resize_aligned_corners(original.numpy(), shape), atol=2e-5
        )
    assert images[-1] is original


def test_chained_sizes_are_made_from_the_next_larger_one():
    original, recipe = picture((60, 80)), Recipe(octaves=3, octave_chain=True)
    shapes = octave_shapes((60, 80), recipe)
    images = octave_images(original, shapes, recipe)
    middle = oracles.resize_aligned_corners(original.numpy(), shapes[1])
    np.testing.assert_allclose(images[1], middle, atol=2e-5)
    smallest = oracles.resize_aligned_corners(middle, shapes[0])
    np.testing.assert_allclose(images[0], smallest, atol=2e-5)


@pytest.mark.parametrize("chain", [True, False])
def test_the_picture_is_blurred_before_it_is_shrunk(chain):
    original = picture((60, 80))
    recipe = Recipe(octaves=3, octave_sigma=0.5, octave_chain=chain, resize="half_pixel")
    shapes = octave_shapes((60, 80), recipe)
    images = octave_images(original, shapes, recipe)

    def shrunk(image, shape):
        blurred = ndimage.gaussian_filter(image, (0, 0.5, 0.5, 0), mode="reflect")
        return oracles.resize_half_pixel(blurred, shape)

    middle = shrunk(original.numpy(), shapes[1])
    np.testing.assert_allclose(images[1], middle, atol=1e-4)
    smallest = shrunk(middle if chain else original.numpy(), shapes[0])
    np.testing.assert_allclose(images[0], smallest, atol=1e-4)
    assert images[2] is original


def test_larger_sizes_are_made_from_the_original_without_blur():
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


@pytest.fixture
def three():
    """A dream at 20 x 30, the original at that size, and at 28 x 42."""
    original = picture((28, 42))
    previous = resize(original, (20, 30), "aligned")
    return previous + 0.1 * picture((20, 30), seed=1), previous, original


def grown(image) -> np.ndarray:
    return oracles.resize_aligned_corners(np.asarray(image), (28, 42))


@pytest.mark.parametrize("carry", ["lost_detail", "image"])
def test_the_dream_itself_is_carried(three, carry):
    image, previous, base = three
    entered = enter_octave(image, base, previous, Recipe(carry=carry))
    np.testing.assert_allclose(entered, grown(image), atol=2e-5)


def test_only_what_was_dreamed_is_carried(three):
    image, previous, base = three
    entered = enter_octave(image, base, previous, Recipe(carry="detail"))
    np.testing.assert_allclose(entered, base + grown(image - previous), atol=2e-5)
    untouched = enter_octave(previous, base, previous, Recipe(carry="detail"))
    np.testing.assert_allclose(untouched, base, atol=1e-6)


@pytest.mark.parametrize("blend", [0, 0.2, 1])
def test_the_dream_is_blended_with_the_original(three, blend):
    image, previous, base = three
    entered = enter_octave(image, base, previous, Recipe(carry="blend", blend=blend))
    expected = blend * base.numpy() + (1 - blend) * grown(image)
    np.testing.assert_allclose(entered, expected, atol=2e-5)


def test_lost_detail_is_what_shrinking_lost(three):
    _, previous, base = three
    detail = lost_detail(base, previous, Recipe())
    np.testing.assert_allclose(grown(previous) + detail, base, atol=2e-5)
    assert np.abs(detail).mean() > 0.05


def test_nothing_is_lost_at_the_smallest_octave(three):
    _, previous, _ = three
    np.testing.assert_allclose(lost_detail(previous, previous, Recipe()), 0, atol=1e-6)
