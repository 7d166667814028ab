"""Feature maps made by hand: their order and their contact sheet."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepdreamr import FeatureMaps
from deepdreamr.errors import ArgumentError, OutputError
from deepdreamr.looking.maps import LEGEND, MOST
from deepdreamr.pictures.sheets import (
    GAP,
    MARGIN,
    Label,
    contact_sheet,
    label_font,
    label_width,
    line_height,
)


@pytest.fixture
def known() -> FeatureMaps:
    """Three maps of 2 x 3 cells; the strongest is 2, then 0, then 1."""
    maps = [
        [[0, 1, 2], [3, 4, 5]],
        [[0, 0, 0], [0, 0, 1]],
        [[6, 6, 6], [6, 6, 10]],
    ]
    return FeatureMaps(np.moveaxis(np.array(maps, np.float32), 0, -1), "toy", "net", "by hand")


def shown(sheet: np.ndarray, count: int, columns: int, zoom: int = 40) -> list[np.ndarray]:
    """The maps of 2 x 3 cells on a sheet, one pixel for each cell."""
    shape = (2 * zoom, 3 * zoom)
    font, head = label_font(shape), label_font(shape, larger=True)
    top = MARGIN + line_height(head) + GAP + line_height(font)
    step = (shape[0] + line_height(font) + GAP, shape[1] + GAP)
    maps = []
    for index in range(count):
        y, x = top + index // columns * step[0], MARGIN + index % columns * step[1]
        tile = sheet[y : y + shape[0], x : x + shape[1]]
        cells = tile[zoom // 2 :: zoom, zoom // 2 :: zoom]
        np.testing.assert_array_equal(tile, cells.repeat(zoom, axis=0).repeat(zoom, axis=1))
        maps.append(cells)
    return maps


def test_order_by_strength_and_by_index(known: FeatureMaps) -> None:
    assert known.strength.tolist() == pytest.approx([55 / 6, 1 / 6, 280 / 6])
    assert known.ordered().tolist() == [2, 0, 1]
    assert known.ordered("index").tolist() == [0, 1, 2]
    assert known.ordered(channels=[1, 0]).tolist() == [0, 1]
    assert known.ordered("index", channels=[2, 0]).tolist() == [0, 2]
    assert known.ordered(channels=1).tolist() == [1]
    assert known.ordered(channels=[1.0, 2.0]).tolist() == [2, 1]
    assert known.ordered(channels=np.arange(2)).tolist() == [0, 1]
    assert known.ordered(channels=np.int64(2)).tolist() == [2]


def test_only_the_strongest_are_shown_unless_asked() -> None:
    activations = np.zeros((2, 3, 200), np.float32)
    activations[0, 0] = np.random.default_rng(0).permutation(200)
    maps = FeatureMaps(activations, "toy", "net", "by hand")
    strongest = np.argsort(-activations[0, 0])
    np.testing.assert_array_equal(maps.ordered(), strongest[:MOST])
    np.testing.assert_array_equal(maps.ordered("index"), np.sort(strongest[:MOST]))
    assert len(maps.ordered(channels=range(200))) == 200
    assert f"a sheet shows {MOST}" in repr(maps)


def test_a_sheet_of_known_activations(known: FeatureMaps) -> None:
    sheet = known.montage(colormap="gray", columns=2, zoom=40)
    first, second, third = shown(sheet, 3, columns=2)
    np.testing.assert_array_equal(first[..., 0], [[153, 153, 153], [153, 153, 255]])
    np.testing.assert_array_equal(second[..., 0], [[0, 51, 102], [153, 204, 255]])
    np.testing.assert_array_equal(third[..., 0], [[0, 0, 0], [0, 0, 255]])


def test_channels_can_be_compared_on_the_layers_own_scale(known: FeatureMaps) -> None:
    sheet = known.montage(colormap="gray", columns=3, zoom=40, scale="layer", order="index")
    maps = shown(sheet, 3, columns=3)
    for number, cells in enumerate(maps):
        expected = np.rint(known.activations[..., number] / 10 * 255)
        np.testing.assert_array_equal(cells[..., 0], expected)


def test_negative_activations_are_blue_and_positive_ones_red() -> None:
    activations = np.array([[[-4], [0], [2]], [[0], [0], [4]]], np.float32)
    maps = FeatureMaps(activations, "toy", "net", "by hand")
    (cells,) = (c.astype(int) for c in shown(maps.montage(zoom=40), 1, columns=1))
    assert (cells[0, 0, 2] > cells[0, 0, 0]) and (cells[1, 2, 0] > cells[1, 2, 2])
    assert np.ptp(cells[0, 1]) <= 4 and cells[0, 1].min() > 230


def test_a_sheets_size_follows_the_number_of_maps(known: FeatureMaps) -> None:
    sizes = [known.montage(channels=c, zoom=40, columns=1).shape for c in ([0], [0, 1], None)]
    row = 80 + line_height(label_font((80, 120))) + GAP
    assert [b[0] - a[0] for a, b in zip(sizes, sizes[1:], strict=False)] == [row, row]
    title = label_width(Label("toy: all 3 channels"), label_font((80, 120), larger=True))
    assert sizes[2][1] == 2 * MARGIN + max(120, title)


def test_number_and_largest_activation_stand_over_each_map(known: FeatureMaps) -> None:
    sheet = known.montage(colormap="gray", columns=3, zoom=40)
    tiles = [c.repeat(40, axis=0).repeat(40, axis=1) for c in shown(sheet, 3, columns=3)]
    labels = [Label("2", "10"), Label("0", "5"), Label("1", "1")]
    title = Label("toy: all 3 channels", LEGEND)
    np.testing.assert_array_equal(sheet, contact_sheet(tiles, labels, columns=3, title=title))
    chosen = known.montage(colormap="gray", channels=[1], zoom=40)
    title = Label("toy: 1 of 3 channels")
    np.testing.assert_array_equal(chosen, contact_sheet(tiles[2:], labels[2:], title=title))


def test_the_title_says_that_only_the_strongest_are_shown() -> None:
    maps = FeatureMaps(np.ones((2, 3, 70), np.float32), "toy", "net", "by hand")
    sheet = maps.montage(colormap="gray", columns=8)
    tiles = [np.full((2 * 43, 3 * 43, 3), 255, np.uint8)] * 64
    labels = [Label(str(number), "1") for number in range(64)]
    title = Label("toy: 64 strongest of 70 channels", LEGEND)
    np.testing.assert_array_equal(sheet, contact_sheet(tiles, labels, columns=8, title=title))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": "strenght"}, "unknown order 'strenght'. Did you mean strength"),
        ({"colormap": "virids"}, "unknown colormap 'virids'. Did you mean viridis"),
        ({"scale": "picture"}, "unknown scale 'picture'. Known: channel, layer"),
        ({"channels": 3}, r"toy has the channels 0 to 2. Received: 3"),
        ({"channels": [0, -1]}, "a channel of toy must be >= 0. Received: -1"),
        ({"channels": [1.5]}, "a channel of toy must be a whole number. Received: 1.5"),
        ({"channels": []}, "at least one channel"),
        ({"channels": float("nan")}, "must be a whole number. Received: nan"),
        ({"channels": "66"}, "must be a whole number. Received: '66'"),
        ({"channels": [None]}, "must be a whole number. Received: None"),
        ({"columns": 0}, "`columns` must be a whole number >= 1"),
        ({"zoom": -1}, "`zoom` must be a number > 0"),
    ],
)
def test_wrong_options_of_a_sheet(known: FeatureMaps, options: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        known.montage(**options)


def test_a_sheet_of_activations_that_are_not_finite(known: FeatureMaps) -> None:
    known.activations[0, 0, 1] = np.nan
    known.activations[0, 1, 2] = np.inf
    cells = shown(known.montage(colormap="gray", columns=3, zoom=40, order="index"), 3, 3)
    assert cells[1][0, 0, 0] == 0 and cells[1][1, 2, 0] == 255
    assert cells[2][0, 1, 0] == 255 and cells[2][0, 0, 0] == 153


def test_save_and_show(known: FeatureMaps, tmp_path: Path) -> None:
    path = known.save(tmp_path / "maps.png", order="index", colormap="gray")
    np.testing.assert_array_equal(
        np.asarray(Image.open(path)), known.montage(order="index", colormap="gray")
    )
    np.testing.assert_array_equal(
        np.asarray(Image.open(io.BytesIO(known._repr_png_()))), known.montage()
    )
    with pytest.raises(OutputError, match="exists already"):
        known.save(path)
    with pytest.raises(OutputError, match="no folder"):
        known.save(tmp_path / "nowhere" / "maps.png")
    assert repr(known) == (
        "<FeatureMaps of toy: 2 x 3 cells, 3 channels, strongest 2, 0, 1; a sheet shows 3; "
        "net, by hand>"
    )
