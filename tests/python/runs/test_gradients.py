"""A job's gradient: what it is made of, what it does not depend on, and a guide's features."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from needing import present
from toys import small_model

from deepdreamr import LayerTerm, Recipe
from deepdreamr.core.gradient import LossGradient
from deepdreamr.recipes.settings import SETTINGS
from deepdreamr.runs import memory
from deepdreamr.runs._fitting import windows_of
from deepdreamr.runs.checking import check
from deepdreamr.runs.gradients import _SCHEDULE, gradient_for, guide_features, means_for
from deepdreamr.runs.job import Job
from deepdreamr.runs.request import Request
from deepdreamr.runs.windows import WindowedGradient

OTHER: dict[str, object] = {  # another value of each setting that a gradient is not to depend on
    "octaves": 1,
    "octaves_above": 1,
    "octave_scale": 1.1,
    "octave_rounding": "round",
    "octave_chain": True,
    "octave_sigma": 0.7,
    "resize": "half_pixel",
    "carry": "blend",
    "blend": 0.9,
    "iterations": 3,
    "step": 0.5,
    "max_loss": 3.0,
    "max_loss_step": "taken",
    "clip": True,
    "chain": "laplacian",
    "parameters": "phases",
    "optimizer": "adam",
    "transforms": ("pad(2)",),
    "normalize": "std",
    "jitter": 9,
    "sigma": 0.5,
    "sigma_growth": 2.0,
    "sigma_phase": 1.0,
    "smooth_kernel": 9,
    "smooth_color": False,
}


@pytest.fixture(scope="module")
def model() -> Any:
    return small_model()


def job(model: Any, **arguments: Any) -> Job:
    names = {field.name for field in dataclasses.fields(Request)}
    picture = np.random.default_rng(0).integers(0, 256, (40, 48, 3), np.uint8)
    given: dict[str, Any] = {
        "image": picture,
        "layers": {"second_relu": 1.0, "first_relu": -0.5},
        "seed": 1,
    }
    given |= {"network": model, **{k: v for k, v in arguments.items() if k in names}}
    settings = {"octaves": 2} | {k: v for k, v in arguments.items() if k not in names}
    return check(Request(**given, settings=settings))


# ---- What it depends on --------------------------------------------------------------------------


class Watched:
    """In place of a recipe: notes which settings are read."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> object:
        self.read.add(name)
        return getattr(self.recipe, name)


IMAGE = tf.constant(np.random.default_rng(0).uniform(-1, 1, (1, 40, 48, 3)), tf.float32)


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["mean_square", "mean", "half_sum_square"])
@pytest.mark.parametrize(
    "tiles",
    [
        {},
        {"tile_size": 20},
        {"tile_size": 20, "tile_start": "random", "tile_normalize": True},
    ],
    ids=["whole", "tiles", "normalised tiles"],
)
def test_a_gradient_reads_no_setting_of_the_schedule(
    model: Any, objective: str, tiles: Any
) -> None:
    made = gradient_for(job(model, objective=objective, border=1, **tiles))
    watched: Any = Watched(made.recipe)
    again = LossGradient(made.activations, made.terms, watched, smallest=made.smallest)
    loss, gradient = again(IMAGE, np.random.default_rng(3))
    expected = made(IMAGE, np.random.default_rng(3))
    assert float(loss) == float(expected[0])
    np.testing.assert_array_equal(gradient, expected[1])
    assert {"objective", "border", "tile_size"} <= watched.read
    assert not watched.read & set(_SCHEDULE), "the schedule is read, and left out of the cache"
    assert watched.read <= set(SETTINGS)


def test_windows_read_no_setting_of_the_schedule(model: Any) -> None:
    made = gradient_for(job(model))
    watched: Any = Watched(made.recipe)
    again = LossGradient(made.activations, made.terms, watched)
    draw = windows_of(job(model), 30**2, np.random.default_rng(0))
    windowed = WindowedGradient(again, lambda octave: draw)
    windowed.enter(0)
    windowed(IMAGE, np.random.default_rng(0))
    assert "objective" in watched.read and not watched.read & set(_SCHEDULE)


