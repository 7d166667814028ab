"""job → **gradient** → dream: a job's network and its loss, traced and kept for the next call."""

from __future__ import annotations

import copy
import dataclasses
import functools
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..backend import import_tensorflow
from ..networks.activations import activations_of, activations_of_each
from ..networks.classifiers import with_logits
from ..networks.loaded import loaded_network
from ..networks.sizes import smallest_size
from ..networks.sources import Source
from ..pictures.picture import Picture, shrunk
from ..recipes.objectives import ClassLogit, Guide
from ..recipes.settings import Recipe
from ..recipes.terms import LayerTerm
from ._fitting import Windows, fitting_limit, window_pixels, windows_for
from .job import GUIDE_SIZE, Job
from .objectives import takes_guide, traceable

if TYPE_CHECKING:
    import tensorflow as tf

    from ..core.gradient import Gradient, LossGradient
    from .windows import WindowedGradient

_SCHEDULE = (
    "octaves octaves_above octave_scale octave_rounding octave_chain octave_sigma resize carry "
    "blend iterations step max_loss max_loss_step parameters optimizer clip transforms chain "
    "normalize jitter sigma sigma_growth sigma_phase smooth_kernel smooth_color"
).split()
"""Settings that the loss and its gradient do not depend on."""


Gradients = Callable[[Job], "LossGradient"]
"""What gives the gradient of a job's loss."""


@dataclasses.dataclass(frozen=True)
class Means:
    """How a dream takes its gradients, within the memory there is.

    Attributes
    ----------
    gradient : of the whole or of tiles, put together from windows, or mixed of several regions';
        through the transforms
    enter : prepares it for an octave, counted from 0
    limit : how many pixels a window may have, or None where each octave's gradient is one; it is
        what a record says, also where a single window would hold the largest octave
    """

    gradient: Gradient
    enter: Callable[[int], None]
    limit: int | None


def means_for(
    job: Job,
    *,
    resumed: bool = False,
    limit: int | None = None,
    gradients: Gradients | None = None,
    settled: Windows | None = None,
) -> Means:
    """How a job takes its gradients.

    Parameters
    ----------
    resumed, limit : whether it goes on from a checkpoint, and the limit there
    gradients : what gives the gradient of a job's loss; `gradient_for` if None
    settled : what windows it has, whatever memory there is now
    """
    whole = [(part, (gradients or gradient_for)(part)) for part in job.parts]
    if settled is None:
        fitting = [window_pixels(part, gradient.activations) for part, gradient in whole]
        now, pixels = min(filter(None, fitting), default=None), math.prod(job.largest)
        if not resumed:
            limit = now if now and now < pixels else None
        used = fitting_limit(limit, now, pixels)
    else:
        used = limit = settled.limit
    if used is None:
        gradient, enter = _together(job, [gradient for _, gradient in whole], [])
    else:
        windows = [windowed(gradient, part, used) for part, gradient in whole]
        gradient, enter = _together(job, windows, windows)
    return Means(gradient, enter, limit)


def _together(
    job: Job, gradients: Sequence[Gradient], windows: Sequence[WindowedGradient]
) -> tuple[Gradient, Callable[[int], None]]:
    """The gradient of all of a job's parts, and what prepares it for an octave."""
    from .regions import MixedGradient
    from .shown import through

    gradients = [through(gradient, job.recipe.shown()) for gradient in gradients]
    mixed = MixedGradient(gradients) if job.place.regions else None

    def enter(octave: int) -> None:
        for each in windows:
            each.enter(octave)
        if mixed:
            mixed.shares = job.place.shares(job.shapes[octave])

    return mixed or gradients[0], enter


def windowed(gradient: LossGradient, job: Job, limit: int) -> WindowedGradient:
    """A job's gradient put together from windows of at most `limit` pixels."""
    from .windows import WindowedGradient

    return WindowedGradient(gradient, lambda octave: windows_for(job, limit, octave))


