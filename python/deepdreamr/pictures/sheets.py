"""pictures → **sheet**: several pictures side by side with a label over each. No TensorFlow."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..errors import ArgumentError
from .files import FORMATS, check_output, encode, write_whole
from .images import Shape

PAPER, INK, PALE_INK = (255, 255, 255), (20, 20, 20), (110, 110, 110)
MARGIN, GAP = 12, 8
MOST_ZOOM = 64
ASPECT = 4 / 3  # width to height that a sheet comes near to by itself
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


class Label(NamedTuple):
    """What stands over a tile: a name at the left, and a paler note at the right."""

    name: str
    note: str = ""


@dataclasses.dataclass(frozen=True)
class Layout:
    """Where the tiles of a sheet lie, in pixels.

    Attributes
    ----------
    shape : height and width of the sheet
    tiles : (top, left) of each tile; its label's line is right above it
    """

    shape: Shape
    tiles: tuple[tuple[int, int], ...]


def lay_out(
    count: int, cell: Shape, label: int, *, columns: int | None = None, title: Shape = (0, 0)
) -> Layout:
    """A sheet's layout, row by row.

    Parameters
    ----------
    count : number of tiles
    cell : height of a tile, and width of its column
    label : height of the line over a tile
    columns : how many tiles stand in a row; None for about as many as make the sheet 4:3
    title : height and width of the sheet's title; (0, 0) for none
    """
    height, width = cell[0] + label, cell[1]
    columns = min(count, columns or even_columns(count, (height + GAP, width + GAP)))
    rows = -(-count // columns)
    head = MARGIN + (title[0] + GAP if title[0] else 0)
    corners = [
        (head + (i // columns) * (height + GAP) + label, MARGIN + (i % columns) * (width + GAP))
        for i in range(count)
    ]
    return Layout(
        shape=(
            head + rows * (height + GAP) - GAP + MARGIN,
            2 * MARGIN + max(columns * (width + GAP) - GAP, title[1]),
        ),
        tiles=tuple(corners),
    )


def even_columns(count: int, cell: Shape) -> int:
    """How many columns make a sheet of about 4:3 with few places left empty in its last row.

    >>> even_columns(64, (100, 110))
    8
    """

    def fault(columns: int) -> float:
        rows = -(-count // columns)
        aspect = columns * cell[1] / (rows * cell[0])
        upright = 0.3 if aspect < 0.9 else 0.0  # a page and a screen have more room at the sides
        return abs(math.log(aspect / ASPECT)) / 2 + 1.5 * (-count % columns) / count + upright

    return min(range(1, count + 1), key=fault)


def contact_sheet(
    tiles: Sequence[np.ndarray],
    labels: Sequence[Label],
    *,
    columns: int | None = None,
    title: Label | None = None,
) -> np.ndarray:
    """Pictures of one size on white paper, row by row, with a label over each.

    Parameters
    ----------
    tiles : uint8 (height, width, 3) each
    labels : one for each tile; the columns are as wide as the widest of them needs
    columns : how many tiles stand in a row; None for about as many as make the sheet 4:3
    title : a line over all; its note is left out where there is no room

    Returns
    -------
    uint8 (height, width, 3)

    Raises
    ------
    ArgumentError
        If `columns` is not a whole number from 1.
    """
    height, width = tiles[0].shape[:2]
    font, head_font = label_font((height, width)), label_font((height, width), larger=True)
    cell = (height, max(width, *(label_width(label, font) for label in labels)))
    head = (line_height(head_font), label_width(Label(title.name), head_font)) if title else (0, 0)
    layout = lay_out(
        len(tiles), cell, line_height(font), columns=check_columns(columns), title=head
    )
    sheet = Image.new("RGB", layout.shape[::-1], PAPER)
    if title:
        fits = label_width(title, head_font) <= layout.shape[1] - 2 * MARGIN
        title = title if fits else Label(title.name)
        _write(sheet, title, (MARGIN, MARGIN), label_width(title, head_font), head_font)
    for tile, label, (top, left) in zip(tiles, labels, layout.tiles, strict=True):
        sheet.paste(Image.fromarray(tile), (left, top))
        _write(sheet, label, (top - line_height(font), left), cell[1], font)
    return np.array(sheet)


def _write(
    sheet: Image.Image, label: Label, corner: tuple[int, int], width: int, font: Font
) -> None:
    """Write a label, its note at the right end of `width` pixels; `corner` is (top, left)."""
    top, left = corner
    draw = ImageDraw.Draw(sheet)
    draw.text((left, top), label.name, INK, font)
    if label.note:
        draw.text((left + width - font.getlength(label.note), top), label.note, PALE_INK, font)


def check_number(name: str, value: Any, wanted: str, fits: Callable[[float], bool]) -> float:
    """The value as a float, or an `ArgumentError` that says what is wanted."""
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not (number and math.isfinite(value) and fits(value)):
        raise ArgumentError(f"`{name}` must be {wanted}. Received: {name}={value!r}")
    return float(value)


def check_columns(columns: Any) -> int | None:
    """The number of columns, or an `ArgumentError`."""
    if columns is None:
        return None
    wanted = "a whole number >= 1, or None"
    return int(check_number("columns", columns, wanted, lambda n: n >= 1 and n == int(n)))


def check_zoom(zoom: Any) -> float | None:
    """The zoom, or an `ArgumentError`."""
    if zoom is None:
        return None
    wanted = f"a number > 0 and <= {MOST_ZOOM}, or None"
    return check_number("zoom", zoom, wanted, lambda n: 0 < n <= MOST_ZOOM)


def even_zoom(shape: Shape, count: int) -> float:
    """Whole pixels per cell, or cells per pixel, for tiles of about 128 pixels (a few: 256).

    >>> even_zoom((28, 38), 64), even_zoom((239, 319), 64)
    (3, 0.5)
    """
    share = (256 if count <= 12 else 128) / max(shape)
    return round(share) if share >= 1 else 1 / round(1 / share)


def zoomed(pixels: np.ndarray, zoom: float) -> np.ndarray:
    """A picture larger (each pixel becomes a square) or smaller (by the mean over areas).

    Parameters
    ----------
    pixels : uint8 (height, width, 3), or float32 (height, width)
    zoom : new size divided by the old one
    """
    height, width = (max(1, round(length * zoom)) for length in pixels.shape[:2])
    if (height, width) == pixels.shape[:2]:
        return pixels
    how = Image.Resampling.NEAREST if zoom > 1 else Image.Resampling.BOX
    return np.asarray(Image.fromarray(pixels).resize((width, height), how))


def label_font(tile: Shape, larger: bool = False) -> Font:
    """Pillow's own font in a size that goes with a tile's: 14 to 26 pixels."""
    size = min(26, max(14, min(tile) // 16))
    return ImageFont.load_default(size * 1.25 if larger else size)


def line_height(font: Font) -> int:
    """Pixels from one line to the next."""
    return math.ceil(font.getbbox("Ag")[3] * 1.2)


def label_width(label: Label, font: Font) -> int:
    """Pixels that a label takes, with room between name and note."""
    room = GAP if label.note else 0
    return math.ceil(font.getlength(label.name) + room + font.getlength(label.note))


@dataclasses.dataclass(frozen=True, eq=False)
class Sheet:
    """A finished picture that shows something about a network.

    Attributes
    ----------
    image : uint8 (height, width, 3)
    """

    image: np.ndarray

    @property
    def shape(self) -> Shape:
        """Height and width in pixels."""
        height, width = self.image.shape[:2]
        return height, width

    def png(self) -> bytes:
        """The picture as the content of a PNG file."""
        return encode(self.image)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the picture; the suffix names the format (.png .jpg .jpeg .webp .tif .tiff).

        Raises
        ------
        OutputError
            If it cannot be written, or the file exists and `overwrite` is false.
        """
        return save_pixels(self.image, path, overwrite=overwrite)

    def _repr_png_(self) -> bytes:
        return self.png()


def save_pixels(image: np.ndarray, path: str | os.PathLike[str], *, overwrite: bool) -> Path:
    """Write uint8 (height, width, 3) to a file."""
    path = check_output(path, overwrite)
    write_whole(path, encode(image, FORMATS[path.suffix.lower()]))
    return path
