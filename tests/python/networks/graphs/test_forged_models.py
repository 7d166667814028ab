"""SavedModels that are damaged or forged: each is one line."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2, tensor_bundle_pb2

from deepdreamr.errors import DeepDreamError, MemoryLimitError, NetworkError
from deepdreamr.networks.graphs.indexes import _entries
from deepdreamr.networks.graphs.saved_models import load_saved_model
from deepdreamr.networks.loading import load_network
from deepdreamr.networks.sources import find_network


class Small(tf.Module):
    """A convolution and a rectifier."""

    def __init__(self) -> None:
        super().__init__()
        random = np.random.default_rng(0)
        self.kernel = tf.Variable(random.standard_normal((3, 3, 3, 40)), dtype=tf.float32)
        self.bias = tf.Variable(random.standard_normal(40), dtype=tf.float32)

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), name="image")])
    def __call__(self, image: Any) -> Any:
        return tf.nn.relu(tf.nn.conv2d(image, self.kernel, 1, "SAME") + self.bias)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "small"
    module = Small()
    tf.saved_model.save(module, str(path), signatures=module.__call__.get_concrete_function())
    return path


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    shutil.copytree(folder, tmp_path / "forged")
    return tmp_path / "forged"


def changed(folder: Path, change: Any) -> Path:
    """The folder, with another graph in it."""
    path = folder / "saved_model.pb"
    saved = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    change(saved.meta_graphs[0])
    path.write_bytes(saved.SerializeToString())
    return folder


def inference(meta: Any) -> Iterator[Any]:
    """The functions that compute, each with its convolution."""
    for function in meta.graph_def.library.function:
        for node in function.node_def:
            if node.op == "Conv2D":
                yield function, node


def signature(meta: Any) -> Any:
    return meta.signature_def["serving_default"]


def calls_itself(meta: Any) -> None:
    for function, _ in list(inference(meta)):
        node = function.node_def.add(name="again", op="StatefulPartitionedCall")
        node.attr["f"].func.name = function.signature.name


def no_function(meta: Any) -> None:
    for function, _ in list(inference(meta)):
        meta.graph_def.library.function.remove(function)


def two_nodes(meta: Any) -> None:
    for function, conv in list(inference(meta)):
        function.node_def.add().CopyFrom(conv)


def loop(meta: Any) -> None:
    for function, _ in list(inference(meta)):
        function.node_def.add(name="loop", op="StatelessWhile")


def list_of_tensors(meta: Any) -> None:
    for function, _ in list(inference(meta)):
        function.node_def.add(name="list", op="TensorListReserve")


def huge_constant(meta: Any) -> None:
    tensor = tf.make_tensor_proto(np.float32(1))
    tensor.tensor_shape.dim.add(size=2**30)
    tensor.tensor_shape.dim.add(size=2**30)
    for function, _ in list(inference(meta)):
        node = function.node_def.add(name="huge", op="Const")
        node.attr["dtype"].type = tf.float32.as_datatype_enum
        node.attr["value"].tensor.CopyFrom(tensor)


def circle(meta: Any) -> None:
    for _, conv in inference(meta):
        conv.input.append(f"^{conv.name}")


def strides(meta: Any) -> None:
    for _, conv in inference(meta):
        conv.attr["strides"].list.i[1] = 2**31


def no_result(meta: Any) -> None:
    signature(meta).outputs["output_0"].name = "nothing:0"


def no_picture(meta: Any) -> None:
    signature(meta).inputs["image"].name = "nothing:0"


def odd_result(meta: Any) -> None:
    signature(meta).outputs["output_0"].name = "StatefulPartitionedCall:77"


def odd_names(meta: Any) -> None:
    signature(meta).outputs["output_0"].name = "\n\n:::"


def variables(meta: Any) -> Any:
    return [node for node in meta.graph_def.node if node.op == "VarHandleOp"]


def huge_variable(meta: Any) -> None:
    for node in variables(meta):
        node.attr["shape"].shape.dim[0].size = 2**62


def no_such_objects(meta: Any) -> None:
    for function in meta.object_graph_def.concrete_functions.values():
        function.bound_inputs[:] = [10**6] * len(function.bound_inputs)


def other_objects(meta: Any) -> None:
    for function in meta.object_graph_def.concrete_functions.values():
        function.bound_inputs[:] = [-1] * len(function.bound_inputs)


def more_objects(meta: Any) -> None:
    for function in meta.object_graph_def.concrete_functions.values():
        function.bound_inputs.extend([0] * 50)


def circle_of_objects(meta: Any) -> None:
    for node in meta.object_graph_def.nodes:
        for child in node.children:
            child.node_id = 0


def children_that_are_not_there(meta: Any) -> None:
    for node in meta.object_graph_def.nodes:
        for child in node.children:
            child.node_id = 10**6


def nothing_saved(meta: Any) -> None:
    meta.object_graph_def.Clear()


FORGED = {
    calls_itself: "function that calls itself",
    no_function: "calls the function '.*', which is not there",
    two_nodes: "two nodes",
    loop: "holds the operation 'StatelessWhile'",
    list_of_tensors: "holds the operation 'TensorListReserve'",
    huge_constant: "would grow from",
    circle: "goes in a circle",
    strides: "damaged, at 'strides'",
    no_result: "'nothing:0'",
    no_picture: "nothing:0",
    odd_result: "^",
    odd_names: "^",
    huge_variable: "damaged, at 'shape'",
    no_such_objects: "no value for its variable",
    other_objects: "no value for its variable",
    more_objects: "^",
    circle_of_objects: "no value for its variable",
    children_that_are_not_there: "^",
    nothing_saved: "^",
}


@pytest.mark.parametrize(("change", "message"), FORGED.items())
def test_what_a_forged_graph_says_is_one_line(change: Any, message: Any, copy: Path) -> None:
    with pytest.raises(NetworkError, match=message) as caught:
        load_network(changed(copy, change))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def zeros(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


def flipped(file: Path) -> None:
    content = bytearray(file.read_bytes())
    for place in range(20, len(content), 97):
        content[place] ^= 64
    file.write_bytes(content)


def grown(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.truncate(2**40)  # no byte of it is written


@pytest.mark.parametrize("damage", [cut, zeros, flipped, Path.unlink])
@pytest.mark.parametrize("name", ["variables.index", "variables.data-00000-of-00001"])
def test_damaged_variables(name: str, damage: Any, copy: Path) -> None:
    damage(copy / "variables" / name)
    try:
        load_network(copy)
    except DeepDreamError as error:
        assert "\n" not in str(error)
    else:
        assert "data" in name and damage in (flipped, zeros)  # numbers like others


@pytest.mark.parametrize("damage", [cut, zeros, flipped, grown, Path.unlink])
def test_damaged_graphs(damage: Any, copy: Path) -> None:
    damage(copy / "saved_model.pb")
    with pytest.raises(DeepDreamError) as caught:
        load_network(copy)
    assert "\n" not in str(caught.value)


def test_variables_must_lie_in_their_files_and_fit_into_the_memory_allowed(copy: Path) -> None:
    with pytest.raises(MemoryLimitError, match="asks for"):
        load_saved_model(copy, 1000)
    data = copy / "variables" / "variables.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:10])
    with pytest.raises(NetworkError, match="cannot read the variables|cannot hold its variables"):
        load_network(copy)


@pytest.mark.parametrize("name", ["saved_model.pb", "variables/variables.index"])
def test_pipes_and_devices_in_the_folder_are_not_read(name: str, copy: Path) -> None:
    (copy / name).unlink()
    os.mkfifo(copy / name)
    with pytest.raises(NetworkError, match="is a device or a pipe"):
        find_network(copy)
    (copy / name).unlink()
    (copy / name).symlink_to("/dev/zero")
    with pytest.raises(NetworkError, match="is a device or a pipe"):
        find_network(copy)


def test_a_folder_that_is_no_model_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "rglob", None)
    with pytest.raises(NetworkError, match="holds no SavedModel"):
        find_network("/")


def number(value: int) -> bytes:
    """Seven bits a byte."""
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + number(value >> 7)


def table(entries: dict[bytes, bytes]) -> bytes:
    """A table of keys and values in one block; its checksums are 0."""

    def block(items: dict[bytes, bytes]) -> bytes:
        lines = (b"\0" + number(len(k)) + number(len(v)) + k + v for k, v in items.items())
        return b"".join(lines) + struct.pack("<II", 0, 1)

    values, nothing = block(entries), block({})
    place = number(0) + number(len(values))
    index = block({b"\xff": place})
    start = len(values) + 5 + len(nothing) + 5
    footer = number(len(values) + 5) + number(len(nothing)) + number(start) + number(len(index))
    parts = b"".join(part + bytes(5) for part in (values, nothing, index))
    return parts + footer.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)


def dimension(size: Any) -> Any:
    def change(entry: Any) -> None:
        entry.shape.dim[0].size = size

    return change


def sized(**numbers: Any) -> Any:
    def change(entry: Any) -> None:
        for key, value in numbers.items():
            setattr(entry, key, value)

    return change


def in_parts(entry: Any) -> None:
    entry.slices.add().extent.add(start=-1)


def huge_text(entry: Any) -> None:
    entry.dtype = tf.string.as_datatype_enum
    entry.shape.dim[0].size = 2**40


@pytest.mark.parametrize(
    "change",
    [
        *map(dimension, (-1, 0, 2**31, 2**62)),
        *(sized(dtype=kind) for kind in (0, 2, 20, 99)),
        *(sized(size=size) for size in (-1, 2**40)),
        *(sized(offset=offset) for offset in (-1, 2**62)),
        *(sized(shard_id=shard) for shard in (-1, 1, 2**31 - 1)),
        in_parts,
        huge_text,
    ],
)
def test_an_index_that_does_not_add_up_never_gets_to_tensorflow(change: Any, copy: Path) -> None:
    path = copy / "variables" / "variables.index"
    entries = dict(_entries(path.read_bytes()))
    assert dict(_entries(table(entries))) == entries
    key = b"kernel/.ATTRIBUTES/VARIABLE_VALUE"
    entry = tensor_bundle_pb2.BundleEntryProto.FromString(entries[key])
    change(entry)
    path.write_bytes(table({**entries, key: entry.SerializeToString()}))
    with pytest.raises(NetworkError, match="cannot read the variables of 'forged'") as caught:
        load_network(copy)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("count", [0, -1, 2, 2**31 - 1])
def test_an_index_of_files_that_are_not_there(count: int, copy: Path) -> None:
    path = copy / "variables" / "variables.index"
    entries = dict(_entries(path.read_bytes()))
    header = tensor_bundle_pb2.BundleHeaderProto(num_shards=count)
    path.write_bytes(table({**entries, b"": header.SerializeToString()}))
    with pytest.raises(NetworkError, match="cannot read the variables of 'forged'"):
        load_network(copy)
