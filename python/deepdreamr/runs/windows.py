"""loss → **gradient of windows** → ascent: a large image's gradient, within the memory there is.

A `Gradient` as the core has one: the same numbers, put together from windows that overlap. A window
counts its share of the whole image's loss, and keeps less of the network's activations.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
from numpy.random import Generator

from ..backend import traced
from ..core.gradient import LossGradient, cropped, gradient_of
from ..core.loss import IMAGE, INTEGERS, Image, inner_cells, term_loss
from ..core.objectives import Cells
from ..recipes.schedule import Shape, neuron_places
from ._layouts import Draw


class WindowedGradient:
    """The gradient of a whole image's loss, window by window.

    Windows are drawn from a generator of their own, octave by octave, so that rolls are the same
    with and without windows, and in a dream that goes on from a checkpoint.

    Parameters
    ----------
    gradient : of the whole
    windows : from an octave, counted from 0, to what draws its windows
    """

    def __init__(self, gradient: LossGradient, windows: Callable[[int], Draw]) -> None:
        self._whole, self._of_window = gradient, _window_gradient(gradient)
        self._windows = windows

    def enter(self, octave: int) -> None:
        """Prepare for an octave, counted from 0."""
        self._draw = self._windows(octave)

    def __call__(
        self, image: Image, random: Generator, shift: Shape = (0, 0)
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Loss and gradient of the whole image, summed over windows."""
        border = self._whole.recipe.border
        left_out = border if self._whole.recipe.mean_over == "inner" else 0
        loss, shape = tf.constant(0.0), (int(image.shape[1]), int(image.shape[2]))
        places = neuron_places(self._whole.terms, shape, shift)
        strips: list[tf.Tensor] = []
        tops: list[int] = []
        for top, row in itertools.groupby(self._draw(shape), lambda window: window.box.top):
            parts: list[tf.Tensor] = []
            lefts: list[int] = []
            for window in row:
                cells, box = tf.constant(window.cells), tf.constant(window.box)
                sizes = tf.constant(window.sizes(left_out), tf.float32)
                there = [window.cell(i, place, border) for i, place in enumerate(places)]
                part_loss, part = self._of_window(image, box, cells, sizes, tf.constant(there))
                loss += part_loss
                parts.append(part)
                lefts.append(window.box.left)
            strips.append(overlap_add(parts, lefts, axis=2))
            tops.append(top)
        return loss, overlap_add(strips, tops, axis=1)


@functools.lru_cache(maxsize=4)
def _window_gradient(gradient: LossGradient) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
    """Share of the loss, and its gradient, of a window: (image, box, cells, sizes, there), traced.

    `cells` int32 (terms, 4) and `sizes` float32 (terms,) are those of `Window`, `there` int32
    (terms, 2) the neurons' cells.
    """
    terms, objective = gradient.terms, gradient.recipe.objective
    network: Any = gradient.activations  # for windows one that keeps less

    def of_window(
        image: Image, box: tf.Tensor, cells: tf.Tensor, sizes: tf.Tensor, there: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        window, loss = cropped(image, box), tf.constant(0.0)
        activations = network(window, frugal=True)
        for i, (term, guide) in enumerate(zip(terms, gradient.guides, strict=True)):
            inner = inner_cells(activations[i], *tf.unstack(cells[i]))
            loss += term_loss(Cells(inner, sizes[i], there[i]), term, objective, guide)
        return loss, gradient_of(loss, window)

    signature = (
        IMAGE,
        INTEGERS,
        tf.TensorSpec((len(terms), 4), tf.int32),
        tf.TensorSpec((len(terms),), tf.float32),
        tf.TensorSpec((len(terms), 2), tf.int32),
    )
    return traced(of_window, signature)


def overlap_add(parts: Sequence[tf.Tensor], starts: Sequence[int], axis: int) -> tf.Tensor:
    """The sum of parts that lie along an axis, each from its start, and leave no gap."""
    if len(parts) == 1:
        return parts[0]
    spans = [(start, start + part.shape[axis]) for part, start in zip(parts, starts, strict=True)]
    edges = sorted({edge for span in spans for edge in span})
    pieces = []
    for low, high in itertools.pairwise(edges):
        there = [
            part[(slice(None),) * axis + (slice(low - start, high - start),)]
            for part, (start, end) in zip(parts, spans, strict=True)
            if start <= low < end
        ]
        pieces.append(tf.add_n(there))
    return tf.concat(pieces, axis)
