"""gradient → **parameters** → ascent: other numbers than pixels to climb on, and Adam's steps.

A Fourier transform of colours that vary independently of one another (C. Olah, A. Mordvintsev,
L. Schubert, Feature Visualization, 2017), or its phases alone (T. Fel et al., MACO, 2023). Adam is
D. Kingma's and J. Ba's, 2015, with its usual numbers.
"""

from __future__ import annotations

import math

import tensorflow as tf

from ..recipes.schedule import Shape
from ..recipes.settings import Recipe
from ..recipes.spectrum import COLORS, INDEPENDENT, falloff
from .loss import Image

_WHITE = 1 - 1 / 256  # half a shade below: the numbers of white itself are infinite


class Climber:
    """Moves the numbers that an image is made of; it serves one ascent, from an image on."""

    def __init__(self, image: Image, recipe: Recipe) -> None:
        self._recipe, self._shape = recipe, image.shape[1:3]
        self._numbers, self._kept = numbers_of(image, recipe.parameters)
        self._mean = self._square = tf.zeros_like(self._numbers)

    def __call__(self, gradient: Image, i: int) -> Image:
        """The image after the step of iteration i, from 0, along a gradient of the one before."""
        with tf.GradientTape() as tape:
            tape.watch(self._numbers)
            image = image_of(self._numbers, self._kept, self._shape)
        direction = tape.gradient(image, self._numbers, gradient)
        if self._recipe.optimizer == "adam":
            self._mean += 0.1 * (direction - self._mean)
            self._square += 0.001 * (tf.square(direction) - self._square)
            unbiased = math.sqrt(1 - 0.999 ** (i + 1)) / (1 - 0.9 ** (i + 1))
            direction = unbiased * self._mean / (tf.sqrt(self._square) + 1e-8)
        self._numbers += self._recipe.step * direction
        if self._kept is None and self._recipe.clip:
            self._numbers = tf.clip_by_value(self._numbers, -1.0, 1.0)
        return image_of(self._numbers, self._kept, self._shape)


def numbers_of(image: Image, parameters: str) -> tuple[tf.Tensor, tf.Tensor | None]:
    """The numbers that are climbed on, and those that stay; `image_of` them is the image."""
    if parameters == "pixels":
        return image, None
    logits = 2 * tf.atanh(tf.clip_by_value(image[0], -_WHITE, _WHITE))
    spectrum = tf.signal.rfft2d(tf.einsum("ck,hwk->chw", INDEPENDENT, logits))
    if parameters == "phases":
        return tf.math.angle(spectrum)[None], tf.abs(spectrum)[None]
    scale = falloff(*image.shape[1:3])
    return tf.stack((tf.math.real(spectrum), tf.math.imag(spectrum))) / scale, tf.constant(scale)


def image_of(numbers: tf.Tensor, kept: tf.Tensor | None, shape: Shape) -> Image:
    """The image of pixels, of (2, 3, height, n) coefficients or of (1, 3, height, n) phases."""
    if kept is None:
        return numbers
    phases = numbers.shape[0] == 1
    parts = kept * (tf.concat((tf.cos(numbers), tf.sin(numbers)), 0) if phases else numbers)
    colors = tf.signal.irfft2d(tf.complex(parts[0], parts[1]), shape)
    return tf.tanh(tf.einsum("kc,chw->hwk", COLORS, colors) / 2)[None]
