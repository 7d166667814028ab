"""image → **tiles** → gradient: boxes that cover each pixel once. Plain data, no TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .images import Shape


class Box(NamedTuple):
    """Rows `top` to `bottom` and columns `left` to `right`, the last ones not included."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> Shape:
        return self.bottom - self.top, self.right - self.left


class CellGrid(NamedTuple):
    """Where the cells of a layer's activation lie: pixels from one to the next, and how many."""

    stride: Shape
    shape: Shape


class Window(NamedTuple):
    """A part of an image large enough to see what some cells of each layer respond to.

    Attributes
    ----------
    box : of the image
    cells : for each layer the box of its cells that count, within the part's own activation
    sizes : for each layer the number of cells of the whole image's activation
    """

    box: Box
    cells: tuple[Box, ...]
    sizes: tuple[int, ...]


def even_length(pixels: int, tile_size: int) -> int:
    """The length of tiles that share an axis evenly and are about `tile_size` long."""
    return -(-pixels // max(1, round(pixels / tile_size)))


def random_start(length: int, random: np.random.Generator) -> int:
    """Where the first tile starts: 3/4 to 1/4 of a tile before the edge."""
    return int(random.integers(-(3 * length) // 4, -(length // 4) + 1))


def _cuts(pixels: int, start: int, length: int) -> list[tuple[int, int]]:
    edges = range(start, pixels, length)
    return [(max(0, e), min(pixels, e + length)) for e in edges if e + length > 0]


def tile_boxes(shape: Shape, lengths: Shape, start: Shape = (0, 0)) -> list[Box]:
    """Boxes side by side from `start`, cut at the image's edges, row by row.

    >>> tile_boxes((4, 6), (4, 4))
    [Box(top=0, bottom=4, left=0, right=4), Box(top=0, bottom=4, left=4, right=6)]
    """
    rows, columns = (_cuts(*axis) for axis in zip(shape, start, lengths, strict=True))
    return [Box(*row, *column) for row in rows for column in columns]


def draw_boxes(
    shape: Shape, tile_size: int, tile_start: str, random: np.random.Generator
) -> list[Box]:
    """The tiles of one gradient: on a fixed grid ("origin"), or evened out from a random start."""
    if tile_start == "origin":
        return tile_boxes(shape, (tile_size, tile_size))
    lengths = (even_length(shape[0], tile_size), even_length(shape[1], tile_size))
    top = random_start(lengths[0], random)
    left = random_start(lengths[1], random)
    return tile_boxes(shape, lengths, (top, left))


def draw_shift(jitter: int, random: np.random.Generator) -> Shape:
    """How far the image is rolled, down and to the right: up to `jitter` pixels either way."""
    down, right = random.integers(-jitter, jitter + 1, size=2)
    return int(down), int(right)


def widened(box: Box, shape: Shape, smallest: int) -> Box:
    """The box, grown inwards from the image's edges to at least `smallest` pixels each way."""

    def grow(low: int, high: int, pixels: int) -> tuple[int, int]:
        missing = max(0, min(smallest, pixels) - (high - low))
        high = min(pixels, high + missing)
        return min(low, max(0, high - min(smallest, pixels))), high

    return Box(*grow(box.top, box.bottom, shape[0]), *grow(box.left, box.right, shape[1]))


HALO = 96  # pixels that a window sees beyond the cells that it counts


def alignment(grids: Sequence[CellGrid]) -> int:
    """Windows start at multiples of this many pixels, so that their cells are the image's own."""
    return math.lcm(*(stride for grid in grids for stride in grid.stride))


def window_edges(pixels: int, length: int, align: int, random: np.random.Generator) -> list[int]:
    """Edges along one axis, 0 and `pixels` included, about `length` apart from a random start."""
    count = max(1, math.ceil(pixels / length))
    if count == 1:
        return [0, pixels]
    even = math.ceil(pixels / count / align) * align
    start = int(random.integers(even // align)) * align
    inner = range(start, pixels, even)
    return [0, *(e for e in inner if e >= even // 4 and pixels - e >= even // 4), pixels]


def _axis_windows(
    pixels: int,
    edges: Sequence[int],
    grids: Sequence[tuple[int, int]],
    halo: int,
    align: int,
    border: int,
) -> list[tuple[tuple[int, int], list[tuple[int, int]]]]:
    """Along one axis: what each window sees, and the cells of each layer that it counts."""

    def first_cell(edge: int, stride: int, count: int) -> int:
        """The first cell whose centre is beyond the edge; the cells lie evenly on the image."""
        center = (pixels - 1 - stride * (count - 1)) / 2
        inner = min(max(math.ceil((edge - center) / stride), border), max(border, count - border))
        return (
            inner if 0 < edge < pixels else (border if edge == 0 else max(border, count - border))
        )

    windows = []
    for low, high in zip(edges, edges[1:], strict=False):
        top = max(0, low - halo)
        bottom = pixels - max(0, (pixels - high - halo) // align) * align  # as even as the image
        cells = [
            (first_cell(low, *grid) - top // grid[0], first_cell(high, *grid) - top // grid[0])
            for grid in grids
        ]
        windows.append(((top, bottom), cells))
    return windows


def draw_windows(
    shape: Shape,
    grids: Sequence[CellGrid],
    limit: int,
    random: np.random.Generator,
    *,
    border: int = 0,
    halo: int = HALO,
) -> list[Window]:
    """Windows that count each cell of each layer once, and lie elsewhere each time they are drawn.

    Parameters
    ----------
    shape : of the image
    grids : of each layer
    limit : about how many pixels a window may see
    border : cells at the edge of each activation that do not count
    halo : pixels that a window sees on each side beyond its own share
    """
    align = alignment(grids)
    halo = math.ceil(halo / align) * align
    length = max(2 * align, int(math.sqrt(limit)) - 2 * halo)
    axes = [
        _axis_windows(
            shape[axis],
            window_edges(shape[axis], length, align, random),
            [(grid.stride[axis], grid.shape[axis]) for grid in grids],
            halo,
            align,
            border,
        )
        for axis in (0, 1)
    ]
    sizes = tuple(grid.shape[0] * grid.shape[1] for grid in grids)
    return [
        Window(
            Box(*rows, *columns),
            tuple(Box(*r, *c) for r, c in zip(row_cells, column_cells, strict=True)),
            sizes,
        )
        for rows, row_cells in axes[0]
        for columns, column_cells in axes[1]
    ]
