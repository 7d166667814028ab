"""Settings and recipes: the published constants, and what a setting may be."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepdreamr.errors import ArgumentError
from deepdreamr.recipes.chain import CHAIN
from deepdreamr.recipes.published import RECIPES, LContrib, find_recipe
from deepdreamr.recipes.settings import SETTINGS, Recipe, check_setting, setting_type
from deepdreamr.recipes.transforms import Crop, Pad, Rotate, Scale
from deepdreamr.recipes.units import unit_texts

# ---- The published constants, from the systems' own texts ---------------------------------------

GORDIC = (
    "colors(0.458, 0.448, 0.45)",
    'smooth(0.5, growth=2, phase=1, width=9, color=False, edges="mirror")',
    'normalize("standardize", 1e-8)',
    "colors(0.458, 0.448, 0.45)",
)
PUBLISHED = {
    "rblog": dict(
        layers={"mixed2": 0.2, "mixed3": 0.8, "mixed4": 2, "mixed5": 4, "mixed6": 5},
        octaves=6,
        octave_scale=1.4,
        iterations=20,
        step=0.025,
        max_loss=10,
        border=0,
        objective="mean_square",
        normalize="l1",
        epsilon=1e-7,
        resize="aligned",
        octave_rounding="floor",
        octave_chain=False,
        carry="lost_detail",
        clip=False,
    ),
    "keras": dict(
        layers={"mixed2": 0.2, "mixed3": 3, "mixed4": 2, "mixed5": 1.5},
        octaves=7,
        octave_scale=1.4,
        iterations=50,
        step=0.02,
        max_loss=10,
        border=2,
        objective="mean_square",
        normalize="l1",
        epsilon=1e-7,
        resize="aligned",
        octave_rounding="floor",
        octave_chain=False,
        carry="lost_detail",
        clip=False,
    ),
    "keras-io": dict(
        layers={"mixed4": 1, "mixed5": 1.5, "mixed6": 2, "mixed7": 2.5},
        octaves=3,
        octave_scale=1.4,
        iterations=20,
        step=0.01,
        max_loss=15,
        border=2,
        objective="mean_square",
        normalize="l1",
        epsilon=1e-6,
        resize="half_pixel",
        carry="lost_detail",
        clip=False,
        max_loss_step="taken",
    ),
    "chollet1": dict(
        layers={"mixed2": 0.2, "mixed3": 3, "mixed4": 2, "mixed5": 1.5},
        octaves=3,
        octave_scale=1.4,
        iterations=20,
        step=0.01,
        max_loss=10,
        max_loss_step="skipped",
        border=2,
        mean_over="all",
        objective="mean_square",
        normalize="l1",
        epsilon=1e-7,
        resize="aligned",
        octave_rounding="floor",
        carry="lost_detail",
        clip=False,
    ),
    "chollet2": dict(
        layers={"mixed4": 1, "mixed5": 1.5, "mixed6": 2, "mixed7": 2.5},
        octaves=3,
        octave_scale=1.4,
        iterations=30,
        step=20,
        max_loss=15,
        max_loss_step="taken",
        border=2,
        mean_over="inner",
        objective="mean_square",
        normalize="l2",
        epsilon=1e-12,
        resize="half_pixel",
        octave_rounding="floor",
        carry="lost_detail",
        clip=False,
    ),
    "inception5h": dict(
        octaves=5,  # the picture's own and 4 repeats
        octave_scale=1 / 0.7,
        octave_chain=True,
        octave_rounding="floor_product",
        resize="lanczos",
        octave_sigma=0.5,
        carry="blend",
        blend=0.2,
        iterations=10,
        step=3 / 127.5,
        max_loss=None,
        objective="mean_square",
        normalize="std",
        epsilon=1e-8 * 127.5,  # of gradients by values in 0-255
        tile_size=400,
        tile_start="columns",
        tile_normalize=True,
        sigma=0.5,
        sigma_growth=4,
        sigma_phase=0,
        smooth_kernel=None,
        smooth_color=True,
        clip=False,
    ),
    "tf2": dict(
        layers={"mixed3": 1, "mixed5": 1},
        octaves=1,
        iterations=100,
        step=0.01,
        max_loss=None,
        objective="mean",
        normalize="std",
        epsilon=1e-8,
        clip=True,
    ),
    "tf2-octaves": dict(
        layers={"mixed3": 1, "mixed5": 1},
        octaves=5,
        octaves_above=2,
        octave_scale=1.3,
        octave_rounding="floor",
        resize="half_pixel",
        carry="image",
        iterations=100,
        step=0.01,
        max_loss=None,
        objective="mean",
        normalize="std",
        epsilon=1e-8,
        clip=True,
        jitter=512,
        tile_size=512,
        tile_start="origin",
        tile_normalize=False,
        tile_weights="area",
    ),
    "google2015": dict(
        octaves=4,
        octave_scale=1.4,
        octave_chain=True,
        carry="detail",
        iterations=10,
        step=1.5 / 127.5,
        max_loss=None,
        objective="half_sum_square",
        normalize="l1",
        jitter=32,
        clip=True,
    ),
    "gordic": dict(
        octaves=4,
        octave_scale=1.8,
        carry="image",
        iterations=10,
        step=0.09,  # in units of deviations of [0, 1], which are half of those of [-1, 1]
        max_loss=None,
        objective="mean_square",
        chain=unit_texts("chain", GORDIC, CHAIN),
        jitter=32,
        clip=True,
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_constants(name: str) -> None:
    recipe, published = RECIPES[name], PUBLISHED[name]
    assert {key: getattr(recipe, key) for key in published} == published


OTHERS = {
    "laplace2015": dict(
        layers={"mixed4": 1},
        octaves=3,
        octaves_above=2,
        octave_scale=1.4,
        octave_rounding="floor",
        resize="half_pixel",
        carry="image",
        iterations=10,
        step=1 / 127.5,
        max_loss=None,
        objective="mean",
        chain=("laplacian(4, epsilon=1e-10)",),
        jitter=512,
        tile_size=512,
        tile_weights="area",
        clip=False,
    ),
    "lucid": dict(
        layers={"mixed4": 1},
        octaves=1,
        iterations=512,
        step=0.05,
        max_loss=None,
        parameters="spectrum",
        optimizer="adam",
        objective="mean",
        normalize="none",
        clip=False,
    ),
    "vivid": dict(
        layers={"mixed2": 0.3, "mixed3": 1},
        octaves=5,
        octave_scale=1.4,
        resize="half_pixel",
        carry="lost_detail",
        iterations=20,
        step=0.02,
        max_loss=None,
        clip=True,
        objective="mean_square",
        normalize="std",
        epsilon=1e-8,
        jitter=32,
        sigma=0.4,
        sigma_growth=0.8,
        smooth_color=True,
    ),
}
"""The gradient of strong bands, lucid's features, and our own."""


