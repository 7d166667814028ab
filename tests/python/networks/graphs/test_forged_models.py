"""SavedModels that are damaged or forged: each is one line."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from deepdreamr.errors import DeepDreamError, MemoryLimitError, NetworkError
from deepdreamr.networks.graphs.saved_models import load_saved_model
from deepdreamr.networks.loading import load_network
from deepdreamr.networks.sources import find_network


class Small(tf.Module):
    """A convolution and a rectifier."""

    def __init__(self):
        super().__init__()
        random = np.random.default_rng(0)
        self.kernel = tf.Variable(random.standard_normal((3, 3, 3, 40)), dtype=tf.float32)
        self.bias = tf.Variable(random.standard_normal(40), dtype=tf.float32)

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), name="image")])
    def __call__(self, image):
        return tf.nn.relu(tf.nn.conv2d(image, self.kernel, 1, "SAME") + self.bias)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "small"
    module = Small()
    tf.saved_model.save(module, str(path), signatures=module.__call__.get_concrete_function())
    return path


@pytest.fixture
def copy(folder, tmp_path) -> Path:
    shutil.copytree(folder, tmp_path / "forged")
    return tmp_path / "forged"


def changed(folder: Path, change) -> Path:
    """The folder, with another graph in it."""
    path = folder / "saved_model.pb"
    saved = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    change(saved.meta_graphs[0])
    path.write_bytes(saved.SerializeToString())
    return folder


def inference(meta):
    """The functions that compute, each with its convolution."""
    for function in meta.graph_def.library.function:
        for node in function.node_def:
            if node.op == "Conv2D":
                yield function, node


def signature(meta):
    return meta.signature_def["serving_default"]


def calls_itself(meta):
    for function, _ in list(inference(meta)):
        node = function.node_def.add(name="again", op="StatefulPartitionedCall")
        node.attr["f"].func.name = function.signature.name


def no_function(meta):
    for function, _ in list(inference(meta)):
        meta.graph_def.library.function.remove(function)


def two_nodes(meta):
    for function, conv in list(inference(meta)):
        function.node_def.add().CopyFrom(conv)


def loop(meta):
    for function, _ in list(inference(meta)):
        function.node_def.add(name="loop", op="StatelessWhile")


def list_of_tensors(meta):
    for function, _ in list(inference(meta)):
        function.node_def.add(name="list", op="TensorListReserve")


def huge_constant(meta):
    tensor = tf.make_tensor_proto(np.float32(1))
    tensor.tensor_shape.dim.add(size=2**30)
    tensor.tensor_shape.dim.add(size=2**30)
    for function, _ in list(inference(meta)):
        node = function.node_def.add(name="huge", op="Const")
        node.attr["dtype"].type = tf.float32.as_datatype_enum
        node.attr["value"].tensor.CopyFrom(tensor)


def circle(meta):
    for _, conv in inference(meta):
        conv.input.append(f"^{conv.name}")


def strides(meta):
    for _, conv in inference(meta):
        conv.attr["strides"].list.i[1] = 2**31


def no_result(meta):
    signature(meta).outputs["output_0"].name = "nothing:0"


def no_picture(meta):
    signature(meta).inputs["image"].name = "nothing:0"


def odd_result(meta):
    signature(meta).outputs["output_0"].name = "StatefulPartitionedCall:77"


def odd_names(meta):
    signature(meta).outputs["output_0"].name = "\n\n:::"


def variables(meta):
    return [node for node in meta.graph_def.node if node.op == "VarHandleOp"]


def huge_variable(meta):
    for node in variables(meta):
        node.attr["shape"].shape.dim[0].size = 2**62


def no_such_objects(meta):
    for function in meta.object_graph_def.concrete_functions.values():
        function.bound_inputs[:] = [10**6] * len(function.bound_inputs)


def other_objects(meta):
    for function in meta.object_graph_def.concrete_functions.values():
        function.bound_inputs[:] = [-1] * len(function.bound_inputs)


def more_objects(meta):
    for function in meta.object_graph_def.concrete_functions.values():
        function.bound_inputs.extend([0] * 50)


def circle_of_objects(meta):
    for node in meta.object_graph_def.nodes:
        for child in node.children:
            child.node_id = 0


def children_that_are_not_there(meta):
    for node in meta.object_graph_def.nodes:
        for child in node.children:
            child.node_id = 10**6


def nothing_saved(meta):
    meta.object_graph_def.Clear()


FORGED = {
    calls_itself: "function that calls itself",
    no_function: "^",
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
def test_what_a_forged_graph_says_is_one_line(change, message, copy):
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
def test_damaged_variables(name, damage, copy):
    damage(copy / "variables" / name)
    try:
        load_network(copy)
    except DeepDreamError as error:
        assert "\n" not in str(error)
    else:
        assert "data" in name and damage in (flipped, zeros)  # numbers like others


@pytest.mark.parametrize("damage", [cut, zeros, flipped, grown, Path.unlink])
def test_damaged_graphs(damage, copy):
    damage(copy / "saved_model.pb")
    with pytest.raises(DeepDreamError) as caught:
        load_network(copy)
    assert "\n" not in str(caught.value)


def test_variables_must_lie_in_their_files_and_fit_into_the_memory_allowed(copy):
    with pytest.raises(MemoryLimitError, match="asks for"):
        load_saved_model(copy, 1000)
    data = copy / "variables" / "variables.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:10])
    with pytest.raises(NetworkError, match="cannot read the variables|cannot hold its variables"):
        load_network(copy)


@pytest.mark.parametrize("name", ["saved_model.pb", "variables/variables.index"])
def test_pipes_and_devices_in_the_folder_are_not_read(name, copy):
    (copy / name).unlink()
    os.mkfifo(copy / name)
    with pytest.raises(NetworkError, match="is a device or a pipe"):
        find_network(copy)
    (copy / name).unlink()
    (copy / name).symlink_to("/dev/zero")
    with pytest.raises(NetworkError, match="is a device or a pipe"):
        find_network(copy)


def test_a_folder_that_is_no_model_is_not_searched(monkeypatch):
    monkeypatch.setattr(Path, "rglob", None)
    with pytest.raises(NetworkError, match="holds no SavedModel"):
        find_network("/")
