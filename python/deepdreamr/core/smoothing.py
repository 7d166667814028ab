"""gradient → **smoothing** → ascent: gaussian blurs.

Same numbers as `scipy.ndimage.gaussian_filter(mode="reflect", truncate=4)`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import tensorflow as tf

from ..backend import traced

SCALES = (1.0, 2.0, 0.5)  # of sigma: three gaussians make a cascade
_ROWS = 512  # of a large image that are blurred at a time
_IMAGE = tf.TensorSpec((1, None, None, 3), tf.float32)
_SIGMA, _PART = tf.TensorSpec((), tf.float32), tf.TensorSpec((2,), tf.int32)


def gaussian_kernel(sigma: tf.Tensor, width: int | None = None) -> tf.Tensor:
    """Weights of a gaussian, summing to 1: `width` of them, or 4 sigma to each side."""
    sigma = tf.cast(sigma, tf.float32)
    radius = tf.cast(4 * sigma + 0.5, tf.int32) if width is None else width // 2
    x = tf.cast(tf.range(-radius, radius + 1), tf.float32)
    kernel = tf.exp(-0.5 * tf.square(x / tf.maximum(sigma, 1e-6)))
    return kernel / tf.reduce_sum(kernel)


def gaussian_blur(
    image: tf.Tensor,
    sigma: tf.Tensor,
    *,
    color: bool = False,
    width: int | None = None,
    rows: tf.Tensor | None = None,
) -> tf.Tensor:
    """Blur rows and columns, and the colour axis too if asked.

    Parameters
    ----------
    image : float32 (1, H, W, channels)
    sigma : standard deviation in pixels (and in colours); 0 changes nothing
    color : whether the colour axis is blurred too
    width : of the kernel, odd; default 4 sigma to each side
    rows : (first, end) of those that are wanted; default all
    """
    kernel = gaussian_kernel(sigma, width)
    image = _blur_axis(image, kernel, 1, rows)
    for axis in (2, 3) if color else (2,):
        image = _blur_axis(image, kernel, axis)
    return image


def _blur_axis(
    image: tf.Tensor, kernel: tf.Tensor, axis: int, part: tf.Tensor | None = None
) -> tf.Tensor:
    size, taps = tf.shape(image)[axis], tf.size(kernel)
    sources = _reflected(size, taps // 2)
    if part is not None:
        sources = sources[part[0] : part[1] + 2 * (taps // 2)]
        size = part[1] - part[0]
    if axis == 3:  # three colours: a small matrix
        matrix = tf.one_hot(tf.signal.frame(sources, taps, 1), size)
        return tf.tensordot(image, tf.einsum("oki,k->io", matrix, kernel), 1)
    padded = tf.gather(image, sources, axis=axis)

    def add_tap(tap: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        rows, columns = (tap, 0) if axis == 1 else (0, tap)
        shifted = padded[:, rows : rows + height, columns : columns + width]
        return tap + 1, total + kernel[tap] * shifted

    height, width = (size if axis == a else tf.shape(image)[a] for a in (1, 2))
    # a loop over the taps: a convolution of one channel with a long kernel is no faster, and
    # oneDNN's has been seen to end the process at 129 taps
    start = (tf.constant(0), tf.zeros((1, height, width, image.shape[3]), image.dtype))
    return tf.while_loop(lambda tap, _: tap < taps, add_tap, start)[1]


def _reflected(size: tf.Tensor, radius: tf.Tensor) -> tf.Tensor:
    """Indices -radius ... size + radius - 1, reflected at the edges as often as need be."""
    index = tf.math.floormod(tf.range(-radius, size + radius), 2 * size)
    return tf.minimum(index, 2 * size - 1 - index)


def by_rows(blur: Callable[[tuple[int, int]], tf.Tensor], image: tf.Tensor) -> tf.Tensor:
    """A blur of a large image some rows at a time: the same numbers, with fewer copies at once.

    Parameters
    ----------
    blur : from (first, end) to those rows of the result
    """
    height = int(image.shape[1])
    tops = range(0, height, _ROWS)
    return tf.concat([blur((top, min(top + _ROWS, height))) for top in tops], axis=1)


def smooth_gradient(
    gradient: tf.Tensor, sigma: float, *, color: bool, width: int | None
) -> tf.Tensor:
    """The mean of three gaussians: of sigma, twice and half of it (Inception5h's cascade)."""
    cascade, deviation = _cascade(color, width), tf.constant(sigma, tf.float32)
    return by_rows(lambda rows: cascade(gradient, deviation, tf.constant(rows)), gradient)


@functools.lru_cache(maxsize=8)
def _cascade(color: bool, width: int | None) -> Callable[..., tf.Tensor]:
    def blurred(gradient: tf.Tensor, sigma: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        one = functools.partial(gaussian_blur, color=color, width=width, rows=rows)
        return tf.add_n([one(gradient, sigma * scale) for scale in SCALES]) / len(SCALES)

    return traced(blurred, (_IMAGE, _SIGMA, _PART))
