"""job → **objectives** → gradient: whether a job's terms can be had, and what they mean here."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..backend import import_tensorflow
from ..errors import ArgumentError, NetworkError, said_with_class, shown
from ..pictures.picture import shrunk
from ..recipes.objectives import ClassLogit, Function, Guide, Neuron, Strongest, as_text
from ..recipes.terms import LayerTerm
from .job import GUIDE_SIZE, Job
from .places import Region


def check_objectives(job: Job, names: Sequence[str]) -> None:
    """Raise an error if a term has an objective that cannot be had in this job.

    Parameters
    ----------
    names : of the network's layers
    """
    for term in job.terms:
        if isinstance(term.unit, Function):
            raise ArgumentError(
                f"the objective of {term.layer} is a function of Python's, "
                f"{shown(term.unit.name)}: it has to be given again.",
                "In Python `layers` takes it, as the `objective` of a LayerTerm.",
            )
        if isinstance(term.unit, ClassLogit) and term.layer not in names:
            raise NetworkError(
                f"class_logit needs the network's own classifier, and {job.source.name}, with the "
                f"parameters that it has here, has no layer {shown(term.layer)}.",
                "Give a model with its classifier as `network`, and the name of its last layer.",
            )
    if not job.of_network:
        raise ArgumentError("`layers` must name a layer of the network besides the picture itself.")
    if len(job.terms) > len(job.of_network) and job.place.regions:
        raise ArgumentError("penalties on the picture do not go with `masks`.")
    if len(job.terms) > len(job.of_network) and job.recipe.tile_normalize:
        raise ArgumentError(
            "penalties on the picture do not go with tile_normalize, which makes each tile's "
            "gradient as large as any other."
        )
    _check_guide(job)
    _check_places(job)


def _check_places(job: Job) -> None:
    neurons = [term.unit for term in job.terms if isinstance(term.unit, Neuron)]
    for unit in neurons if job.recipe.transforms else ():
        if not unit.in_the_middle:
            raise ArgumentError(
                "a neuron at a position does not go with `transforms`, which move it; one in the "
                f"middle does. Received: {unit.brief()}"
            )
        if job.recipe.jitter:
            raise ArgumentError(
                "a neuron does not go with `jitter` and `transforms` together, as these move what "
                f"has been rolled; `jitter=0` does. Received: jitter={job.recipe.jitter}"
            )


def _check_guide(job: Job) -> None:
    towards = [term.layer for term in job.terms if isinstance(term.unit, Guide)]
    if job.guide is None and towards:
        raise ArgumentError(
            f"`guide` must be given: the objective of {towards[0]} goes towards it."
        )
    if job.guide is not None and not any(map(takes_guide, job.terms)):
        raise ArgumentError("`guide` is given, and no term takes it: each has its own objective.")


def takes_guide(term: LayerTerm) -> bool:
    """Whether a term is about the guide, if there is one: where it says nothing else."""
    return term.objective is None or isinstance(term.unit, Guide | Strongest)


def resolved(job: Job) -> Job:
    """The job, with the channels named that are strongest for its picture.

    Raises
    ------
    ArgumentError
        If a layer has fewer.
    """
    parts = [_resolved(part) for part in job.parts]
    regions = [
        Region(region.mask, part.terms)
        for region, part in zip(job.place.regions, parts, strict=bool(job.place.regions))
    ]
    place = dataclasses.replace(job.place, regions=tuple(regions))
    terms = tuple(term for part in parts for term in part.terms)
    return dataclasses.replace(job, terms=terms, place=place)


def strongest_of(job: Job) -> list[tuple[LayerTerm, list[int]]]:
    """The terms that mean the strongest channels for a job's picture, each with their numbers.

    Raises
    ------
    ArgumentError
        If a layer has fewer.
    """
    return [
        (term, [number for number, _ in found.channels or ()])
        for part in job.parts
        for term, found in zip(part.terms, _resolved(part).terms, strict=True)
        if isinstance(term.unit, Strongest)
    ]


def _resolved(job: Job) -> Job:
    layers = [term.layer for term in job.terms if isinstance(term.unit, Strongest)]
    if not layers:
        return job
    import_tensorflow()
    import tensorflow as tf

    height, width = job.picture.shape
    least = math.ceil(job.smallest * max(height, width) / min(height, width))
    picture = shrunk(job.picture, max(GUIDE_SIZE, least))
    found = iter([_strength(a) for a in job.activations(layers)(tf.constant(picture.image))])
    terms = tuple(
        _of_strongest(term, term.unit.count, next(found))
        if isinstance(term.unit, Strongest)
        else term
        for term in job.terms
    )
    return dataclasses.replace(job, terms=terms)


def _strength(activation: Any) -> np.ndarray:
    """The mean square of each channel."""
    values = np.asarray(activation, np.float64)
    return np.mean(values**2, axis=tuple(range(values.ndim - 1)))


def _of_strongest(term: LayerTerm, count: int, strength: np.ndarray) -> LayerTerm:
    if count > len(strength):
        raise ArgumentError(
            f"{term.layer} has {len(strength)} channels. Received: {term.objective}"
        )
    chosen = np.argsort(-strength, kind="stable")[:count].tolist()
    return dataclasses.replace(term, channels=chosen, objective=None)


def traceable(term: LayerTerm) -> LayerTerm:
    """The term; one whose objective is a function, with one that says what is wrong with it."""
    if not callable(term.objective):
        return term
    return dataclasses.replace(term, objective=_checked(term.objective, term.layer))


_HOW = (
    "It is called as f(activation), once, to be traced: compute with TensorFlow's operations or "
    "keras.ops, such as tf.reduce_mean(activation), not with NumPy's."
)


def _checked(function: Callable[..., Any], layer: str) -> Callable[[Any], Any]:
    """The function, traced; an `ArgumentError` if it fails, or gives no scalar with a gradient."""
    import tensorflow as tf

    what = f"{as_text(function)} of {layer}"

    def call(activation: Any) -> Any:
        try:
            value = tf.cast(function(activation), tf.float32)
        except Exception as error:  # whatever a user's own function does
            raise ArgumentError(f"{what} fails: {said_with_class(error)}", _HOW) from error
        if value.shape.rank != 0:
            raise ArgumentError(f"{what} must give a scalar. Received: shape {value.shape}", _HOW)
        if tf.gradients(value, activation)[0] is None:
            raise ArgumentError(f"{what} must depend on the activation in TensorFlow.", _HOW)
        return value

    return call
