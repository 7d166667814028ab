"""The parts of each gradient, layers of which nothing counts, memory and time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from deepdreamr.networks.inception import inception_v3
from deepdreamr.recipes.schedule import draw_tiles, widened
from deepdreamr.runs import _estimates as estimates
from deepdreamr.runs._estimates import (
    Parts,
    measured_speed,
    octave_parts,
    peak_memory,
    silent_layers,
)
from deepdreamr.runs._fitting import windows_for
from deepdreamr.runs.checking import check
from deepdreamr.runs.gradients import gradient_for
from deepdreamr.runs.job import Job
from deepdreamr.runs.memory import KERNEL_BYTES, MOST_KERNELS
from deepdreamr.runs.request import Request


def a_job(shape: Any = (300, 420), layers: Any = "mixed0", **settings: Any) -> Job:
    image = np.zeros((*shape, 3), np.uint8)
    return check(Request(image=image, layers=layers, seed=3, settings={"octaves": 1, **settings}))


# ---- Parts ---------------------------------------------------------------------------------------


def test_a_whole_gradient_is_one_part() -> None:
    job = a_job(octaves=2, octave_scale=2)
    assert octave_parts(job, 0, None) == Parts(1, (150, 210), 150 * 210)
    assert octave_parts(job, 1, None) == Parts(1, (300, 420), 300 * 420)


def test_windows_are_those_that_the_dream_draws() -> None:
    job, limit = a_job(iterations=5), 260**2
    draw = windows_for(job, limit, 0)
    drawn = [[window.box for window in draw(job.shapes[0])] for _ in range(5)]
    parts = octave_parts(job, 0, limit)
    shapes = {box.shape for boxes in drawn for box in boxes}
    assert parts.most == max(map(len, drawn)) > 1 and parts.sizes == len(shapes)
    assert parts.shape == tuple(max(axis) for axis in zip(*shapes, strict=True))
    assert parts.pixels == sum(box.pixels for boxes in drawn for box in boxes) / 5


@pytest.mark.parametrize("start", ["origin", "random"])
def test_tiles_are_those_that_see_enough(start: str) -> None:
    job = a_job(iterations=4, tile_size=100, tile_start=start)
    random = np.random.default_rng(3)
    drawn = [draw_tiles((300, 420), job.recipe, random) for _ in range(4)]
    shapes = [widened(box, (300, 420), 27).shape for boxes in drawn for box in boxes]
    parts = octave_parts(job, 0, None)
    assert parts.most == max(map(len, drawn)) and parts.sizes == len(set(shapes))
    assert parts.shape == tuple(max(axis) for axis in zip(*shapes, strict=True))
    assert parts.pixels == sum(height * width for height, width in shapes) / 4


# ---- Silent layers -------------------------------------------------------------------------------


def test_layers_of_which_nothing_counts() -> None:
    job = a_job(layers=["mixed0", "mixed4", "mixed10", "mixed0"], border=2)
    assert silent_layers(job, (300, 420)) == ()
    assert silent_layers(job, (130, 140)) == ("mixed10",)
    assert silent_layers(job, (80, 90)) == ("mixed4", "mixed10")
    assert silent_layers(a_job(layers=["mixed0", "mixed10"]), (75, 90)) == ()
    assert silent_layers(a_job(layers=["mixed0", "mixed10"]), (74, 90)) == ("mixed10",)


# ---- Memory and time -----------------------------------------------------------------------------


def test_peak_memory_counts_the_largest_part_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimates, "expected_memory", lambda: 10**9)  # which changes
    job = a_job((300, 300))
    parts = [Parts(1, (100, 100), 1e4), Parts(9, (80, 90), 6e4)]
    both = peak_memory(job, None, parts, windows=False)
    one = peak_memory(job, None, parts[:1], windows=False)
    assert both == pytest.approx(one, abs=2**22)  # the process may grow in between
    frugal = peak_memory(job, None, parts, windows=True)
    assert frugal < both - 100 * 100 * 50


def test_every_size_of_a_convolution_s_input_takes_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimates, "expected_memory", lambda: 10**9)
    job = a_job()
    one, three, many = (
        peak_memory(job, None, [Parts(1, (100, 100), 1e4, sizes)], windows=False)
        for sizes in (1, 3, 10**6)
    )
    names = [node.op.lower() for node in inception_v3()]
    assert 0 < (three - one) / 2 / KERNEL_BYTES < sum("conv" in name for name in names)
    assert many - one <= KERNEL_BYTES * MOST_KERNELS


def test_a_loaded_network_s_memory_is_not_counted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimates, "expected_memory", lambda: 10**9)
    job, parts = a_job(), [Parts(1, (100, 100), 1e4)]
    loaded = peak_memory(job, gradient_for(job).activations, parts, windows=False)
    assert peak_memory(job, None, parts, windows=False) == loaded + estimates.NETWORK_BYTES


@pytest.mark.parametrize(
    ("settings", "in_windows"),
    [({}, False), ({}, True), ({"tile_size": 100, "sigma": 0.5, "jitter": 4}, False)],
)
def test_the_time_of_a_pixel_is_measured(settings: Any, in_windows: bool) -> None:
    first, each = measured_speed(a_job(layers="activation_1", **settings), in_windows)
    assert first > 0 and 1e-9 < each < 1e-3
