"""node → **operation**: what each kind of node does, as functions of TensorFlow tensors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from ..nodes import RELUS, Node, Parameters
from .gradients import with_sub_pixel_gradient, with_turned_gradient

Step = Callable[..., Any]


def scale_and_shift(arrays: Parameters, epsilon: float) -> tuple[np.ndarray, np.ndarray]:
    """Batch normalisation in the inference phase as `x * scale + shift`, in float64."""
    double = {name: np.asarray(value, np.float64) for name, value in arrays.items()}
    scale = double.get("gamma", 1.0) / np.sqrt(double["moving_variance"] + epsilon)
    return scale, double.get("beta", 0.0) - double["moving_mean"] * scale


def _with_bias(multiply: Step, node: Node, arrays: Parameters, dtype: tf.DType) -> Step:
    """A product with the kernel, then the bias and the layer's own activation."""
    kernel, bias = _tensor(arrays["kernel"], dtype), _tensor(arrays.get("bias"), dtype)
    function = _function(node.options.get("activation", "linear"))

    def run(x: tf.Tensor) -> tf.Tensor:
        y = multiply(x, kernel)
        return function(y if bias is None else tf.nn.bias_add(y, bias))

    return run


def _conv(node: Node, arrays: Parameters, training: bool, dtype: tf.DType) -> Step:
    options = node.options
    convolve: Step = functools.partial(
        tf.nn.conv2d,
        strides=options["strides"],
        padding=options["padding"].upper(),
        dilations=options.get("dilation_rate", (1, 1)),
    )
    if _sees_an_image(node, arrays):
        convolve = with_sub_pixel_gradient(convolve)
    elif _is_symmetric(node):
        convolve = with_turned_gradient(convolve)
    return _with_bias(convolve, node, arrays, dtype)


def _is_symmetric(node: Node) -> bool:
    """Whether its gradient is the same convolution with the kernel turned around."""
    options = node.options
    odd = all(size % 2 == 1 for size in options["kernel_size"])
    return tuple(options["strides"]) == (1, 1) and (odd or options["padding"] == "valid")


def _sees_an_image(node: Node, arrays: Parameters) -> bool:
    """Whether it strides over few channels in a way that the sub-pixel gradient can serve."""
    options = node.options
    few = np.shape(arrays["kernel"])[2] <= 4
    strided = max(options["strides"]) > 1 and max(options.get("dilation_rate", (1, 1))) == 1
    fits = all(k % s == 1 for k, s in zip(options["kernel_size"], options["strides"], strict=True))
    return few and strided and fits and options["padding"] == "valid"


def _depthwise(node: Node, arrays: Parameters, training: bool, dtype: tf.DType) -> Step:
    options = node.options
    convolve = functools.partial(
        tf.nn.depthwise_conv2d,
        strides=(1, *options["strides"], 1),
        padding=options["padding"].upper(),
        dilations=options.get("dilation_rate", (1, 1)),
    )
    return _with_bias(convolve, node, arrays, dtype)


def _dense(node: Node, arrays: Parameters, training: bool, dtype: tf.DType) -> Step:
    return _with_bias(tf.linalg.matmul, node, arrays, dtype)


def _batch_norm(node: Node, arrays: Parameters, training: bool, dtype: tf.DType) -> Step:
    epsilon = node.options["epsilon"]
    if not training:
        scale, shift = (_tensor(a, dtype) for a in scale_and_shift(arrays, epsilon))
        return lambda x: x * scale + shift
    gamma, beta = (_tensor(arrays.get(name), tf.float32) for name in ("gamma", "beta"))

    def normalize(x: tf.Tensor) -> tf.Tensor:
        x = tf.cast(x, tf.float32)
        mean, variance = tf.nn.moments(x, axes=tuple(range(x.shape.rank - 1)))
        y = tf.nn.batch_normalization(x, mean, variance, beta, gamma, epsilon)
        return tf.cast(y, dtype)

    return normalize


def _pool(operation: Callable[..., tf.Tensor]) -> Callable[..., Step]:
    def build(node: Node, arrays: Parameters, training: bool, dtype: tf.DType) -> Step:
        options = node.options
        return lambda x: operation(
            x, options["kernel_size"], options["strides"], options["padding"].upper()
        )

    return build


