"""Flow, cuts, and what a frame's dream leaves to the next."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("cv2")
from deepdreamr.motion.carrying import (  # noqa: E402
    first_carried,
    flowing,
    image_of,
    moving,
    next_carried,
    rms,
    seen,
    still,
)
from deepdreamr.motion.flow import flow_between, moved  # noqa: E402
from deepdreamr.motion.scenes import is_cut  # noqa: E402


@pytest.fixture(scope="module")
def picture() -> Any:
    from skimage import data

    return np.ascontiguousarray(data.coffee()[100:260, 150:360])


def window(picture: Any, right: Any, down: Any = 0) -> Any:
    return np.ascontiguousarray(picture[10 + down : 130 + down, 10 + right : 170 + right])


def test_a_flow_leads_back_to_where_things_were(picture: Any) -> None:
    before, now = window(picture, 4, 2), window(picture, 0, 0)  # all moves by 4 and 2
    flow = flow_between(before, now)
    inner = (slice(16, -16), slice(16, -16))
    assert np.abs(np.median(flow.vectors[inner], axis=(0, 1)) + (4, 2)).max() < 0.3
    back = moved(before, flow.vectors)
    assert np.abs(back[inner].astype(float) - now[inner]).mean() < 3
    assert flow.reliable[inner].mean() > 0.95 and flow.reliable[:, 0].mean() < 0.5


def test_what_comes_into_sight_is_not_relied_upon(picture: Any) -> None:
    before, now = window(picture, 0), window(picture, 3)
    disc = slice(40, 90)
    before, now = before.copy(), now.copy()
    before[disc, 30:80] = picture[:50, :50]
    now[disc, 45:95] = picture[:50, :50]  # 15 to the right, against the rest
    reliable = flow_between(before, now).reliable
    assert reliable[50:80, 33:42].mean() < 0.6 < 0.9 < reliable[50:80, 55:85].mean()


def test_flow_of_very_small_frames_is_none() -> None:
    frame = np.zeros((8, 9, 3), np.uint8)
    assert not flow_between(frame, frame).vectors.any()


def test_cuts(picture: Any) -> None:
    one, other = window(picture, 0), window(picture, 20, 10)
    assert not is_cut(one, window(picture, 8))
    assert not is_cut(one, np.clip(one.astype(int) + 20, 0, 255).astype(np.uint8))
    assert is_cut(one, 255 - other[::-1, ::-1])


def dreamed(frame: Any, amount: float = 0.2) -> Any:
    """A change that looks like noise, of a certain strength."""
    noise = np.random.default_rng(3).normal(0, amount, (*frame.shape[:2], 3))
    return (image_of(frame) + noise).astype(np.float32)


def test_the_change_is_moved_along(picture: Any) -> None:
    before, now = window(picture, 5), window(picture, 0)
    carried = first_carried(dreamed(before), before, 4, 0.025)
    start = flowing(carried, before, now, decay=1, renewal=0.1, iterations=2)
    change = start.image - image_of(now)
    inner = (slice(20, -20), slice(20, -20))
    there = np.roll(carried.change, 5, axis=1)[inner]
    assert np.corrcoef(change[inner].ravel(), there.ravel())[0, 1] > 0.8
    assert start.growth is not None
    assert start.growth[inner].mean() == pytest.approx(0.1 * 4 / 2, rel=0.2)
    assert start.growth[:, :2].mean() > 3 * start.growth[inner].mean()  # came into sight


def test_decay_and_the_other_ways(picture: Any) -> None:
    frame, later = window(picture, 0), window(picture, 3)
    carried = first_carried(dreamed(frame), frame, 4, 0.025)
    half = flowing(carried, frame, frame, decay=0.5, renewal=0.1, iterations=2)
    assert rms(half.image - image_of(frame)) == pytest.approx(rms(carried.change) / 2, rel=0.02)
    mixed = still(carried, frame, later, decay=0.25).image
    dream = image_of(frame) + carried.change
    assert mixed == pytest.approx(0.75 * image_of(later) + 0.25 * dream, abs=1e-5)
    assert moving(carried, frame, frame, decay=1).image == pytest.approx(dream, abs=1e-3)


def test_strength_is_held(picture: Any) -> None:
    frame = window(picture, 0)
    carried = first_carried(dreamed(frame), frame, 4, 0.025)
    for amount in (0.17, 0.23):  # weaker, stronger
        start = flowing(carried, frame, frame, decay=1, renewal=0.1, iterations=2)
        held = next_carried(carried, start, dreamed(frame, amount), frame, iterations=2, step=0.025)
        assert seen(held.change, frame) == pytest.approx(carried.strength, rel=0.03)
        assert np.abs(image_of(frame) + held.change).max() <= 2
    longer = next_carried(carried, start, dreamed(frame), frame, iterations=2, step=0.03)
    assert rms(longer.change) > 1.1 * carried.strength
