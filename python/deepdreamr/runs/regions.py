"""gradient → **regions** → ascent: gradients of several losses, each in a region of its own."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf
from numpy.random import Generator

from ..core.gradient import Gradient
from ..core.loss import Image
from ..recipes.schedule import Shape

_LEAST = 1e-20  # of what a direction is divided by


class MixedGradient:
    """A `Gradient`: the sum of others, each divided by its mean |g| and taken by its share.

    Parameters
    ----------
    gradients : one for each region
    """

    def __init__(self, gradients: Sequence[Gradient]) -> None:
        self._gradients = tuple(gradients)
        self.shares: Sequence[tf.Tensor] = ()
        """For each region (1, height, width, 1) at the octave's size; together 1 everywhere."""

    def __call__(
        self, image: Image, random: Generator, shift: Shape = (0, 0)
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """The sum of the losses, and the mixed direction."""
        loss, total = tf.constant(0.0), tf.zeros_like(image)
        for gradient, share in zip(self._gradients, self.shares, strict=True):
            part, direction = gradient(image, random, shift)
            size = tf.maximum(tf.reduce_mean(tf.abs(direction)), _LEAST)
            loss += part
            total += tf.roll(share, shift, axis=(1, 2)) / size * direction
        return loss, total
