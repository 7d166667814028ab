"""Arguments that change with time."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from deepdreamr import LayerTerm
from deepdreamr.errors import ArgumentError
from deepdreamr.motion.keyframes import Course, KeyFrames, are_key_frames
from deepdreamr.motion.times import seconds_of
from deepdreamr.runs.request import Request


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("10", 10),
        ("10s", 10),
        (" 0.5 s ", Fraction(1, 2)),
        ("1:02.5", Fraction(125, 2)),
        ("1:00:00.001", 3600 + Fraction(1, 1000)),
        (2, 2),
        (0.25, Fraction(1, 4)),
        (Fraction(1, 3), Fraction(1, 3)),
    ],
)
def test_moments_are_exact(text: Any, seconds: Any) -> None:
    assert seconds_of("start", text) == seconds


@pytest.mark.parametrize("value", ["", "s", "-1", "1:2:3:4", "ten", -1, float("nan"), None, True])
def test_what_is_no_moment_is_told(value: Any) -> None:
    with pytest.raises(ArgumentError, match="`start` must be seconds >= 0"):
        seconds_of("start", value)


def test_numbers_change_evenly_and_stay_what_they_are_beyond_the_ends() -> None:
    step = KeyFrames({"2s": 0.02, "0:06": 0.04, 10: 0.01}, "step")
    assert list(step.times) == [2, 6, 10]
    found = [step.at(t) for t in (0, 2, 3, 6, 8, 10, 99)]
    assert found == pytest.approx([0.02, 0.02, 0.025, 0.04, 0.025, 0.01, 0.01])


def test_whole_numbers_stay_whole_and_seeds_and_words_are_held() -> None:
    assert KeyFrames({0: 2, 4: 5}, "iterations").at(2) == 4
    assert isinstance(KeyFrames({0: 2.0, 4: 5.0}, "iterations").at(2), int)
    assert [KeyFrames({0: 1, 4: 9}, "seed").at(t) for t in (0, 3.9, 4)] == [1, 1, 9]
    assert [KeyFrames({0: 5, 4: 11}, "smooth_kernel").at(t) for t in (2, 4)] == [5, 11]
    assert KeyFrames({0: "rblog", 4: "deepdream"}, "recipe").at(3) == "rblog"
    assert KeyFrames({0: None, 4: 2.0}, "max_loss").at(3) is None
    assert KeyFrames({0: False, 4: True}, "clip").at(3) is False


def test_weights_of_layers_change_evenly() -> None:
    both = {0: {"mixed3": 1.0, "mixed4": 1.0}, 4: {"mixed4": 3.0, "mixed5": 2.0}}
    layers = KeyFrames(both, "layers")
    assert layers.at(1) == (
        LayerTerm("mixed3", 0.75),
        LayerTerm("mixed4", 1.5),
        LayerTerm("mixed5", 0.5),
    )
    assert layers.at(0) == (LayerTerm("mixed3", 1), LayerTerm("mixed4", 1))
    assert layers.at(4) == (LayerTerm("mixed4", 3), LayerTerm("mixed5", 2))


def test_terms_of_other_channels_or_objectives_are_others() -> None:
    one, other = LayerTerm("mixed4", 2, channels=3), LayerTerm("mixed4", 2, channels=4)
    found = KeyFrames({0: [one], 2: [other]}, "layers").at(1)
    assert found == (LayerTerm("mixed4", 1, channels=3), LayerTerm("mixed4", 1, channels=4))

    def own(activation: Any) -> Any:
        return activation

    kept = KeyFrames({0: [LayerTerm("mixed4", 1, objective=own)], 2: "mixed4"}, "layers").at(1)
    assert [term.objective for term in kept] == [own, None]


def test_terms_that_cancel_out_are_left_out_but_not_all_of_them() -> None:
    layers = KeyFrames({0: {"mixed3": 1, "mixed4": 1}, 2: {"mixed3": -1, "mixed4": 1}}, "layers")
    assert layers.at(1) == (LayerTerm("mixed4", 1),)
    assert KeyFrames({0: {"a": 1}, 2: {"a": -1}}, "layers").at(1) == (LayerTerm("a", 0),)


def test_layers_by_name_are_no_key_frames() -> None:
    assert not are_key_frames("layers", {"mixed3": 1})
    assert not are_key_frames("layers", {})
    assert are_key_frames("layers", {"0": {"mixed3": 1}, "10s": "mixed4"})
    with pytest.raises(ArgumentError, match="moments only"):
        are_key_frames("layers", {0: {"mixed3": 1}, "mixed4": 2})


@pytest.mark.parametrize(("value", "told"), [({-1: 0.1}, "-1"), ({0: 0.1, "0s": 0.2}, "0, 0s")])
def test_moments_must_differ_and_lie_in_the_clip(value: Any, told: str) -> None:
    with pytest.raises(ArgumentError, match=f"different moments from 0 on. Received: {told}$"):
        KeyFrames(value, "step")


def test_a_course_gives_the_request_of_each_moment() -> None:
    changing: dict[str, Any] = {"seed": {0: 1, 2: 5}, "strength": {0: 0.5, 1: 1}}
    request = Request(
        layers={0: {"mixed3": 1}, 4: {"mixed3": 2}},
        **changing,
        settings={"step": {0: 0.01, 4: 0.03}, "octaves": 2},
    )
    course = Course(request)
    assert course.changes and list(course.moments) == [0, 1, 2, 4]
    found = course.at(2)
    assert found.layers == (LayerTerm("mixed3", 1.5),)
    assert (found.seed, found.strength) == (5, 1)
    assert dict(found.settings) == {"step": pytest.approx(0.02), "octaves": 2}


def test_a_course_without_key_frames_is_the_request() -> None:
    request = Request(layers={"mixed3": 1}, settings={"step": 0.01})
    assert Course(request).at(3) == request
    assert not Course(request).changes and list(Course(request).moments) == [0]


@pytest.mark.parametrize("name", ["network", "engine", "max_memory", "image", "size"])
def test_what_cannot_change_with_time_is_told(name: str) -> None:
    changing: dict[str, Any] = {name: {0: 1, 2: 2}}
    with pytest.raises(ArgumentError, match=f"`{name}` cannot change with time"):
        Course(Request(**changing))
