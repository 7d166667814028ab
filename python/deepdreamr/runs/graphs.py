"""jobs that are alike → **one graph** → their gradients: what differs is a variable of it."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Hashable
from typing import TYPE_CHECKING, NamedTuple

from ..backend import import_tensorflow
from ..networks.activations import OneChannel
from ..pictures.picture import Picture
from .gradients import Gradients, graph_key, new_gradient
from .job import Job

if TYPE_CHECKING:
    import tensorflow as tf

    from ..core.gradient import LossGradient

_MOST = 4  # graphs that are kept from one dream to the next


class ChannelGradients:
    """The gradients of jobs that differ in the one channel of their one term: all of one graph.

    The gradient of a job holds until the next one's is asked for.

    Parameters
    ----------
    job : of any of the channels
    """

    def __init__(self, job: Job) -> None:
        import_tensorflow()
        import tensorflow as tf

        self._number = tf.Variable([0], dtype=tf.int64)
        (term,) = job.terms
        self._gradient = new_gradient(
            job,
            [dataclasses.replace(term, channels=((0, 1.0),))],
            chosen=lambda activations: OneChannel(activations, self._number),
        )

    def __call__(self, job: Job) -> LossGradient:
        """The gradient of a job's loss."""
        ((number, _),) = job.terms[0].channels or ()
        self._number.assign([number])
        return self._gradient


class _Graph(NamedTuple):
    gradient: LossGradient
    weights: list[tf.Variable]
    guide: Picture | None  # kept, so that no other has its identity


class WeightGradients:
    """The gradients of dreams that differ in the weights of their terms: all of one graph."""

    def __init__(self) -> None:
        self._known: dict[Hashable, _Graph] = {}

    def of_dream(self) -> Gradients:
        """What gives the gradients of a dream, which hold until the next dream's are asked for."""
        for key in list(self._known)[:-_MOST]:
            del self._known[key]
        asked = collections.Counter[Hashable]()

        def gradient(job: Job) -> LossGradient:
            kinds = tuple(dataclasses.replace(term, weight=1.0) for term in job.of_network)
            alike = graph_key(job), kinds, id(job.guide)
            asked[alike] += 1  # two regions of one dream may differ in their weights
            key = *alike, asked[alike]
            graph = self._known.pop(key) if key in self._known else _graph(job)
            self._known[key] = graph  # the last one of all
            for weight, term in zip(graph.weights, job.of_network, strict=True):
                weight.assign(term.weight)
            return graph.gradient

        return gradient


def _graph(job: Job) -> _Graph:
    import_tensorflow()
    import tensorflow as tf

    weights = [tf.Variable(term.weight, dtype=tf.float32) for term in job.of_network]
    return _Graph(new_gradient(job, job.of_network, weights=weights), weights, job.guide)
