"""Sizes of activations from plain data, against what TensorFlow computes."""

from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from deepdreamr.errors import NetworkError
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.inception import inception_v3
from deepdreamr.networks.nodes import Network, Node, layer_names
from deepdreamr.networks.sizes import activation_shapes, cell_stride, only_size, smallest_size

WINDOW = st.fixed_dictionaries(
    {
        "kernel_size": st.tuples(st.integers(1, 4), st.integers(1, 4)),
        "strides": st.integers(1, 3).map(lambda n: (n, n)),
        "padding": st.sampled_from(["same", "valid"]),
    }
)
PADS = st.fixed_dictionaries(
    {
        "pads": st.tuples(*[st.tuples(st.integers(1, 3), st.integers(0, 3))] * 2),
        "less_if_even": st.booleans(),
    }
)
LAYER = st.one_of(
    st.tuples(st.sampled_from(["max_pool", "average_pool"]), WINDOW),
    st.tuples(st.just("zero_pad"), PADS),
)


def chain(layers: Any) -> tuple[Node, ...]:
    nodes = [Node("input", "input")]
    for index, (op, options) in enumerate(layers):
        nodes.append(Node(f"{op}{index}", op, (nodes[-1].name,), options))
    return tuple(nodes)


def network(nodes: tuple[Node, ...]) -> Network:
    return Network("toy", nodes, lambda name: {}, "tf", "none")


@settings(max_examples=40, deadline=None)
@given(st.lists(LAYER, min_size=1, max_size=4), st.integers(1, 40), st.integers(1, 40))
def test_sizes_are_those_that_tensorflow_computes(layers: Any, height: Any, width: Any) -> None:
    nodes = chain(layers)
    shapes = activation_shapes(nodes, (height, width))
    if all(min(shape) > 0 for shape in shapes.values()):
        names = layer_names(nodes)
        values = Trunk(network(nodes), names)(tf.zeros((1, height, width, 3)))
        assert [tuple(value.shape[1:3]) for value in values] == [shapes[name] for name in names]
    else:
        assert min(shapes[nodes[-1].name]) <= 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.just("max_pool"), WINDOW), min_size=1, max_size=5))
def test_the_smallest_size_is_the_first_that_leaves_something(layers: Any) -> None:
    nodes = chain(layers)
    last = nodes[-1].name
    size = smallest_size(nodes, [last])
    assert min(activation_shapes(nodes, (size, size))[last]) > 0
    assert size == 1 or min(activation_shapes(nodes, (size - 1, size - 1))[last]) <= 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.just("max_pool"), WINDOW), max_size=5))
def test_the_stride_of_a_chain_is_the_product_of_its_strides(layers: Any) -> None:
    nodes = chain(layers)
    expected = 1
    for _, options in layers:
        expected *= options["strides"][0]
    assert cell_stride(nodes, nodes[-1].name) == (expected, expected)


def test_strides_of_inception() -> None:
    strides = [cell_stride(inception_v3(), name)[0] for name in ("conv2d", "mixed2", "mixed5")]
    assert strides == [2, 8, 16]
    assert cell_stride(inception_v3(), "mixed10") == (32, 32)


def test_a_layer_that_does_not_grow_has_no_stride() -> None:
    nodes = (*chain([]), Node("mean", "keras", ("input",), measure=lambda *_: (1, 1)))
    assert cell_stride(nodes, "mean") == (0, 0)


def flattened(size: Any) -> Any:
    return (
        *chain([("max_pool", {"kernel_size": (2, 2), "strides": (2, 2), "padding": "same"})]),
        Node("flat", "keras", ("max_pool0",), fixed=size, measure=lambda *_: (1, 1)),
        Node("scores", "dense", ("flat",)),
    )


def test_one_size_that_is_not_known_is_an_error_that_names_the_layer_and_its_cause() -> None:
    nodes = flattened((0, 0))
    with pytest.raises(NetworkError, match="'scores' works only .* because of 'flat'"):
        smallest_size(nodes, ["scores"])
    assert smallest_size(nodes, ["max_pool0"]) == 1


def test_the_only_size_of_a_layer() -> None:
    nodes = flattened((32, 48))
    assert only_size(nodes, ["max_pool0"]) is None
    assert only_size(nodes, ["max_pool0", "scores"]) == (32, 48)
    assert smallest_size(nodes, ["scores"]) == 48


def test_a_layer_that_no_picture_is_large_enough_for() -> None:
    nodes = (*chain([]), Node("never", "keras", ("input",), measure=lambda *_: (0, 0)))
    with pytest.raises(NetworkError, match="large enough for the layers never"):
        smallest_size(nodes, ["never"])
