"""network → **trunk**: the nodes up to the layers asked for, as TensorFlow operations.

In the inference phase a batch normalisation that follows a convolution is folded into it. In the
training phase it takes the image's own statistics; no moving statistics exist here to be changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import tensorflow as tf

from .nodes import Network, Node, Parameters, needed_nodes

Step = Callable[..., tf.Tensor]

_BGR_MEANS = (103.939, 116.779, 123.68)
_RGB_MEANS, _RGB_DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

CONVENTIONS: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "tf": lambda image: image,
    "caffe": lambda image: (image[..., ::-1] + 1) * 127.5 - tf.constant(_BGR_MEANS),
    "torch": lambda image: (
        ((image + 1) / 2 - tf.constant(_RGB_MEANS)) / tf.constant(_RGB_DEVIATIONS)
    ),
    "0-255": lambda image: (image + 1) * 127.5,
    "0-1": lambda image: (image + 1) / 2,
}
"""What a network wants for an image in [-1, 1]; the first three names are Keras's `mode`."""


class Trunk:
    """A network cut at its deepest layer asked for: image (1, H, W, 3) → a float32 activation each.

    Parameters
    ----------
    network : what to cut
    layers : names of the layers whose activations are wanted
    training : whether batch normalisation takes the image's own statistics
    precision : "float32", "bfloat16" or "float16", in which the network computes
    fold : whether batch normalisation is folded into convolutions (never in training)
    """

    def __init__(
        self,
        network: Network,
        layers: Iterable[str],
        *,
        training: bool = False,
        precision: str = "float32",
        fold: bool = True,
    ) -> None:
        self.layers = tuple(layers)
        self.nodes = needed_nodes(network.nodes, self.layers)
        self.convention = CONVENTIONS[network.convention]
        self.dtype = tf.as_dtype(precision)
        folded = _foldable(self.nodes, self.layers) if fold and not training else {}
        self._steps = [
            (node.name, node.inputs, step)
            for node, step in _compiled(self.nodes, network, folded, training, self.dtype)
        ]

    def __call__(self, image: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """The activations of `layers`, float32, in their order."""
        values: dict[str, tf.Tensor] = {}
        for name, inputs, step in self._steps:
            if inputs:
                values[name] = step(*(values[i] for i in inputs))
            else:
                values[name] = tf.cast(self.convention(image), self.dtype)
        return tuple(tf.cast(values[name], tf.float32) for name in self.layers)


def _foldable(nodes: tuple[Node, ...], targets: Iterable[str]) -> dict[str, Node]:
    """The convolutions that nothing reads but one batch normalisation, with that one."""
    by_name = {node.name: node for node in nodes}
    readers = Counter(name for node in nodes for name in node.inputs)
    wanted = set(targets)
    return {
        node.inputs[0]: node
        for node in nodes
        if node.op == "batch_norm"
        and by_name[node.inputs[0]].op in ("conv", "depthwise", "dense")
        and by_name[node.inputs[0]].options.get("activation", "linear") == "linear"
        and readers[node.inputs[0]] == 1
        and node.inputs[0] not in wanted
    }


def _compiled(
    nodes: tuple[Node, ...],
    network: Network,
    folded: dict[str, Node],
    training: bool,
    dtype: tf.DType,
) -> Iterable[tuple[Node, Step]]:
    gone = {norm.name for norm in folded.values()}
    for node in nodes:
        if node.op == "input":
            yield node, tf.identity
        elif node.name in gone:
            yield node, tf.identity
        elif node.name in folded:
            norm = folded[node.name]
            scale, shift = scale_and_shift(network.parameters(norm.name), norm.options["epsilon"])
            arrays = _fold(node, network.parameters(node.name), scale, shift)
            yield node, OPERATIONS[node.op](node, arrays, training, dtype)
        else:
            yield (
                node,
                OPERATIONS[node.op](node, network.parameters(node.name), training, dtype)
                if node.op in WITH_PARAMETERS
                else OPERATIONS[node.op](node, {}, training, dtype),
            )


def scale_and_shift(arrays: Parameters, epsilon: float) -> tuple[np.ndarray, np.ndarray]:
    """Batch normalisation in the inference phase as `x * scale + shift`, in float64."""
    double = {name: np.asarray(value, np.float64) for name, value in arrays.items()}
    scale = double.get("gamma", 1.0) / np.sqrt(double["moving_variance"] + epsilon)
    return scale, double.get("beta", 0.0) - double["moving_mean"] * scale


def _fold(node: Node, arrays: Parameters, scale: np.ndarray, shift: np.ndarray) -> Parameters:
    kernel = np.asarray(arrays["kernel"], np.float64)
    if node.op == "depthwise":
        kernel = kernel * scale.reshape(kernel.shape[2:])
    else:
        kernel = kernel * scale
    return {"kernel": kernel, "bias": arrays.get("bias", 0.0) * scale + shift}


def _conv(node: Node, arrays: Parameters, training: bool, dtype: tf.DType) -> Step:
    options = node.options
    kernel, bias = _tensor(arrays["kernel"], dtype), _tensor(arrays.get("bias"), dtype)
    function = _function(options.get("activation", "linear"))

    def convolve(x: tf.Tensor) -> tf.Tensor:
        y = tf.nn.conv2d(
            x,
            kernel,
            options["strides"],
            options["padding"].upper(),
            dilations=options.get("dilation_rate", (1, 1)),
        )
        return function(y if bias is None else tf.nn.bias_add(y, bias))

    return convolve


def _depthwise(node: Node, arrays: Parameters, training: bool, dtype: tf.DType) -> Step:
    options = node.options
    kernel, bias = _tensor(arrays["kernel"], dtype), _tensor(arrays.get("bias"), dtype)
    function = _function(options.get("activation", "linear"))

    def convolve(x: tf.Tensor) -> tf.Tensor:
        y = tf.nn.depthwise_conv2d(
            x,
            kernel,
            (1, *options["strides"], 1),
            options["padding"].upper(),
            dilations=options.get("dilation_rate", (1, 1)),
        )
        return function(y if bias is None else tf.nn.bias_add(y, bias))

    return convolve


def _dense(node: Node, arrays: Parameters, training: bool, dtype: tf.DType) -> Step:
    kernel, bias = _tensor(arrays["kernel"], dtype), _tensor(arrays.get("bias"), dtype)
    function = _function(node.options.get("activation", "linear"))

    def multiply(x: tf.Tensor) -> tf.Tensor:
        y = tf.linalg.matmul(x, kernel)
        return function(y if bias is None else tf.nn.bias_add(y, bias))

    return multiply


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
    return lambda x: tf.pad(x, ((0, 0), *node.options["pads"], (0, 0)))


def _activation(node: Node, arrays: Parameters, training: bool, dtype: tf.DType) -> Step:
    return _function(node.options["function"])


def _keras(node: Node, arrays: Parameters, training: bool, dtype: tf.DType) -> Step:
    """A layer that has no operation of its own here: Keras runs it, in the inference phase."""
    return lambda *x: tf.cast(
        node.layer(list(x) if len(x) > 1 else x[0], **node.options.get("arguments", {})), dtype
    )


def _tensor(value: Any, dtype: tf.DType) -> tf.Tensor | None:
    return None if value is None else tf.cast(tf.constant(np.asarray(value, np.float32)), dtype)


def _function(name: str) -> Step:
    if name == "relu":
        return tf.nn.relu
    if name == "linear":
        return tf.identity
    import keras  # only for a network that brings another function

    function: Step = keras.activations.get(name)
    return function


OPERATIONS: dict[str, Callable[..., Step]] = {
    "conv": _conv,
    "depthwise": _depthwise,
    "dense": _dense,
    "batch_norm": _batch_norm,
    "activation": _activation,
    "max_pool": _pool(tf.nn.max_pool2d),
    "average_pool": _pool(tf.nn.avg_pool2d),
    "concat": lambda *_: lambda *x: tf.concat(x, axis=-1),
    "add": lambda *_: lambda *x: tf.add_n(x),
    "zero_pad": _zero_pad,
    "identity": lambda *_: tf.identity,
    "keras": _keras,
}
WITH_PARAMETERS = ("conv", "depthwise", "dense", "batch_norm")