def test_each_setting_of_the_schedule_leaves_the_gradient_as_it_is(model: Any) -> None:
    assert set(OTHER) == set(_SCHEDULE) < set(SETTINGS)
    first = gradient_for(job(model))
    for name, value in OTHER.items():
        settings = {"octaves": 3, name: value}
        assert gradient_for(job(model, **settings)) is first, name


@pytest.mark.parametrize("name", [name for name in SETTINGS if name not in _SCHEDULE])
def test_each_other_setting_is_a_gradient_of_its_own(model: Any, name: Any) -> None:
    value = {
        "objective": "mean",
        "border": 1,
        "epsilon": 1e-3,
        "tile_size": 30,
        "tile_start": "random",
        "tile_weights": "equal",
        "weights_scale": "float32",
        "mean_over": "inner",
        "tile_normalize": True,
    }[name]
    first, other = gradient_for(job(model)), gradient_for(job(model, **{name: value}))
    assert other is not first and getattr(other.recipe, name) == value


def test_the_network_s_phase_and_precision_make_a_gradient_of_their_own(model: Any) -> None:
    first = gradient_for(job(model))
    for other in ({"training": True}, {"precision": "bfloat16"}, {"layers": {"pool": 1.0}}):
        assert gradient_for(job(model, **other)) is not first


def test_the_real_network_s_slope_in_random_directions(photo: np.ndarray) -> None:
    layers = {"mixed0": 1.0, "conv2d_2": 0.5}
    request = Request(image=photo[:, :90, :96], layers=layers, settings={"octaves": 1})
    whole, image = gradient_for(check(request)).whole, photo[:, :90, :96] * 0.9
    _, gradient = whole(tf.constant(image))
    assert gradient.shape == (1, 90, 96, 3) and gradient.dtype == tf.float32
    random = np.random.default_rng(0)
    uphill = np.sign(gradient) * np.abs(random.standard_normal(gradient.shape))
    for direction in (uphill, *random.standard_normal((2, 1, 90, 96, 3)) + 0.3 * uphill):
        nudge = (direction / np.abs(direction).max() * 0.004).astype(np.float32)
        above, below = (float(whole(tf.constant(image + n))[0]) for n in (nudge, -nudge))
        slope = 2 * np.sum(gradient.numpy().astype(np.float64) * nudge)
        assert above - below == pytest.approx(slope, rel=0.02)


# ---- Means ---------------------------------------------------------------------------------------


def test_a_gradient_is_the_whole_s_where_there_is_room(model: Any) -> None:
    means = means_for(job(model))
    assert means.gradient is gradient_for(job(model))
    assert not isinstance(means.gradient, WindowedGradient) and means.limit is None


def test_a_gradient_is_of_windows_where_there_is_none(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "WHOLE_PIXELS", 30**2)
    monkeypatch.setattr(memory, "SMALLEST_TILE", 30)
    means = means_for(job(model))
    assert isinstance(means.gradient, WindowedGradient)
    assert means.limit == 30**2
    tiles = means_for(job(model, tile_size=20))
    assert not isinstance(tiles.gradient, WindowedGradient) and tiles.limit is None


# ---- A guide's features --------------------------------------------------------------------------


def test_features_of_a_guide_are_its_cells(toy_trunk: Any) -> None:
    guide = np.random.default_rng(0).uniform(-1, 1, (1, 9, 11, 3)).astype(np.float32)
    terms = [LayerTerm("lower"), LayerTerm("upper", objective="guide('mean')")]
    lower, upper = map(present, guide_features(toy_trunk, terms, guide))
    activations = toy_trunk(tf.constant(guide))
    assert lower.shape == (7 * 9, 6)
    np.testing.assert_array_equal(lower, np.reshape(activations[0], (-1, 6)))
    np.testing.assert_allclose(upper, np.mean(activations[1], axis=(1, 2)), rtol=1e-5)
    others = [LayerTerm("lower", objective="mean"), LayerTerm("upper", objective="guide")]
    none, every = guide_features(toy_trunk, others, guide)
    assert none is None and present(every).shape == (4 * 5, 5)


def test_a_guide_is_scaled_down_to_400_pixels(model: Any) -> None:
    guide = np.zeros((30, 800, 3), np.uint8)
    made = gradient_for(job(model, guide=guide, layers="first_relu"))
    assert present(made.guides[0]).shape == (15 * 400, 6)
