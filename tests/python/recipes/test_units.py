"""Units as text and back, the chain of a recipe, and what is refused."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from needing import present

from deepdreamr.errors import ArgumentError
from deepdreamr.recipes.chain import CHAIN, IN_CHAIN, Laplacian, Normalize, Smooth
from deepdreamr.recipes.published import RECIPES
from deepdreamr.recipes.settings import SETTINGS, UNITS, Recipe
from deepdreamr.recipes.transforms import TRANSFORMS, Mirror
from deepdreamr.recipes.units import parse_units, unit_texts

TABLES = [(name, unit) for name, table in UNITS.items() for unit in table]


def parsed(value: object) -> Any:
    return parse_units("chain", value, CHAIN)


def test_a_unit_is_written_like_a_call() -> None:
    assert parsed("smooth(0.5, growth=2), normalize") == (Smooth(0.5, growth=2.0), Normalize("l1"))
    assert parsed(["laplacian(3)", Normalize("l2")]) == (Laplacian(3), Normalize("l2"))
    assert parsed(' normalize ( "std", epsilon = 1e-8 ) ,') == (Normalize("std", 1e-8),)
    assert parsed("smooth(0.5, width=NULL, color=FALSE)") == (Smooth(0.5, color=False),)
    assert parsed([]) == ()


@pytest.mark.parametrize("value", ["smooth(1)", "normalize('l2')", "laplacian", "colors(1, 2, 3)"])
def test_a_unit_s_text_means_the_unit(value: str) -> None:
    texts = unit_texts("chain", value, CHAIN)
    assert parsed(texts) == parsed(value) and unit_texts("chain", texts, CHAIN) == texts


def test_python_says_nothing_of_a_text_that_is_not_run(recwarn: pytest.WarningsRecorder) -> None:
    with pytest.raises(ArgumentError, match="`how` must be one of"):
        parsed(r"normalize('l\d')")
    assert not recwarn.list


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "a list of steps like `smooth"),
        ("smooth", "`smooth` of `chain` takes sigma, growth"),
        ("smooth(growth=2)", r"and needs sigma. Received: 'smooth\(growth=2\)'$"),
        ("smooth(1, sigma=2)", r"takes sigma, .* Received: 'smooth\(1, sigma=2\)'$"),
        ("smooth(1, 2, 3, 4, True, 'reflect', 7)", "takes sigma"),
        ("smoth(1)", "Did you mean smooth"),
        ("smooth(1)) + (laplacian", "a list of steps like `smooth"),
        ("normalize('l3')", "`how` must be one of l1, l2"),
        ("smooth('1')", "`sigma` must be a number"),
        ("smooth(1e999)", "`sigma` must be a number"),
        ("normalize(**{'how': 'l1'})", "takes how"),
        ("normalize(*['l1'])", "a list of steps"),
        ("__import__('os').getcwd()", "a list of steps"),
        ("normalize(__import__('os'))", "a list of steps"),
        ("[normalize for x in 'ab']", "a list of steps"),
        ("(" * 900, "a list of steps"),
        ("smooth(1)," * 900, "a list of steps"),
        ("9" * 1900, "a list of steps"),
        (["smooth(1)", 4], "a list of steps"),
        ("normalize," * 101, "`chain` must have at most 100 steps"),
        (["normalize," * 60] * 2, "`chain` must have at most 100 steps"),
        (["normalize"] * 101, "`chain` must have at most 100 steps"),
        ("smooth(1, growth=2, growth=3)", "a list of steps"),
        (b"normalize", "a list of steps"),
        (b"", "a list of steps"),
        (3, "a list of steps"),
        (object(), "a list of steps"),
        ("smooth(1)\0", "a list of steps"),
    ],
)
def test_what_is_no_unit_is_refused(value: Any, words: str) -> None:
    with pytest.raises(ArgumentError, match=words) as caught:
        parsed(value)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: Any) -> None:
    try:
        units = parsed(text)
    except ArgumentError:
        return
    assert all(type(unit) in CHAIN.values() for unit in units)


@pytest.mark.parametrize(("name", "unit"), TABLES)
def test_every_unit_says_what_it_is(name: Any, unit: Any) -> None:
    kind = UNITS[name][unit]
    assert kind.__doc__ and not kind.__doc__.startswith(kind.__name__ + "(")
    assert all(field.metadata["help"] for field in dataclasses.fields(kind))


BOUNDS: dict[str, dict[str, tuple[Any, list[Any], list[Any]]]] = {
    "smooth": {
        "sigma": (1.0, [0, 1000], [-0.1, 1001]),
        "growth": (0.0, [-2, 2], []),
        "phase": (0.0, [0, 9], [-0.1]),
        "width": (None, [1, 10_001], [0, 10_003]),
        "color": (True, [False], [2]),
        "edges": ("reflect", ["mirror"], ["around"]),
    },
    "normalize": {
        "how": ("l1", ["l2", "std", "standardize"], ["none"]),
        "epsilon": (1e-7, [0, 1e30], [-1e-9, 1.1e30]),
    },
    "laplacian": {
        "levels": (4, [1, 20], [0, 21]),
        "epsilon": (1e-10, [1e-30, 1e30], [0, 1.1e30]),
    },
    "colors": {name: (1.0, [-1e6, 1e6], [-1000001, 1000001]) for name in ("red", "green", "blue")},
    "pad": {"pixels": (12, [0, 1000], [-1, 1001]), "value": (0.0, [-1, 1], [-1.1, 1.1])},
    "crop": {"pixels": (8, [0, 1000], [-1, 1001])},
    "jitter": {"pixels": (8, [0, 100_000], [-1, 100_001])},
    "scale": {
        "low": (0.9, [0.1, 1.1], [0.09, 10.1]),
        "high": (1.1, [0.9, 10], [0.09, 10.1]),
        "steps": (11, [2, 99], [1, 100]),
    },
    "rotate": {
        "degrees": (10, [0, 180], [-1, 181]),
        "value": (0.0, [-1, 1], [-1.1, 1.1]),
        "upright": (6, [1, 1000], [0, 1001]),
    },
    "mirror": {},
}
"""Of each unit, what it is told: the default (or what it is here, if it has none), what it may
just be, and what it may not."""


@pytest.mark.parametrize(("name", "unit"), TABLES)
def test_what_a_unit_is_told_has_its_default_and_its_bounds(name: Any, unit: Any) -> None:
    kind, bounds = UNITS[name][unit], BOUNDS[unit]
    told = {word: default for word, (default, *_) in bounds.items()}
    required = {f.name for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING}
    plain = kind(**{word: told[word] for word in required})
    assert dataclasses.asdict(plain) == told
    for word, (_, good, bad) in bounds.items():
        for value in good:
            assert getattr(kind(**{**told, word: value}), word) == value
        for value in bad:
            with pytest.raises(ArgumentError, match=f"^`{word}` must be "):
                kind(**{**told, word: value})


def test_at_most_so_many_units_and_characters() -> None:
    assert len(parsed(["normalize"] * 100)) == len(parsed("normalize," * 100)) == 100
    assert parsed("normalize" + " " * 1991) == parsed("normalize")
    with pytest.raises(ArgumentError, match="a list of steps"):
        parsed("normalize" + " " * 1992)


# ---- The chain of a recipe ----------------------------------------------------------------------


def test_units_are_given_in_any_form_and_held_as_texts() -> None:
    """Type checkers read this file, too: wide types go in, narrow ones come out."""
    unit = Normalize("l2")
    recipes = [Recipe(chain=given) for given in (str(unit), unit, [unit], (str(unit),))]
    held: list[tuple[str, ...] | None] = [recipe.chain for recipe in recipes]
    assert held == [(str(unit),)] * 4
    texts: tuple[str, ...] = Recipe(transforms="mirror").transforms
    assert texts == Recipe(transforms=[Mirror()]).transforms == ("mirror",)


def test_the_fields_make_a_chain() -> None:
    smooth = Smooth(0.5, growth=2.0, phase=1.0, width=9, color=False)
    recipe = Recipe(
        sigma=0.5,
        sigma_growth=2,
        sigma_phase=1,
        smooth_kernel=9,
        smooth_color=False,
        normalize="std",
        epsilon=1e-8,
    )
    assert recipe.units() == (smooth, Normalize("std", 1e-8))
    assert recipe.settings()["chain"] == tuple(map(str, recipe.units()))
    assert Recipe(normalize="none").units() == ()


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_and_its_settings_are_the_same(name: str) -> None:
    recipe = RECIPES[name]
    again = Recipe().replace(**recipe.settings())
    assert again.settings() == recipe.settings() and again.units() == recipe.units()


def test_settings_of_0_1_have_no_chain() -> None:
    """What an older picture says makes the chain, whatever the published recipe has now."""
    old = {n: v for n, v in RECIPES["inception5h"].settings().items() if n != "chain"}
    assert Recipe().replace(**old).units() == RECIPES["inception5h"].units()


def test_a_chain_takes_the_place_of_what_said_it_before() -> None:
    recipe = RECIPES["inception5h"].replace(chain="laplacian, normalize('std')")
    assert recipe.units() == (Laplacian(4), Normalize("std"))
    assert [getattr(recipe, name) for name in IN_CHAIN] == [SETTINGS[n].default for n in IN_CHAIN]
    assert recipe.replace(chain=None).units() == Recipe().units()


@pytest.mark.parametrize(
    "settings", [{"sigma": 1}, {"normalize": "std"}, {"smooth_color": False}, {"epsilon": 1}]
)
def test_a_chain_says_all(settings: Any) -> None:
    recipe = RECIPES["rblog"].replace(chain="laplacian")
    with pytest.raises(ArgumentError, match="`chain` says all that is done to the gradient"):
        recipe.replace(**settings)
    with pytest.raises(ArgumentError, match="`chain` says all that is done to the gradient"):
        RECIPES["rblog"].replace(chain="laplacian", **settings)


@pytest.mark.parametrize("settings", [{"epsilon": float("1e-7")}, {"sigma_growth": float("0")}])
def test_what_a_setting_is_anyway_may_stand_beside_a_chain(settings: Any) -> None:
    assert Recipe(chain="laplacian", **settings) == Recipe(chain="laplacian")


@pytest.mark.parametrize(
    ("unit", "words"),
    [("smooth(1, growth=-2)", "must stay >= 0"), ("smooth(1, width=8)", "must be odd")],
)
def test_a_blur_in_a_chain_is_checked_as_the_fields_are(unit: str, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        Recipe(chain=unit)


@pytest.mark.parametrize(("name", "known"), [("chain", CHAIN), ("transforms", TRANSFORMS)])
def test_the_help_of_a_setting_shows_each_unit_as_it_can_be_written(name: str, known: Any) -> None:
    text = SETTINGS[name].metadata["help"]
    shown = present(re.search(r", of (.*?)(;|$)", text))[1]
    units = parse_units(name, shown, known)
    assert [type(unit) for unit in units] == list(known.values())
