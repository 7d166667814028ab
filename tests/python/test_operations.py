"""What nodes do: the rectifier's frugal gradient."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from deepdreamr.inception import inception_v3
from deepdreamr.nodes import RECTIFIERS, Node, kept_activations, needed_nodes
from deepdreamr.operations import OPERATIONS

VALUES = [-np.inf, -3.0, -0.0, 0.0, 1e-30, 2.5, 6.0, 6.5, np.inf, np.nan]


def rectify(name: str, frugal: bool = True):
    return OPERATIONS["activation"](
        Node("r", "activation", (), {"function": name, "frugal": frugal}), {}, False, None
    )


@pytest.mark.parametrize("name", RECTIFIERS)
@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16, tf.float16])
@pytest.mark.parametrize("frugal", [True, False])
def test_a_rectifier_and_its_gradient_are_tensorflow_s(name, dtype, frugal):
    def with_gradient(function):
        @tf.function
        def run(x):
            y = function(x)
            return y, tf.gradients(y, x, tf.cast(tf.range(1, 11), dtype))[0]

        return [v.numpy().astype(np.float32) for v in run(tf.cast(tf.constant(VALUES), dtype))]

    ours, theirs = with_gradient(rectify(name, frugal)), with_gradient(getattr(tf.nn, name))
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("name", RECTIFIERS)
def test_a_rectifier_s_gradient_keeps_no_numbers(name):
    """One byte for each, where TensorFlow's own gradient keeps the rectifier's result."""

    @tf.function
    def gradient(x):
        return tf.gradients(tf.reduce_sum(rectify(name)(x)), x)[0]

    kinds = {op.type for op in gradient.get_concrete_function(tf.ones(3)).graph.get_operations()}
    assert "Relu" in {kind.removesuffix("6") for kind in kinds}
    assert not {kind for kind in kinds if kind.endswith("Grad")}


def test_a_rectifier_whose_numbers_are_kept_anyway_is_tensorflow_s_own():
    """Before a max-pooling, or where the layer is dreamed with: a byte more would save nothing."""
    nodes = needed_nodes(inception_v3(), ["activation_9"])
    kept, signs = kept_activations(nodes, ["activation_9"])
    rectifiers = [node.name for node in nodes if node.op == "activation"]
    pooled = [n.inputs[0] for n in nodes if n.op == "max_pool"]
    assert set(pooled) <= kept and len(pooled) == 2 and "activation_9" in kept
    assert signs == set(rectifiers) - kept and len(signs) == len(rectifiers) - 3
