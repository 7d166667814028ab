"""How many pixels the gradient of a part may have, and what a gradient keeps of each."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needing import present
from toys import saved, small_model

from deepdreamr.errors import CheckpointWarning, MemoryLimitError
from deepdreamr.networks.inception import pixel_bytes
from deepdreamr.runs import memory
from deepdreamr.runs._fitting import fitting_limit, gradient_bytes, window_pixels, windows_for
from deepdreamr.runs.checking import check
from deepdreamr.runs.gradients import gradient_for
from deepdreamr.runs.job import Job
from deepdreamr.runs.request import Request


def a_job(shape: Any = (600, 700), settings: Any = None, **arguments: Any) -> Job:
    given = {"image": np.zeros((*shape, 3), np.uint8), "layers": "mixed0", "seed": 3, **arguments}
    return check(Request(**given, settings={"octaves": 1} | (settings or {})))


# ---- What a gradient keeps -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "layers", [["mixed2", "mixed5"], ["mixed10"], ["activation_5", "conv2d_20"]]
)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_what_a_gradient_keeps_is_known_without_the_network(layers: Any, precision: str) -> None:
    made = a_job(layers=layers, precision=precision)
    activations = gradient_for(made).activations
    size, value = max(256, made.smallest), 4 if precision == "float32" else 2
    whole, window = (present(gradient_bytes(made, activations, windows=w)) for w in (False, True))
    assert (gradient_bytes(made, None), gradient_bytes(made, None, windows=True)) == (whole, window)
    assert pixel_bytes(layers, size, value) + 60 == whole
    assert pixel_bytes(layers, size, value, frugal=True) + 60 == window < whole


@pytest.mark.slow
def test_what_a_gradient_of_plain_keras_keeps_is_not_known() -> None:
    made = a_job((80, 90), engine="keras")
    assert gradient_bytes(made, gradient_for(made).activations) is None


# ---- How many pixels a window may have -----------------------------------------------------------


@pytest.fixture
def small_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole gradients are taken up to 300 x 300 pixels only."""
    monkeypatch.setattr(memory, "WHOLE_PIXELS", 300**2)


def test_an_image_that_fits_has_no_windows() -> None:
    assert window_pixels(a_job(), None) is None


@pytest.mark.usefixtures("small_whole")
def test_a_larger_one_has_windows() -> None:
    assert window_pixels(a_job(), None) == 300**2
    assert window_pixels(a_job((250, 300)), None) is None
    largest = a_job((250, 300), {"octaves": 2, "octaves_above": 1})
    assert window_pixels(largest, None) == 300**2  # the octave above is larger


@pytest.mark.usefixtures("small_whole")
def test_what_must_be_seen_whole_has_none(tmp_path: Path) -> None:
    import keras

    assert window_pixels(a_job(training=True), None) is None
    assert window_pixels(a_job(settings={"tile_size": 200}), None) is None
    model = small_model()
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(model.output)
    path = saved(keras.Model(model.input, pooled), tmp_path / "pooled.keras")
    made = a_job(network=path, layers="pooled")
    assert window_pixels(made, gradient_for(made).activations) is None
    made = a_job(network=path, layers=["second_relu"])
    assert window_pixels(made, gradient_for(made).activations) == 300**2


@pytest.mark.parametrize("arguments", [{}, {"training": True}, {"settings": {"tile_size": 200}}])
def test_too_little_memory_is_refused_before_a_job_is_made(arguments: Any) -> None:
    with pytest.raises(MemoryLimitError, match="600x700 needs at least"):
        a_job(max_memory="50MB", **arguments)


@pytest.mark.usefixtures("small_whole")
def test_the_windows_of_an_octave_are_the_same_in_each_run_of_a_dream() -> None:
    made = a_job(settings={"octaves": 2})
    one, same = windows_for(made, 300**2, 1), windows_for(made, 300**2, 1)
    drawn = [one(made.shapes[1]) for _ in range(3)]
    assert drawn == [same(made.shapes[1]) for _ in range(3)] and drawn[0] != drawn[1]
    assert {tuple(window.sizes(0)) for window in drawn[0]} == {(72 * 85,)}
    other = windows_for(a_job(seed=4, settings={"octaves": 2}), 300**2, 1)
    assert [other(made.shapes[1]) for _ in range(3)] != drawn
    assert windows_for(made, 300**2, 0)(made.shapes[0])[0].sizes(0) != drawn[0][0].sizes(0)


# ---- Going on ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "now", "used", "warns"),
    [
        (None, None, None, False),
        (40_000, 40_000, 40_000, False),
        (40_000, 90_000, 40_000, False),
        (40_000, None, 40_000, False),
        (90_000, 40_000, 40_000, True),
        (None, 40_000, 40_000, True),
        (None, 99_000, 99_000, False),  # one window: the same pixels
    ],
)
def test_a_dream_goes_on_with_its_windows_unless_there_is_less_memory(
    before: int | None, now: int | None, used: int | None, warns: bool
) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert fitting_limit(before, now, 95_000) == used
    assert [w.category for w in caught] == [CheckpointWarning] * warns
