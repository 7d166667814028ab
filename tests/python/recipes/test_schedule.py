"""What a recipe's numbers come to for a picture: octaves' sizes, sigma, tiles."""

from __future__ import annotations

import dataclasses
import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepdreamr.recipes.chain import Smooth
from deepdreamr.recipes.published import RECIPES
from deepdreamr.recipes.schedule import (
    Box,
    draw_tiles,
    even_length,
    largest_shape,
    neuron_places,
    octave_shapes,
    shown_shapes,
    tile_boxes,
    tile_share,
    widened,
)
from deepdreamr.recipes.settings import Recipe
from deepdreamr.recipes.terms import LayerTerm, layer_terms

SIZES = st.tuples(st.integers(1, 3000), st.integers(1, 3000))
SIDE = st.integers(1, 300)
SHAPES = st.tuples(SIDE, SIDE)
LENGTHS = st.tuples(st.integers(7, 400), st.integers(7, 400))
SEEDS = st.integers(0, 2**32)


# ---- Octaves -------------------------------------------------------------------------------------


@given(SIZES, st.integers(1, 9), st.floats(1.05, 3))
def test_shapes_are_whole_parts_of_the_original_s(shape: Any, octaves: Any, scale: Any) -> None:
    shapes = octave_shapes(shape, Recipe(octaves=octaves, octave_scale=scale))
    expected = [(int(shape[0] / scale**i), int(shape[1] / scale**i)) for i in range(octaves)]
    assert list(shapes) == expected[::-1]


@given(SIZES, st.integers(1, 9), st.floats(1.05, 3))
def test_chained_shapes_are_rounded_one_after_the_other(
    shape: Any, octaves: Any, scale: Any
) -> None:
    recipe = Recipe(octaves=octaves, octave_scale=scale, octave_chain=True, octave_rounding="round")
    expected = [shape]
    for _ in range(octaves - 1):
        height, width = expected[-1]
        expected.append((round(height / scale), round(width / scale)))
    assert list(octave_shapes(shape, recipe)) == expected[::-1]


@given(SIZES)
def test_octaves_above_the_original(shape: Any) -> None:
    expected = [(int(shape[0] * 1.3**n), int(shape[1] * 1.3**n)) for n in (0, 1, 2)]
    assert list(octave_shapes(shape, RECIPES["tf2-octaves"]))[2:] == expected
    only = RECIPES["tf2-octaves"].replace(octaves=3)
    assert list(octave_shapes(shape, only)) == expected


