"""recipe + size → **schedule** → core: sizes of octaves, where tiles and neurons lie.

What a recipe's numbers come to for a picture of a size, as plain data. `shape` is (height, width)
in pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .objectives import Neuron
from .settings import Recipe
from .terms import LayerTerm
from .transforms import most_pixels, seen_span

Shape = tuple[int, int]


def octave_shapes(shape: Shape, recipe: Recipe) -> tuple[Shape, ...]:
    """The (height, width) of each octave, the smallest first.

    >>> from deepdreamr.recipes.published import RECIPES
    >>> octave_shapes((427, 640), RECIPES["rblog"])[0]
    (79, 118)
    """
    scale = recipe.octave_scale
    whole = round if recipe.octave_rounding == "round" else int
    product = recipe.octave_rounding == "floor_product"  # the published int(size * 0.7)

    def shrunk(pixels: int, factor: float) -> int:
        return whole(pixels * (1 / factor) if product else pixels / factor)

    shapes = [shape]
    for i in range(1, recipe.octaves - recipe.octaves_above):
        base, factor = (shapes[0], scale) if recipe.octave_chain else (shape, scale**i)
        shapes.insert(0, (shrunk(base[0], factor), shrunk(base[1], factor)))
    for i in range(1, recipe.octaves_above + 1):
        shapes.append((whole(shape[0] * scale**i), whole(shape[1] * scale**i)))
    return tuple(shapes)


def shown_shapes(shape: Shape, recipe: Recipe) -> tuple[Shape, Shape]:
    """The smallest and the largest shape in which the network is shown an image of a shape."""
    (low, high), (left, right) = (seen_span(pixels, recipe.shown()) for pixels in shape)
    return (low, left), (high, right)


def largest_shape(shape: Shape, recipe: Recipe) -> Shape:
    """The largest one that an image of a shape has on its way through the transforms."""
    height, width = (most_pixels(pixels, recipe.shown()) for pixels in shape)
    return height, width


class Box(NamedTuple):
    """Rows `top` to `bottom` and columns `left` to `right`, the last ones not included."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> Shape:
        """Its height and width."""
        return self.bottom - self.top, self.right - self.left

    @property
    def pixels(self) -> int:
        """How many there are in it."""
        return self.shape[0] * self.shape[1]


def draw_tiles(shape: Shape, recipe: Recipe, random: np.random.Generator) -> list[Box]:
    """The tiles of one gradient: on a fixed grid ("origin"), or evened out from a random start.

    They cover each pixel once, column by column. Random starts lie 3/4 to 1/4 of a tile before the
    edge; the published "columns" have one for all columns, and one for the rows of each.
    """
    if recipe.tile_size is None:
        return []
    height, width = _tile_lengths(shape, recipe.tile_size, recipe)
    if recipe.tile_start == "origin":
        return tile_boxes(shape, (height, width))

    def start(n: int) -> int:
        return int(random.integers(-(3 * n) // 4, -(n // 4) + 1))

    if recipe.tile_start == "random":
        return tile_boxes(shape, (height, width), (start(height), start(width)))
    columns = _cuts(shape[1], start(width), width)
    rows = [_cuts(shape[0], start(height), height) for _ in columns]
    return [Box(*cut, *column) for column, cuts in zip(columns, rows, strict=True) for cut in cuts]


def _tile_lengths(shape: Shape, size: int, recipe: Recipe) -> Shape:
    """The height and width of a full tile."""
    if recipe.tile_start == "origin":
        return size, size
    return even_length(shape[0], size), even_length(shape[1], size)


def tile_share(tile: Box, shape: Shape, recipe: Recipe, terms: Sequence[LayerTerm]) -> float:
    """What a tile's gradient counts: its pixels, of those of a full tile within the image.

    It is 1 where the recipe does not weigh tiles, or they need no weight: they are normalised, or
    the loss is a sum, which a small tile has less of. One term that is no sum makes all weighed,
    and a function counts as the recipe's objective.
    """
    sums = all(str(t.unit or recipe.objective) == "half_sum_square" for t in terms)
    if recipe.tile_weights != "area" or recipe.tile_normalize or sums:
        return 1.0
    lengths = _tile_lengths(shape, recipe.tile_size or max(shape), recipe)
    return tile.pixels / math.prod(map(min, shape, lengths))


def even_length(pixels: int, tile_size: int) -> int:
    """The length of tiles that share an axis evenly and are about `tile_size` long."""
    return -(-pixels // max(1, round(pixels / tile_size)))


def tile_boxes(shape: Shape, lengths: Shape, start: Shape = (0, 0)) -> list[Box]:
    """Boxes side by side from `start`, cut at the image's edges, column by column.

    >>> tile_boxes((4, 6), (4, 4))
    [Box(top=0, bottom=4, left=0, right=4), Box(top=0, bottom=4, left=4, right=6)]
    """
    rows, columns = (_cuts(*axis) for axis in zip(shape, start, lengths, strict=True))
    return [Box(*row, *column) for column in columns for row in rows]


def _cuts(pixels: int, start: int, length: int) -> list[Shape]:
    """Where pieces of an axis begin and end."""
    edges = range(start, pixels, length)
    return [(max(0, e), min(pixels, e + length)) for e in edges if e + length > 0]


def neuron_places(
    terms: Sequence[LayerTerm],
    shape: Shape,
    shift: Shape,
    tile: Box | None = None,
    seen: Box | None = None,
) -> list[tuple[float, float, float]]:
    """For each term its neuron's place in what a tile sees: down and across as fractions of that.

    They are -1 where the tile does not hold it, or there is none. The third number is what a tile
    counts it for, so that the mean over tiles, by pixels, is what the neuron responds.

    Parameters
    ----------
    shape, shift : of the whole image, and how far it has been rolled
    tile, seen : a tile, and what it sees; the whole image if None
    """
    places, whole = [], Box(0, shape[0], 0, shape[1])
    tile, seen = tile or whole, seen or whole
    for unit in (term.unit for term in terms):
        y, x = unit.pixel(shape, shift) if isinstance(unit, Neuron) else (-1.0, -1.0)
        if tile.top <= y < tile.bottom and tile.left <= x < tile.right:
            height, width = seen.shape
            count = shape[0] * shape[1] / tile.pixels
            places.append(((y - seen.top) / height, (x - seen.left) / width, count))
        else:
            places.append((-1.0, -1.0, 1.0))
    return places


def widened(box: Box, shape: Shape, smallest: int) -> Box:
    """The box, grown inwards from the image's edges to at least `smallest` pixels each way."""

    def grow(low: int, high: int, pixels: int) -> Shape:
        missing = max(0, min(smallest, pixels) - (high - low))
        high = min(pixels, high + missing)
        return min(low, max(0, high - min(smallest, pixels))), high

    return Box(*grow(box.top, box.bottom, shape[0]), *grow(box.left, box.right, shape[1]))
