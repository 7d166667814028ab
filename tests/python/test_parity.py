"""Each recipe against an independent transcription of its published formulas (`oracles.py`)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from parity import ORACLES, first_steps, whole_dreams

from deepdreamr import RECIPES

CASES: dict[str, dict[str, Any]] = {
    "keras": {"octaves": 3, "iterations": 5},
    "chollet1": {"octaves": 2, "iterations": 3},
    "chollet2": {"octaves": 3, "iterations": 3},
    "rblog": {"octaves": 3, "iterations": 5},
    "keras-io": {"octaves": 3, "iterations": 4},
    "inception5h": {"octaves": 3, "iterations": 4, "tile_size": 90},
    "tf2": {"iterations": 8},
    "tf2-octaves": {"iterations": 4, "tile_size": 120, "octaves": 2, "octaves_above": 1},
    "google2015": {"octaves": 2, "iterations": 5},
    "laplace2015": {"iterations": 3, "tile_size": 120, "octaves": 2, "octaves_above": 1},
    "gordic": {"octaves": 2, "iterations": 5},
}
MORE: dict[str, dict[str, Any]] = {
    "inception5h": {"smooth_color": False},
    "keras-io": {"max_loss": 0.01},
    "chollet2": {"max_loss": 0.01},
    "keras": {"max_loss": 0.05},
}


def compare(name: Any, settings: Any, photo: Any, inception: Any) -> None:
    result, losses, decibels = whole_dreams(
        name, inception(*RECIPES[name].layers), photo, **settings
    )
    assert [(loss.octave, loss.iteration) for loss in result.losses] == [
        (octave + 1, iteration + 1) for octave, iteration, _ in losses
    ]
    np.testing.assert_allclose(
        [loss.loss for loss in result.losses], [loss for *_, loss in losses], rtol=1e-3
    )
    assert decibels >= 55


OFTEN = "chollet1"
"""The recipe that `make test` compares too; `make test-slow` has the others."""


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n == OFTEN else pytest.mark.slow) for n in CASES]
)
def test_recipe_equals_its_formulas(name: str, photo: np.ndarray, inception: Any) -> None:
    compare(name, CASES[name], photo, inception)


@pytest.mark.slow
@pytest.mark.parametrize("name", MORE)
def test_it_does_with_other_settings(name: str, photo: np.ndarray, inception: Any) -> None:
    compare(name, CASES[name] | MORE[name], photo, inception)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_an_octave_s_first_step_at_the_published_size(name: str, photo: np.ndarray) -> None:
    shares = first_steps(name, photo, **CASES[name])
    assert shares and max(shares) < 1e-4


def test_every_published_recipe_is_compared() -> None:
    others = {"vivid", "lucid"}  # ours: nothing is published; and in test_feature_parity
    assert set(CASES) == set(ORACLES) == set(RECIPES) - others
