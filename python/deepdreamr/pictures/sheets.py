"""pictures → **sheet**: pictures of one size in rows, a label over each, on white paper."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..values import in_range
from .picture import Shape
from .writing import encode, save_pixels

_PAPER, _INK, _PALE_INK = (255, 255, 255), (20, 20, 20), (110, 110, 110)
MARGIN, GAP = 12, 8
_ASPECT = 4 / 3  # width to height of a sheet where no number of columns is given
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
    tiles : (top, left) of each tile; its label stands right above it
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
    label : height of the label over a tile
    columns : how many tiles stand in a row; None for as many as make the sheet about 4:3
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

    Parameters
    ----------
    count : number of tiles
    cell : height and width of a tile with its label and the gaps around it

    Examples
    --------
    >>> even_columns(64, (100, 110))
    8
    """

    def fault(columns: int) -> float:
        rows = -(-count // columns)
        aspect = columns * cell[1] / (rows * cell[0])
        upright = 0.3 if aspect < 0.9 else 0.0  # a page and a screen have more room at the sides
        return abs(math.log(aspect / _ASPECT)) / 2 + 1.5 * (-count % columns) / count + upright

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
    columns : how many tiles stand in a row; None for as many as make the sheet about 4:3
    title : stands over all tiles; its note is left out where there is no room

    Returns
    -------
    uint8 (height, width, 3)

    Raises
    ------
    ArgumentError
        If `columns` is neither None nor a whole number of at least 1.
    """
    height, width = tiles[0].shape[:2]
    font, head_font = label_font((height, width)), label_font((height, width), larger=True)
    cell = (height, max(width, *(label_width(label, font) for label in labels)))
    head = (line_height(head_font), label_width(Label(title.name), head_font)) if title else (0, 0)
    layout = lay_out(
        len(tiles), cell, line_height(font), columns=check_columns(columns), title=head
    )
    sheet = Image.new("RGB", layout.shape[::-1], _PAPER)
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
    draw.text((left, top), label.name, _INK, font)
    if label.note:
        draw.text((left + width - font.getlength(label.note), top), label.note, _PALE_INK, font)


def check_columns(columns: Any) -> int | None:
    """The number of columns as an int, or None.

    Raises
    ------
    ArgumentError
        If it is neither None nor a whole number of at least 1.
    """
    checked: int | None = in_range("columns", columns, int, optional=True, least=1)
    return checked


def label_font(tile: Shape, larger: bool = False) -> Font:
    """Pillow's own font, of 14 to 26 pixels: the larger the tile, the larger the font.

    Parameters
    ----------
    tile : height and width of a tile
    larger : whether it is a title's, which is a quarter larger
    """
    size = min(26, max(14, min(tile) // 16))
    return ImageFont.load_default(size * 1.25 if larger else size)


def line_height(font: Font) -> int:
    """Pixels from one line to the next."""
    return math.ceil(font.getbbox("Ag")[3] * 1.2)


def label_width(label: Label, font: Font) -> int:
    """Width of a label in pixels, with room between name and note."""
    room = GAP if label.note else 0
    return math.ceil(font.getlength(label.name) + room + font.getlength(label.note))


@dataclasses.dataclass(frozen=True, eq=False)
class Sheet:
    """A finished sheet, which notebooks show and which can be saved.

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
        """Write the picture; the suffix names the format (.png .jpg .jpeg .webp .tif .tiff .bmp).

        Raises
        ------
        OutputError
            If it cannot be written, or the file exists and `overwrite` is false.
        """
        return save_pixels(self.image, path, overwrite=overwrite)

    def _repr_png_(self) -> bytes:
        return self.png()