def gradient_for(job: Job, together: tuple[str, ...] = ()) -> LossGradient:
    """The gradient of a job's loss, of the whole or of the recipe's tiles.

    Parameters
    ----------
    together : layers whose gradients are asked for one after the other, each alone: what they have
        in common is traced once
    """
    import_tensorflow()
    network, settings = _network(job), _settings(job)
    if job.guide is None and not any(callable(term.objective) for term in job.terms):
        return _gradient(network, job.of_network, settings, together=together)
    return _build_gradient(network, job.of_network, settings, guide=job.guide, together=together)


_Network: TypeAlias = "tuple[Source, str, bool, str]"


def _network(job: Job) -> _Network:
    return job.source, job.engine, job.training, job.precision


def _settings(job: Job) -> tuple[tuple[str, Any], ...]:
    """The settings that the loss and its gradient depend on."""
    settings = job.recipe.settings().items()
    return tuple((name, value) for name, value in settings if name not in _SCHEDULE)


def _build_gradient(
    network: _Network,
    terms: tuple[LayerTerm, ...],
    settings: tuple[tuple[str, Any], ...],
    *,
    guide: Picture | None = None,
    together: tuple[str, ...] = (),
    chosen: Callable[[Any], Any] = lambda activations: activations,
    weights: Sequence[Any] = (),
) -> LossGradient:
    from ..core.gradient import LossGradient

    loaded, layers = loaded_network(network[0]), [term.layer for term in terms]
    smallest = smallest_size(loaded.nodes, layers)
    for i, term in enumerate(terms):
        if isinstance(term.unit, ClassLogit):
            loaded, layers[i] = with_logits(loaded, term.layer)
    if layers[0] in together:
        activations = chosen(_activations_of_each(network, together)[layers[0]])
    else:
        activations = chosen(activations_of(loaded, layers, **_ways(network)))
    guides = None
    if guide is not None:
        guides = guide_features(activations, terms, shrunk(guide, GUIDE_SIZE).image)
    recipe, terms = Recipe(**dict(settings)), tuple(map(traceable, terms))
    if weights:
        terms = tuple(map(_weighted, terms, weights))
    return LossGradient(activations, terms, recipe, guides=guides, smallest=smallest)


def _weighted(term: LayerTerm, weight: Any) -> LayerTerm:
    """A term for a loss that is traced, whose weight is a tensor."""
    weighted = copy.copy(term)
    object.__setattr__(weighted, "weight", weight)
    return weighted


_gradient = functools.lru_cache(maxsize=4)(_build_gradient)


def graph_key(job: Job) -> Hashable:
    """What the graph of a job's gradient depends on, but for terms and guide."""
    return _network(job), _settings(job)


def new_gradient(job: Job, terms: Sequence[LayerTerm], **how: Any) -> LossGradient:
    """The gradient of a job's loss, traced anew.

    Parameters
    ----------
    terms : of the same layers, in place of the job's own
    how : `chosen` gives what is to take the place of the network's activations, `weights` are
        variables that take the place of the terms' weights
    """
    import_tensorflow()
    network, settings = _network(job), _settings(job)
    return _build_gradient(network, tuple(terms), settings, guide=job.guide, **how)


@functools.lru_cache(maxsize=1)
def _activations_of_each(network: _Network, layers: tuple[str, ...]) -> Mapping[str, Any]:
    return activations_of_each(loaded_network(network[0]), layers, **_ways(network))


def _ways(network: _Network) -> dict[str, Any]:
    return dict(zip(("engine", "training", "precision"), network[1:], strict=True))


def guide_features(
    activations: Any, terms: Sequence[LayerTerm], guide: np.ndarray
) -> list[tf.Tensor | None]:
    """The feature vectors (n, channels) of a guide picture (1, H, W, 3), for each term that has it.

    Of those whose objective asks for their mean there is one.
    """
    import tensorflow as tf

    features: list[tf.Tensor | None] = []
    for term, activation in zip(terms, activations(tf.constant(guide)), strict=True):
        vectors = tf.reshape(activation, (-1, activation.shape[-1]))
        if isinstance(term.unit, Guide) and term.unit.by == "mean":
            vectors = tf.reduce_mean(vectors, axis=0, keepdims=True)
        features.append(vectors if takes_guide(term) else None)
    return features
