"""One iteration of a dream, as the callback gets it."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from deepdreamr import Recipe
from deepdreamr.core.ascent import Step
from deepdreamr.errors import ArgumentError
from deepdreamr.runs.steps import AscentStep, check_on_step, reporter


def test_a_step_s_text():
    step = AscentStep(2, 6, (218, 327), 7, 20, 1.17951)
    assert str(step) == "octave 2/6 218x327, iteration 7, loss 1.180"
    with pytest.raises(dataclasses.FrozenInstanceError):
        step.loss = 3


@pytest.mark.parametrize("answer", [None, True, False])
def test_a_step_has_its_place_among_all_and_the_callback_s_answer_is_passed_on(answer):
    job = SimpleNamespace(shapes=((10, 20), (14, 28)), recipe=Recipe(iterations=5))
    seen = []
    report = reporter(lambda step: seen.append(step) or answer, job)
    assert report(Step(2, 3, 0.5)) is answer
    assert seen == [AscentStep(2, 2, (14, 28), 3, 5, 0.5)]


@pytest.mark.parametrize("answer", [np.False_, np.bool_(False)])
def test_numpy_s_false_is_false(answer):
    job = SimpleNamespace(shapes=((10, 20),), recipe=Recipe(iterations=5))
    assert reporter(lambda step: answer, job)(Step(1, 1, 0.5)) is False


@pytest.mark.parametrize("wrong", [object, lambda: None, lambda a, b: None, 3, "print", []])
def test_a_callback_takes_a_step(wrong):
    with pytest.raises(ArgumentError, match=r"`on_step` must be a function.*Received: on_step="):
        check_on_step(wrong)


@pytest.mark.parametrize("right", [None, print, list.append.__get__([]), lambda step, a=3: None])
def test_callbacks(right):
    check_on_step(right)
