"""Windows count each cell once; where chance puts them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepdreamr.recipes.schedule import Box
from deepdreamr.runs._layouts import (
    HALO,
    CellGrid,
    Layout,
    alignment,
    draw_windows,
    window_layouts,
)

SEEDS = st.integers(0, 2**32)


def times_covered(shape: tuple[int, int], boxes: list[Box]) -> np.ndarray:
    covered = np.zeros(shape, int)
    for box in boxes:
        covered[box.top : box.bottom, box.left : box.right] += 1
    return covered


def inside(box: Box, shape: tuple[int, int]) -> bool:
    return 0 <= box.top < box.bottom <= shape[0] and 0 <= box.left < box.right <= shape[1]


# ---- Windows of a large image --------------------------------------------------------------------


def grid(stride: int, shape: tuple[int, int], lost: int) -> CellGrid:
    """As a layer behind convolutions that keep `lost` cells less than there would be room for."""
    rows, columns = (max(1, math.ceil(pixels / stride) - lost) for pixels in shape)
    return CellGrid((stride, stride), (rows, columns))


@pytest.mark.slow
@given(
    st.tuples(st.integers(60, 700), st.integers(60, 700)),
    st.lists(
        st.tuples(st.sampled_from([1, 2, 4, 8, 16]), st.integers(0, 3)), min_size=1, max_size=3
    ),
    st.integers(50**2, 500**2),
    st.integers(0, 4),
    st.integers(32, 128),  # a halo that sees all that the cells respond to
    SEEDS,
)
def test_windows_count_each_cell_once(
    shape: Any, layers: Any, limit: Any, border: Any, halo: Any, seed: Any
) -> None:
    grids = [grid(stride, shape, lost) for stride, lost in layers]
    random = np.random.default_rng(seed)
    windows = draw_windows(shape, grids, limit, random, border=border, halo=halo)
    assert (times_covered(shape, [window.box for window in windows]) >= 1).all()
    for i, (stride, cells) in enumerate(grids):
        counted = np.zeros(cells, int)
        for window in windows:
            assert inside(window.box, shape)
            assert window.sizes(0)[i] == cells[0] * cells[1]
            top, left = window.box.top // stride[0], window.box.left // stride[1]
            box = window.cells[i]
            if box.bottom > box.top and box.right > box.left:
                assert box.top >= 0 and box.left >= 0
                counted[top + box.top : top + box.bottom, left + box.left : left + box.right] += 1
        inner = (slice(border, cells[0] - border), slice(border, cells[1] - border))
        assert (counted[inner] == 1).all()
        assert counted.sum() == counted[inner].size


@given(SEEDS, st.sampled_from([2, 8, 16]))
def test_windows_start_where_cells_do(seed: Any, stride: Any) -> None:
    grids = [grid(stride, (500, 640), 1), grid(stride // 2, (500, 640), 0)]
    windows = draw_windows((500, 640), grids, 250**2, np.random.default_rng(seed), halo=32)
    assert len(windows) > 1
    for window in windows:
        assert window.box.top % alignment(grids) == window.box.left % alignment(grids) == 0


def test_windows_share_the_image_otherwise_from_draw_to_draw() -> None:
    """The borders between shares move by 2/3 of the halo at least, along both axes."""
    random, grids = np.random.default_rng(0), [grid(8, (900, 900), 1)]
    draws = [draw_windows((900, 900), grids, 500**2, random) for _ in range(100)]
    down = {windows[0].cells[0].bottom * 8 for windows in draws}
    across = {windows[0].cells[0].right * 8 for windows in draws}
    for borders in (down, across):
        assert max(borders) - min(borders) >= 2 * HALO // 3
        assert len(borders) == 1 + (max(borders) - min(borders)) // 8  # and each place between


@pytest.mark.slow
@given(
    st.tuples(st.integers(300, 3000), st.integers(300, 3000)),
    st.sampled_from([1, 4, 8, 16, 32]),
    st.integers(20_000, 2_000_000),
    SEEDS,
)
def test_windows_are_of_one_size_and_within_the_limit_where_it_can_be(
    shape: Any, stride: Any, limit: Any, seed: Any
) -> None:
    random = np.random.default_rng(seed)
    windows = draw_windows(shape, [grid(stride, shape, 1)], limit, random)
    (size,) = {window.box.shape for window in windows}
    least = 2 * math.ceil(HALO / stride) * stride + 2 * stride
    assert math.prod(size) <= max(limit, (2 * least + stride) ** 2)
    for axis in (0, 1):  # as even as the image, so that padding falls as in the image
        assert (shape[axis] - size[axis]) % stride == 0


def test_windows_lie_so_that_there_is_little_to_do_twice() -> None:
    down, across = window_layouts((4243, 5657), 16, HALO, 3_500_000)
    work = down.windows * down.length * across.windows * across.length / (4243 * 5657)
    assert work < 1.21
    assert window_layouts((400, 500), 16, HALO, 10**6) == (
        Layout(1, 400, (400, 400), 400),
        Layout(1, 500, (500, 500), 500),
    )


def test_an_image_that_fits_is_one_window() -> None:
    (window,) = draw_windows(
        (90, 100), [grid(8, (90, 100), 1)], 10**6, np.random.default_rng(0), border=2
    )
    assert window.box == Box(0, 90, 0, 100)
    assert window.cells == (Box(2, 9, 2, 10),)


@pytest.mark.parametrize("limit", [200**2, 300**2, 500**2])
def test_windows_are_about_as_large_as_allowed(limit: int) -> None:
    grids = [grid(16, (900, 1200), 1)]
    for seed in range(10):
        windows = draw_windows(
            (900, 1200), grids, limit, np.random.default_rng(seed), border=0, halo=32
        )
        assert 0.5 * limit < math.prod(windows[0].box.shape) <= limit