def _zero_pad(node: Node, arrays: Parameters, training: bool, dtype: tf.DType) -> Step:
    """Zeros around; with `less_if_even`, a row less on top where the height is even, and so on."""
    (top, bottom), (left, right) = node.options["pads"]
    if not node.options.get("less_if_even"):
        return lambda x: tf.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))

    def pad(x: tf.Tensor) -> tf.Tensor:
        odd = tf.shape(x)[1:3] % 2
        rows, columns = (top - 1 + odd[0], bottom), (left - 1 + odd[1], right)
        return tf.pad(x, ((0, 0), rows, columns, (0, 0)))

    return pad


def _activation(node: Node, arrays: Parameters, training: bool, dtype: tf.DType) -> Step:
    return _function(node.options["function"])


def _joined(join: Callable[[list[tf.Tensor]], tf.Tensor]) -> Callable[..., Step]:
    """Inputs that meet: with the option `crop` they are first cut to their common size."""

    def build(node: Node, arrays: Parameters, training: bool, dtype: tf.DType) -> Step:
        crop = bool(node.options.get("crop"))
        return lambda *x: join(_cropped(x) if crop else list(x))

    return build


def _cropped(values: tuple[tf.Tensor, ...]) -> list[tf.Tensor]:
    sizes = tf.stack([tf.shape(value)[1:3] for value in values])
    height, width = tf.unstack(tf.reduce_min(tf.where(sizes > 1, sizes, tf.int32.max), axis=0))
    return [value[:, :height, :width] for value in values]


def _keras(node: Node, arrays: Parameters, training: bool, dtype: tf.DType) -> Step:
    """What has no operation of its own here: Keras runs it, in the inference phase."""
    call = node.options["call"]

    def lowered(value: Any) -> Any:
        floating = isinstance(value, tf.Tensor) and value.dtype.is_floating
        return tf.cast(value, dtype) if floating else value

    return lambda *x: tf.nest.map_structure(lowered, call(*x))


def _constant(node: Node, arrays: Parameters, training: bool, dtype: tf.DType) -> Step:
    """An input that is no picture: zeros, whatever the image is."""
    wanted = tf.as_dtype(node.options["dtype"])
    return lambda _: tf.zeros(node.options["shape"], dtype if wanted.is_floating else wanted)


def _tensor(value: Any, dtype: tf.DType) -> tf.Tensor | None:
    return None if value is None else tf.cast(tf.constant(np.asarray(value, np.float32)), dtype)


def _function(name: str) -> Step:
    """A function by name."""
    if name in RELUS:
        relu: Step = getattr(tf.nn, name)
        return relu
    if name == "linear":
        return tf.identity
    import keras  # only for a network that brings another function

    function: Step = keras.activations.get(name)
    return function


def _sum(values: list[tf.Tensor]) -> tf.Tensor:
    return functools.reduce(tf.add, values)


def _product(values: list[tf.Tensor]) -> tf.Tensor:
    return functools.reduce(tf.multiply, values)


OPERATIONS: dict[str, Callable[..., Step]] = {
    "input": lambda *_: tf.identity,
    "constant": _constant,
    "conv": _conv,
    "depthwise": _depthwise,
    "dense": _dense,
    "batch_norm": _batch_norm,
    "activation": _activation,
    "max_pool": _pool(tf.nn.max_pool2d),
    "average_pool": _pool(tf.nn.avg_pool2d),
    "concat": _joined(functools.partial(tf.concat, axis=-1)),
    "add": _joined(_sum),
    "multiply": _joined(_product),
    "zero_pad": _zero_pad,
    "identity": lambda *_: tf.identity,
    "item": lambda node, *_: lambda values: tf.nest.flatten(values)[node.options["index"]],
    "keras": _keras,
}
"""From a node's `op` to what builds it: (node, arrays, training, dtype) → function of tensors."""

WITH_PARAMETERS = ("conv", "depthwise", "dense", "batch_norm")
"""The operations that have arrays of their own."""