@given(st.integers(1, 5000))
def test_inception5h_s_factor_of_7_tenths_is_rounded_as_published(pixels: Any) -> None:
    smaller, _ = octave_shapes((pixels, pixels), RECIPES["inception5h"].replace(octaves=2))
    assert smaller == (int(pixels * 0.7),) * 2
    exact = RECIPES["inception5h"].replace(octaves=2, octave_rounding="floor")
    assert octave_shapes((pixels, pixels), exact)[0] == (pixels * 7 // 10,) * 2


def test_a_product_with_the_inverse_scale_may_lose_a_pixel() -> None:
    recipe = RECIPES["inception5h"].replace(octaves=3)
    sizes = [(n, int(n * 0.7), int(int(n * 0.7) * 0.7)) for n in range(60, 3001)]
    assert [octave_shapes((n, n), recipe)[::-1] for n, *_ in sizes] == [
        tuple((size, size) for size in chained) for chained in sizes
    ]
    assert sum(first != n * 7 // 10 for n, first, _ in sizes) == 70


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
def test_shapes_of_the_recipes_for_a_photograph(recipe: str, expected: Any) -> None:
    assert list(octave_shapes((427, 640), RECIPES[recipe])) == expected


def test_shapes_on_the_way_to_the_network() -> None:
    recipe = Recipe(transforms="pad(12), crop(8), scale(0.9, 1.1), crop(4)")
    assert shown_shapes((100, 200), recipe) == ((100, 190), (123, 233))
    assert largest_shape((100, 200), recipe) == (127, 237)
    assert shown_shapes((100, 200), Recipe()) == ((100, 200), (100, 200))
    assert largest_shape((100, 200), Recipe(transforms="crop(8)")) == (100, 200)


# ---- Neurons -------------------------------------------------------------------------------------


def test_a_neuron_s_place_in_the_whole_picture() -> None:
    terms = [LayerTerm("a"), LayerTerm("a", objective="neuron(3, y=0.25, x=0.5)")]
    assert neuron_places(terms, (40, 60), (0, 0)) == [(-1, -1, 1), (0.25, 0.5, 1)]
    assert neuron_places(terms, (40, 60), (5, -12))[1] == (15 / 40, 18 / 60, 1)
    assert neuron_places(terms, (40, 60), (35, 31))[1] == (5 / 40, 1 / 60, 1)  # rolled around


def test_a_neuron_s_place_in_what_a_tile_sees() -> None:
    terms, shape = [LayerTerm("a", objective="neuron(3, y=0.25, x=0.5)")], (40, 60)
    tile, seen = Box(10, 20, 20, 40), Box(5, 25, 20, 45)
    assert neuron_places(terms, shape, (0, 0), tile, seen) == [(5 / 20, 10 / 25, 12)]
    for other in (Box(0, 10, 20, 40), Box(11, 20, 20, 40), Box(10, 20, 31, 40), Box(10, 20, 9, 30)):
        assert neuron_places(terms, shape, (0, 0), other, other) == [(-1, -1, 1)]


def test_a_neuron_at_the_last_edge_is_in_the_last_pixel() -> None:
    terms = [LayerTerm("a", objective="neuron(3, y=1, x=1)")]
    ((y, x, _),) = neuron_places(terms, (40, 60), (0, 0))
    assert y * 40 == pytest.approx(40 - 1e-3) and x * 60 == pytest.approx(60 - 1e-3)


# ---- Sigma ---------------------------------------------------------------------------------------


def sigmas(recipe: Recipe) -> list[float]:
    """Sigma of each iteration of the blur in a recipe's chain."""
    (smooth,) = [unit for unit in recipe.units() if isinstance(unit, Smooth)]
    return [smooth.at(i, recipe.iterations) for i in range(recipe.iterations)]


def test_sigma_of_each_iteration() -> None:
    found = sigmas(RECIPES["inception5h"])
    np.testing.assert_allclose(found, [4 * i / 10 + 0.5 for i in range(10)])
    found = sigmas(RECIPES["gordic"])
    np.testing.assert_allclose(found, [(i + 1) / 10 * 2 + 0.5 for i in range(10)])
    assert sigmas(Recipe(sigma=0.7, iterations=3)) == [0.7] * 3


def times_covered(shape: tuple[int, int], boxes: list[Box]) -> np.ndarray:
    covered = np.zeros(shape, int)
    for box in boxes:
        covered[box.top : box.bottom, box.left : box.right] += 1
    return covered


def inside(box: Box, shape: tuple[int, int]) -> bool:
    return 0 <= box.top < box.bottom <= shape[0] and 0 <= box.left < box.right <= shape[1]


# ---- Tiles ---------------------------------------------------------------------------------------


@given(SHAPES, LENGTHS, st.data())
def test_boxes_cover_each_pixel_once(shape: Any, lengths: Any, data: Any) -> None:
    start = tuple(data.draw(st.integers(-length, 0)) for length in lengths)
    boxes = tile_boxes(shape, lengths, start)
    assert (times_covered(shape, boxes) == 1).all()
    for box in boxes:
        assert inside(box, shape)
        assert box.shape[0] <= lengths[0] and box.shape[1] <= lengths[1]


def test_boxes_start_before_the_edge_and_are_cut_there() -> None:
    boxes = tile_boxes((10, 7), (6, 10), (-2, -9))
    assert boxes == [Box(0, 4, 0, 1), Box(4, 10, 0, 1), Box(0, 4, 1, 7), Box(4, 10, 1, 7)]


def tiled(tile_size: int, tile_start: str) -> Recipe:
    return Recipe(tile_size=tile_size, tile_start=tile_start)


@given(SHAPES, st.integers(7, 400), st.sampled_from(["origin", "random", "columns"]), SEEDS)
def test_drawn_tiles_cover_each_pixel_once(
    shape: Any, tile_size: Any, tile_start: Any, seed: Any
) -> None:
    boxes = draw_tiles(shape, tiled(tile_size, tile_start), np.random.default_rng(seed))
    assert (times_covered(shape, boxes) == 1).all()
    assert all(inside(box, shape) for box in boxes)


def test_tiles_from_the_origin_do_not_depend_on_chance() -> None:
    random = np.random.default_rng(0)
    before = random.bit_generator.state
    boxes = [draw_tiles((100, 50), tiled(40, "origin"), random) for _ in (0, 1)]
    assert boxes[0] == boxes[1] and random.bit_generator.state == before
    assert {box.top for box in boxes[0]} == {0, 40, 80}


@given(st.integers(1, 5000), st.integers(1, 600))
def test_even_lengths(pixels: Any, tile_size: Any) -> None:
    count = max(1, round(pixels / tile_size))
    assert even_length(pixels, tile_size) == math.ceil(pixels / count)


def first_ends(length: int, random: np.random.Generator, draws: int) -> set[int]:
    """Where the first tile of a row of four may end: `length` after its random start."""
    recipe = tiled(length, "random")
    drawn = (draw_tiles((1, 4 * length), recipe, random) for _ in range(draws))
    return {boxes[0].right for boxes in drawn}


@given(st.integers(1, 500), SEEDS)
def test_a_random_start_lies_within_3_and_1_quarters_before_the_edge(
    length: Any, seed: Any
) -> None:
    for end in first_ends(length, np.random.default_rng(seed), 3):
        assert math.floor(-0.75 * length) <= (end - length) % -length <= math.ceil(-0.25 * length)


def test_random_starts_take_the_whole_range() -> None:
    ends = first_ends(8, np.random.default_rng(0), 300)
    assert {end - 8 for end in ends} == {-6, -5, -4, -3, -2}


def test_columns_start_once_across_and_anew_down() -> None:
    random, again = np.random.default_rng(0), np.random.default_rng(0)
    boxes = draw_tiles((60, 100), tiled(20, "columns"), random)
    left = int(again.integers(-15, -4))
    columns = sorted({(box.left, box.right) for box in boxes})
    assert columns == [(max(0, low), min(100, low + 20)) for low in range(left, 100, 20)]
    for column in columns:
        top = int(again.integers(-15, -4))
        rows = [(max(0, low), min(60, low + 20)) for low in range(top, 60, 20)]
        assert [(b.top, b.bottom) for b in boxes if (b.left, b.right) == column] == rows
    assert random.bit_generator.state == again.bit_generator.state


@given(SHAPES, st.integers(7, 400), st.sampled_from(["origin", "random", "columns"]), SEEDS)
def test_a_tile_s_share_is_that_of_a_full_tile_s_pixels(
    shape: Any, tile_size: Any, tile_start: Any, seed: Any
) -> None:
    recipe, terms = tiled(tile_size, tile_start), layer_terms({"a": 1})
    boxes = draw_tiles(shape, recipe, np.random.default_rng(seed))
    equal = dataclasses.replace(recipe, tile_weights="equal")
    assert {tile_share(box, shape, equal, terms) for box in boxes} == {1.0}
    recipe = dataclasses.replace(recipe, tile_weights="area")
    shares = [tile_share(box, shape, recipe, terms) for box in boxes]
    assert 0 < min(shares) <= max(shares) <= 1
    full = [box.pixels / share for box, share in zip(boxes, shares, strict=True)]
    np.testing.assert_allclose(full, full[0])
    if tile_start == "origin":
        assert shares[0] == 1


@pytest.mark.parametrize(
    ("settings", "objectives", "share"),
    [
        ({}, [None], 50 / 196),
        ({"tile_weights": "equal"}, [None], 1),
        ({"tile_normalize": True}, [None], 1),
        ({"objective": "half_sum_square"}, [None], 1),
        ({"objective": "half_sum_square"}, [None, "mean"], 50 / 196),
        ({}, ["half_sum_square"], 1),
        ({"tile_start": "random"}, [None], 50 / 300),  # full tiles are 20 x 15
        ({"tile_size": None}, [None], 50 / 600),
    ],
)
def test_what_a_tile_counts(settings: Any, objectives: Any, share: float) -> None:
    recipe = Recipe(**{"tile_size": 14, **settings})
    terms = [LayerTerm("a", objective=objective) for objective in objectives]
    box, shape = Box(0, 5, 0, 10), (20, 30)
    assert tile_share(box, shape, recipe, terms) == pytest.approx(share)


def test_nothing_is_drawn_without_tiles() -> None:
    random = np.random.default_rng(0)
    before = random.bit_generator.state
    assert draw_tiles((100, 90), Recipe(), random) == []
    assert random.bit_generator.state == before


def test_seams_move_from_draw_to_draw() -> None:
    random = np.random.default_rng(3)
    seams = {
        box.left
        for _ in range(40)
        for box in draw_tiles((100, 120), tiled(40, "random"), random)
        if box.left > 0
    }
    assert len(seams) > 40


@given(SHAPES, LENGTHS, st.integers(1, 200), SEEDS)
def test_a_widened_box_contains_the_box_and_is_large_enough(
    shape: Any, lengths: Any, smallest: Any, seed: Any
) -> None:
    random = np.random.default_rng(seed)
    top, left = (int(random.integers(-length, 1)) for length in lengths)
    for box in tile_boxes(shape, lengths, (top, left)):
        wide = widened(box, shape, smallest)
        assert inside(wide, shape)
        assert wide.top <= box.top and wide.bottom >= box.bottom
        assert wide.left <= box.left and wide.right >= box.right
        for axis in (0, 1):
            wanted = max(box.shape[axis], min(smallest, shape[axis]))
            assert wide.shape[axis] == wanted


def test_a_box_is_widened_to_the_right_first() -> None:
    assert widened(Box(0, 4, 10, 14), (20, 20), 10) == Box(0, 10, 10, 20)
    assert widened(Box(18, 20, 5, 20), (20, 20), 10) == Box(10, 20, 5, 20)


def test_no_tensorflow_is_imported() -> None:
    code = "import sys, deepdreamr.recipes.schedule; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
