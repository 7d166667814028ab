"""Claims: a graph that cannot be what it says it is, is refused in one line before it is run."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from toys import frozen, written

from deepdreamr.errors import DeepDreamError, MemoryLimitError, NetworkError
from deepdreamr.networks.activations import activations_of
from deepdreamr.networks.graphs.claims import check_claims
from deepdreamr.networks.graphs.files import load_graph_file
from deepdreamr.networks.loading import load_network

KERNEL = np.random.default_rng(0).standard_normal((3, 3, 3, 4)).astype(np.float32)


def body(image: tf.Tensor) -> tf.Tensor:
    x = tf.nn.conv2d(image, tf.constant(KERNEL, name="kernel"), 2, "SAME", name="conv")
    return tf.nn.relu(tf.nn.max_pool2d(x, 2, 2, "SAME", name="pool"), name="last")


@pytest.fixture(scope="module")
def small() -> tf.compat.v1.GraphDef:
    return frozen(body).as_graph_def()


def node(graph: Any, name: str) -> Any:
    return next(node for node in graph.node if node.name == name)


def add(graph: Any, op: str, name: str, *inputs: str, **types: Any) -> Any:
    """A node; attributes are TensorFlow's types."""
    new = graph.node.add(op=op, name=name, input=inputs)
    for key, value in types.items():
        new.attr[key].type = value.as_datatype_enum
    return new


def constant(graph: Any, name: str, value: Any) -> None:
    new = graph.node.add(op="Const", name=name)
    tensor = tf.make_tensor_proto(value)
    new.attr["value"].tensor.CopyFrom(tensor)
    new.attr["dtype"].type = tensor.dtype


def function(graph: Any, name: str, *called: str) -> None:
    """A function of an image that calls others, one after the other."""
    new = graph.library.function.add()
    new.signature.name = name
    new.signature.input_arg.add(name="x", type=tf.float32.as_datatype_enum)
    new.signature.output_arg.add(name="y", type=tf.float32.as_datatype_enum)
    last = "x"
    for number, other in enumerate(called):
        new.node_def.add(name=f"c{number}", op=other, input=[last])
        last = f"c{number}:y:0"
    new.ret["y"] = last


def huge_constant(graph: Any) -> None:
    tensor = node(graph, "kernel").attr["value"].tensor
    tensor.tensor_content = b""
    tensor.float_val.append(0.5)
    for dim in tensor.tensor_shape.dim:
        dim.size = 3000


def many_constants(graph: Any) -> None:
    for number in range(40):
        constant(graph, f"c{number}", np.zeros((), np.float32))
        tensor = node(graph, f"c{number}").attr["value"].tensor
        for size in (1024, 1024):
            tensor.tensor_shape.dim.add(size=size)


def dim(size: Any) -> Any:
    def change(graph: Any) -> None:
        node(graph, "kernel").attr["value"].tensor.tensor_shape.dim[1].size = size

    return change


def number(name: Any, key: Any, values: Any) -> Any:
    def change(graph: Any) -> None:
        value = node(graph, name).attr[key]
        value.list.i[:] = values

    return change


def calls_itself(graph: Any) -> None:
    function(graph, "f", "f")
    add(graph, "f", "call", "last")


def call_each_other(graph: Any) -> None:
    function(graph, "f", "g")
    function(graph, "g", "f")
    add(graph, "PartitionedCall", "call", "last").attr["f"].func.name = "f"


def calls_itself_by_an_argument(graph: Any) -> None:
    function(graph, "f", "Relu")
    function(graph, "g", "Relu")
    inner = graph.library.function[0].node_def.add(name="c", op="PartitionedCall", input=["x"])
    inner.attr["f"].func.name = "g"
    inner.attr["f"].func.attr["then"].func.name = "f"


def grows(graph: Any) -> None:
    for level in range(30):
        function(graph, f"f{level}", *[f"f{level + 1}"] * 2 if level < 29 else ["Relu"])
    add(graph, "f0", "call", "last")


def two_functions_of_one_name(graph: Any) -> None:
    function(graph, "f", "Relu")
    function(graph, "f", "Relu6")


def circle(graph: Any) -> None:
    node(graph, "conv").input[0] = "last"


def waits_for_itself(graph: Any) -> None:
    node(graph, "conv").input.append("^last")


def circle_in_a_function(graph: Any) -> None:
    function(graph, "f", "Relu", "Relu")
    graph.library.function[0].node_def[0].input[0] = "c1:y:0"


def too_many(graph: Any) -> None:
    for count in range(50_001):
        graph.node.add(op="NoOp", name=f"n{count}")


def renamed(graph: Any) -> None:
    node(graph, "conv").name = "other"


