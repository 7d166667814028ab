"""Octaves at which nothing was dreamed are warned of and recorded."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from toys import small_model

from deepdreamr import LayerTerm, dream, layer_sheet, replay, show
from deepdreamr.errors import DreamStoppedWarning
from deepdreamr.front import bridge
from deepdreamr.front.cli import main

PICTURE = np.random.default_rng(0).integers(0, 256, (64, 70, 3), np.uint8)
SHORT = {"octaves": 2, "iterations": 2, "seed": 1}


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return small_model()


@pytest.fixture(scope="module")
def dead() -> keras.Model:
    """Its rectifier is 0 for every picture."""
    image = keras.Input((None, None, 3))
    conv = keras.layers.Conv2D(4, 3, name="low", bias_initializer=keras.initializers.Constant(-1e3))
    return keras.Model(image, keras.layers.ReLU(name="dead")(conv(image)), name="dead")


def skipping(said: str, *arguments: Any, **options: Any) -> Any:
    """A dream that gives one warning, which says this."""
    with pytest.warns(DreamStoppedWarning, match=said) as caught:
        result = dream(*arguments, **{**SHORT, **options})
    assert len(caught) == 1 and caught[0].filename == __file__
    assert "\n" not in str(caught[0].message)
    return result


ABOVE = r"^the loss is [0-9.e-]+ or more before the first step, above max_loss = 1e-06: nothing "


def test_a_first_loss_above_max_loss(model: keras.Model) -> None:
    result = skipping(ABOVE, PICTURE, "second_relu", network=model, max_loss=1e-6)
    assert result.stopped == result.record.stopped == "max_loss" and not result.losses
    assert [(skip["octave"], skip["why"]) for skip in result.record.skipped] == [
        (1, "max_loss"),
        (2, "max_loss"),
    ]
    assert result.record.skipped[0]["loss"] > 1e-6 and "stopped: max_loss" in repr(result)
    assert show(result.png()) == result.record


def test_a_step_above_max_loss_that_is_taken_is_no_skipped_octave(model: keras.Model) -> None:
    call = {**SHORT, "network": model, "max_loss": 1e-6, "max_loss_step": "taken"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = dream(PICTURE, "second_relu", **call)
    assert [(loss.octave, loss.iteration) for loss in result.losses] == [(1, 1), (2, 1)]
    assert result.stopped is None and result.record.skipped == []


def test_one_at_some_octaves_only(model: keras.Model) -> None:
    first = dream(PICTURE, "first", network=model, **SHORT)
    low, high = sorted(loss.loss for loss in first.losses if loss.iteration == 1)
    assert low < high
    octave = next(loss.octave for loss in first.losses if loss.loss == high)
    result = skipping(
        f"^at octave {octave} of 2 the loss is .* nothing was dreamed there",
        PICTURE, "first", network=model, max_loss=(low + high) / 2,
    )  # fmt: skip
    assert result.stopped == f"max_loss at octave {octave}"


def test_a_gradient_of_zero(dead: keras.Model) -> None:
    result = skipping("^the gradient is zero everywhere", PICTURE, "dead", network=dead)
    assert result.stopped == "no gradient" and len(result.losses) == 4


@pytest.mark.parametrize("settings", [{"normalize": "none"}, {"normalize": "std", "epsilon": 1.0}])
def test_a_gradient_too_small_to_be_seen(model: keras.Model, settings: Any) -> None:
    layers = {"second_relu": 1e-12}
    result = skipping("too small to move a pixel", PICTURE, layers, network=model, **settings)
    assert result.stopped == "no gradient"


def test_small_steps_are_the_caller_s_own(model: keras.Model) -> None:
    for settings in ({"step": 1e-7}, {"normalize": "none", "step": 1e6}):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            dream(PICTURE, "second_relu", network=model, **SHORT, **settings)


@pytest.mark.parametrize("layers", [{"first": 0.0}, [LayerTerm("first", 1.0, {2: 0.0})]])
def test_weights_of_zero(model: keras.Model, layers: Any) -> None:
    skipping("^every weight is 0: nothing was dreamed", PICTURE, layers, network=model)


@pytest.mark.parametrize("tiles", [{}, {"tile_size": 16}])
def test_a_layer_that_sees_nothing_at_a_size(model: keras.Model, tiles: Any) -> None:
    shape = "16x16" if tiles else "45x50"
    said = f"^the layers see nothing of {shape} pixels: nothing was dreamed. Take fewer octaves"
    skipping(said, PICTURE, "first", network=model, border=40, **tiles)
    one = {**tiles, "octaves": 1}
    skipping("Take a larger picture, or other", PICTURE, "first", network=model, border=40, **one)
    only = skipping("^at octave 1 of 2 the layers see", PICTURE, "first", network=model, border=24)
    assert only.stopped == "no gradient at octave 1"


def test_a_loss_that_is_not_finite_says_what_to_change(model: keras.Model) -> None:
    skipping("not a finite number .* smaller `step`", PICTURE, "first", network=model, step=1e39)


def test_windows_are_watched_too(dead: keras.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deepdreamr.runs.memory.WHOLE_PIXELS", 40**2)
    skipping("^the gradient is zero", PICTURE, "dead", network=dead)


def test_a_dream_that_goes_on_knows_what_was_skipped_before(
    model: keras.Model, tmp_path: Path
) -> None:
    call = {**SHORT, "octaves": 3, "network": model, "border": 20}
    with pytest.warns(DreamStoppedWarning):
        whole = dream(PICTURE, "first", **call)
    path = tmp_path / "run"
    with pytest.warns(DreamStoppedWarning):
        dream(PICTURE, "first", checkpoint=path, on_step=lambda s: s.octave < 3, **call)
    with pytest.warns(DreamStoppedWarning, match="^at octave 1 of 3"):
        resumed = dream(PICTURE, "first", checkpoint=path, **call)
    assert resumed.png() == whole.png() and len(whole.record.skipped) == 1


def test_it_is_replayed_and_shown_on_a_sheet(model: keras.Model) -> None:
    result = skipping(ABOVE, PICTURE, "second_relu", network=model, max_loss=1e-6)
    with pytest.warns(DreamStoppedWarning, match=ABOVE):
        assert replay(result, PICTURE, network=model).record == result.record
    with pytest.warns(DreamStoppedWarning, match="every weight is 0"):
        layer_sheet(PICTURE, {"first": 0.0}, network=model, **SHORT)


def test_the_shell_and_the_bridge_say_it_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "grey.png"
    keras.utils.save_img(path, np.full((96, 96, 3), 99, np.uint8), scale=False)
    call = ["dream", str(path), "-o", str(tmp_path / "o.png"), "--max-loss", "1e-9"]
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main([*call, "--octaves", "1", "--layers", "mixed0"]) == 0
    printed = capsys.readouterr()
    assert "warning: the loss is " in printed.err and "stopped: max_loss" in printed.out
    options = {"max_loss": 1e-9, "octaves": 1}
    answer = bridge.dream(str(path), {"mixed0": 1.0}, options)
    assert [warning["class"] for warning in answer["warnings"]] == ["stopped"]
    assert answer["record"]["stopped"] == "max_loss"
