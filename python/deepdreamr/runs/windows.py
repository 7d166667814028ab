"""loss → **gradient of windows** → ascent: a large image's gradient, within the memory there is.

A `Gradient` as the core has one: the same numbers, put together from windows that overlap. A window
counts its share of the whole image's loss, and keeps less of the network's activations.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from ..backend import traced
from ..core.gradient import IMAGE, LossGradient, cropped
from .layouts import Window

Draw = Callable[[], Sequence[Window]]


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
        self._of_window = _window_gradient(gradient)
        self._windows = windows

    def enter(self, octave: int) -> None:
        """Prepare for an octave, counted from 0."""
        self._draw = self._windows(octave)

    def __call__(
        self, image: tf.Tensor, random: np.random.Generator
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Loss and gradient of the whole image, summed over windows."""
        loss: tf.Tensor = tf.constant(0.0)
        strips: list[tf.Tensor] = []
        tops: list[int] = []
        for top, row in itertools.groupby(self._draw(), lambda window: window.box.top):
            parts: list[tf.Tensor] = []
            lefts: list[int] = []
            for window in row:
                cells, sizes = tf.constant(window.cells), tf.constant(window.sizes, tf.float32)
                box = tf.constant(window.box)
                part_loss, part = self._of_window(image, box, cells, sizes)
                loss += part_loss
                parts.append(part)
                lefts.append(window.box.left)
            strips.append(overlap_add(parts, lefts, axis=2))
            tops.append(top)
        return loss, overlap_add(strips, tops, axis=1)


@functools.lru_cache(maxsize=4)
def _window_gradient(gradient: LossGradient) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
    """Loss and gradient of a window (image, box, cells, sizes), traced."""
    terms = len(gradient.terms)
    of_part = LossGradient(
        functools.partial(gradient.activations, frugal=True),
        gradient.terms,
        gradient.recipe,
        guides=gradient.guides,
    )
    signature = (
        IMAGE,
        tf.TensorSpec((4,), tf.int32),
        tf.TensorSpec((terms, 4), tf.int32),
        tf.TensorSpec((terms,), tf.float32),
    )
    return traced(
        lambda image, box, cells, sizes: of_part.of(cropped(image, box), cells, sizes), signature
    )


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