def twice(graph: Any) -> None:
    graph.node.add().CopyFrom(node(graph, "conv"))


def unnamed(graph: Any) -> None:
    add(graph, "Relu", "", "last")


def later(graph: Any) -> None:
    graph.versions.min_consumer = 10**6


def odd_type(graph: Any) -> None:
    node(graph, "last").attr["T"].type = 77


def odd_type_of_constant(graph: Any) -> None:
    node(graph, "kernel").attr["value"].tensor.dtype = 99


def constant_of_another_type(graph: Any) -> None:
    node(graph, "kernel").attr["dtype"].type = tf.int32.as_datatype_enum


def constant_of_no_type(graph: Any) -> None:
    constant(graph, "large", np.zeros(10_000, np.float32))
    for key in ("value", "dtype"):
        node(graph, "large").attr[key].Clear()


def no_value(graph: Any) -> None:
    del node(graph, "kernel").attr["value"]


def unknown_rank(graph: Any) -> None:
    node(graph, "kernel").attr["value"].tensor.tensor_shape.unknown_rank = True


def too_many_values(graph: Any) -> None:
    tensor = node(graph, "kernel").attr["value"].tensor
    tensor.tensor_content = b""
    tensor.float_val.extend([1.0] * 500)


def too_many_dimensions(graph: Any) -> None:
    shape = node(graph, "input").attr["shape"].shape
    for _ in range(100):
        shape.dim.add(size=1)


def short_content(graph: Any) -> None:
    tensor = node(graph, "kernel").attr["value"].tensor
    tensor.tensor_content = tensor.tensor_content[:-4]


def list_of_tensors(graph: Any) -> None:
    constant(graph, "count", np.int32(2**31 - 1))
    constant(graph, "shape", np.array([1], np.int32))
    add(graph, "TensorListReserve", "list", "shape", "count", element_dtype=tf.float32)


def tensor_array(graph: Any) -> None:
    constant(graph, "count", np.int32(2**31 - 1))
    add(graph, "TensorArrayV3", "list", "count", dtype=tf.float32)


def loop(graph: Any) -> None:
    add(graph, "While", "loop", "last")


def old_loop(graph: Any) -> None:
    add(graph, "NextIteration", "loop", "last")


MUTATIONS = {
    huge_constant: "would grow from",
    many_constants: "would grow from",
    dim(-1): "damaged, at 'value' of 'kernel'",
    dim(2**31): "damaged, at 'value' of 'kernel'",
    dim(2**62): "damaged, at 'value' of 'kernel'",
    number("pool", "ksize", [1, 2**31, 2**31, 1]): "damaged, at 'ksize' of 'pool'",
    number("pool", "ksize", [1, 5000, 1, 1]): "damaged, at 'ksize' of 'pool'",
    number("pool", "strides", [1, 0, 2, 1]): "damaged, at 'strides' of 'pool'",
    number("conv", "dilations", [1, -1, 1, 1]): "damaged, at 'dilations' of 'conv'",
    number("conv", "strides", [1, -(2**62), 1, 1]): "damaged, at 'strides' of 'conv'",
    number("conv", "explicit_paddings", [0, 0, 2**40, 0, 0, 0, 0, 0]): "'explicit_paddings' of",
    calls_itself: "function that calls itself, 'f'",
    call_each_other: "function that calls itself",
    calls_itself_by_an_argument: "function that calls itself",
    grows: "too many operations: at most 50,000. Received: 1,610,",
    two_functions_of_one_name: "two of its functions have one name",
    circle: "goes in a circle",
    waits_for_itself: "goes in a circle",
    circle_in_a_function: "goes in a circle",
    too_many: "too many operations",
    renamed: "'pool' takes 'conv', which is not there",
    twice: "two nodes 'conv'",
    unnamed: "two nodes ''",
    later: "for a later TensorFlow",
    odd_type: "damaged, at 'T' of 'last'",
    odd_type_of_constant: "damaged, at 'value' of 'kernel'",
    constant_of_another_type: "damaged, at 'value' of 'kernel'",
    constant_of_no_type: "damaged, at 'value' of 'large'",
    no_value: "damaged, at 'value' of 'kernel'",
    unknown_rank: "damaged, at 'value' of 'kernel'",
    too_many_values: "damaged, at 'value' of 'kernel'",
    too_many_dimensions: "damaged, at 'shape' of 'input'",
    short_content: "damaged, at 'value' of 'kernel'",
    list_of_tensors: "holds the operation 'TensorListReserve'",
    tensor_array: "holds the operation 'TensorArrayV3'",
    loop: "holds the operation 'While'",
    old_loop: "holds the operation 'NextIteration'",
}


