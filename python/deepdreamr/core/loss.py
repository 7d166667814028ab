"""activations → **loss**: a weighted sum of terms, one for each layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from ..recipes.settings import Recipe
from ..recipes.terms import LayerTerm, check_channels

Activations = Callable[[tf.Tensor], Sequence[tf.Tensor]]
"""A network, as the dream sees it: image (1, H, W, 3) in [-1, 1] → a float32 tensor (1, …,
channels) for each term, mostly (1, h, w, channels). Turning the three colours into what the network
takes is its business."""

Guides = Sequence[tf.Tensor | None]
"""For each term the feature vectors (n, channels) of a guide picture, or None."""


def total_loss(
    activations: Sequence[tf.Tensor],
    terms: Sequence[LayerTerm],
    recipe: Recipe,
    guides: Guides,
    cells: tf.Tensor | None = None,
    sizes: tf.Tensor | None = None,
) -> tf.Tensor:
    """The weighted sum of all terms; it is to grow.

    Parameters
    ----------
    activations : one for each term, of an image or of a part of one
    cells, sizes : of a part: which of each activation's cells count (top, bottom, left, right), and
        how many there are in the whole image's. By default all count but the recipe's border
    """
    total = tf.constant(0.0)
    for i, (term, activation) in enumerate(zip(terms, activations, strict=True)):
        check_channels(term, activation.shape[-1])
        if cells is not None and sizes is not None:
            inner, size = tf.unstack(cells[i]), sizes[i]
        else:
            shape, border = tf.shape(activation)[1:-1], recipe.border
            inner, size = _inner_cells(shape, border), tf.reduce_prod(shape)
        total += term_loss(activation, term, recipe.objective, inner, size, guides[i])
    return total


def _inner_cells(shape: tf.Tensor, border: int) -> Sequence[Any]:
    """All cells but those at the edge; none where the activation has no height and width."""
    if shape.shape[0] != 2:
        return ()
    return border, shape[0] - border, border, shape[1] - border


def term_loss(
    activation: tf.Tensor,
    term: LayerTerm,
    objective: str,
    inner: Sequence[Any],
    size: tf.Tensor,
    guide: tf.Tensor | None = None,
) -> tf.Tensor:
    """What a term adds to the loss, weighted.

    Parameters
    ----------
    activation : float32 (1, h, w, channels), or another number of axes between the two
    objective : "mean_square", "mean" or "half_sum_square"
    inner : the cells (top, bottom, left, right) that are summed, where there are h and w
    size : number of cells of the whole activation, which a mean divides by
    guide : feature vectors (n, channels): then the loss is the product with the vector that fits
        best at each position (the 2015 notebook's rule)
    """
    if activation.shape.rank == 4:
        activation = _cut(activation, inner)
    factors, total = None, None
    if term.channels is not None:
        numbers, factors = zip(*term.channels, strict=True)
        activation = tf.gather(activation, numbers, axis=-1)
        guide = None if guide is None else tf.gather(guide, numbers, axis=-1)
    if guide is not None:
        values = activation * best_matches(activation, guide)
    elif objective == "mean":
        values = activation
    elif factors is None:
        total = 2 * tf.nn.l2_loss(activation)  # in one pass
    else:
        values = tf.square(activation)
    if factors is not None:
        values = values * tf.constant(factors, tf.float32)
    if total is None:
        total = tf.reduce_sum(values)
    if objective == "half_sum_square":
        return term.weight * (total if guide is not None else total / 2)
    return term.weight * total / (tf.cast(size, tf.float32) * activation.shape[-1])


def _cut(activation: tf.Tensor, inner: Sequence[Any]) -> tf.Tensor:
    """The inner cells: `[:, top:bottom, left:right]`, with a gradient that is much faster."""
    top, bottom, left, right = inner
    cells = tf.shape(activation)[1:3]
    begin = tf.minimum((top, left), cells)
    size = tf.maximum(tf.minimum((bottom, right), cells) - begin, 0)
    begin, size = tf.unstack(begin), tf.unstack(size)
    return tf.slice(activation, (0, *begin, 0), (1, *size, activation.shape[-1]))


def best_matches(activation: tf.Tensor, guide: tf.Tensor) -> tf.Tensor:
    """At each position the guide's feature vector with the largest dot product; a constant."""
    flat = tf.reshape(activation, (-1, activation.shape[-1]))
    best = tf.argmax(tf.matmul(flat, guide, transpose_b=True), axis=1)
    return tf.stop_gradient(tf.reshape(tf.gather(guide, best), tf.shape(activation)))
