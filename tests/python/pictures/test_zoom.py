"""Tiles scaled up and down."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepdreamr.errors import ArgumentError
from deepdreamr.pictures.zoom import check_zoom, even_zoom, zoomed


def test_zoom_makes_squares_or_means() -> None:
    pixels = np.arange(4, dtype=np.uint8).reshape(2, 2, 1).repeat(3, axis=2) * np.uint8(80)
    np.testing.assert_array_equal(zoomed(pixels, 3), pixels.repeat(3, axis=0).repeat(3, axis=1))
    np.testing.assert_array_equal(zoomed(pixels, 0.5), [[[120, 120, 120]]])
    np.testing.assert_array_equal(zoomed(pixels, 1), pixels)


@given(st.integers(1, 4000), st.integers(1, 4000), st.integers(1, 99))
def test_tiles_of_every_size_come_near_to_the_size_wanted(
    height: Any, width: Any, count: Any
) -> None:
    longest = max(height, width) * even_zoom((height, width), count)
    wanted = 256 if count <= 12 else 128
    assert 0.66 * wanted <= longest <= 1.5 * wanted


@pytest.mark.parametrize("zoom", [0, -1, "2", True, float("nan"), float("inf"), 65, [2]])
def test_zoom_must_be_a_sensible_number(zoom: Any) -> None:
    with pytest.raises(ArgumentError, match=r"`zoom` must be a number > 0 .*Received: zoom="):
        check_zoom(zoom)


def test_whole_numbers_will_do() -> None:
    zoom = check_zoom(2)
    assert zoom == 2.0 and isinstance(zoom, float)
    assert check_zoom(None) is None
