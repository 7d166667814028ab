"""Pictures side by side, with labels."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from deepdreamr.errors import ArgumentError, OutputError
from deepdreamr.pictures.sheets import (
    GAP,
    MARGIN,
    Label,
    Sheet,
    check_columns,
    contact_sheet,
    even_columns,
    label_font,
    label_width,
    lay_out,
    line_height,
)


def tile(value: int, shape: tuple[int, int] = (30, 40)) -> np.ndarray:
    return np.full((*shape, 3), value, np.uint8)


def test_layout_by_hand() -> None:
    layout = lay_out(5, (30, 40), 10, columns=2, title=(15, 60))
    top, row = MARGIN + 15 + GAP + 10, 30 + 10 + GAP
    left, right = MARGIN, MARGIN + 40 + GAP
    assert layout.tiles == (
        (top, left),
        (top, right),
        (top + row, left),
        (top + row, right),
        (top + 2 * row, left),
    )
    assert layout.shape == (top + 2 * row + 30 + MARGIN, right + 40 + MARGIN)


def test_a_sheet_is_as_wide_as_its_title_needs() -> None:
    assert lay_out(1, (30, 40), 10, title=(15, 300)).shape[1] == 300 + 2 * MARGIN


@given(st.integers(1, 300), st.integers(1, 600), st.integers(1, 600), st.none() | st.integers(1, 9))
def test_tiles_lie_within_the_sheet_and_apart(
    count: Any, height: Any, width: Any, columns: Any
) -> None:
    layout = lay_out(count, (height, width), 12, columns=columns)
    assert len(set(layout.tiles)) == count
    for top, left in layout.tiles:
        assert top - 12 >= MARGIN and left >= MARGIN
        assert top + height + MARGIN <= layout.shape[0]
        assert left + width + MARGIN <= layout.shape[1]
    tops, lefts = (sorted({corner[axis] for corner in layout.tiles}) for axis in (0, 1))
    assert all(b - a == height + 12 + GAP for a, b in zip(tops, tops[1:], strict=False))
    assert all(b - a == width + GAP for a, b in zip(lefts, lefts[1:], strict=False))
    assert len(lefts) == min(count, columns or len(lefts))


@pytest.mark.parametrize("cell", [(100, 100), (390, 488), (150, 100)])
def test_a_sheet_of_its_own_choice_is_about_4_to_3_and_nearly_full(cell: tuple[int, int]) -> None:
    for count in range(1, 300):
        columns = even_columns(count, cell)
        rows = -(-count // columns)
        assert 1 <= columns <= count
        assert 0.66 < columns * cell[1] / (rows * cell[0]) < 4
        assert columns * rows - count <= 0.3 * count


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (6, 3), (12, 4), (64, 8), (35, 7)])
def test_even_columns(count: int, columns: int) -> None:
    assert even_columns(count, (100, 110)) == columns


def test_tiles_are_pasted_as_they_are() -> None:
    tiles = [tile(value) for value in (0, 90, 180)]
    labels = [Label(name) for name in "abc"]
    sheet = contact_sheet(tiles, labels, columns=2)
    line = line_height(label_font((30, 40)))
    layout = lay_out(3, (30, 40), line, columns=2)
    assert sheet.shape == (*layout.shape, 3) and sheet.dtype == np.uint8
    for pixels, (top, left) in zip(tiles, layout.tiles, strict=True):
        np.testing.assert_array_equal(sheet[top : top + 30, left : left + 40], pixels)
    empty = sheet[layout.tiles[2][0] - line :, layout.tiles[1][1] :]
    assert (empty == 255).all()


def test_labels_stand_over_their_tiles() -> None:
    sheet = contact_sheet([tile(255)] * 2, [Label("66"), Label("")], columns=2)
    line = line_height(label_font((30, 40)))
    dark = sheet.min(axis=2) < 128
    rows, columns = np.nonzero(dark)
    assert dark.any()
    assert MARGIN <= rows.min() and rows.max() < MARGIN + line
    assert MARGIN <= columns.min() and columns.max() < MARGIN + 40


def test_a_note_ends_where_the_column_ends() -> None:
    sheet = contact_sheet([tile(255, (30, 90))], [Label("", "5.5")])
    columns = np.nonzero(sheet.min(axis=(0, 2)) < 200)[0]
    assert MARGIN + 90 - 6 <= columns.max() < MARGIN + 90


def test_different_labels_differ_in_the_sheet() -> None:
    sheets = [contact_sheet([tile(0)], [Label(text)]) for text in ("143", "148")]
    assert (sheets[0] != sheets[1]).any()


def test_a_long_label_widens_its_column() -> None:
    label = Label("block_13_expand_relu", "weight 0.5")
    sheet = contact_sheet([tile(0)] * 2, [label, label], columns=2)
    width = label_width(label, label_font((30, 40)))
    assert width > 40
    assert sheet.shape[1] == 2 * MARGIN + GAP + 2 * width


def test_the_titles_note_is_left_out_where_there_is_no_room() -> None:
    wide = [
        contact_sheet([tile(0, (30, 500))], [Label("")], title=Label("t", note))
        for note in ("note", "")
    ]
    narrow = [
        contact_sheet([tile(0)], [Label("")], title=Label("t", note)) for note in ("a note", "")
    ]
    assert (wide[0] != wide[1]).any()
    np.testing.assert_array_equal(narrow[0], narrow[1])


@pytest.mark.parametrize("columns", [0, -1, 2.5, "3", True, float("nan"), [3], float("inf")])
def test_columns_must_be_a_whole_number(columns: Any) -> None:
    with pytest.raises(ArgumentError, match=r"`columns` must be .* >= 1.* Received: columns="):
        check_columns(columns)


def test_numbers_as_r_sends_them() -> None:
    assert check_columns(5.0) == 5 and isinstance(check_columns(5.0), int)
    assert check_columns(np.int64(4)) == 4


def test_a_sheet_can_be_saved_and_shown(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    sheet = Sheet(pixels)
    assert sheet.shape == (20, 30)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(sheet._repr_png_()))), pixels)
    path = sheet.save(tmp_path / "sheet.png")
    np.testing.assert_array_equal(np.asarray(Image.open(path)), pixels)
    with pytest.raises(OutputError, match="exists already"):
        sheet.save(path)
    sheet.save(path, overwrite=True)
    with pytest.raises(OutputError, match="no folder"):
        sheet.save(tmp_path / "nowhere" / "sheet.png")
    with pytest.raises(OutputError, match="unknown format"):
        sheet.save(tmp_path / "sheet.gif")
