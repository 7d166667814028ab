"""What nodes do: gradients of our own, of frugal ReLUs and of convolutions of an image."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from deepdreamr.networks._costs import kept_activations
from deepdreamr.networks.engine.gradients import frugal_relus
from deepdreamr.networks.engine.operations import OPERATIONS
from deepdreamr.networks.inception import inception_v3
from deepdreamr.networks.nodes import RELUS, Node, needed_nodes

VALUES = [-np.inf, -3.0, -0.0, 0.0, 1e-30, 2.5, 6.0, 6.5, np.inf, np.nan]


def relu(name: str, frugal: bool = True) -> Any:
    function = OPERATIONS["activation"](
        Node("r", "activation", (), {"function": name}), {}, False, None
    )

    def run(x: Any) -> Any:
        with frugal_relus() if frugal else contextlib.nullcontext():
            return function(x)

    return run


@pytest.mark.parametrize("name", RELUS)
@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16, tf.float16])
@pytest.mark.parametrize("frugal", [True, False])
def test_a_relu_and_its_gradient_are_tensorflow_s(name: Any, dtype: Any, frugal: bool) -> None:
    def with_gradient(function: Any) -> Any:
        @tf.function
        def run(x: Any) -> Any:
            y = function(x)
            return y, tf.gradients(y, x, tf.cast(tf.range(1, 11), dtype))[0]

        return [v.numpy().astype(np.float32) for v in run(tf.cast(tf.constant(VALUES), dtype))]

    ours, theirs = with_gradient(relu(name, frugal)), with_gradient(getattr(tf.nn, name))
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("name", RELUS)
def test_a_relu_s_gradient_keeps_no_numbers(name: Any) -> None:
    """One byte for each, where TensorFlow's own gradient keeps the result."""

    @tf.function
    def gradient(x: Any) -> Any:
        return tf.gradients(tf.reduce_sum(relu(name)(x)), x)[0]

    kinds = {op.type for op in gradient.get_concrete_function(tf.ones(3)).graph.get_operations()}
    assert "Relu" in {kind.removesuffix("6") for kind in kinds}
    assert not {kind for kind in kinds if kind.endswith("Grad")}


def test_a_relu_whose_numbers_are_kept_anyway_is_tensorflow_s_own() -> None:
    """Before a max-pooling, or where the layer is dreamed with: a byte more would save nothing."""
    nodes = needed_nodes(inception_v3(), ["activation_9"])
    kept, signs = kept_activations(nodes, ["activation_9"])
    relus = [node.name for node in nodes if node.op == "activation"]
    pooled = [n.inputs[0] for n in nodes if n.op == "max_pool"]
    assert set(pooled) <= kept and len(pooled) == 2 and "activation_9" in kept
    assert signs == set(relus) - kept and len(signs) == len(relus) - 3


def convolution(
    kernel: Any,
    strides: Any,
    shape: Any,
    dtype: Any = tf.float32,
    padding: str = "valid",
    dilation: Any = (1, 1),
) -> Any:
    """Gradient of a convolution of random numbers, ours and TensorFlow's, and our operations."""
    random = np.random.default_rng(0)
    weights = random.normal(size=(*kernel, 3, 5)).astype(np.float32)
    options = {"kernel_size": kernel, "strides": strides, "padding": padding}
    options["dilation_rate"] = dilation
    ours = OPERATIONS["conv"](Node("c", "conv", (), options), {"kernel": weights}, False, dtype)

    spread = np.zeros([(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)] + [3, 5])
    spread[:: dilation[0], :: dilation[1]] = weights  # not every processor has their dilations'

    def theirs(x: Any) -> Any:
        return tf.nn.conv2d(x, tf.cast(spread, dtype), strides, padding.upper())

    x = tf.cast(random.normal(size=(2, *shape, 3)), dtype)

    def gradient(function: Any) -> Any:
        spec = [tf.TensorSpec((None, None, None, 3), dtype)]  # sizes that are not known

        @tf.function(input_signature=spec, autograph=False)
        def run(x: Any) -> Any:
            y = function(x)
            seed = tf.cast(tf.reshape(tf.range(tf.size(y)) % 7 - 3, tf.shape(y)), y.dtype)
            return tf.gradients(y, x, seed)[0]

        kinds = [op.type for op in run.get_concrete_function().graph.get_operations()]
        return run(x).numpy().astype(np.float32), kinds

    (mine, kinds), (other, _) = gradient(ours), gradient(theirs)
    return mine, other, kinds


