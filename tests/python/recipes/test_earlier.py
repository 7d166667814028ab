"""Settings of which a record of 0.1 says nothing."""

from __future__ import annotations

from example_record import RECORD, a_record

from deepdreamr.recipes.earlier import with_earlier
from deepdreamr.recipes.settings import SETTINGS, Recipe
from deepdreamr.runs._asking import asked_again

BEFORE = {"tile_weights": "equal", "weights_scale": "float32"}


def test_they_are_what_0_1_did() -> None:
    assert with_earlier({}) == BEFORE
    assert with_earlier({"step": 0.5, "tile_weights": "area"}) == {
        **BEFORE,
        "step": 0.5,
        "tile_weights": "area",
    }
    settings = {n: value for n, value in RECORD["settings"].items() if n not in BEFORE}
    recipe = asked_again(a_record(settings=settings), None)["recipe"]
    assert {name: getattr(recipe, name) for name in BEFORE} == BEFORE


def test_a_recipe_of_one_s_own_does_what_its_sources_do() -> None:
    recipe = Recipe(name="mine")
    for name, before in BEFORE.items():
        assert getattr(recipe, name) == SETTINGS[name].default != before
