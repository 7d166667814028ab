"""What is drawn for a transform at each step, and the sizes that it makes of one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from deepdreamr.errors import ArgumentError
from deepdreamr.recipes.transforms import (
    Crop,
    Jitter,
    Mirror,
    Pad,
    Rotate,
    Scale,
    most_pixels,
    seen_span,
    sizes_seen,
)


def drawn(unit: Any, count: int = 400) -> np.ndarray:
    random = np.random.default_rng(3)
    return np.array([unit.drawn(random) for _ in range(count)])


@pytest.mark.parametrize(
    ("unit", "values"),
    [
        (Crop(2), [[0, 1, 2]] * 2),
        (Jitter(2), [[-2, -1, 0, 1, 2]] * 2),
        (Jitter(3), [[-3, -2, -1, 0, 1, 2, 3]] * 2),
        (Scale(0.5, 1.5, 5), [[0.5, 0.75, 1, 1.25, 1.5]]),
        (Rotate(2), [[-2, -1, 0, 1, 2]]),
        (Mirror(), [[0, 1]]),
    ],
    ids=str,
)
def test_each_number_takes_all_its_values(unit: Any, values: list[list[float]]) -> None:
    draws = drawn(unit)
    assert draws.shape == (400, len(values))
    for column, expected in zip(draws.T, values, strict=True):
        np.testing.assert_array_equal(np.unique(column), expected)


def test_nothing_is_drawn_for_a_frame() -> None:
    random = np.random.default_rng(0)
    before = random.bit_generator.state
    assert Pad(3).drawn(random) == () and random.bit_generator.state == before


@pytest.mark.parametrize("upright", [1, 4])
def test_no_turn_is_so_many_times_as_likely(upright: int) -> None:
    turns = drawn(Rotate(3, upright=upright), 7000)[:, 0]
    share = (turns == 0).mean()
    assert share == pytest.approx(upright / (6 + upright), abs=0.02)


@pytest.mark.parametrize(
    ("unit", "span"),
    [
        (Pad(3), (26, 36)),
        (Crop(3), (17, 27)),
        (Jitter(3), (20, 30)),
        (Scale(0.5, 1.25), (10, 37)),
        (Rotate(3), (20, 30)),
        (Mirror(), (20, 30)),
    ],
    ids=str,
)
def test_the_least_and_the_most_pixels(unit: Any, span: tuple[int, int]) -> None:
    assert unit.span(20, 30) == span


def test_what_is_too_small_on_the_way_is_nothing() -> None:
    assert seen_span(10, (Crop(9), Pad(2))) == (5, 5)
    assert seen_span(10, (Crop(10), Pad(2))) == (0, 4)
    assert seen_span(10, ()) == (10, 10)
    assert most_pixels(10, (Pad(3), Crop(8), Pad(1))) == 16 and most_pixels(10, ()) == 10


def test_sizes_multiply() -> None:
    assert sizes_seen(()) == sizes_seen((Pad(3), Jitter(2))) == 1
    assert sizes_seen((Scale(0.5, 2, 3), Pad(2), Scale(0.9, 1.1))) == 33


def test_the_least_factor_is_not_above_the_largest() -> None:
    assert Scale(1.1, 1.1).drawn(np.random.default_rng(0)) == (1.1,)
    with pytest.raises(ArgumentError, match=r"must not be above `high`.*low=1\.2, high=1\.1$"):
        Scale(1.2, 1.1)
