"""size + layers → **layout** → windows: how parts of a large image overlap. No TensorFlow.

Windows count each cell of each layer once, and share the image otherwise at each draw, so that no
seam stays.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ..recipes.schedule import Box, Shape


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
    grids : for each layer the cells of the whole image's activation
    """

    box: Box
    cells: tuple[Box, ...]
    grids: tuple[CellGrid, ...]

    def sizes(self, border: int) -> list[int]:
        """For each layer the number of cells of the whole image's activation, within a border."""
        return [math.prod(max(n - 2 * border, 1) for n in grid.shape) for grid in self.grids]

    def cell(self, layer: int, place: tuple[float, ...], border: int) -> tuple[int, int]:
        """Row and column, among the cells that count of a layer, of a place in the whole image.

        They are negative where another window counts that cell. `place` is in fractions of the
        image; where its cell is border, the nearest one within is meant.
        """
        (stride, shape), cells, found = self.grids[layer], self.cells[layer], []
        for axis, (low, high) in enumerate((cells[:2], cells[2:])):
            first = self.box[2 * axis] // stride[axis]
            cell = int(np.float32(place[axis]) * np.float32(shape[axis]))  # as the core has it
            cell = min(max(cell, border), shape[axis] - border - 1)
            found.append(cell - first - low if low <= cell - first < high else -1)
        return (-1, -1) if min(found) < 0 else (found[0], found[1])


Draw = Callable[[Shape], Sequence[Window]]
"""What draws the windows of an image of a shape."""

HALO = 96  # pixels that a window sees beyond the cells that it counts


class Layout(NamedTuple):
    """How windows lie along one axis.

    Attributes
    ----------
    windows : how many there are
    length : of each, in pixels
    first : where the share of the first one may end: from, to
    share : pixels of a window between two others
    """

    windows: int
    length: int
    first: tuple[int, int]
    share: int


def alignment(grids: Sequence[CellGrid]) -> int:
    """Windows start at multiples of this many pixels, so that their cells are the image's own."""
    return math.lcm(*(stride for grid in grids for stride in grid.stride))


def _axis_layouts(pixels: int, align: int, halo: int) -> list[Layout]:
    """The ways to lie along an axis, each with one window more and so with shorter ones.

    All windows are of one length, since each new size costs time and memory: those at the image's
    edges see a little more than they need, and the shares move by 2/3 of the halo at least. As
    the rest by `align` is the image's own, padding falls where it does in the image.
    """
    rest, move = pixels % align, 2 * halo // 3 // align * align
    layouts = [Layout(1, pixels, (pixels, pixels), pixels)]
    for count in range(2, pixels // align + 1):
        room = pixels - rest + 2 * halo * (count - 1)
        length = math.ceil((room + move) / (count * align)) * align
        if length < 2 * halo + 2 * align:
            break
        if length + rest < min(pixels, layouts[-1].length):
            slack, longest = count * length - room, length - halo
            first = max(align, longest - slack), min(longest, pixels - rest - align)
            layouts.append(Layout(count, length + rest, first, length - 2 * halo))
    return layouts


@functools.lru_cache(maxsize=64)
def window_layouts(shape: Shape, align: int, halo: int, limit: int) -> tuple[Layout, Layout]:
    """Down and across: the layouts of the least work whose windows have at most `limit` pixels.

    Where there are none, those of the smallest windows.
    """
    down, across = (_axis_layouts(pixels, align, halo) for pixels in shape)
    pairs = list(itertools.product(down, across))
    fitting = [(a, b) for a, b in pairs if a.length * b.length <= limit]
    if not fitting:
        return min(pairs, key=lambda pair: pair[0].length * pair[1].length)
    return min(fitting, key=lambda pair: math.prod(a.windows * a.length for a in pair))


def _axis_windows(
    pixels: int,
    layout: Layout,
    first: int,
    grids: Sequence[tuple[int, int]],
    halo: int,
    border: int,
) -> list[tuple[tuple[int, int], list[tuple[int, int]]]]:
    """Along one axis: what each window sees, and the cells of each layer that it counts.

    Parameters
    ----------
    first : where the first window's share ends
    grids : of each layer, the pixels between two cells and the number of cells
    """

    def first_cell(edge: int, stride: int, count: int) -> int:
        """The first cell whose centre is beyond the edge; the cells lie evenly on the image."""
        last = max(border, count - border)
        if edge in (0, pixels):
            return border if edge == 0 else last
        center = (pixels - 1 - stride * (count - 1)) / 2
        return min(max(math.ceil((edge - center) / stride), border), last)

    inner = [first + i * layout.share for i in range(layout.windows - 1)]
    windows = []
    for low, high in itertools.pairwise([0, *inner, pixels]):
        top = min(max(0, low - halo), pixels - layout.length)
        cells = [
            (first_cell(low, *grid) - top // grid[0], first_cell(high, *grid) - top // grid[0])
            for grid in grids
        ]
        windows.append(((top, top + layout.length), cells))
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
    """Windows that count each cell of each layer once, and share them otherwise at each draw.

    Parameters
    ----------
    shape : of the image
    grids : of each layer
    limit : how many pixels a window may see; exceeded only where a window would be all halo
    border : cells at the edge of each activation that do not count
    halo : pixels that a window sees on each side beyond its own share
    """
    align = alignment(grids)
    halo = math.ceil(halo / align) * align
    axes = []
    for axis, layout in enumerate(window_layouts(shape, align, halo, limit)):
        low, high = layout.first
        first = low + align * int(random.integers((high - low) // align + 1))
        axis_grids = [(grid.stride[axis], grid.shape[axis]) for grid in grids]
        axes.append(_axis_windows(shape[axis], layout, first, axis_grids, halo, border))
    return [
        Window(
            Box(*rows, *columns),
            tuple(Box(*r, *c) for r, c in zip(row_cells, column_cells, strict=True)),
            tuple(grids),
        )
        for rows, row_cells in axes[0]
        for columns, column_cells in axes[1]
    ]