@pytest.mark.parametrize("name", OTHERS)
def test_constants_of_the_other_recipes(name: str) -> None:
    recipe, constants = RECIPES[name], OTHERS[name]
    assert {key: getattr(recipe, key) for key in constants} == constants


def test_lucid_s_transforms_are_its_standard_ones() -> None:
    pad, crop, scale, rotate, last = RECIPES["lucid"].shown()
    assert (pad, crop, last) == (Pad(12), Crop(8), Crop(4))
    assert scale == Scale(0.9, 1.1, steps=11)  # 1 + (i - 5) / 50
    assert rotate == Rotate(10, value=-1, upright=6)  # -10 to 10, and five times 0


DEFAULTS = dict(
    octaves=6,
    octave_scale=1.4,
    octaves_above=0,
    octave_rounding="floor",
    octave_chain=False,
    octave_sigma=0.0,
    resize="aligned",
    carry="lost_detail",
    blend=0.2,
    iterations=20,
    step=0.025,
    max_loss=None,
    max_loss_step="skipped",
    parameters="pixels",
    optimizer="ascent",
    clip=False,
    objective="mean_square",
    border=0,
    mean_over="all",
    weights_scale="float64",
    chain=None,
    transforms=(),
    normalize="l1",
    epsilon=1e-7,
    jitter=0,
    tile_size=None,
    tile_start="origin",
    tile_weights="area",
    tile_normalize=False,
    sigma=None,
    sigma_growth=0.0,
    sigma_phase=0.0,
    smooth_kernel=None,
    smooth_color=True,
)


