"""gradient → **chain** → ascent: what is done to a gradient before the step, unit by unit.

What units there are, and what they are told, is data: `recipes/chain.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from ..recipes.chain import Colors, Laplacian, Normalize, Smooth
from ..recipes.units import Unit
from .loss import Image
from .smoothing import CASCADE, gaussian_blur


def split(units: Sequence[Unit]) -> tuple[tuple[Unit, ...], tuple[Unit, ...]]:
    """The units up to the last blur, and those behind it, which can be part of a step's graph."""
    last = max((i for i, unit in enumerate(units) if isinstance(unit, Smooth)), default=-1)
    return tuple(units[: last + 1]), tuple(units[last + 1 :])


def chained(gradient: Image, units: Sequence[Unit], i: int = 0, iterations: int = 1) -> Image:
    """A gradient, taken through units in their order, at iteration i of so many."""
    for unit in units:
        if isinstance(unit, Smooth):
            gradient = gaussian_blur(gradient, unit.at(i, iterations), CASCADE, unit)
        else:
            gradient = _FUNCTIONS[type(unit)](gradient, unit)
    return gradient


def normalized(gradient: Image, unit: Normalize) -> Image:
    """The gradient divided by its own size; "standardize" takes the mean off before."""
    how, epsilon = unit.how, unit.epsilon
    if how == "l1":
        return gradient / tf.maximum(tf.reduce_mean(tf.abs(gradient)), epsilon)
    if how == "l2":
        return gradient / tf.sqrt(tf.maximum(tf.reduce_sum(tf.square(gradient)), epsilon))
    mean, variance = tf.nn.moments(gradient, axes=(0, 1, 2, 3))
    centered = gradient - mean if how == "standardize" else gradient
    return centered / (tf.sqrt(variance) + epsilon)


def colored(gradient: Image, unit: Colors) -> Image:
    """The gradient times a factor for each colour."""
    return gradient * tf.constant((unit.red, unit.green, unit.blue))


_BINOMIAL = np.outer((1, 4, 6, 4, 1), (1, 4, 6, 4, 1)) / 256


def laplacian(gradient: Image, unit: Laplacian) -> Image:
    """The bands of a Laplacian pyramid, each divided by its root mean square, put together again.

    A band is what an image loses when it is blurred and halved.
    """
    kernel = tf.constant(_BINOMIAL[:, :, None, None] * np.eye(3), tf.float32)

    def doubled(low: Image, shape: tf.Tensor) -> Image:
        return tf.nn.conv2d_transpose(low, kernel * 4, shape, strides=2, padding="SAME")

    def even(band: Image) -> Image:
        return band / tf.maximum(tf.sqrt(tf.reduce_mean(tf.square(band))), unit.epsilon)

    def evened(image: Image, levels: int) -> Image:
        if not levels:
            return even(image)
        low, shape = tf.nn.conv2d(image, kernel, strides=2, padding="SAME"), tf.shape(image)
        return doubled(evened(low, levels - 1), shape) + even(image - doubled(low, shape))

    return evened(gradient, unit.levels)


_FUNCTIONS: Mapping[type[Unit], Callable[[Image, Any], Image]] = {
    Normalize: normalized,
    Laplacian: laplacian,
    Colors: colored,
}
