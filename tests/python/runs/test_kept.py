"""Pictures and checkpoints of version 0.1 (see ../kept): shown, replayed, resumed."""

from __future__ import annotations

import re
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepdreamr import RECIPES, dream, replay, show
from deepdreamr.errors import ArgumentError, CheckpointWarning, ReplayWarning
from deepdreamr.recipes.earlier import with_earlier
from deepdreamr.recipes.settings import Recipe
from deepdreamr.runs._comparing import MACHINE
from deepdreamr.runs.checkpoints import load_checkpoint
from deepdreamr.runs.record import Record
from deepdreamr.runs.steps import AscentStep

KEPT = Path(__file__).parents[1] / "kept"
SOURCE = KEPT / "source.png"
CHECKPOINTS = sorted(KEPT.glob("*.checkpoint"))
PICTURES = sorted(path for path in KEPT.iterdir() if path.stem in RECIPES and path.suffix != ".md")
PICTURES = [path for path in PICTURES if path not in CHECKPOINTS]
LOW = {"mixed1": 0.5, "mixed2": 1.0}
CALLS: dict[str, dict[str, Any]] = {  # as ../kept/README.md has them
    "rblog": {"max_loss": 100.0},
    "keras": {"layers": LOW},
    "keras-io": {"layers": LOW},
    "tf2-octaves": {"octaves": 3, "octaves_above": 1},
    "gordic": {"layers": {"mixed2": 1.0}},
}
OF_0_1: dict[str, dict[str, Any]] = {  # what its recipes said where they say other things now
    "inception5h": {
        "octave_rounding": "floor",
        "resize": "half_pixel",
        "tile_start": "random",
        "epsilon": 1e-8,
    },
    "gordic": {
        "chain": None,
        "step": 0.09 * 0.226 * 2,
        "normalize": "standardize",
        "epsilon": 1e-8,
        "sigma": 0.5,
        "sigma_growth": 2.0,
        "sigma_phase": 1.0,
        "smooth_kernel": 9,
        "smooth_color": False,
    },
}
RECIPES_OF_0_1 = [path.stem for path in CHECKPOINTS]


def called(recipe: str) -> dict[str, Any]:
    """What the dream of a recipe was called with."""
    return {"octaves": 2, "iterations": 2, **CALLS.get(recipe, {}), **OF_0_1.get(recipe, {})}


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as opened:
        return np.asarray(opened).astype(int)


def only_of_versions(caught: list[warnings.WarningMessage]) -> None:
    """Nothing is warned of but programs and the device: this is not 0.1 any more."""
    of_ours = [w for w in caught if issubclass(w.category, CheckpointWarning | ReplayWarning)]
    assert len(of_ours) == 1
    text = str(of_ours[0].message).split(": ", 1)[1]
    found = re.findall(r"([\w' ]+) \(was [^()]*, is [^()]*\)", text)
    programs = {"deepdreamr", "python", "tensorflow", "keras", "numpy", "pillow", "device"}
    assert "deepdreamr" in found and {name.strip() for name in found} <= programs, text


def alike(image: np.ndarray, path: Path) -> None:
    """At most one level off, but for two values in a thousand.

    Processors sum in other orders, and where rounding switches a ReLU some pixels change more.
    """
    difference = np.abs(image - pixels(path))
    assert (difference > 1).mean() < 0.002, f"by up to {difference.max()}"


# ---- Shown ---------------------------------------------------------------------------------------


def test_there_is_a_picture_and_a_checkpoint_of_every_recipe() -> None:
    recipes = set(RECIPES_OF_0_1)
    assert len(recipes) == 9 and recipes <= set(RECIPES)
    assert {path.stem for path in PICTURES if path.suffix == ".png"} == recipes
    assert {path.suffix for path in PICTURES} == {".png", ".jpg", ".webp", ".tif"}


