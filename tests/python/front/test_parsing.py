"""What a shell's text becomes: layers, sizes, channels, and the sample picture."""

from __future__ import annotations

from typing import Any

import pytest

from deepdreamr import LayerTerm, sample_image
from deepdreamr.errors import ArgumentError, ArgumentWarning
from deepdreamr.front._parsing import (
    given,
    parse_channels,
    parse_image,
    parse_request,
    parse_size,
)
from deepdreamr.recipes.lists import parse_layers
from deepdreamr.runs.request import Request


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("mixed3", [LayerTerm("mixed3")]),
        ("mixed3=0.8, mixed4=-2", [LayerTerm("mixed3", 0.8), LayerTerm("mixed4", -2)]),
        ("mixed4:66+143=2", [LayerTerm("mixed4", 2, [66, 143])]),
        ("a/b=1e-1", [LayerTerm("a/b", 0.1)]),
        ("mixed3 = 1, mixed4 : 3 + 5 =2", [LayerTerm("mixed3"), LayerTerm("mixed4", 2, [3, 5])]),
        ("mixed4:60-62=2", [LayerTerm("mixed4", 2, [60, 61, 62])]),
        ("a:3x2+5-6x-.5+9", [LayerTerm("a", 1, {3: 2, 5: -0.5, 6: -0.5, 9: 1})]),
        ("a=2 neuron(6), b", [LayerTerm("a", 2, None, "neuron(6)"), LayerTerm("b")]),
        ("a neuron ( 6, y=0, x=1 )", [LayerTerm("a", 1, None, "neuron(6, y=0, x=1)")]),
        ("a:3 = 2 mean,a=1", [LayerTerm("a", 2, [3], "mean"), LayerTerm("a")]),
        ("a:3 mean", [LayerTerm("a", 1, [3], "mean")]),
        ("a:1x-1 direction(2)", [LayerTerm("a", 1, {1: -1}, "direction(2)")]),
        (
            "p class_logit('great white shark')",
            [LayerTerm("p", 1, None, "class_logit('great white shark')")],
        ),
        ("image=-1e-3 total_variation", [LayerTerm("image", -1e-3, None, "total_variation")]),
        (
            "a mean, a neuron(1), a neuron(2)",
            [
                LayerTerm("a", 1, None, "mean"),
                LayerTerm("a", 1, None, "neuron(1)"),
                LayerTerm("a", 1, None, "neuron(2)"),
            ],
        ),
        ("5=1", [LayerTerm("5")]),
        ("a:1=2,a=1,a:2=1", [LayerTerm("a", 2, [1]), LayerTerm("a"), LayerTerm("a", 1, [2])]),
    ],
)
def test_layers_of_the_command_line(text: str, terms: Any) -> None:
    assert parse_layers(text) == terms


def test_numbers_of_the_command_line() -> None:
    assert parse_channels("3, 66-69") == [3, 66, 67, 68, 69]
    assert parse_size("48X64") == (48, 64)
    assert given({"seed": None, "training": False}) == {"training": False}


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        *((parse_layers, text) for text in ("mixed4:a", "mixed3=", "a=1=2", "mixed3 0.5=x", "7")),
        *((parse_layers, text) for text in ("a:3-1", "a:1x", "a:-3", "a:1x2x3", "a:x2")),
        *((parse_size, text) for text in ("48", "0x5", "48x64x3", "-4x5", "4.5x6")),
        *((parse_channels, text) for text in ("3-x", "", "5-3", "3x2", "-1", "0-99999999")),
    ],
)
def test_text_that_cannot_be_read_is_repeated(parse: Any, text: Any) -> None:
    with pytest.raises(ArgumentError, match=f"Received: '{text}'"):
        parse(text)


def test_a_decimal_comma_is_not_taken_for_two_layers() -> None:
    with pytest.raises(ArgumentError, match=r"Received: '5'\. A weight is 0\.5, not 0,5\."):
        parse_layers("mixed3=0,5")


def test_channels_in_another_spelling_are_told_in_the_shell_s() -> None:
    for text in ("mixed4[66]=1", "mixed4[66,143]=1", "mixed4[66]"):
        with pytest.raises(ArgumentError, match=r"channels are written mixed4:66 in the shell"):
            parse_layers(text)
    with pytest.raises(ArgumentError, match="unknown objective 'neurn'. Did you mean neuron"):
        parse_layers("mixed4 neurn(66)")


@pytest.mark.parametrize("text", ["a mean,a=2 mean", "a=1,a=2", "a,b,a", "a:1+2=1,a:2+1=3"])
def test_a_layer_is_named_once(text: str) -> None:
    with pytest.raises(ArgumentError, match="a layer is named twice: a"):
        parse_layers(text)


def test_a_channel_that_may_have_been_meant_as_a_weight_is_told() -> None:
    with pytest.warns(ArgumentWarning, match="a:2 is channel 2 of a, with the weight 1; a weight"):
        assert parse_layers("a:2") == [LayerTerm("a", 1, [2])]
    assert parse_layers("a:2=1") == parse_layers("a:2 = 1.0")


def test_the_sample_picture_has_a_name_and_any_other_text_is_a_path() -> None:
    assert parse_image("sample:jelly") == sample_image("jelly")
    assert parse_image("sample:crab") == "sample:crab"
    assert parse_image(None) is None


def test_a_request_holds_the_arguments_and_the_recipe_s_settings_apart() -> None:
    options = {"layers": "mixed3", "seed": 3, "octaves": 2, "sigma": None, "size": "5x6"}
    assert parse_request(None, options) == Request(
        layers=[LayerTerm("mixed3")], size=(5, 6), seed=3, settings={"octaves": 2}
    )
