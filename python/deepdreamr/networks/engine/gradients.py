"""operation → **its gradient**: TensorFlow's numbers, computed in less time or less memory.

An operation made within a `gradient_override_map` has the gradient that is registered by that name.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

Convolve = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def _sub_pixel_gradient(operation: tf.Operation, gradient: tf.Tensor) -> tuple[tf.Tensor, None]:
    """A strided convolution's gradient as a convolution that makes all pixels of a stride at once.

    They are its channels (Shi et al. 2016, arXiv:1609.05158), which come to lie side by side after
    that. TensorFlow's own is much slower where there are only an image's three.
    """
    x, kernel = operation.inputs
    down, across = operation.get_attr("strides")[1:3]
    height, width, channels, filters = kernel.shape
    rows, columns = -(-height // down), -(-width // across)
    kernel = tf.pad(
        kernel, ((0, rows * down - height), (0, columns * across - width), (0, 0), (0, 0))
    )
    kernel = tf.reshape(kernel, (rows, down, columns, across, channels, filters))
    kernel = tf.transpose(tf.reverse(kernel, (0, 2)), (0, 2, 5, 1, 3, 4))
    kernel = tf.reshape(kernel, (rows, columns, filters, down * across * channels))
    around = ((0, 0), (rows - 1, rows - 1), (columns - 1, columns - 1), (0, 0))
    pixels = tf.nn.conv2d(gradient, kernel, 1, around)
    cells = tf.shape(pixels)
    pixels = tf.reshape(pixels, (cells[0] * cells[1], cells[2], down, across * channels))
    pixels = tf.reshape(
        tf.transpose(pixels, (0, 2, 1, 3)),
        (cells[0], cells[1] * down, cells[2] * across, channels),
    )
    return tf.slice(pixels, (0, 0, 0, 0), tf.shape(x)), None


def _turned_gradient(operation: tf.Operation, gradient: tf.Tensor) -> tuple[tf.Tensor, None]:
    """A convolution's gradient as a convolution with the kernel turned around, which is kept.

    TensorFlow's own turns it around each time.
    """
    kernel, padding = operation.turned_kernel(), operation.get_attr("padding").decode()
    dilations = operation.get_attr("dilations")[1:3]
    if padding == "VALID":
        reach = [(k - 1) * d for k, d in zip(kernel.shape[:2], dilations, strict=True)]
        padding = ((0, 0), *((cells, cells) for cells in reach), (0, 0))
    return tf.nn.conv2d(gradient, kernel, 1, padding, dilations=dilations), None


def _frugal_gradient(operation: tf.Operation, gradient: tf.Tensor) -> tf.Tensor:
    """A ReLU's, which keeps a byte of each value; TensorFlow's own keeps the value."""
    y = operation.outputs[0]
    passes = tf.logical_and(y > 0, y < 6) if operation.type == "Relu6" else y > 0
    return tf.where(passes, gradient, tf.zeros((), gradient.dtype))


_FRUGAL, _SUB_PIXEL, _TURNED = "DeepDreamFrugal", "DeepDreamSubPixel", "DeepDreamTurned"
with contextlib.suppress(KeyError):  # where this module has been loaded before
    tf.RegisterGradient(_FRUGAL)(_frugal_gradient)
    tf.RegisterGradient(_SUB_PIXEL)(_sub_pixel_gradient)
    tf.RegisterGradient(_TURNED)(_turned_gradient)


def _gradients(**names: str) -> contextlib.AbstractContextManager[None]:
    """Within it, operations of these types get gradients of these names."""
    return tf.compat.v1.get_default_graph().gradient_override_map(names)


def frugal_relus() -> contextlib.AbstractContextManager[None]:
    """Within it, ReLUs get a gradient that takes less memory, and about twice the time."""
    return _gradients(Relu=_FRUGAL, Relu6=_FRUGAL)


def with_sub_pixel_gradient(convolve: Convolve) -> Convolve:
    """A convolution of few channels with strides, as one of an image is, with a faster gradient.

    Only without padding, and where the kernel's size less one is a multiple of the stride.
    """

    def run(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        with _gradients(Conv2D=_SUB_PIXEL):
            return convolve(x, kernel)

    return run


def with_turned_gradient(convolve: Convolve) -> Convolve:
    """A convolution without strides, with a gradient whose kernel is turned around only once.

    Only without padding, or with padding "same" and a kernel of an odd size.
    """

    @functools.cache
    def turned(kernel: Any) -> tf.Tensor:
        with tf.init_scope():  # made once, in no graph
            return tf.transpose(tf.reverse(kernel.deref(), (0, 1)), (0, 1, 3, 2))

    def run(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        with _gradients(Conv2D=_TURNED):
            y = convolve(x, kernel)
        if tf.is_symbolic_tensor(y):
            y.op.turned_kernel = lambda: turned(kernel.ref())
        return y

    return run