@pytest.mark.parametrize("path", PICTURES, ids=names(PICTURES))
def test_it_is_shown(path: Any) -> None:
    call = {**called(path.stem), "tile_weights": "equal"}  # as in 0.1, where nobody had a choice
    call |= {"weights_scale": "float32", "max_loss_step": "skipped"}
    record, recipe = show(path), RECIPES[path.stem].replace(**call)
    assert isinstance(record, Record) and record == show(path.with_suffix(".png"))
    assert (record.deepdreamr, record.recipe, record.engine) == ("0.1.0", path.stem, "fast")
    assert Recipe().replace(**with_earlier(record.settings)).settings() == recipe.settings()
    assert {term["layer"]: term["weight"] for term in record.layers} == recipe.layers
    assert record.source == "source.png" and record.source_size == (112, 128)


# ---- Made again ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("path", PICTURES, ids=names(PICTURES))
def test_it_is_replayed(path: Any) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = replay(path, SOURCE)
    only_of_versions(caught)
    before = show(path)
    for name in set(before) - {"deepdreamr", "versions", "settings", *MACHINE}:
        assert result.record[name] == before[name], name
    assert before.settings.items() <= result.record.settings.items()
    if path.suffix == ".jpg":
        assert np.abs(result.image - pixels(path)).mean() < 4
    else:
        alike(result.image, path)


# ---- Gone on with --------------------------------------------------------------------------------


def going_on(recipe: str, folder: Path) -> Path:
    """A copy of the recipe's checkpoint: a dream that is finished deletes it."""
    return Path(shutil.copy(KEPT / f"{recipe}.checkpoint", folder / "run"))


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES_OF_0_1)
def test_a_checkpoint_is_gone_on_with(tmp_path: Path, recipe: Any) -> None:
    path = going_on(recipe, tmp_path)
    steps: list[AscentStep] = []
    saved = load_checkpoint(path)
    assert saved.octave == 1 and saved.record.deepdreamr == "0.1.0"
    call = {**called(recipe), "on_step": steps.append}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = dream(SOURCE, recipe=recipe, checkpoint=path, **call)
    only_of_versions(caught)
    assert [(step.octave, step.iteration) for step in steps[:2]] == [(2, 1), (2, 2)]
    assert [tuple(loss) for loss in result.losses[:2]] == saved.losses
    assert result.seed == 1 and not path.exists()
    alike(result.image, KEPT / f"{recipe}.png")


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES_OF_0_1)
def test_a_replay_goes_on_with_one_too(tmp_path: Path, recipe: Any) -> None:
    path = going_on(recipe, tmp_path)
    steps: list[AscentStep] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = replay(KEPT / f"{recipe}.png", SOURCE, checkpoint=path, on_step=steps.append)
    assert steps[0].octave == 2 and not path.exists()
    alike(result.image, KEPT / f"{recipe}.png")


@pytest.mark.parametrize("recipe", OF_0_1)
def test_a_recipe_that_is_another_now_does_not_go_on_with_one(tmp_path: Path, recipe: Any) -> None:
    path = going_on(recipe, tmp_path)
    call = {"octaves": 2, "iterations": 2, **CALLS.get(recipe, {})}
    with pytest.raises(ArgumentError, match="is of another dream: setting"):
        dream(SOURCE, recipe=recipe, checkpoint=path, **call)
    assert path.exists()


# ---- Called again --------------------------------------------------------------------------------

NEARER = {"keras-io", "inception5h", "tf2-octaves", "gordic"}
"""Recipes that are nearer to their sources now, so that one setting does not give 0.1's pixels."""


@pytest.mark.slow
@pytest.mark.parametrize("recipe", sorted({*RECIPES_OF_0_1} - NEARER))
def test_the_same_call_is_as_in_0_1_with_its_scale_of_the_parameters(recipe: Any) -> None:
    result = dream(SOURCE, recipe=recipe, weights_scale="float32", seed=1, **called(recipe))
    alike(result.image, KEPT / f"{recipe}.png")
