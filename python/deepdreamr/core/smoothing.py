"""gradient → **smoothing** → ascent: gaussian blurs as TensorFlow operations.

Same numbers as `scipy.ndimage.gaussian_filter(mode="reflect", truncate=4)`.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from ..pictures.images import row_blocks

SCALES = (1.0, 2.0, 0.5)  # of the gaussians in a cascade
_ROWS = 512  # of a large image that are blurred at a time


def gaussian_kernel(sigma: tf.Tensor, width: int | None = None) -> tf.Tensor:
    """Weights of a gaussian, summing to 1: `width` of them, or 4 sigma to each side."""
    sigma = tf.cast(sigma, tf.float32)
    radius = tf.cast(4 * sigma + 0.5, tf.int32) if width is None else width // 2
    x = tf.cast(tf.range(-radius, radius + 1), tf.float32)
    kernel = tf.exp(-0.5 * tf.square(x / tf.maximum(sigma, 1e-6)))
    return kernel / tf.reduce_sum(kernel)


def _reflected(size: tf.Tensor, radius: tf.Tensor) -> tf.Tensor:
    """Indices -radius ... size + radius - 1, reflected at the edges as often as need be."""
    index = tf.math.floormod(tf.range(-radius, size + radius), 2 * size)
    return tf.minimum(index, 2 * size - 1 - index)


def _blur_axis(
    image: tf.Tensor, kernel: tf.Tensor, axis: int, part: tuple[tf.Tensor, tf.Tensor] | None = None
) -> tf.Tensor:
    size = tf.shape(image)[axis]
    sources = _reflected(size, tf.size(kernel) // 2)
    if part is not None:
        sources = sources[part[0] : part[1] + 2 * (tf.size(kernel) // 2)]
        size = part[1] - part[0]
    if axis == 3:  # three colours: a small matrix
        taps = tf.one_hot(tf.signal.frame(sources, tf.size(kernel), 1), size)
        return tf.tensordot(image, tf.einsum("oki,k->io", taps, kernel), 1)
    padded = tf.gather(image, sources, axis=axis)

    def add_tap(tap: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        rows, columns = (tap, 0) if axis == 1 else (0, tap)
        shifted = padded[:, rows : rows + height, columns : columns + width]
        return tap + 1, total + kernel[tap] * shifted

    height, width = (size if axis == a else tf.shape(image)[a] for a in (1, 2))
    # a loop over the taps: a convolution of one channel with a long kernel is no faster, and
    # oneDNN's has been seen to end the process at 129 taps
    start = (tf.constant(0), tf.zeros((1, height, width, image.shape[3]), image.dtype))
    return tf.while_loop(lambda tap, _: tap < tf.size(kernel), add_tap, start)[1]


def gaussian_blur(
    image: tf.Tensor,
    sigma: tf.Tensor,
    *,
    color: bool = False,
    width: int | None = None,
    rows: tuple[tf.Tensor, tf.Tensor] | None = None,
) -> tf.Tensor:
    """Blur rows and columns, and the colour axis too if asked.

    Parameters
    ----------
    image : float32 (1, H, W, channels)
    sigma : standard deviation in pixels (and in colours); 0 changes nothing
    color : whether the colour axis is blurred too
    width : of the kernel, odd; default 4 sigma to each side
    rows : (first, end) of those that are wanted, for a blur of a large image part by part
    """
    kernel = gaussian_kernel(sigma, width)
    image = _blur_axis(image, kernel, 1, rows)
    for axis in (2, 3) if color else (2,):
        image = _blur_axis(image, kernel, axis)
    return image


def by_rows(blur: Callable[[tuple[int, int]], tf.Tensor], image: tf.Tensor) -> tf.Tensor:
    """A blur of a large image some rows at a time: the same numbers, with fewer copies at once.

    Parameters
    ----------
    blur : from (first, end) to those rows of the result
    """
    height = int(image.shape[1])
    blocks = row_blocks(height, _ROWS)
    return tf.concat([blur((b.start, min(b.stop, height))) for b in blocks], axis=1)


def smooth_gradient(
    gradient: tf.Tensor,
    sigma: tf.Tensor,
    *,
    color: bool,
    width: int | None,
    rows: tuple[tf.Tensor, tf.Tensor] | None = None,
) -> tf.Tensor:
    """The mean of three gaussians: sigma, twice and half of it (Inception5h's cascade)."""
    blurred = [
        gaussian_blur(gradient, sigma * s, color=color, width=width, rows=rows) for s in SCALES
    ]
    return tf.add_n(blurred) / len(SCALES)


def iteration_sigma(sigma: float, growth: float, phase: float, i: int, n: int) -> float:
    """Sigma at iteration i of n, counted from 0."""
    return sigma + growth * (i + phase) / n
