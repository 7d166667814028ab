"""SavedModels: read as data, at any size, with nothing of them run but what a dream needs."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from toys import picture, randomized

from deepdreamr import loss_and_gradient
from deepdreamr.errors import NetworkError
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.loading import load_network
from deepdreamr.networks.sizes import cell_stride

layers = keras.layers


class Unreadable(keras.Model):
    """A model of a kind that Keras cannot lay open, with two layers of the same kind and shape."""

    def __init__(self) -> None:
        super().__init__()
        self.body = [layers.Conv2D(4, 3, padding="same", name=f"body{i}") for i in range(3)]
        self.norm = layers.BatchNormalization()
        self.head = layers.Conv2D(4, 3, strides=2)

    def call(self, x: Any, training: bool = False) -> Any:
        for layer in self.body:
            x = tf.nn.relu(layer(x))
        return self.head(self.norm(x, training=training))


@pytest.fixture(scope="module")
def model() -> keras.Model:
    model = Unreadable()
    model(tf.zeros((1, 24, 24, 3)))
    return randomized(model)


@pytest.fixture(scope="module", params=["export", "tf.saved_model.save"])
def folder(
    request: pytest.FixtureRequest, model: keras.Model, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("saved") / "mine"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if request.param == "export":
            model.export(path)
        else:
            tf.saved_model.save(model, path)
    return path


def test_every_layer_has_its_own_parameters_at_another_size(
    folder: Path, model: keras.Model
) -> None:
    network = load_network(folder)
    image = picture(31, 40)
    value, wanted = image, []
    for layer in model.body:
        value = tf.nn.relu(layer(value))
        wanted.append(value)
    names = [n for n in network.layer_names if n.endswith(("Relu", "Relu_1", "Relu_2"))]
    assert len(names) == 3
    for ours, theirs in zip(Trunk(network, names)(image), wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    ends = [n for n in network.layer_names if cell_stride(network.nodes, n) == (2, 2)]
    np.testing.assert_allclose(Trunk(network, ends[-1:])(image)[0], model(image), atol=1e-4)


def test_a_dream_of_it(folder: Path) -> None:
    name = load_network(folder).layer_names[2]
    options = {"network": folder, "convention": "0-255"}
    loss, gradient = loss_and_gradient(np.full((20, 30, 3), 0.5), name, **options)
    assert loss > 0 and gradient.shape == (20, 30, 3) and np.isfinite(gradient).all()


def altered(folder: Path, copy: Path, change: Any) -> Path:
    """A copy of a SavedModel with another graph."""
    import shutil

    shutil.copytree(folder, copy)
    saved = saved_model_pb2.SavedModel.FromString((copy / "saved_model.pb").read_bytes())
    change(saved.meta_graphs[0])
    (copy / "saved_model.pb").write_bytes(saved.SerializeToString())
    return copy


def add_to_graph(meta: Any) -> None:
    node = meta.graph_def.node.add(name="steal", op="ReadFile")
    node.input.append("somewhere")


def add_to_function(meta: Any) -> None:
    for function in meta.graph_def.library.function:
        if "restore" not in function.signature.name and "save" not in function.signature.name:
            function.node_def.add(name="steal", op="WriteFile")


def add_save_to_inference(meta: Any) -> None:
    """SaveV2 is known in the functions that save, but not on the way of a picture."""
    for function in meta.graph_def.library.function:
        if "restore" not in function.signature.name and "save" not in function.signature.name:
            function.node_def.add(name="steal", op="SaveV2")


def add_python(meta: Any) -> None:
    meta.graph_def.library.function[0].node_def.add(name="run", op="EagerPyFunc")


@pytest.mark.parametrize(
    "change, name",
    [
        (add_to_graph, "ReadFile"),
        (add_to_function, "WriteFile"),
        (add_save_to_inference, "SaveV2"),
        (add_python, "EagerPyFunc"),
    ],
)
def test_operations_that_do_more_than_compute_are_refused_by_name(
    folder: Path, tmp_path: Path, change: Any, name: str
) -> None:
    path = altered(folder, tmp_path / "evil", change)
    with pytest.raises(NetworkError, match=f"holds the operation '{name}'"):
        load_network(path)


def test_what_is_not_on_the_way_of_the_picture_is_never_run(folder: Path, tmp_path: Path) -> None:
    """An initialisation that a loader would run: it would fail, and here nobody asks for it."""

    def change(meta: Any) -> None:
        node = meta.graph_def.node.add(name="starts", op="Assert")
        node.input.append("nothing")
        meta.collection_def["saved_model_main_op"].node_list.value.append("starts")

    assert load_network(altered(folder, tmp_path / "start", change)).layer_names


def unnamed(meta: Any) -> None:
    meta.signature_def.clear()


def two_inputs(meta: Any) -> None:
    for signature in meta.signature_def.values():
        for number in range(2):
            signature.inputs[f"more{number}"].dtype = tf.float32.as_datatype_enum
            signature.inputs[f"more{number}"].name = f"more{number}:0"
            shape = tf.TensorShape((None, 8, 8, 3)).as_proto()
            signature.inputs[f"more{number}"].tensor_shape.CopyFrom(shape)


@pytest.mark.parametrize("change", [unnamed, two_inputs])
def test_a_signature_must_take_one_picture(folder: Path, tmp_path: Path, change: Any) -> None:
    path = altered(folder, tmp_path / "odd", change)
    with pytest.raises(NetworkError, match="a signature that takes one picture"):
        load_network(path)


def test_folders_and_checkpoints_that_are_damaged(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NetworkError, match="holds no SavedModel"):
        load_network(tmp_path / "empty")
    path = altered(folder, tmp_path / "lost", lambda meta: None)
    for file in (path / "variables").iterdir():
        file.unlink()
    with pytest.raises(NetworkError, match="cannot read the variables of 'lost'"):
        load_network(path)
    (path / "saved_model.pb").write_bytes(b"\x00\x01")
    with pytest.raises(NetworkError, match="holds no graph"):
        load_network(path)


def test_a_saved_model_of_tensorflow_1(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    kernel = np.random.default_rng(0).standard_normal((3, 3, 3, 2)).astype(np.float32)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        image = tf.compat.v1.placeholder(tf.float32, (None, 16, 16, 3), name="image")
        weights = tf.compat.v1.get_variable("w", initializer=kernel, use_resource=True)
        result = tf.nn.conv2d(image, weights, 1, "SAME", name="conv")
        session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.saved_model.simple_save(session, str(folder), {"x": image}, {"y": result})
    noise = picture(9, 11)
    got = Trunk(load_network(folder), ["conv"])(noise)[0]
    np.testing.assert_allclose(got, tf.nn.conv2d(noise, kernel, 1, "SAME"), atol=1e-5)