def test_the_defaults_are_those_of_the_article() -> None:
    assert {name: getattr(Recipe(), name) for name in SETTINGS} == DEFAULTS
    assert (Recipe().name, Recipe().layers) == ("custom", {})


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_a_system_does_not_have_is_off(name: str) -> None:
    off = dict(octave_sigma=0, jitter=0, border=0, tile_size=None, sigma=None, octaves_above=0)
    others = {key: value for key, value in off.items() if key not in PUBLISHED[name]}
    assert {key: getattr(RECIPES[name], key) for key in others} == others


def test_every_recipe_is_complete() -> None:
    assert list(RECIPES) == [recipe.name for recipe in RECIPES.values()]
    assert set(RECIPES) == {*PUBLISHED, *OTHERS}
    for recipe in RECIPES.values():
        assert recipe.description.endswith(".") and recipe.source
        assert recipe.layers and all(weight > 0 for weight in recipe.layers.values())
        assert list(recipe.settings()) == list(SETTINGS)


@pytest.mark.parametrize(
    ("name", "stand_in"),
    [("inception5h", "mixed3"), ("google2015", "mixed4"), ("gordic", "mixed3")],
)
def test_a_stand_in_for_another_network_s_layers_is_named(name: str, stand_in: str) -> None:
    assert f"{stand_in} stands in" in RECIPES[name].description
    assert RECIPES[name].layers == {stand_in: 1}


@pytest.mark.parametrize("name", sorted(set(RECIPES) - {"vivid"}))
def test_where_a_recipe_departs_from_its_source_is_said(name: Any) -> None:
    recipe = RECIPES[name]
    assert "rounded to 8 bits" in recipe.source
    assert ("SciPy" in recipe.source) == (recipe.resize == "aligned")
    assert ("too narrow" in recipe.source) == (recipe.tile_size is not None)


def test_layer_contributions_that_inception_v3_has() -> None:
    published = {"mixed2": 0.2, "mixed3": 0.8, "mixed4": 2.0, "mixed5": 4.0, "mixed6": 5.0}
    assert LContrib == published


# ---- What a setting may be ----------------------------------------------------------------------

KINDS = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "one of ",
    tuple: "a list of steps like ",
}
WRONG = {
    tuple: ["", 3, True, None, b"l1", {}, object(), [1], "2 + 2", "f(g(1))"],
    int: [20.5, "3", True, np.nan, np.inf, 10**400, None, [3], {}, 1j, object(), np.array([1, 2])],
    float: ["0.5", True, False, np.nan, np.inf, -np.inf, 10**400, None, [0.5], 1j, object()],
    bool: ["yes", 2, 0.5, -1, None, [], np.nan, np.array([1, 0])],
    str: ["", "nothing", 1, True, None, ["l1"], b"l1"],
}
CASES = [(name, i) for name in SETTINGS for i in range(len(WRONG[setting_type(name)[0]]))]


