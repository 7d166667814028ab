"""What a shell's text becomes: layers, sizes, channels, and the sample picture."""

from __future__ import annotations

import pytest

from deepdreamr import LayerTerm, sample_image
from deepdreamr.errors import ArgumentError
from deepdreamr.front._parsing import (
    given,
    parse_channels,
    parse_image,
    parse_layers,
    parse_request,
    parse_size,
)
from deepdreamr.runs.request import Request


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("mixed3", [LayerTerm("mixed3")]),
        ("mixed3=0.8, mixed4=-2", [LayerTerm("mixed3", 0.8), LayerTerm("mixed4", -2)]),
        ("mixed4:66+143=2", [LayerTerm("mixed4", 2, [66, 143])]),
        ("a/b=1e-1", [LayerTerm("a/b", 0.1)]),
    ],
)
def test_layers_of_the_command_line(text, terms):
    assert parse_layers(text) == terms


def test_numbers_of_the_command_line():
    assert parse_channels("3, 66-69") == [3, 66, 67, 68, 69]
    assert parse_size("48X64") == (48, 64)
    assert given({"seed": None, "training": False}) == {"training": False}


@pytest.mark.parametrize(
    ("parse", "text"),
    [(parse_layers, "mixed4:a"), (parse_size, "48"), (parse_channels, "3-x"), (parse_channels, "")],
)
def test_text_that_cannot_be_read_is_repeated(parse, text):
    with pytest.raises(ArgumentError, match=f"Received: '{text}'"):
        parse(text)


def test_the_sample_picture_has_a_name_and_any_other_text_is_a_path():
    assert parse_image("sample:jelly") == sample_image("jelly")
    assert parse_image("sample:crab") == "sample:crab"
    assert parse_image(None) is None


def test_a_request_holds_the_arguments_and_the_recipe_s_settings_apart():
    options = {"layers": "mixed3", "seed": 3, "octaves": 2, "sigma": None, "size": "5x6"}
    assert parse_request(None, options) == Request(
        layers=[LayerTerm("mixed3")], size=(5, 6), seed=3, settings={"octaves": 2}
    )
