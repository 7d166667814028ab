"""What a term's objective may be: its text, what goes with it, and ImageNet's classes."""

from __future__ import annotations

from typing import Any

import pytest

from deepdreamr.errors import ArgumentError
from deepdreamr.recipes.objectives import (
    OBJECTIVES,
    ClassLogit,
    Direction,
    Function,
    Neuron,
    as_text,
    class_names,
)
from deepdreamr.recipes.terms import LayerTerm, layer_terms


def test_an_objective_is_kept_as_its_text() -> None:
    term = LayerTerm("mixed4", 2, objective=Neuron(66))
    assert term.objective == "neuron(66, y=0.5, x=0.5)" and term.unit == Neuron(66)
    assert term == LayerTerm("mixed4", 2, objective=" neuron ( 66 )")
    assert hash(term) == hash(LayerTerm("mixed4", 2, objective="neuron(66)"))
    assert LayerTerm("a", objective="mean()").objective == "mean"
    one: Any = ["mean"]
    assert LayerTerm("a", objective=one).objective == "mean"
    assert LayerTerm("mixed4").unit is None and not term.of_image
    (found,) = layer_terms([{"layer": "mixed4", "weight": 2, "objective": "neuron(66)"}])
    assert found == term


def test_a_range_of_channels_is_its_numbers() -> None:
    assert LayerTerm("a", channels=range(60, 63)).channels == ((60, 1.0), (61, 1.0), (62, 1.0))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective_s_text_means_itself(name: Any) -> None:
    unit = OBJECTIVES[name]
    given = {"neuron": (3,), "class_logit": (3,), "strongest": (3,), "function": ("f",)}
    made = unit(*given.get(name, ()))
    layer = "image" if name in ("total_variation", "distance") else "a"
    channels = [1] if unit is Direction else None
    term = LayerTerm(layer, 1, channels, made)
    assert term.unit == made and LayerTerm(layer, 1, channels, made.brief()) == term
    assert term.of_image == (layer == "image")


@pytest.mark.parametrize(
    ("objective", "words"),
    [
        ("neurn(3)", "unknown objective 'neurn'. Did you mean neuron"),
        ("neuron", "the objective `neuron` takes channel, y, x, and needs channel. .*'neuron'$"),
        ("mean(3)", r"the objective `mean` takes nothing. Received: 'mean\(3\)'$"),
        ("neuron(-1)", "`channel` must be a whole number >= 0"),
        ("neuron(1, y=1.5)", "`y` must be a number >= 0 and <= 1"),
        ("mixed4 neuron(3)", "one objective like"),
        ("neuron(3), mean", "a term has one objective. Received: 'neuron"),
        ("strongest(0)", "`count` must be a whole number >= 1"),
        ("direction(-1)", "`cosine_power` must be a number >= 0"),
        ("direction", "direction needs channels of a"),
        ("guide('worst')", "`by` must be one of best, mean"),
        ("total_variation", "its layer must be 'image'. Received: layer='a'"),
        ("distance", "its layer must be 'image'"),
        ("class_logit(1.5)", "a number from 0, or one of ImageNet's names"),
        ("class_logit(0x" + "f" * 1900 + ")", "`which` must be a whole number <= 2.147"),
        ("neuron(1, y=0.1, y=0.9)", r"an objective must be one objective like `neuron\(...\)`"),
        ("class_logit('jelyfish')", "unknown class 'jelyfish'. Did you mean jellyfish"),
        ("__import__('os')", "unknown objective|one objective"),
        ("class_logit(crane)", "in quotes: 'crane', not crane. .*'class_logit.crane.'$"),
        ("", "one objective"),
        (3, "one objective"),
        (b"mean", "one objective"),
    ],
)
def test_what_is_no_objective_is_refused(objective: Any, words: str) -> None:
    with pytest.raises(ArgumentError, match=words) as caught:
        LayerTerm("a", objective=objective)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("objective", ["neuron(3)", "class_logit(3)", "strongest(3)"])
def test_what_names_its_channels_takes_no_others(objective: str) -> None:
    with pytest.raises(ArgumentError, match="of a goes without channels"):
        LayerTerm("a", channels=[1], objective=objective)


def test_a_function_is_held_as_it_is_and_named_in_text() -> None:
    def loudest(activation: Any) -> Any:
        return activation

    term = LayerTerm("a", objective=loudest)
    assert term.objective is loudest and term.unit is None and hash(term)
    assert as_text(loudest) == 'function("loudest")'
    assert LayerTerm("a", objective=as_text(loudest)).unit == Function("loudest")

    class Unhashable:
        __hash__ = None  # type: ignore[assignment]

        def __call__(self, activation: Any) -> Any:
            return activation

    assert hash(LayerTerm("a", objective=Unhashable()))


def test_a_function_s_long_name_can_be_read_again() -> None:
    def long(activation: Any) -> Any:
        return activation

    long.__name__ = "é" * 3000
    text = as_text(long)
    assert LayerTerm("mixed4", objective=text).objective == text


def test_a_neuron_s_pixel() -> None:
    assert Neuron(7).pixel((40, 60), (0, 0)) == (20, 30)
    assert Neuron(7, y=0.25, x=0.1).pixel((40, 60), (5, -8)) == (15, 58)
    y, x = Neuron(7, y=1, x=1).pixel((40, 60), (0, 1))
    assert y == pytest.approx(39.999) and x == pytest.approx(0.999)
    assert Neuron(7).number("a", 9) == 7


def test_the_middle_is_the_default_position() -> None:
    assert Neuron(7).in_the_middle and Neuron(7, 0.5, 0.5).in_the_middle
    assert not Neuron(7, y=0.4).in_the_middle and not Neuron(7, x=0.6).in_the_middle


@pytest.mark.parametrize(
    ("text", "most"),
    [("neuron({})", 2**31), ("class_logit({})", 2**31), ("strongest({})", 100_000)],
)
def test_numbers_of_channels_and_classes_have_a_largest(text: str, most: int) -> None:
    assert LayerTerm("a", objective=text.format(most)).unit is not None
    with pytest.raises(ArgumentError, match="must be a whole number .*<= "):
        LayerTerm("a", objective=text.format(most + 1))


def test_a_class_s_number_among_those_of_a_layer() -> None:
    assert ClassLogit(0).number("a", 3) == 0 and ClassLogit("tench").number("a", 1000) == 0
    assert ClassLogit("jellyfish").number("a", 1000) == 107
    for classes in (999, 1001):
        with pytest.raises(ArgumentError, match=f"and a gives {classes}: name that layer"):
            ClassLogit("tench").number("a", classes)


@pytest.mark.parametrize("text", ["  Tiger_Shark ", "tiger shark", "TIGER SHARK"])
def test_a_class_s_name_however_it_is_spelled(text: str) -> None:
    assert ClassLogit(text).which == "tiger shark"


def test_a_function_s_name_is_cut_after_200_characters() -> None:
    def long(activation: Any) -> Any:
        return activation

    long.__name__ = "n" * 201
    assert as_text(long) == f'function("{"n" * 200}")'
    assert as_text("mean") == "mean"


def test_the_thousand_names() -> None:
    names = class_names()
    assert len(names) == len(set(names)) == 1000
    assert (names[0], names[107], names[999]) == ("tench", "jellyfish", "toilet tissue")
    assert ClassLogit("Great_White shark") == ClassLogit("great white shark")
    assert ClassLogit("Cardigan") != ClassLogit("cardigan")  # a dog, and what people wear
    with pytest.raises(ArgumentError, match="Did you mean Cardigan or cardigan"):
        ClassLogit("CARDIGAN")