def refused(name: str, value: Any) -> str:
    with pytest.raises(ArgumentError) as caught:
        Recipe(**{name: value})
    return str(caught.value)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_each_wrong_value_is_refused_in_the_same_words(name: Any, case: Any) -> None:
    kind, optional = setting_type(name)
    value: Any = WRONG[kind][case]
    if optional and value is None:
        nothing: dict[str, Any] = {name: None}
        assert getattr(Recipe(**nothing), name) is None
        return
    text = refused(name, value)
    assert text.startswith(f"`{name}` must be {KINDS[kind]}")
    if kind is not tuple:
        assert text.endswith(f" Received: {name}={value!r}")
        assert ("or None. " in text) == optional


BOUNDS: dict[str, tuple[list[Any], list[Any]]] = {
    "octaves": ([1, 100], [0, -1, 101]),
    "octave_scale": ([1.0001, 100], [1, 0.5, 0, -1.4, 101]),
    "octaves_above": ([0, 5], [-1]),
    "octave_sigma": ([0, 1000], [-0.1, 1001]),
    "blend": ([0, 0.2, 1], [-0.1, 1.1]),
    "iterations": ([1, 2000], [0, -1]),
    "step": ([1e-9, 1], [0, -0.01]),
    "max_loss": ([1e-9, 1000], [0, -10]),
    "border": ([0, 10_000], [-1, 10_001]),
    "epsilon": ([0, 1e-30, 1e30], [-1e-9, 1.1e30]),
    "jitter": ([0, 100_000], [-1, 100_001]),
    "tile_size": ([1, 400], [0, -400]),
    "sigma": ([0, 1000], [-0.5, 1001]),
    "sigma_growth": ([-0.5, 0, 4], []),
    "sigma_phase": ([0, 1], [-1]),
    "smooth_kernel": ([1, 10_001], [0, -3, 10_003]),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_bounds(name: str) -> None:
    good, bad = BOUNDS[name]
    for value in good:
        assert getattr(Recipe(**{name: value}), name) == value
    for value in bad:
        text = refused(name, value)
        assert text.startswith(f"`{name}` must be ") and text.endswith(f"Received: {name}={value}")
        assert ">" in text or "<" in text


def test_every_number_has_its_bounds_tested() -> None:
    numbers = {name for name in SETTINGS if setting_type(name)[0] in (int, float)}
    assert numbers == set(BOUNDS)


@pytest.mark.parametrize("value", [20, 20.0, np.int64(20), np.float32(20), Fraction(20)])
def test_whole_numbers_may_come_as_floats(value: Any) -> None:
    octaves = Recipe(octaves=value).octaves
    assert octaves == 20 and type(octaves) is int


@pytest.mark.parametrize("value", [1, np.float32(0.5), np.int8(1), Fraction(1, 4)])
def test_numbers_become_plain_floats(value: Any) -> None:
    assert Recipe(step=value).step == value and type(Recipe(step=value).step) is float


@pytest.mark.parametrize("value", [True, 1, 1.0, np.True_])
def test_truth_may_come_as_a_number(value: Any) -> None:
    assert Recipe(clip=value).clip is True


@pytest.mark.parametrize("name", ["octaves", "step"])
def test_numpy_s_truth_is_no_number(name: str) -> None:
    assert "Received: " in refused(name, np.True_)


@pytest.mark.parametrize("name", [n for n in SETTINGS if SETTINGS[n].metadata["choices"]])
def test_choices(name: Any) -> None:
    choices = SETTINGS[name].metadata["choices"]
    assert SETTINGS[name].default in choices
    for value in choices:
        assert getattr(Recipe(**{name: value}), name) == value
    assert f"one of {', '.join(choices)}." in refused(name, "nothing")


def test_settings_that_contradict_each_other() -> None:
    with pytest.raises(ArgumentError, match="`octaves_above` must be less than `octaves`"):
        Recipe(octaves=2, octaves_above=2)
    with pytest.raises(ArgumentError, match="must be odd. Received: smooth_kernel=8"):
        Recipe(smooth_kernel=8)
    for growth in (-1, 1e6):
        with pytest.raises(ArgumentError, match="`sigma` must stay .*sigma=0.5, sigma_growth="):
            Recipe(sigma=0.5, sigma_growth=growth)
    assert Recipe(sigma=0.5, sigma_growth=-0.5).sigma_growth == -0.5
    assert Recipe(sigma_growth=-1).sigma is None  # nothing is smoothed


@given(st.sampled_from(list(SETTINGS)), st.one_of(st.floats(), st.integers(), st.text(), st.none()))
def test_any_value_is_taken_or_refused(name: Any, value: Any) -> None:
    kind, optional = setting_type(name)
    try:
        result = check_setting(name, value)
    except ArgumentError as error:
        assert str(error).startswith((f"`{name}` must be ", f"unknown step of {name} "))
    else:
        assert result == (list(value) if kind is tuple and value is not None else value)
        assert type(result) is kind or (optional and result is None)


def test_unknown_settings_list_near_names_and_all() -> None:
    with pytest.raises(ArgumentError, match="'octave_scal'. Did you mean octave_scale") as caught:
        Recipe().replace(octave_scal=1.3)
    assert all(name in str(caught.value) for name in SETTINGS)
    with pytest.raises(ArgumentError, match="'title'.* layers"):
        Recipe().replace(title="mine")


def test_a_recipe_of_ones_own_has_its_own_name_and_limit() -> None:
    rblog = RECIPES["rblog"]
    mine = rblog.replace(name="mine", layers={"mixed3": 1.0}, source="me")
    assert (mine.name, mine.source, mine.layers) == ("mine", "me", {"mixed3": 1.0})
    assert rblog.max_loss and mine.max_loss is None  # which was chosen for other layers
    assert rblog.replace(name="mine").max_loss == rblog.max_loss
    assert rblog.replace(name="mine", layers={"mixed3": 1.0}, max_loss=3).max_loss == 3


def test_replacing_checks_and_leaves_the_recipe_as_it_was() -> None:
    recipe = RECIPES["rblog"]
    changed = recipe.replace(octaves=2.0, layers={"mixed0": 1.0})
    assert (changed.octaves, changed.layers, changed.step) == (2, {"mixed0": 1.0}, recipe.step)
    assert (recipe.octaves, recipe.layers) == (6, LContrib)
    assert recipe.replace() == recipe
    with pytest.raises(ArgumentError, match="`octave_scale` must be a number > 1 and .*=0.5"):
        recipe.replace(octave_scale=0.5)


def test_a_recipe_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        RECIPES["rblog"].step = 1.0  # type: ignore[misc]


def test_changing_lcontrib_changes_no_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LContrib, "mixed2", 99.0)
    assert RECIPES["rblog"].layers["mixed2"] == 0.2


def test_a_recipe_can_be_copied_and_sent_to_another_process() -> None:
    recipe = RECIPES["inception5h"]
    assert pickle.loads(pickle.dumps(recipe)) == copy.deepcopy(recipe) == recipe


def test_every_setting_has_a_help_text() -> None:
    assert all(field.metadata["help"] for field in SETTINGS.values())
    texts = {"name", "description", "source", "layers"}
    assert {field.name for field in dataclasses.fields(Recipe)} == texts | set(SETTINGS)


def test_recipes_by_name() -> None:
    assert find_recipe("keras") is RECIPES["keras"]
    own = Recipe(name="own")
    assert find_recipe(own) is own
    with pytest.raises(ArgumentError, match="'kera'. Did you mean keras") as caught:
        find_recipe("kera")
    assert all(name in str(caught.value) for name in RECIPES)
    wrongs: list[Any] = [None, 1, ["keras"], {}]
    for wrong in wrongs:
        with pytest.raises(ArgumentError, match="unknown recipe"):
            find_recipe(wrong)


def test_no_tensorflow_is_imported() -> None:
    code = "import sys, deepdreamr.recipes.published; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