@pytest.mark.parametrize(("change", "message"), MUTATIONS.items())
def test_what_cannot_be_is_refused_in_one_line(
    change: Any, message: Any, small: tf.compat.v1.GraphDef, tmp_path: Path
) -> None:
    graph = tf.compat.v1.GraphDef.FromString(small.SerializeToString())
    change(graph)
    path = tmp_path / "forged.pb"
    path.write_bytes(graph.SerializeToString())
    with pytest.raises(NetworkError, match=message) as caught:
        load_graph_file(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_the_graph_itself_is_fine(small: tf.compat.v1.GraphDef, tmp_path: Path) -> None:
    check_claims(small, "small.pb")
    path = tmp_path / "small.pb"
    path.write_bytes(small.SerializeToString())
    values = activations_of(load_network(path), ["last"])(tf.ones((1, 33, 40, 3)))
    assert values[0].shape == (1, 9, 10, 4)


def test_a_file_that_does_not_fit_into_the_memory_allowed(
    small: tf.compat.v1.GraphDef, tmp_path: Path
) -> None:
    path = tmp_path / "small.pb"
    path.write_bytes(small.SerializeToString())
    with pytest.raises(MemoryLimitError, match="'small.pb' asks for"):
        load_graph_file(path, 1000)


@pytest.mark.slow
def test_a_zip_that_grows(small: tf.compat.v1.GraphDef, tmp_path: Path) -> None:
    big = tf.compat.v1.GraphDef.FromString(small.SerializeToString())
    constant(big, "zeros", np.zeros(2**25, np.float32))
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("graph.pb", big.SerializeToString())
    with pytest.raises(NetworkError, match="'graph.pb' in 'bomb.zip' would grow"):
        load_graph_file(tmp_path / "bomb.zip")


GROWING = {
    "Fill": lambda: tf.fill([30000, 30000], 1.0),
    "Tile": lambda: tf.tile(tf.ones((1, 1)), [30000, 30000]),
    "BroadcastTo": lambda: tf.broadcast_to(tf.constant(1.0), [30000, 30000]),
    "Range": lambda: tf.range(tf.constant(2e9), delta=tf.constant(1.0)),
    "OneHot": lambda: tf.one_hot([1, 2], 2**30),
    "Pad": lambda: tf.pad(tf.ones((1, 1)), [[30000, 0], [0, 30000]]),
    "AddV2": lambda: tf.ones((30000, 1)) + tf.ones((1, 30000)),
}


@pytest.mark.parametrize("op", GROWING)
def test_operations_whose_results_are_huge(op: str, tmp_path: Path) -> None:
    with tf.Graph().as_default() as graph:
        image = tf.compat.v1.placeholder(tf.float32, (None, 8, 8, 3), name="input")
        tf.add(image, tf.reduce_sum(GROWING[op]()), name="last")
    with pytest.raises(NetworkError, match="would grow"):
        load_network(written(graph, tmp_path / "grows.pb"))


def test_an_activation_that_is_huge(tmp_path: Path) -> None:
    def wide(image: Any) -> Any:
        return tf.nn.relu(tf.tile(image, [1, 1, 1, 10_000]), name="last")

    with pytest.raises(NetworkError, match="'Tile' of 'wide.pb' gives too much: at most 65,536"):
        load_network(written(frozen(wide), tmp_path / "wide.pb"))


def test_bytes_that_are_changed_at_random_end_in_one_line_or_in_a_network(
    small: tf.compat.v1.GraphDef, tmp_path: Path
) -> None:
    content, random = small.SerializeToString(), np.random.default_rng(7)
    path = tmp_path / "changed.pb"
    for _ in range(60):
        changed = bytearray(content)
        for place in random.integers(0, len(content), random.integers(1, 4)):
            changed[place] = random.choice([0, 1, 127, 128, 255, changed[place] ^ 8])
        path.write_bytes(
            changed[: random.integers(1, len(content))] if random.random() < 0.2 else changed
        )
        try:
            network = load_network(path)
            activations_of(network, network.layer_names[-1:])
        except DeepDreamError as error:
            assert "\n" not in str(error)


@pytest.mark.slow
def test_long_chains_are_no_deep_recursion(tmp_path: Path) -> None:
    graph = tf.compat.v1.GraphDef()
    add(graph, "Placeholder", "input", dtype=tf.float32)
    for number in range(3000):
        last = f"i{number - 1}" if number else "input"
        add(graph, "Identity", f"i{number}", last, T=tf.float32)
    path = tmp_path / "chain.pb"
    path.write_bytes(graph.SerializeToString())
    assert len(load_network(path).nodes) == 3001
