"""A recipe's `max_loss` belongs to its own loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toys import small_model

from deepdreamr import RECIPES, LContrib, Recipe, dream, layer_sheet, plan, replay
from deepdreamr.errors import ArgumentError
from deepdreamr.runs.checking import check
from deepdreamr.runs.request import Request

PICTURE = np.random.default_rng(0).integers(0, 256, (96, 100, 3), np.uint8)
SHORT = {"octaves": 1, "iterations": 1, "seed": 1}


def limit(layers: Any = None, settings: dict[str, Any] | None = None, **arguments: Any) -> Any:
    """The `max_loss` of a call."""
    asked = {"octaves": 1, **(settings or {})}
    return check(Request(image=PICTURE, layers=layers, settings=asked, **arguments)).recipe.max_loss


NINE = {**LContrib, "mixed11": 4.0, "mixed27": 9.0}
KEPT: dict[str, Any] = {
    "the recipe's own": {},
    "the same by name": {"layers": dict(reversed(LContrib.items()))},
    "said": {"layers": {"mixed4": 1.0}, "settings": {"max_loss": 3.0}},
    "said in a recipe": {"layers": "mixed4", "recipe": RECIPES["rblog"].replace(max_loss=3.0)},
    "a recipe of one's own": {"layers": "mixed4", "recipe": Recipe(name="mine", max_loss=3.0)},
    "other parameters": {"weights": "untrained"},
}
NONE: dict[str, Any] = {
    "other weights": {"layers": {**LContrib, "mixed6": 20.0}},
    "other layers": {"layers": {"mixed4": 1.0}},
    "fewer": {"layers": {name: LContrib[name] for name in ("mixed2", "mixed3")}},
    "channels": {"layers": [("mixed2", 0.2), {"layer": "mixed3", "channels": [3]}]},
    "a guide": {"guide": PICTURE},
    "another network": {"network": small_model, "layers": "first"},
    "another objective": {"settings": {"objective": "half_sum_square"}},
    "a changed recipe": {"layers": "mixed4", "recipe": RECIPES["rblog"].replace(step=0.01)},
    "a recipe's changed layers": {"recipe": RECIPES["rblog"].replace(layers={"mixed4": 1.0})},
    "said to be none": {"settings": {"max_loss": None}},
}


@pytest.mark.parametrize("case", KEPT)
def test_it_is_kept(case: Any) -> None:
    assert limit(**KEPT[case]) == (3.0 if "one's own" in case or "said" in case else 10.0)


def test_layers_that_the_network_has_not_do_not_count() -> None:
    with pytest.warns(match="left out"):
        assert limit(NINE) == 10.0


@pytest.mark.parametrize("case", NONE)
def test_there_is_none(case: Any) -> None:
    arguments = dict(NONE[case])
    if "network" in arguments:
        arguments["network"] = arguments["network"]()
    assert limit(**arguments) is None


def test_a_plan_and_a_dream_say_so() -> None:
    planned = plan(PICTURE, "mixed0", octaves=1, measure=False)
    assert any("there is no max_loss" in note for note in planned.notes)
    own = plan(PICTURE, octaves=1, measure=False)
    assert any("above 10" in note for note in own.notes)
    assert not any("no max_loss" in note for note in (*own.notes,))
    said = plan(PICTURE, "mixed0", octaves=1, max_loss=None, measure=False)
    assert not any("no max_loss" in note for note in said.notes)


@pytest.mark.slow
def test_each_tile_of_a_sheet_is_a_loss_of_its_own() -> None:
    sheet = layer_sheet(PICTURE, {"mixed2": 0.2, "mixed3": 0.8}, **SHORT)
    assert [each.settings["max_loss"] for each in sheet.dreams] == [None, None]


def test_what_a_record_or_a_checkpoint_of_before_says_decides(tmp_path: Path) -> None:
    call = {"layers": {"mixed0": 1.0}, **SHORT, "octaves": 2}
    before = dream(PICTURE, max_loss=10.0, **call)  # as 0.1 would have it unsaid
    assert replay(before, PICTURE).settings["max_loss"] == 10.0
    assert replay(dream(PICTURE, **call), PICTURE).settings["max_loss"] is None
    path, stop = tmp_path / "run", lambda step: step.octave == 1
    dream(PICTURE, max_loss=10.0, checkpoint=path, on_step=stop, **call)
    resumed = dream(PICTURE, checkpoint=path, **call)
    assert resumed.settings["max_loss"] == 10.0 and not path.exists()
    dream(PICTURE, max_loss=9.0, checkpoint=path, on_step=stop, **call)
    with pytest.raises(ArgumentError, match=r"setting max_loss \(was 9.0, is None\)"):
        dream(PICTURE, checkpoint=path, **call)
