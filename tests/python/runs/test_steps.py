"""One iteration of a dream, as the callback gets it."""

from __future__ import annotations

import dataclasses
import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from deepdreamr import Recipe
from deepdreamr.core.ascent import Step
from deepdreamr.errors import ArgumentError
from deepdreamr.runs.request import Request
from deepdreamr.runs.steps import AscentStep, check_on_step, reporter

IMAGE = np.full((1, 4, 5, 3), 0.2, np.float32)


def a_job(every: int | None = None) -> Any:
    request = Request(every=every)
    return SimpleNamespace(
        shapes=((10, 20), (14, 28)), recipe=Recipe(iterations=5), request=request
    )


def test_a_step_s_text() -> None:
    step = AscentStep(2, 6, (218, 327), 7, 20, 1.17951)
    assert str(step) == "octave 2/6 218x327, iteration 7, loss 1.180"
    with pytest.raises(dataclasses.FrozenInstanceError):
        step.loss = 3  # type: ignore[misc]


@pytest.mark.parametrize("answer", [None, True, False])
def test_a_step_has_its_place_among_all_and_the_callback_s_answer_is_passed_on(
    answer: bool | None,
) -> None:
    seen = []

    def see(step: AscentStep) -> bool | None:
        seen.append(step)
        return answer

    report = reporter(see, a_job())
    assert report(Step(2, 3, 0.5), IMAGE) is answer
    assert seen == [AscentStep(2, 2, (14, 28), 3, 5, 0.5)] and seen[0].image is None


@pytest.mark.parametrize("answer", [np.False_, np.bool_(False)])
def test_numpy_s_false_is_false(answer: Any) -> None:
    assert reporter(lambda step: answer, a_job())(Step(1, 1, 0.5), IMAGE) is False


def test_the_image_comes_with_every_third_step() -> None:
    seen: list[AscentStep] = []
    report = reporter(seen.append, a_job(every=3))
    for octave, iteration in itertools.product((1, 2), range(1, 6)):
        report(Step(octave, iteration, 0.5), IMAGE * iteration)
    shown = [(s.octave, s.iteration) for s in seen if s.image is not None]
    assert shown == [(1, 3), (2, 1), (2, 4)]
    np.testing.assert_array_equal(seen[2].image, np.full((4, 5, 3), 204))
    assert "image" not in repr(seen[2]) and seen[2] == dataclasses.replace(seen[2], image=None)


def test_no_image_is_made_where_none_is_asked_for() -> None:
    reporter(lambda step: None, a_job())(Step(1, 1, 0.5), None)
    reporter(lambda step: None, a_job(every=2))(Step(1, 1, 0.5), None)


@pytest.mark.parametrize("wrong", [object, lambda: None, lambda a, b: None, 3, "print", []])
def test_a_callback_takes_a_step(wrong: Any) -> None:
    with pytest.raises(ArgumentError, match=r"`on_step` must be a function.*Received: on_step="):
        check_on_step(wrong)


@pytest.mark.parametrize("right", [None, print, list.append.__get__([]), lambda step, a=3: None])
def test_callbacks(right: Any) -> None:
    check_on_step(right)
