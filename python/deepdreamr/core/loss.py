"""activations → **loss**: a weighted sum of terms, each of one layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import tensorflow as tf

from ..recipes.objectives import WORDS
from ..recipes.settings import Recipe
from ..recipes.terms import LayerTerm, check_channels
from .objectives import FUNCTIONS, Cells

Image: TypeAlias = tf.Tensor
"""float32 (1, height, width, 3) in [-1, 1]."""

IMAGE = tf.TensorSpec((1, None, None, 3), tf.float32)
MASK = tf.TensorSpec((1, None, None, 1), tf.float32)
NUMBER, INTEGERS = tf.TensorSpec((), tf.float32), tf.TensorSpec((None,), tf.int32)
PLACES = tf.TensorSpec((None, 3), tf.float32)
"""What the traced functions of the core take."""

Activations = Callable[[Image], Sequence[tf.Tensor]]
"""A network, as a dream sees it: image → a float32 tensor (1, …, channels) for each term of the
loss, mostly (1, h, w, channels). Turning three colours into what the network takes is its business.
"""

Guides = Sequence[tf.Tensor | None]
"""For each term the feature vectors (n, channels) of a guide picture, or None."""


def total_loss(
    activations: Sequence[tf.Tensor],
    terms: Sequence[LayerTerm],
    recipe: Recipe,
    guides: Guides,
    places: tf.Tensor,
) -> tf.Tensor:
    """The weighted sum of all terms, which is to grow.

    Cells within the recipe's border are not summed; a mean divides by all cells, or with
    `mean_over` "inner" by those summed. `places` float32 (terms, 3) are those of `neuron_places`.
    """
    total, border = tf.constant(0.0), recipe.border
    for i, (term, activation, guide) in enumerate(zip(terms, activations, guides, strict=True)):
        shape, place = tf.shape(activation)[1:-1], None
        if activation.shape.rank == 4:
            end = shape - border
            activation = inner_cells(activation, border, end[0], border, end[1])
            place = cell_at(places[i, :2], shape, border)
            if recipe.mean_over == "inner":
                shape = tf.maximum(shape - 2 * border, 1)
        cells = Cells(activation, tf.reduce_prod(shape), place, places[i, 2])
        total += term_loss(cells, term, recipe.objective, guide)
    return total


def cell_at(place: tf.Tensor, shape: tf.Tensor, border: int) -> tf.Tensor:
    """Row and column, among the cells within a border, of a position or the nearest one left."""
    cell = tf.cast(tf.floor(place * tf.cast(shape, tf.float32)), tf.int32) - border
    cell = tf.minimum(tf.maximum(cell, 0), shape - 2 * border - 1)
    return tf.where(tf.reduce_min(place) < 0, -1, cell)


def inner_cells(activation: tf.Tensor, *edges: tf.Tensor | int) -> tf.Tensor:
    """`activation[:, top:bottom, left:right]`, as a slice whose gradient is much faster."""
    top, bottom, left, right = edges
    cells = tf.shape(activation)[1:3]
    begin = tf.minimum((top, left), cells)
    size = tf.maximum(tf.minimum((bottom, right), cells) - begin, 0)
    begin, size = tf.unstack(begin), tf.unstack(size)
    return tf.slice(activation, (0, *begin, 0), (1, *size, activation.shape[-1]))


def term_loss(cells: Cells, term: LayerTerm, objective: str, guide: tf.Tensor | None) -> tf.Tensor:
    """What a term adds to the loss, weighted.

    Parameters
    ----------
    cells : that count
    objective : of a term that has none: "mean_square", "mean" or "half_sum_square"
    guide : feature vectors (n, channels): then the loss is the product with the vector that fits
        best at each position (the 2015 notebook's rule)
    """
    activation, unit = cells.activation, term.unit
    check_channels(term, activation.shape[-1])
    if type(unit) in FUNCTIONS:
        return term.weight * FUNCTIONS[type(unit)](cells, term, unit)
    factors = None
    if term.channels is not None:
        numbers, factors = zip(*term.channels, strict=True)
        activation = tf.gather(activation, numbers, axis=-1)
        guide = None if guide is None else tf.gather(guide, numbers, axis=-1)
    if callable(term.objective):
        weighted = activation if factors is None else activation * tf.constant(factors)
        return term.weight * term.objective(weighted)
    objective = str(unit) if str(unit) in WORDS else objective
    values, squares = activation, guide is None and objective != "mean"
    if guide is not None:
        values = activation * best_matches(activation, guide)
    if squares and factors is None:
        total = 2 * tf.nn.l2_loss(values)  # in one pass
    else:
        values = tf.square(values) if squares else values
        total = tf.reduce_sum(values if factors is None else values * tf.constant(factors))
    if objective == "half_sum_square":
        return term.weight * (total / 2 if squares else total)
    return term.weight * total / (tf.cast(cells.size, tf.float32) * activation.shape[-1])


def best_matches(activation: tf.Tensor, guide: tf.Tensor) -> tf.Tensor:
    """At each position the guide's feature vector with the largest dot product; a constant."""
    flat = tf.reshape(activation, (-1, activation.shape[-1]))
    best = tf.argmax(tf.matmul(flat, guide, transpose_b=True), axis=1)
    return tf.stop_gradient(tf.reshape(tf.gather(guide, best), tf.shape(activation)))
