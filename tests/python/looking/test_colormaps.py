"""Numbers as colours."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from deepdreamr.errors import ArgumentError
from deepdreamr.looking.colormaps import COLORMAPS, color_limits, colorize, find_colormap


def lightness(colors: np.ndarray) -> np.ndarray:
    return colors @ np.array([0.2126, 0.7152, 0.0722])


def test_gray_is_the_number_itself() -> None:
    values = np.arange(256) / 255
    colors = colorize(values, "gray", (0, 1))
    np.testing.assert_array_equal(colors, np.repeat(np.arange(256)[:, None], 3, axis=1))


def test_viridis_passes_through_published_colours() -> None:
    ends = find_colormap("viridis").colors[[0, 128, 255]]
    np.testing.assert_allclose(ends, [(68, 1, 84), (33, 145, 140), (253, 231, 37)], atol=2)


@pytest.mark.parametrize("name", ["viridis", "gray"])
def test_larger_numbers_are_lighter(name: str) -> None:
    assert (np.diff(lightness(find_colormap(name).colors[::4].astype(float))) > 0).all()


def test_a_diverging_map_is_pale_at_0_and_darker_at_both_ends() -> None:
    low, middle, high = colorize(np.array([-2.0, 0.0, 2.0]), "blue_red", (-2, 2)).astype(int)
    assert lightness(middle) > lightness(low) + 100 and lightness(middle) > lightness(high) + 100
    assert low[2] > low[0] and high[0] > high[2]
    assert np.ptp(middle) <= 4


@pytest.mark.parametrize(
    ("values", "name", "limits"),
    [
        ([0.0, 3.0], "gray", (0, 3)),
        ([2.0, 3.0], "viridis", (0, 3)),
        ([-1.0, 3.0], "gray", (-1, 3)),
        ([-4.0, 3.0], "blue_red", (-4, 4)),
        ([np.nan, np.inf, 2.0], "gray", (0, 2)),
        ([0.0, 0.0], "gray", (0, 0)),
    ],
)
def test_limits(values: Any, name: str, limits: tuple[int, int]) -> None:
    assert color_limits(np.array(values), name) == limits


def test_values_beyond_the_limits_get_the_colour_of_the_limit() -> None:
    colors = colorize(np.array([-5.0, np.nan, 0.0, 1.0, 9.0, np.inf]), "gray", (0, 1))
    assert colors[:, 0].tolist() == [0, 0, 0, 255, 255, 255]


@pytest.mark.parametrize("name", COLORMAPS)
def test_all_zero_is_one_colour(name: Any) -> None:
    colors = colorize(np.zeros((2, 3)), name, (0.0, 0.0))
    assert colors.shape == (2, 3, 3)
    expected = find_colormap(name).colors[128 if find_colormap(name).diverging else 0]
    assert (colors == expected).all()


@pytest.mark.parametrize("name", ["virids", None, ["gray"]])
def test_an_unknown_map_lists_the_known(name: Any) -> None:
    with pytest.raises(ArgumentError, match="Known: viridis, gray, blue_red"):
        colorize(np.zeros(2), name, (0, 1))


@pytest.mark.parametrize(
    ("name", "near"), [("virids", "viridis"), ("blue-red", "blue_red"), ("magna", "magma")]
)
def test_an_unknown_map_names_near_ones(name: str, near: str) -> None:
    with pytest.raises(ArgumentError, match=f"Did you mean .*{near}") as caught:
        color_limits(np.zeros(2), name)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("name", ["magma", "crameri:vik", "coolwarm", "tab10", "RdBu_11", "RdBu_r"])
def test_any_map_of_the_library(name: str, caplog: pytest.LogCaptureFixture) -> None:
    colors, diverging = find_colormap(name)
    assert colors.shape == (256, 3) and colors.dtype == np.uint8
    assert diverging == (name not in ("magma", "tab10"))
    assert len(np.unique(colors, axis=0)) >= 10
    assert not caplog.records  # the library warns of names that it has twice


def test_a_map_in_reverse() -> None:
    forth, back = (find_colormap(name) for name in ("vik", "vik_r"))
    np.testing.assert_array_equal(back.colors, forth.colors[::-1])
    assert back.diverging


def test_the_library_is_imported_late() -> None:
    code = "import sys, deepdreamr.looking.features; sys.exit('cmap' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=_environment()).returncode == 0


def _environment() -> dict[str, str]:
    """With the package that is tested on the path, whichever that is."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
