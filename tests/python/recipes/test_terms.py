"""Terms of a loss: how layers may be named, and layers that do not exist."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import typing
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from deepdreamr.errors import ArgumentError, UnknownLayerError, UnknownLayerWarning
from deepdreamr.networks.inception import inception_v3
from deepdreamr.networks.nodes import layer_names
from deepdreamr.recipes.objectives import Neuron
from deepdreamr.recipes.terms import (
    Channels,
    LayerTerm,
    check_channels,
    known_terms,
    layer_terms,
    unknown_layers,
)

NAMES = layer_names(inception_v3())
PUBLISHED = {  # "Deep Dreaming in R"
    "mixed2": 0.2,
    "mixed3": 0.8,
    "mixed4": 2,
    "mixed5": 4,
    "mixed6": 5,
    "mixed11": 4,
    "mixed27": 9,
    "mixed37": 10,
    "mixed47": 15,
}


# ---- How layers may be given --------------------------------------------------------------------


@pytest.mark.parametrize(
    "layers",
    [
        {"mixed3": 0.8, "mixed4": 2},
        [("mixed3", 0.8), ("mixed4", 2)],
        [["mixed3", 0.8], ["mixed4", 2]],
        [LayerTerm("mixed3", 0.8), LayerTerm("mixed4", 2.0)],
        [{"layer": "mixed3", "weight": 0.8}, {"layer": "mixed4", "weight": 2, "channels": None}],
        (term for term in [LayerTerm("mixed3", 0.8), ("mixed4", np.float32(2))]),
    ],
)
def test_forms_of_layers(layers: Any) -> None:
    assert layer_terms(layers) == (LayerTerm("mixed3", 0.8), LayerTerm("mixed4", 2.0))


@pytest.mark.parametrize("layers", ["mixed3", ["mixed3"], LayerTerm("mixed3"), {"mixed3": 1}])
def test_one_layer(layers: Any) -> None:
    (term,) = layer_terms(layers)
    assert term == LayerTerm("mixed3", 1.0, None)
    assert type(term.weight) is float


def test_a_layer_may_come_twice() -> None:
    terms = layer_terms([("mixed3", 1), ("mixed3", -0.5)])
    assert [term.weight for term in terms] == [1.0, -0.5]


@pytest.mark.parametrize("layers", [{}, [], ()])
def test_no_layer_at_all(layers: Any) -> None:
    with pytest.raises(ArgumentError, match="`layers` must name at least one layer"):
        layer_terms(layers)


@pytest.mark.parametrize("layers", [5, 1.5, object(), None])
def test_what_is_no_collection_of_layers(layers: Any) -> None:
    with pytest.raises(ArgumentError, match="`layers` must be layer → weight.*Received"):
        layer_terms(layers)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([5], "a layer must be a name, a pair or a LayerTerm. Received: 5"),
        ([("mixed3", 1, 2)], "a layer must be a name, a pair or a LayerTerm"),
        ([{"weight": 1}], "fields are layer, weight, channels"),
        ([{"layer": "mixed3", "wait": 1}], "fields are layer, weight, channels"),
        ({"": 1}, "named by a text. Received: ''"),
        ({3: 1}, "named by a text. Received: 3"),
        ([None], "a layer must be"),
    ],
)
def test_what_is_no_layer(layers: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        layer_terms(layers)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ("2", "must be a number"),
        (True, "must be a number"),
        (None, "must be a number"),
        ([1], "must be a number"),
        (1j, "must be a number"),
        (np.array([1, 2]), "must be a number"),
        (np.nan, "must be finite"),
        (-np.inf, "must be finite"),
        pytest.param(10**400, "must be finite", id="huge"),
    ],
)
def test_weights_are_finite_numbers(weight: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=f"the weight of mixed3 {message}. Received: "):
        layer_terms({"mixed3": weight})


# ---- Channels -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        (5, ((5, 1.0),)),
        (5.0, ((5, 1.0),)),
        ([66, 143], ((66, 1.0), (143, 1.0))),
        (range(2), ((0, 1.0), (1, 1.0))),
        (np.array([3, 4]), ((3, 1.0), (4, 1.0))),
        ({66: 1, 143: -0.5}, ((66, 1.0), (143, -0.5))),
        ([(66, 2), 143], ((66, 2.0), (143, 1.0))),
        ([[66, 2.0], [143.0, 1]], ((66, 2.0), (143, 1.0))),  # as the bridge and JSON give them
    ],
)
def test_forms_of_channels(channels: Any, expected: Any) -> None:
    term = LayerTerm("mixed4", channels=channels)
    assert term.channels == expected
    assert LayerTerm("mixed4", channels=term.channels) == term
    assert hash(term) == hash(LayerTerm("mixed4", 1, expected))


@pytest.mark.parametrize(
    ("channels", "message"),
    [
        ([], "must name at least one channel"),
        ([1.5], "must be a whole number. Received: 1.5"),
        ([-1], "must be >= 0. Received: -1"),
        (["66"], "must be a whole number. Received: '66'"),
        ("66", "must be a whole number. Received: '66'"),
        (b"66", "must be a whole number. Received: b'66'"),
        (np.array(5), r"must be a whole number. Received: array\(5\)"),
        (True, "must be a whole number. Received: True"),
        ([None], "must be a whole number. Received: None"),
        (np.nan, "must be a whole number. Received: nan"),
        ([np.inf], "must be a whole number. Received: inf"),
        ([(1, 2, 3)], "must be a whole number"),
        ({66: np.nan}, "the weight of mixed4's channel 66 must be finite"),
        ({66: "1"}, "the weight of mixed4's channel 66 must be a number"),
        (object(), "must be a whole number. Received: <object"),
        ([[1, 2, 3]], r"must be a whole number. Received: \[1"),
    ],
)
def test_what_is_no_channel(channels: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        LayerTerm("mixed4", channels=channels)


def test_channels_and_objectives_are_given_in_any_form_and_held_in_one() -> None:
    """Type checkers read this file, too: wide types go in, narrow ones come out."""
    terms = [
        LayerTerm("mixed4", channels=3),
        LayerTerm("mixed4", channels=[3]),
        LayerTerm("mixed4", channels=range(3, 4)),
        LayerTerm("mixed4", channels={3: 1}),
        LayerTerm("mixed4", channels=[(3, 1.0)]),
        dataclasses.replace(LayerTerm("mixed4"), channels=(3,)),
    ]
    held: list[tuple[tuple[int, float], ...] | None] = [term.channels for term in terms]
    assert held == [((3, 1.0),)] * 6
    text: str | Callable[..., Any] | None = LayerTerm("mixed4", objective=Neuron(3)).objective
    assert text == LayerTerm("mixed4", objective="neuron(3)").objective
    with pytest.raises(ArgumentError, match="must be a whole number"):
        LayerTerm("mixed4", channels="3")  # type: ignore[arg-type]
    assert typing.get_type_hints(LayerTerm)["channels"] == Channels | None


def test_channels_beyond_the_layer() -> None:
    check_channels(LayerTerm("toy", channels=[0, 3]), 4)
    check_channels(LayerTerm("toy"), 4)
    with pytest.raises(ArgumentError, match=r"toy has the channels 0 to 3. Received: 4, 9$"):
        check_channels(LayerTerm("toy", channels=[4, 0, 9]), 4)


# ---- Layers that the network does not have ------------------------------------------------------


def test_the_published_list_of_nine_leaves_five_with_one_warning() -> None:
    with pytest.warns(UnknownLayerWarning) as caught:
        terms = known_terms(layer_terms(PUBLISHED), "inception_v3", NAMES)
    assert len(caught) == 1
    assert {term.layer: term.weight for term in terms} == dict(list(PUBLISHED.items())[:5])
    text = str(caught[0].message)
    assert "no layers mixed11, mixed27, mixed37, mixed47." in text
    assert "Did you mean mixed1" in text
    assert "It has mixed0, mixed1, " in text and "mixed9_0" in text and "mixed10" in text
    assert f"and {len(NAMES) - 13} more (see layer_names)" in text


@pytest.mark.parametrize("missing", ["warn", "error"])
def test_a_list_without_a_known_layer(missing: str) -> None:
    layers = {"mixed11": 4, "mixed27": 9}
    with warnings.catch_warnings(), pytest.raises(UnknownLayerError) as caught:
        warnings.simplefilter("error")
        known_terms(layer_terms(layers), "inception_v3", NAMES, missing)
    text = str(caught.value)
    assert "inception_v3 has no layers mixed11, mixed27." in text
    assert "Did you mean" in text and "It has mixed0" in text


def test_missing_error_takes_no_unknown_layer() -> None:
    terms = layer_terms({"mixed3": 1, "mixed11": 4})
    with pytest.raises(UnknownLayerError, match="no layer mixed11. Did you mean mixed1"):
        known_terms(terms, "inception_v3", NAMES, "error")


@pytest.mark.parametrize("missing", ["warn", "error"])
def test_known_layers_give_no_warning(missing: str) -> None:
    terms = layer_terms({"mixed3": 1, "conv2d_7": 1})
    assert known_terms(terms, "inception_v3", NAMES, missing) == terms


@pytest.mark.parametrize("missing", ["ignore", None, True])
def test_missing_is_warn_or_error(missing: Any) -> None:
    with pytest.raises(ArgumentError, match=f"`missing` must be one of warn, error.*{missing!r}"):
        known_terms(layer_terms("mixed3"), "inception_v3", NAMES, missing)


def test_a_network_with_many_layers_is_not_listed_whole() -> None:
    names = [f"layer{i}" for i in range(500)]
    with pytest.raises(UnknownLayerError) as caught:
        known_terms(layer_terms("block"), "big", names)
    text = str(caught.value)
    assert "layer36, ..., layer498, layer499" in text and len(text) < 500


@pytest.mark.parametrize(
    ("count", "listed"),
    [
        (40, ", ".join(f"mixed{i}" for i in range(40))),
        (41, ", ".join(f"mixed{i}" for i in range(37)) + ", ..., mixed39, mixed40"),
    ],
)
def test_at_most_forty_layers_are_listed(count: int, listed: str) -> None:
    names = [f"mixed{i}" for i in range(count)]
    with pytest.raises(UnknownLayerError) as caught:
        known_terms(layer_terms("block"), "net", names)
    assert str(caught.value) == f"net has no layer block. It has {listed}."
    with pytest.raises(UnknownLayerError) as caught:
        known_terms(layer_terms("block"), "net", [*names, "conv", "pool"])
    more = " and 2 more (see layer_names)"
    assert str(caught.value) == f"net has no layer block. It has {listed}{more}."


def test_each_unknown_layer_has_one_near_name() -> None:
    with pytest.raises(UnknownLayerError, match="Did you mean mixed1, conv_a. It has"):
        known_terms(layer_terms(["mixd1", "conv_b"]), "net", ["mixed1", "mixed2", "conv_a"])


def test_an_error_s_hint_is_the_caller_s() -> None:
    with pytest.raises(UnknownLayerError) as caught:
        known_terms(layer_terms("block"), "net", ["one"], hint="Look there.")
    assert caught.value.hint == "Look there."


def test_a_weight_is_within_what_float32_can_hold() -> None:
    assert LayerTerm("a", -1e30).weight == -1e30
    for weight in (1.1e30, -1.1e30):
        with pytest.raises(ArgumentError, match=r"the weight of a must be within \+-1e\+30\. Rec"):
            LayerTerm("a", weight)


def test_a_set_of_layers_has_one_order() -> None:
    terms = layer_terms({"mixed5", "mixed3", "mixed4"})
    assert [term.layer for term in terms] == ["mixed3", "mixed4", "mixed5"]


def test_a_penalty_s_layer_is_never_unknown() -> None:
    terms = layer_terms([LayerTerm("image", -1, objective="distance"), "one"])
    assert unknown_layers(terms, ["one"]) == () and known_terms(terms, "net", ["one"]) == terms


def test_a_neuron_s_and_a_class_s_channel_must_be_there() -> None:
    for objective in ("neuron(3)", "class_logit(3)"):
        check_channels(LayerTerm("toy", objective=objective), 4)
        with pytest.raises(ArgumentError, match=r"toy has the channels 0 to 2\. Received: 3$"):
            check_channels(LayerTerm("toy", objective=objective), 3)


def test_an_unknown_layer_is_named_once() -> None:
    with pytest.raises(UnknownLayerError, match="no layer block. It has"):
        known_terms(layer_terms([("block", 1), ("block", 2)]), "toy", ["one", "two"])


def test_unknown_layers_each_once_in_their_order() -> None:
    terms = layer_terms([("c", 1), ("a", 1), ("b", 2), ("c", 3)])
    assert unknown_layers(terms, ["a"]) == ("c", "b")
    assert unknown_layers(terms, ["a", "b", "c", "d"]) == ()


def test_no_tensorflow_is_imported() -> None:
    code = "import sys, deepdreamr.recipes.terms; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("name", ["mixed4[66]", "mixed4:66", "mixed4[66, 143]", "mixed4[66-70]"])
def test_channels_in_a_name_are_told_how_to_be_written(name: str) -> None:
    with pytest.raises(UnknownLayerError) as caught:
        known_terms(layer_terms({name: 1}), "inception_v3", ("mixed3", "mixed4"))
    text = str(caught.value)
    assert "'LayerTerm(\"mixed4\", channels=[66])' in Python, 'mixed4:66' in the shell" in text
    assert "'mixed4[66]' in R" in text and "Did you mean" not in text


def test_a_name_s_line_breaks_and_controls_are_written_out() -> None:
    name, written = "mi\nxed\x1b[31m4\ud800", r"mi\nxed\x1b[31m4\ud800"
    with pytest.raises(UnknownLayerError) as caught:
        known_terms(layer_terms(name), "inception_v3", NAMES)
    assert written in str(caught.value) and str(caught.value).isprintable()
    with pytest.warns(UnknownLayerWarning) as warned:
        known_terms(layer_terms([name, "mixed4"]), "inception_v3", NAMES)
    assert written in str(warned[0].message) and str(warned[0].message).isprintable()


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ("mixed4=2 neuron(66)", "An objective of mixed4 is written .*mixed4=1 neuron.66.' in the"),
        ("mixed4 neuron(66", "An objective of mixed4 is written"),
        ("mixed4:66x1+143=1 direction", "An objective of mixed4 is written"),
        ("mixed4[66]", "Channels of mixed4 are written"),
        ("image", "the objectives total_variation and distance alone"),
        ("mixd4 neuron(66)", "no layer mixd4 neuron.*[.?] It has mixed4"),
    ],
)
def test_a_term_in_another_front_ends_spelling_is_told_how_it_is_written(
    layer: str, words: str
) -> None:
    with pytest.raises(UnknownLayerError, match=words):
        known_terms([LayerTerm(layer)], "net", ["mixed4", "mixed5"])
