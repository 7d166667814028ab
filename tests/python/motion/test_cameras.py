"""How a zoom moves, and that its key frames hold all that is seen of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from deepdreamr.errors import ArgumentError
from deepdreamr.motion.cameras import Camera
from deepdreamr.motion.resampling import resampled

CAMERAS = [
    Camera((48, 64)),
    Camera((47, 63), zoom=3),
    Camera((48, 64), zoom=1.5, rotate=20, shift=(0.1, -0.05)),
    Camera((64, 48), zoom=1, rotate=-30),
    Camera((48, 64), zoom=1, shift=(-0.3, 0.2)),
]
each_camera = pytest.mark.parametrize("camera", CAMERAS, ids=str)


@each_camera
def test_two_movements_are_one(camera: Any) -> None:
    point = complex(10, -7)
    for first, second in ((0.2, 0.5), (0.3, -0.3), (1e-9, 0.4)):
        (f, o), (g, p) = camera.moved(first), camera.moved(second)
        factor, offset = camera.moved(first + second)
        assert (point * f + o) * g + p == pytest.approx(point * factor + offset, abs=1e-6)


def test_a_second_grows_turns_and_drifts_by_what_was_asked() -> None:
    factor, offset = Camera((48, 64), zoom=3).moved(1)
    assert factor == pytest.approx(3) and offset == 0
    factor, offset = Camera((48, 64), zoom=1, rotate=90).moved(1)
    assert 1 * factor == pytest.approx(-1j)  # what is at the right goes up: y points down
    assert Camera((48, 64), zoom=1, shift=(0.5, -0.25)).moved(1) == (1, 32 - 16j)


def test_key_frames_are_as_near_as_the_fastest_movement_asks_for() -> None:
    assert Camera((48, 64), zoom=1.3).interval(1.3) == pytest.approx(1)
    assert Camera((48, 64), zoom=1.3, rotate=40).interval(1.3) == pytest.approx(1 / 4)
    assert Camera((48, 64), zoom=1.3, shift=(0.3, 0.4)).interval(1.3) == pytest.approx(1 / 5)
    with pytest.raises(ArgumentError, match="`zoom` must be > 1 where nothing turns or drifts"):
        Camera((48, 64), zoom=1).interval(1.3)


@each_camera
def test_no_pixel_that_is_seen_lies_outside_of_a_key_frame(camera: Any) -> None:
    interval = camera.interval(1.3)
    place = camera.place(interval)
    height, width = place.shape
    for seconds in np.linspace(-interval, interval, 31):
        factor, offset = camera.moved(-seconds)
        for x in (-1, 1):
            for y in (-1, 1):
                corner = complex(x * (camera.shape[1] - 1), y * (camera.shape[0] - 1)) / 2
                seen = corner * factor + offset + place.middle
                assert 6 <= seen.real <= width - 7 and 6 <= seen.imag <= height - 7


@each_camera
def test_what_is_seen_at_its_moment_is_pixels_as_they_are(camera: Any) -> None:
    place = camera.place(camera.interval(1.3))
    pixels = np.random.default_rng(0).uniform(0, 255, (*place.shape, 3)).astype(np.float32)
    middle = complex((camera.shape[1] - 1) / 2, (camera.shape[0] - 1) / 2)
    factor, offset = camera.moved(0.0)
    found = resampled(pixels, camera.shape, factor, offset, (place.middle, middle))
    np.testing.assert_array_equal(found, pixels[place.inner])


def waves(shape: Any, middle: Any, factor: Any = 1, offset: Any = 0, length: float = 12.0) -> Any:
    """A smooth picture, moved."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    points = (x + 1j * y - middle - offset) / factor
    values = np.sin(points.real * 2 * math.pi / length) * np.cos(points.imag * 2 * math.pi / length)
    return np.repeat((127.5 + 100 * values)[..., None], 3, axis=2).astype(np.float32)


@each_camera
@pytest.mark.parametrize("share", [-0.9, -0.3, 0.4, 1])
def test_a_picture_moves_as_the_camera_says(camera: Any, share: float) -> None:
    interval = camera.interval(1.3)
    place, (factor, offset) = camera.place(interval), camera.moved(share * interval)
    middle = complex((camera.shape[1] - 1) / 2, (camera.shape[0] - 1) / 2)
    found = resampled(
        waves(place.shape, place.middle), camera.shape, factor, offset, (place.middle, middle)
    )
    wanted = waves(camera.shape, middle, factor, offset)
    assert np.sqrt(np.mean((found - wanted) ** 2)) < 1


def test_what_is_too_fine_to_be_seen_smaller_does_not_flicker() -> None:
    rows = np.zeros((120, 120, 3), np.float32)
    rows[::2] = 255  # the finest that there is: it folds to waves where it is made smaller
    found = resampled(rows, (80, 80), 1 / 1.3, 0, (59.5 + 59.5j, 39.5 + 39.5j))
    assert found[8:-8, 8:-8].std() < 0.2 * rows.std()
