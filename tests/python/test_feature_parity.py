"""`lucid` against an independent transcription (`feature_oracles.py`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import feature_oracles as oracles
import numpy as np
import pytest
from PIL import Image

from deepdreamr import LayerTerm, dream, replay
from deepdreamr.errors import ImageError
from deepdreamr.runs import memory

SEED = 7


@pytest.fixture
def small(photo: np.ndarray) -> Any:
    """A part of the photograph."""
    return photo[:, 20:116, 10:122]


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    return float(10 * np.log10(4 / max(1e-14, np.mean(np.square(one - other)))))


def losses_of(result: Any) -> list[float]:
    return [loss.loss for loss in result.losses]


@pytest.mark.slow
def test_lucid_from_noise(inception: Any) -> None:
    expected, losses = oracles.lucid(
        inception("mixed1"),
        None,
        shape=(96, 112),
        noise=np.random.default_rng((SEED, 1)),
        iterations=12,
        rng=np.random.default_rng(SEED),
    )
    result = dream(size=(96, 112), layers="mixed1", recipe="lucid", seed=SEED, iterations=12)
    np.testing.assert_allclose(losses_of(result), [loss for *_, loss in losses], rtol=0.01)
    assert psnr(result.image[None] / 127.5 - 1, expected) > 40
    assert result.record["settings"]["parameters"] == "fourier"


@pytest.mark.slow
def test_lucid_from_a_picture(inception: Any, small: Any) -> None:
    expected, losses = oracles.lucid(
        inception("mixed1"), small, iterations=8, rng=np.random.default_rng(SEED)
    )
    result = dream(small, layers="mixed1", recipe="lucid", seed=SEED, iterations=8)
    np.testing.assert_allclose(losses_of(result), [loss for *_, loss in losses], rtol=0.01)
    assert psnr(result.image[None] / 127.5 - 1, expected) > 40
    assert result.record["settings"]["parameters"] == "phases"


def test_a_feature_is_made_again(tmp_path: Path) -> None:
    term = LayerTerm("mixed1", channels=[5])
    first = dream(size=(90, 90), layers=term, recipe="lucid", seed=3, iterations=3)
    assert (replay(first.png()).image == first.image).all()


def test_a_feature_goes_on_from_its_checkpoint(tmp_path: Path, small: Any) -> None:
    kept = tmp_path / "kept"
    how = {"layers": "mixed1", "recipe": "lucid", "seed": 3, "iterations": 3, "octaves": 2}
    whole = dream(small, octave_scale=1.05, **how)

    def stop(step: Any) -> Any:
        return step.octave < 2

    dream(small, octave_scale=1.05, checkpoint=kept, on_step=stop, **how)
    again = dream(small, octave_scale=1.05, checkpoint=kept, **how)
    np.testing.assert_array_equal(again.image, whole.image)


@pytest.mark.slow
def test_windows_of_what_is_shown_are_its_gradient(
    small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = np.asarray(Image.fromarray(np.uint8((small[0] + 1) * 127.5)).resize((420, 400)))
    how = {"layers": "mixed0", "recipe": "lucid", "seed": 3, "iterations": 2}
    whole = dream(image, **how)
    monkeypatch.setattr(memory, "WHOLE_PIXELS", 260**2)
    parts = dream(image, **how)
    assert whole.record["window_pixels"] is None and parts.record["window_pixels"]
    np.testing.assert_allclose(losses_of(whole), losses_of(parts), rtol=1e-3)
    assert psnr(whole.image / 127.5, parts.image / 127.5) > 40


def test_transforms_that_leave_too_little(small: Any) -> None:
    with pytest.raises(ImageError, match="the transforms leave too little of an octave of 96x112"):
        dream(small, layers="mixed1", octaves=1, transforms="crop(90)")
