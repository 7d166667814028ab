"""gradient → **penalties** → ascent: terms on the picture itself, besides those of the network.

They are of the whole image as it lies in the picture: rolls, tiles and windows do not touch them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from ..backend import traced
from ..core.gradient import Gradient, gradient_of
from ..core.loss import IMAGE, Image
from ..recipes.objectives import Distance, TotalVariation
from ..recipes.schedule import Shape
from ..recipes.terms import LayerTerm
from .gradients import Means

if TYPE_CHECKING:
    from numpy.random import Generator


def penalized(means: Means, terms: Sequence[LayerTerm], original: Callable[[int], Image]) -> Means:
    """The means, with the penalties among some terms.

    Parameters
    ----------
    original : the original at an octave, counted from 0
    """
    if not any(term.of_image for term in terms):
        return means
    gradient = _Penalized(means.gradient, terms, original)

    def enter(octave: int) -> None:
        means.enter(octave)
        gradient.enter(octave)

    return dataclasses.replace(means, gradient=gradient, enter=enter)


class _Penalized:
    """A `Gradient`, with that of penalties on the image added.

    Parameters
    ----------
    gradient : of the network's terms
    terms : of which those on the image are taken
    original : the original at an octave, counted from 0
    """

    def __init__(
        self, gradient: Gradient, terms: Sequence[LayerTerm], original: Callable[[int], Image]
    ) -> None:
        self._gradient, self._original = gradient, original
        self._terms = [term for term in terms if term.of_image]
        self._needed = any(isinstance(term.unit, Distance) for term in self._terms)
        self._penalty = traced(self._of_image, (IMAGE, IMAGE))
        self._base: Image = None

    def enter(self, octave: int) -> None:
        """Prepare for an octave, counted from 0."""
        self._base = None  # a large image
        self._base = self._original(octave) if self._needed else None

    def __call__(
        self, image: Image, random: Generator, shift: Shape = (0, 0)
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Loss and gradient of everything; the image has been rolled by `shift`."""
        loss, gradient = self._gradient(image, random, shift)
        lying = tf.roll(image, [-pixels for pixels in shift], axis=(1, 2))
        penalty, own = self._penalty(lying, lying if self._base is None else self._base)
        return loss + penalty, gradient + tf.roll(own, shift, axis=(1, 2))

    def _of_image(self, image: Image, original: Image) -> tuple[tf.Tensor, tf.Tensor]:
        """The sum of the penalties, and its gradient."""
        penalty = tf.constant(0.0)
        for term in self._terms:
            penalty += term.weight * PENALTIES[type(term.unit)](image, original, term.unit)
        return penalty, gradient_of(penalty, image)


def total_variation(image: Image, original: Image, unit: TotalVariation) -> tf.Tensor:
    """The sum of absolute differences of neighbours, down and across."""
    down = tf.reduce_sum(tf.abs(image[:, 1:] - image[:, :-1]))
    across = tf.reduce_sum(tf.abs(image[:, :, 1:] - image[:, :, :-1]))
    return (down + across) / _values(image, unit)


def distance(image: Image, original: Image, unit: Distance) -> tf.Tensor:
    """Lucid's `L2`, here to the original."""
    squares = tf.reduce_sum(tf.square(image - original)) / _values(image, unit)
    return tf.sqrt(1e-6 + squares)


def _values(image: Image, unit: TotalVariation | Distance) -> tf.Tensor:
    return tf.cast(tf.size(image), tf.float32) if unit.by == "mean" else tf.constant(1.0)


PENALTIES: Mapping[type, Callable[[Image, Image, Any], tf.Tensor]] = {
    TotalVariation: total_variation,
    Distance: distance,
}
"""(image, original, unit) → a scalar."""
