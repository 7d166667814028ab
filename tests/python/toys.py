"""Small networks for the tests: Keras models, and a frozen graph with Inception5h's names."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2


def picture(height: int, width: int, seed: int = 0) -> tf.Tensor:
    """Noise, (1, height, width, 3) in [-1, 1]."""
    values = np.random.default_rng(seed).uniform(-1, 1, (1, height, width, 3))
    return tf.constant(values, tf.float32)


def with_gradient(activations: Callable[..., Any], image: tf.Tensor) -> list[np.ndarray]:
    """Activations, and the gradient of the sum of their mean squares, in a traced function.

    Heights and widths are not known in it, as in a dream.
    """

    @tf.function(input_signature=[tf.TensorSpec((1, None, None, 3))], autograph=False)
    def run(image: Any) -> Any:
        values = activations(image)
        loss = tf.add_n([tf.reduce_mean(tf.square(value)) for value in values])
        return *values, tf.gradients(loss, image)[0]

    return [value.numpy() for value in run(image)]


def randomized(model: keras.Model, seed: int = 0) -> keras.Model:
    """The model, with parameters as if it were trained: nothing is 0 or 1, nothing blows up."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        kind, shape = weight.path.rsplit("/", 1)[-1], tuple(weight.shape)
        if "kernel" in kind:
            inputs = shape[:2] if len(shape) == 4 and shape[3] < 3 else shape[:-1]  # depthwise
            values = random.standard_normal(shape) * np.sqrt(2 / np.prod(inputs))
        elif "variance" in kind:
            values = random.uniform(0.5, 2, shape)
        elif kind == "gamma":
            values = random.uniform(0.5, 1.5, shape)
        else:
            values = random.standard_normal(shape) * 0.1
        weight.assign(values.astype(np.float32))
    return model


def small_model(size: int | None = None, classes: int = 5, name: str = "small") -> keras.Model:
    """Two blocks of convolution, batch normalisation and rectifier; a head where it has a size."""
    layers = keras.layers
    image = keras.Input((size, size, 3))
    x = layers.Conv2D(6, 3, padding="same", use_bias=False, name="first")(image)
    x = layers.BatchNormalization(name="first_norm")(x)
    x = layers.Activation("relu", name="first_relu")(x)
    x = layers.MaxPooling2D(name="pool")(x)
    x = layers.SeparableConv2D(8, 3, padding="same", name="second")(x)
    x = layers.BatchNormalization(name="second_norm")(x)
    x = layers.ReLU(6, name="second_relu")(x)
    if size is not None:
        x = layers.Dense(classes, name="scores")(layers.Flatten(name="flat")(x))
    return randomized(keras.Model(image, x, name=name))


def exported(model: keras.Model, folder: Path) -> Path:
    """The folder of a SavedModel that Keras has written."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.export(folder, verbose=False)
    return folder


def saved(model: keras.Model, path: Path) -> Path:
    """The path of a file that Keras has written; it uses NumPy in a way that NumPy 2 warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if path.name.endswith(".weights.h5"):
            model.save_weights(path)
        else:
            model.save(path)
    return path


def frozen(function: Callable[[tf.Tensor], tf.Tensor], size: int | None = None) -> tf.Graph:
    """A function of a picture called `input` as a graph with its variables as constants."""
    spec = tf.TensorSpec((None, size, size, 3), tf.float32, name="input")
    concrete = tf.function(function).get_concrete_function(spec)
    return convert_variables_to_constants_v2(concrete).graph


def written(graph: tf.Graph, path: Path) -> Path:
    """The path of a graph's file."""
    path.write_bytes(graph.as_graph_def().SerializeToString())
    return path


@contextmanager
def without_control_flow_v2() -> Iterator[None]:
    """Meanwhile a condition is made as TensorFlow 1 made it: of switches."""
    was = tf.compat.v1.control_flow_v2_enabled()
    tf.compat.v1.disable_control_flow_v2()
    try:
        yield
    finally:
        if was:
            tf.compat.v1.enable_control_flow_v2()


INCEPTION5H = {
    "3a": (8, 6, 8, 2, 4, 4),
    "3b": (8, 8, 12, 4, 6, 6),
    "4a": (12, 6, 12, 2, 4, 6),
    "4b": (10, 7, 14, 3, 6, 6),
    "4c": (8, 8, 16, 3, 6, 6),
    "4d": (7, 9, 18, 4, 6, 6),
    "4e": (16, 10, 20, 4, 8, 8),
    "5a": (16, 10, 20, 4, 8, 8),
    "5b": (24, 12, 24, 6, 8, 8),
}
"""Channels of each block: 1x1; 3x3 after its bottleneck; 5x5 after its bottleneck; pool."""


def inception5h_graph(seed: int = 0) -> tf.compat.v1.GraphDef:
    """GoogLeNet as the 2015 notebook's graph has it, with its tensors' names and few channels."""
    random = np.random.default_rng(seed)
    with tf.Graph().as_default() as graph:
        image = tf.compat.v1.placeholder(tf.float32, (None, 224, 224, 3), name="input")

        def conv(x: Any, name: Any, filters: Any, size: Any, stride: Any = 1) -> Any:
            shape = (size, size, int(x.shape[-1]), filters)
            kernel = random.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:3]))
            y = tf.nn.conv2d(
                x,
                tf.constant(kernel, tf.float32, name=f"{name}_w"),
                stride,
                "SAME",
                name=f"{name}_pre_relu/conv",
            )
            bias = tf.constant(random.standard_normal(filters) * 0.1, tf.float32, name=f"{name}_b")
            return tf.nn.relu(tf.nn.bias_add(y, bias, name=f"{name}_pre_relu"), name=name)

        def pool(x: Any, stride: Any, name: Any) -> Any:
            return tf.nn.max_pool2d(x, 3, stride, "SAME", name=name)

        def norm(x: Any, name: Any) -> Any:
            return tf.nn.local_response_normalization(x, 5, 1.0, 2e-5, 0.75, name=name)

        def mixed(x: Any, block: Any, sizes: Any) -> Any:
            one, before3, three, before5, five, after = sizes
            name = f"mixed{block}"
            parts = [
                conv(x, f"{name}_1x1", one, 1),
                conv(conv(x, f"{name}_3x3_bottleneck", before3, 1), f"{name}_3x3", three, 3),
                conv(conv(x, f"{name}_5x5_bottleneck", before5, 1), f"{name}_5x5", five, 5),
                conv(pool(x, 1, f"{name}_pool"), f"{name}_pool_reduce", after, 1),
            ]
            return tf.concat(parts, 3, name=name)

        x = tf.subtract(image, 117.0, name="input_less_mean") / 64
        x = norm(pool(conv(x, "conv2d0", 8, 7, 2), 2, "maxpool0"), "localresponsenorm0")
        x = conv(conv(x, "conv2d1", 8, 1), "conv2d2", 16, 3)
        x = pool(norm(x, "localresponsenorm1"), 2, "maxpool1")
        for block, sizes in INCEPTION5H.items():
            if block in ("4a", "5a"):
                x = pool(x, 2, f"maxpool{block}")
            x = mixed(x, block, sizes)
        x = tf.nn.avg_pool2d(x, 7, 1, "VALID", name="avgpool0")
        flat = tf.reshape(x, (-1, int(x.shape[-1])), name="avgpool0/reshape")
        kernel = tf.constant(random.standard_normal((int(flat.shape[-1]), 10)), tf.float32)
        tf.nn.softmax(tf.matmul(flat, kernel, name="softmax2_pre_activation"), name="softmax2")
    return graph.as_graph_def()
