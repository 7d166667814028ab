"""(a) One gradient of a 640 x 427 picture through mixed5: here, in plain Keras and in PyTorch.

The ceiling is the time that a large matrix product of this machine, measured in the same run,
would take for the gradient's arithmetic. PyTorch's InceptionV3 comes from torchvision, where it is
installed.

usage: python benchmarks/gradient.py [ROUNDS]
"""

from __future__ import annotations

import copy
import dataclasses
import sys
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from measuring import LAYERS, SHAPE, machine, print_table, ratio, timed_in_turn

try:  # before TensorFlow: PyTorch's newest build does not bear to come after it
    import torch
    from torchvision.models import inception_v3
except Exception as error:
    print(f"(PyTorch is left out: {error})")
    torch = None

from deepdreamr.backend import import_tensorflow
from deepdreamr.networks.inception import inception_v3 as inception_nodes
from deepdreamr.networks.loading import load_network
from deepdreamr.networks.nodes import needed_nodes
from deepdreamr.networks.sizes import activation_shapes
from deepdreamr.runs.checking import check
from deepdreamr.runs.gradients import gradient_for
from deepdreamr.runs.request import Request

import_tensorflow()
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

from deepdreamr.networks.engine.trunk import Trunk  # noqa: E402

SIZE = 2048  # of the matrices
TORCH_LAYERS = {"Mixed_5d": 0.2, "Mixed_6a": 3.0, "Mixed_6b": 2.0, "Mixed_6c": 1.5}


def gradient_flops() -> float:
    """Multiplications and additions of a gradient: twice the convolutions', forward and back."""
    nodes = needed_nodes(inception_nodes(), LAYERS)
    shapes, channels, total = activation_shapes(nodes, SHAPE), {"input": 3}, 0.0
    for node in nodes:
        if node.op == "conv":
            kernel = np.prod(node.options["kernel_size"]) * channels[node.inputs[0]]
            total += 2 * kernel * node.options["filters"] * np.prod(shapes[node.name])
            channels[node.name] = node.options["filters"]
        elif node.inputs:
            several = node.op == "concat"
            names = node.inputs if several else node.inputs[:1]
            channels[node.name] = sum(channels[name] for name in names)
    return 2 * total


def ours(image: np.ndarray, precision: str) -> Callable[[], object]:
    one_octave = {"octaves": 1}
    request = Request(
        image=image, layers=LAYERS, recipe="keras", precision=precision, settings=one_octave
    )
    gradient, x = gradient_for(check(request)), tf.constant(image)
    return lambda: float(gradient.whole(x)[0])


def convolutions_alone(image: np.ndarray) -> Callable[[], object]:
    """Ours without ReLUs, average pooling and a loss to speak of: the least it can take."""
    network = load_network()
    nodes = tuple(
        dataclasses.replace(node, op="identity", options={})
        if node.op in ("activation", "average_pool")
        else node
        for node in network.nodes
    )
    trunk = Trunk(dataclasses.replace(network, nodes=nodes), LAYERS)

    @tf.function(input_signature=[tf.TensorSpec((1, None, None, 3))])
    def gradient(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        loss = tf.add_n([tf.reduce_sum(activation) for activation in trunk(x)])
        return loss, tf.gradients(loss, x)[0]

    x = tf.constant(image)
    return lambda: float(gradient(x)[0])


def plain_keras(image: np.ndarray) -> Callable[[], object]:
    """The notebook's gradient in a `tf.function`, on Keras's own model."""
    model = keras.applications.InceptionV3(include_top=False, weights=None)
    cut = keras.Model(model.input, [model.get_layer(name).output for name in LAYERS])

    @tf.function
    def gradient(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = 0.0
            for a, weight in zip(cut(x, training=False), LAYERS.values(), strict=True):
                count = tf.cast(tf.size(a), tf.float32)
                loss += weight * tf.reduce_sum(tf.square(a[:, 2:-2, 2:-2])) / count
        return loss, tape.gradient(loss, x)

    x = tf.constant(image)
    return lambda: float(gradient(x)[0])


def product(dtype: tf.DType) -> Callable[[], object]:
    a = tf.cast(tf.random.normal((SIZE, SIZE), seed=1), dtype)
    multiply = tf.function(lambda a: tf.reduce_max(tf.linalg.matmul(a, a)))
    return lambda: float(multiply(a))


def torch_gradients(image: np.ndarray) -> dict[str, Callable[[], object]]:
    if torch is None:
        return {}
    model = inception_v3(weights=None, init_weights=False, transform_input=False).eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)

    def gradient(layout: Any, low: bool) -> Callable[[], object]:
        network = copy.deepcopy(model).to(memory_format=layout)  # `to` changes the model itself
        x = torch.from_numpy(image.transpose(0, 3, 1, 2).copy()).to(memory_format=layout)

        def run() -> float:
            y = x.clone().requires_grad_(True)
            loss, a = torch.zeros(()), y
            with torch.autocast("cpu", torch.bfloat16, enabled=low):
                for name, layer in network.named_children():
                    a = layer(a)
                    if name in TORCH_LAYERS:
                        inner = a[:, :, 2:-2, 2:-2].float()
                        loss = loss + TORCH_LAYERS[name] * inner.square().sum() / a.numel()
                    if name == "Mixed_6c":
                        break
            loss.backward()
            return float(loss.detach())

        return run

    return {
        "PyTorch": gradient(torch.contiguous_format, False),
        "PyTorch, channels last": gradient(torch.channels_last, False),
        "PyTorch, channels last, bfloat16": gradient(torch.channels_last, True),
    }


def main(rounds: int) -> None:
    image = np.random.default_rng(0).uniform(-1, 1, (1, *SHAPE, 3)).astype(np.float32)
    functions = {
        "deepdreamr float32": ours(image, "float32"),
        "deepdreamr bfloat16": ours(image, "bfloat16"),
        "its convolutions alone, float32": convolutions_alone(image),
        "plain Keras": plain_keras(image),
        **torch_gradients(image),
        "product float32": product(tf.float32),
        "product bfloat16": product(tf.bfloat16),
    }
    seconds = timed_in_turn(functions, rounds)
    flops = gradient_flops()
    share = flops / (2 * SIZE**3)
    print(f"{machine()}; TensorFlow {tf.__version__}, Keras {keras.__version__}")
    print(f"{flops / 1e9:.1f} GFLOP a gradient, {rounds} rounds\n")
    rows = []
    for name, values in seconds.items():
        if name.startswith("product"):
            continue
        low = "bfloat16" in name
        ceiling = [share * v for v in seconds["product bfloat16" if low else "product float32"]]
        rows.append(
            [
                name,
                f"{median(values):.3f} s",
                f"{ratio(values, ceiling):.2f}",
                f"{ratio(seconds['plain Keras'], values):.2f}",
                f"{ratio(seconds['PyTorch'], values):.2f}" if "PyTorch" in seconds else "-",
            ]
        )
    print_table(
        ["gradient", "median", "time / ceiling", "plain Keras / time", "PyTorch / time"], rows
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
