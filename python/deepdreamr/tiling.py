"""image → **tiles** → gradient: boxes that cover each pixel once. Plain data, no TensorFlow."""

from __future__ import annotations

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
