"""Gradients of one graph: what differs is a variable of it."""

from __future__ import annotations

import dataclasses
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
import tensorflow as tf
from toys import small_model

from deepdreamr import LayerTerm
from deepdreamr.pictures.picture import Picture
from deepdreamr.runs import graphs
from deepdreamr.runs.checking import check
from deepdreamr.runs.gradients import gradient_for, new_gradient
from deepdreamr.runs.graphs import WeightGradients
from deepdreamr.runs.job import Job
from deepdreamr.runs.request import Request
from deepdreamr.runs.running import run_job

PIXELS = np.random.default_rng(0).integers(0, 256, (40, 48, 3), np.uint8)
IMAGE = tf.constant(PIXELS[None] / np.float32(127.5) - 1)


@pytest.fixture(scope="module")
def model() -> Any:
    return small_model()


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """What traces graphs, and counts them."""
    made = Mock(wraps=new_gradient)
    monkeypatch.setattr(graphs, "new_gradient", made)
    return made


def job(model: Any, first: float = 1.0, second: float = 1.0, **arguments: Any) -> Job:
    layers = {"first_relu": first, "second_relu": second}
    how = {"image": PIXELS, "network": model, "layers": layers, "seed": 1, **arguments}
    settings = {"octaves": 2, "iterations": 3}
    return check(Request(**how, settings=settings))


def same(one: Any, other: Any) -> Any:
    random = np.random.default_rng(0)
    (loss, gradient), (loss_too, gradient_too) = (g(IMAGE, random) for g in (one, other))
    return loss == loss_too and bool((gradient.numpy() == gradient_too.numpy()).all())


def test_dreams_of_other_weights_have_one_graph(model: Any, built: Mock) -> None:
    gradients = WeightGradients()
    for weights in ((1.0, 1.0), (0.3, -2.0), (0.0, 1.0)):
        found = gradients.of_dream()(job(model, *weights))
        assert same(found, gradient_for(job(model, *weights)))
    assert built.call_count == 1
    gradients.of_dream()(job(model, layers={"second_relu": 1}))
    assert built.call_count == 2


def test_regions_of_one_dream_differ_in_their_weights(model: Any, built: Mock) -> None:
    gradients = WeightGradients()
    for first in (1.0, 0.5):
        of = gradients.of_dream()
        jobs = [job(model, first), job(model, 3.0)]
        for found, asked in zip([of(each) for each in jobs], jobs, strict=True):
            assert same(found, gradient_for(asked))
    assert built.call_count == 2


@pytest.mark.slow
def test_each_guide_has_its_own_graph(model: Any, built: Mock) -> None:
    gradients = WeightGradients()
    guides = [Picture(PIXELS), Picture(PIXELS[::-1].copy())]
    for guide in (*guides, guides[0]):
        asked = job(model, guide=guide)
        assert same(gradients.of_dream()(asked), gradient_for(asked))
    assert built.call_count == 2


def test_functions_have_a_weight_too(model: Any) -> None:
    def mean(activation: Any) -> Any:
        return tf.reduce_mean(activation)

    gradients = WeightGradients()
    for weight in (1.0, 0.25):
        asked = job(model, layers=[LayerTerm("second_relu", weight, objective=mean)])
        assert same(gradients.of_dream()(asked), gradient_for(asked))


def test_a_dream_is_the_same(model: Any) -> None:
    gradients = WeightGradients()
    for weight in (1.0, 0.7):
        asked = job(model, weight)
        found = run_job(asked, gradients=gradients.of_dream())
        assert (found.image == run_job(asked).image).all()
        assert found.losses == run_job(dataclasses.replace(asked)).losses
