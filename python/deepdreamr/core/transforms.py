"""image → **transforms** → gradient: what the network is shown of an image, as a step draws it.

What transforms there are, and what is drawn for them, is data: `recipes/transforms.py`.
"""

from __future__ import annotations

import itertools
import math

import tensorflow as tf

from ..recipes.transforms import Crop, Jitter, Pad, Rotate, Scale, Transform
from .loss import Image


def shown(image: Image, drawn: tuple[Transform, tf.Tensor]) -> Image:
    """An image, taken through a transform with the numbers that are drawn for it."""
    unit, numbers = drawn
    shape, whole = tf.shape(image), tf.cast(numbers, tf.int32)
    if isinstance(unit, Pad):
        around = (unit.pixels, unit.pixels)
        return tf.pad(image, ((0, 0), around, around, (0, 0)), constant_values=unit.value)
    if isinstance(unit, Crop):  # numbers: top and left
        return tf.slice(image, tf.pad(whole, [[1, 1]]), shape - (0, unit.pixels, unit.pixels, 0))
    if isinstance(unit, Jitter):  # down and right
        return tf.roll(image, whole, axis=(1, 2))
    if isinstance(unit, Scale):  # a factor; from the image's corner on, as in lucid
        size = tf.cast(tf.cast(shape[1:3], tf.float32) * numbers, tf.int32)
        return tf.raw_ops.ResizeBilinear(images=image, size=size)
    if isinstance(unit, Rotate):
        return rotated(image, numbers[0] * (math.pi / 180), unit.value)
    return tf.where(whole[0] > 0, tf.reverse(image, [2]), image)  # `Mirror`


def rotated(image: Image, angle: tf.Tensor, value: float) -> Image:
    """Turned about its middle, counterclockwise, bilinear, with a colour around it.

    Gathered, as TensorFlow's own op for this has a gradient that is not exact.
    """
    size = tf.cast(tf.shape(image)[1:3], tf.float32)
    y, x = tf.meshgrid(*map(tf.range, tf.unstack(size)), indexing="ij")
    (y0, x0), cos, sin = tf.unstack((size - 1) / 2), tf.cos(angle), tf.sin(angle)
    turned = tf.stack((cos * (y - y0) + sin * (x - x0), cos * (x - x0) - sin * (y - y0)), -1)
    places = tf.clip_by_value(turned + (y0 + 1, x0 + 1), 0.0, size + 1)  # with a pixel around
    first = tf.minimum(tf.floor(places), size)
    total, bordered = tf.constant(0.0), shown(image, (Pad(1, value), places))[0]
    for corner in itertools.product((0, 1), repeat=2):
        share = 1 - tf.abs(places - first - corner)
        pixels = tf.gather_nd(bordered, tf.cast(first, tf.int32) + corner)
        total += tf.reduce_prod(share, -1, keepdims=True) * pixels
    return total[None]
