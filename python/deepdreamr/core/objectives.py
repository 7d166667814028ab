"""activation → **objectives** → loss: what a term adds to the loss where it is no plain sum.

What objectives there are, and what they are told, is data: `recipes/objectives.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from ..errors import ArgumentError
from ..recipes.objectives import ClassLogit, Direction, Neuron
from ..recipes.terms import LayerTerm


class Cells(NamedTuple):
    """What counts of a layer's activation.

    Attributes
    ----------
    activation : float32 (1, …, channels)
    size : how many cells a mean divides by
    place : int32 (2,), row and column in `activation` of the cell at a neuron's position, negative
        where that is elsewhere
    times : what that cell counts for
    """

    activation: tf.Tensor
    size: tf.Tensor
    place: tf.Tensor | None = None
    times: tf.Tensor | float = 1.0


def neuron(cells: Cells, term: LayerTerm, unit: Neuron) -> tf.Tensor:
    """One cell of a channel, or 0 where it is elsewhere."""
    channel = cells.activation[..., unit.channel]
    if channel.shape.rank == 1:  # a layer without rows and columns
        return tf.reduce_sum(channel)
    if channel.shape.rank != 3 or cells.place is None:
        raise ArgumentError(f"neuron needs rows and columns, which {term.layer} does not have.")
    size = tf.shape(channel)
    row, column = tf.one_hot(cells.place[0], size[1]), tf.one_hot(cells.place[1], size[2])
    return cells.times * tf.reduce_sum(channel[0] * row[:, None] * column)


def direction(cells: Cells, term: LayerTerm, unit: Direction) -> tf.Tensor:
    """Lucid's `direction`: the mean of a·v max(0.1, cos)^cosine_power."""
    numbers, weights = zip(*(term.channels or ()), strict=True)
    along = tf.linalg.matvec(tf.gather(cells.activation, numbers, axis=-1), tf.constant(weights))
    if unit.cosine_power:
        squares = tf.reduce_sum(tf.square(cells.activation), axis=-1)
        length = tf.sqrt(tf.maximum(squares, 1e-30))  # the gradient of a root is infinite at 0
        cosine = along / (1e-4 + length) / (1e-4 + tf.norm(tf.constant(weights)))
        along *= tf.maximum(cosine, 0.1) ** unit.cosine_power
    return tf.reduce_sum(along) / tf.cast(cells.size, tf.float32)


def class_logit(cells: Cells, term: LayerTerm, unit: ClassLogit) -> tf.Tensor:
    """What a classifier's layer gives to a class."""
    if cells.activation.shape.rank != 2:
        raise ArgumentError(f"class_logit needs the layer of a classifier, not {term.layer}.")
    return cells.activation[0, unit.number(term.layer, cells.activation.shape[-1])]


FUNCTIONS: Mapping[type, Callable[[Cells, LayerTerm, Any], tf.Tensor]] = {
    Neuron: neuron,
    Direction: direction,
    ClassLogit: class_logit,
}
"""Objectives of an activation that are no plain sum: (cells, term, unit) → a scalar.

Each is a sum over the cells, or one divided by `cells.size`, as the windows of a large picture add
up what each counts. `cells` has all channels, whatever the term's are.
"""
