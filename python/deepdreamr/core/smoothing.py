"""gradient → **smoothing** → ascent: gaussian blurs.

Same numbers as `scipy.ndimage.gaussian_filter(mode="reflect", truncate=4)`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from ..backend import traced
from ..recipes.chain import Smooth
from .loss import IMAGE, INTEGERS, NUMBER, Image

Scales = tuple[float, ...]
CASCADE = (1.0, 2.0, 0.5)
"""Inception5h's: the mean of three gaussians, of sigma, twice and half of it."""

_PLAIN = Smooth(0, color=False)
_ROWS = 512  # of a large image that are blurred at a time, so that there are few copies at once


def gaussian_blur(image: Image, sigma: float, scales: Scales, how: Smooth = _PLAIN) -> Image:
    """Blur rows and columns, and the colour axis too if asked.

    Parameters
    ----------
    sigma : standard deviation in pixels (and in colours); 0 changes nothing
    scales : the result is the mean of blurs of sigma times each of them
    how : its `color`, `width` and `edges`
    """
    blur = _traced_blur(scales, how.color, how.width, how.edges)
    deviation = tf.constant(sigma, tf.float32)
    ends = range(_ROWS, int(image.shape[1]) + _ROWS, _ROWS)
    return tf.concat([blur(image, deviation, tf.constant((e - _ROWS, e))) for e in ends], axis=1)


@functools.lru_cache(maxsize=8)
def _traced_blur(
    scales: Scales, color: bool, width: int | None, edges: str
) -> Callable[..., Image]:
    """The mean of blurs as a graph (image, sigma, first and last row) → those rows."""

    def blur(image: Image, sigma: tf.Tensor, rows: tf.Tensor) -> Image:
        total, end = 0.0, tf.minimum(rows[1], tf.shape(image)[1])
        for scale in scales:
            kernel = gaussian_kernel(sigma * scale, width)
            blurred = _blur_axis(image, kernel, 1, (rows[0], end), edges)
            for axis in (2, 3) if color else (2,):
                span = 0, tf.shape(image)[axis]
                blurred = _blur_axis(blurred, kernel, axis, span, edges)
            total += blurred
        return total / len(scales)

    return traced(blur, (IMAGE, NUMBER, INTEGERS))


def gaussian_kernel(sigma: tf.Tensor, width: int | None = None) -> tf.Tensor:
    """Weights of a gaussian, summing to 1: `width` of them, or 4 sigma to each side."""
    radius = tf.cast(4 * sigma + 0.5, tf.int32) if width is None else width // 2
    x = tf.cast(tf.range(-radius, radius + 1), tf.float32)
    kernel = tf.exp(-0.5 * tf.square(x / tf.maximum(sigma, 1e-6)))
    return kernel / tf.reduce_sum(kernel)


def _blur_axis(
    image: Image, kernel: tf.Tensor, axis: int, span: tuple[Any, tf.Tensor], edges: str
) -> Image:
    """Along an axis, over a span of it, reflected at the image's edges as often as need be."""
    size, taps, (first, end) = tf.shape(image)[axis], tf.size(kernel), span
    once = 1 if edges == "reflect" else 0  # how often the pixel at an edge is repeated
    period = tf.maximum(2 * (size - 1 + once), 1)
    sources = tf.math.floormod(tf.range(first - taps // 2, end + taps // 2), period)
    sources = tf.minimum(sources, period - once - sources)
    if axis == 3:  # three colours: a small matrix
        matrix = tf.one_hot(tf.signal.frame(sources, taps, 1), size)
        return tf.tensordot(image, tf.einsum("oki,k->io", matrix, kernel), 1)
    padded = tf.gather(image, sources, axis=axis)
    height, width = (end - first if axis == a else tf.shape(image)[a] for a in (1, 2))

    def add_tap(tap: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        down, right = (tap, 0) if axis == 1 else (0, tap)
        moved = padded[:, down : down + height, right : right + width]
        return tap + 1, total + kernel[tap] * moved

    # a loop over the taps: a convolution of one channel with a long kernel is no faster, and
    # oneDNN's has been seen to end the process at 129 taps
    start = tf.constant(0), tf.zeros((1, height, width, image.shape[3]))
    return tf.while_loop(lambda tap, _: tap < taps, add_tap, start)[1]