@pytest.mark.parametrize("shape", [(15, 20), (16, 19), (17, 18), (18, 23)])
@pytest.mark.parametrize(
    ("kernel", "strides"),
    [((3, 3), (2, 2)), ((7, 7), (2, 2)), ((5, 5), (4, 4)), ((7, 3), (3, 2)), ((1, 1), (2, 2))],
)
def test_a_strided_convolution_of_an_image_has_tensorflow_s_gradient(
    kernel: tuple[int, int], strides: tuple[int, int], shape: tuple[int, int]
) -> None:
    mine, other, kinds = convolution(kernel, strides, shape)
    assert "Conv2DBackpropInput" not in kinds
    assert mine.shape == other.shape == (2, *shape, 3)
    np.testing.assert_allclose(mine, other, atol=1e-4)


@pytest.mark.parametrize("dtype", [tf.bfloat16, tf.float16])
def test_it_has_so_in_low_precision(dtype: Any) -> None:
    mine, other, _ = convolution((3, 3), (2, 2), (15, 20), dtype)
    np.testing.assert_allclose(mine, other, atol=0.02 * np.abs(other).max())


@pytest.mark.parametrize(
    ("kernel", "strides", "padding"),
    [((3, 3), (2, 2), "same"), ((4, 4), (2, 2), "valid"), ((4, 4), (1, 1), "same")],
)
def test_other_convolutions_have_tensorflow_s_own(
    kernel: tuple[int, int], strides: tuple[int, int], padding: str
) -> None:
    mine, other, kinds = convolution(kernel, strides, (15, 20), padding=padding)
    assert "Conv2DBackpropInput" in kinds
    np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(
    ("kernel", "dilation"),
    [((1, 1), (1, 1)), ((3, 3), (1, 1)), ((1, 7), (1, 1)), ((5, 3), (2, 3)), ((2, 4), (1, 1))],
)
def test_a_convolution_s_gradient_is_one_with_its_kernel_turned(
    kernel: tuple[int, int], dilation: tuple[int, int], padding: str
) -> None:
    mine, other, kinds = convolution(kernel, (1, 1), (15, 20), padding=padding, dilation=dilation)
    turned = padding == "valid" or kernel != (2, 4)
    assert ("Conv2DBackpropInput" in kinds) == (not turned)
    assert mine.shape == other.shape == (2, 15, 20, 3)
    np.testing.assert_allclose(mine, other, atol=1e-4)


def test_a_kernel_is_turned_once_and_only_for_a_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    turned, reverse = [], tf.reverse

    def noted(*given: Any) -> Any:
        turned.append(given)
        return reverse(*given)

    monkeypatch.setattr(tf, "reverse", noted)
    options = {"kernel_size": (3, 3), "strides": (1, 1), "padding": "same"}
    arrays = {"kernel": np.ones((3, 3, 3, 5), np.float32)}
    step = OPERATIONS["conv"](Node("c", "conv", (), options), arrays, False, tf.float32)
    step(tf.ones((1, 8, 8, 3)))
    tf.function(step)(tf.ones((1, 8, 8, 3)))
    assert not turned
    for size in (8, 9):  # two traces
        tf.function(lambda x: tf.gradients(step(x), x)[0])(tf.ones((1, size, size, 3)))
    assert len(turned) == 1
