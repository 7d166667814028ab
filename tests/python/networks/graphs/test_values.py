"""Parameters beside a graph: what is kept there, and that the numbers are those of the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from toys import frozen, picture, without_control_flow_v2, written

from deepdreamr.networks.activations import activations_of
from deepdreamr.networks.graphs.files import load_graph_file
from deepdreamr.networks.graphs.saved_models import load_saved_model
from deepdreamr.networks.loading import load_network

RANDOM = np.random.default_rng(0)
KERNEL = RANDOM.normal(0, 0.2, (3, 3, 3, 64)).astype(np.float32)
SECOND = RANDOM.normal(0, 0.1, (3, 3, 64, 64)).astype(np.float32)
PICTURES = tf.TensorSpec((None, None, None, 3), name="pixels")


def convolved(x: Any, kernel: Any) -> Any:
    return tf.nn.relu(tf.nn.conv2d(x, tf.cast(kernel, tf.float32), 2, "SAME"))


class Plain(tf.Module):
    """Two convolutions of which the second is used twice, and a small bias."""

    def __init__(self) -> None:
        self.first, self.second = tf.Variable(KERNEL), tf.Variable(SECOND)
        self.bias = tf.Variable(np.linspace(-1, 1, 64, dtype=np.float32))

    @tf.function(input_signature=[PICTURES])
    def __call__(self, image: Any) -> Any:
        x = convolved(image, self.first) + self.bias
        return tf.identity(convolved(convolved(x, self.second), self.second), name="out")


class Half(Plain):
    """Parameters of half the precision."""

    def __init__(self) -> None:
        super().__init__()
        self.first = tf.Variable(tf.cast(KERNEL, tf.float16))
        self.second = tf.Variable(tf.cast(SECOND, tf.bfloat16))


class Whole(Plain):
    """Parameters of 8 bits."""

    def __init__(self) -> None:
        super().__init__()
        self.first = tf.Variable(np.round(KERNEL * 100).astype(np.int8))


class Branching(Plain):
    """A kernel that is chosen when it runs, within a function of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.other, self.which = tf.Variable(KERNEL[::-1].copy()), tf.Variable(False)

    @tf.function(input_signature=[PICTURES])
    def __call__(self, image: Any) -> Any:
        x = tf.cond(
            self.which,
            lambda: convolved(image, self.first),
            lambda: convolved(image, self.other),
        )
        return tf.identity(convolved(x, self.second), name="out")


class Looking(Plain):
    """Rows of a variable, looked up by number."""

    def __init__(self) -> None:
        super().__init__()
        self.table = tf.Variable(RANDOM.normal(size=(500, 64)).astype(np.float32))

    @tf.function(input_signature=[PICTURES])
    def __call__(self, image: Any) -> Any:
        x = convolved(image, self.first) + tf.nn.embedding_lookup(self.table, tf.constant([7]))[0]
        return tf.identity(convolved(x, self.second), name="out")


def contents(graph: Any) -> list[str]:
    """The constants that have much content."""
    nodes = [*graph.node, *(node for f in graph.library.function for node in f.node_def)]
    return [node.name for node in nodes if node.op == "Const" and node.ByteSize() > 2**14]


def climbed(function: Any, image: Any) -> Any:
    with tf.GradientTape() as tape:
        tape.watch(image)
        value = function(image)
        loss = tf.reduce_mean(tf.square(value))
    return value, tape.gradient(loss, image)


def assert_same(network: Any, layer: Any, image: Any, model: Any) -> None:
    activations = activations_of(network, [layer])
    for ours, theirs in zip(
        climbed(lambda x: activations(x)[0], image), climbed(model, image), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-5 * np.abs(theirs).max())


@pytest.mark.parametrize("kind", [Plain, Half, Whole, Branching, Looking])
def test_variables_are_kept_beside_the_graph_of_a_saved_model(kind: Any, tmp_path: Path) -> None:
    model = kind()
    tf.saved_model.save(model, str(tmp_path), signatures=model.__call__)
    saved = load_saved_model(tmp_path)
    assert not contents(saved.graph)
    shapes = [tuple(value.shape) for value in saved.values.values()]
    assert SECOND.shape in shapes and (64,) not in shapes
    assert saved.stored >= sum(value.numpy().nbytes for value in saved.values.values())
    network = load_network(tmp_path, convention="tf")
    layer = [name for name in network.layer_names if name.endswith("out")][0]
    assert_same(network, layer, picture(31, 40), model)


def test_large_constants_are_kept_beside_a_frozen_graph(tmp_path: Path) -> None:
    def body(image: Any) -> Any:
        x = convolved(image, tf.constant(KERNEL, name="small"))
        return tf.identity(convolved(x, tf.constant(SECOND, name="large")), name="out")

    path = written(frozen(body), tmp_path / "graph.pb")
    loaded = load_graph_file(path)
    assert list(loaded.values) == ["large"] and not contents(loaded.graph)
    assert loaded.stored == path.stat().st_size
    assert_same(
        load_network(path, convention="0-1"), "out", picture(31, 40), lambda x: body((x + 1) / 2)
    )


def test_a_constant_of_one_number_for_all_counts_as_what_is_stored(tmp_path: Path) -> None:
    """What may grow from a file is measured by the file, not by what has grown already."""

    def body(image: Any) -> Any:
        return tf.identity(image * tf.constant(0.5, shape=(100, 100, 1, 3), name="c")[0], name="o")

    function = frozen(body)
    graph = function.as_graph_def()
    constant = next(node for node in graph.node if node.name == "c").attr["value"].tensor
    constant.ClearField("tensor_content")
    constant.float_val.append(0.5)
    path = tmp_path / "graph.pb"
    path.write_bytes(graph.SerializeToString())
    loaded = load_graph_file(path)
    np.testing.assert_array_equal(loaded.values["c"], np.full((100, 100, 1, 3), 0.5, np.float32))
    assert loaded.stored < 2000


@pytest.mark.parametrize("taken", [True, False])
def test_a_large_constant_of_a_branch_that_is_not_taken_is_not_there(
    taken: bool, tmp_path: Path
) -> None:
    """In a branch of TensorFlow 1 a constant waits for it, and nothing else keeps it out."""
    kernels = [RANDOM.normal(size=(3, 3, 3, 200)).astype(np.float32) for _ in range(2)]
    with without_control_flow_v2(), tf.Graph().as_default() as graph:
        image = tf.compat.v1.placeholder(tf.float32, (None, None, None, 3), name="image")
        first, second = (lambda kernel=kernel: tf.constant(kernel) for kernel in kernels)
        kernel = tf.compat.v1.cond(tf.identity(tf.constant(taken)), first, second)
        tf.nn.conv2d(image, kernel, 2, "SAME", name="out")
    path = written(graph, tmp_path / "graph.pb")
    loaded = load_graph_file(path)
    assert len(loaded.values) == 2 and not contents(loaded.graph)
    network, pixels = load_network(path), picture(31, 40)
    (ours,) = activations_of(network, ["out"])(pixels)
    with tf.compat.v1.Session(graph=graph) as session:
        theirs = session.run("out:0", {"image:0": pixels.numpy()})
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    assert_same(network, "out", pixels, lambda x: tf.nn.conv2d(x, kernels[not taken], 2, "SAME"))
