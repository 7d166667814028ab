"""Files of Keras 2, and operations in HDF5 files: Keras 3 reads neither as they are."""

import json
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from toys import picture, randomized, saved

from deepdreamr import dream
from deepdreamr.errors import NetworkError
from deepdreamr.networks.activations import activations_of
from deepdreamr.networks.loading import load_network

layers, ops = keras.layers, keras.ops
MEAN = np.array([1.0, 2.0, 3.0], "float32")


def agrees(path: Any, model: Any, layer: str = "out") -> None:
    network = load_network(path)
    (given,) = activations_of(network, (layer,))(picture(40, 50))
    np.testing.assert_allclose(given, model(picture(40, 50)), atol=1e-3)
    dream(np.full((64, 64, 3), 0.4), {layer: 1.0}, network=path, octaves=2, iterations=1)


def test_operations_in_an_hdf5_file(tmp_path: Path) -> None:
    image = keras.Input((None, None, 3))
    x = 2.0 - (image[..., ::-1] - MEAN) / 127.5
    x = ops.stack([x[..., 0], x[..., 1], x[..., 2]], axis=-1)
    x = ops.relu(ops.concatenate([x, layers.Subtract()([x, image])], axis=-1))
    x = ops.clip(ops.mean(x, axis=[1, 2], keepdims=True) + x, -9, 9)
    model = randomized(keras.Model(image, layers.Conv2D(4, 3, name="out")(x)))
    agrees(saved(model, tmp_path / "model.h5"), model)


def conv(name: Any, filters: Any, source: Any, index: Any = 0) -> Any:
    config = {"name": name, "trainable": True, "dtype": "float32", "filters": filters}
    config |= {"kernel_size": [3, 3], "strides": [1, 1], "padding": "same", "groups": 1}
    return layer("Conv2D", config, [[[source, index, 0, {}]]])


def layer(kind: Any, config: Any, nodes: Any) -> Any:
    return {"class_name": kind, "config": config, "name": config["name"], "inbound_nodes": nodes}


def function(name: Any, node: Any, function: Any = None) -> Any:
    config = {"name": name, "trainable": True, "dtype": "float32"}
    kind = "SlicingOpLambda" if "getitem" in name else "TFOpLambda"
    return layer(kind, config | {"function": function or name.removeprefix("tf.")}, [node])


def image(name: Any) -> Any:
    shape = [None, None, None, 3]
    config = {"batch_input_shape": shape, "dtype": "float32", "sparse": False, "ragged": False}
    return layer("InputLayer", {**config, "name": name}, [])


def graph(*parts: Any, name: str = "model") -> Any:
    first, last = parts[0]["name"], parts[-1]["name"]
    config = {"name": name, "trainable": True, "layers": list(parts)}
    config |= {"input_layers": [[first, 0, 0]], "output_layers": [[last, 0, 0]]}
    return {"class_name": "Functional", "config": config}


def rewritten(model: Any, config: Any, path: Any) -> Any:
    """The model's file, with its configuration as Keras 2 wrote it."""
    with h5py.File(saved(model, path), "r+") as file:
        file.attrs["model_config"] = json.dumps(config)
    return path


REVERSED = {
    "slice_spec": [{"class_name": "__ellipsis__"}, {"start": None, "stop": None, "step": -1}]
}


def test_functions_of_tensorflow(tmp_path: Path) -> None:
    x = given = keras.Input((None, None, 3))
    x = (x[..., ::-1] - MEAN) / 127.5
    x = ops.concatenate([ops.relu(x), -x], axis=-1)
    x = layers.Conv2D(3, 3, padding="same", name="first")(2.0 - x)
    x = layers.Conv2D(4, 3, padding="same", name="out")(x + given)
    model = randomized(keras.Model(given, x))
    config = graph(
        image("image"),
        function("tf.__operators__.getitem", ["image", 0, 0, REVERSED]),
        function(
            "tf.nn.bias_add",
            ["tf.__operators__.getitem", 0, 0, {"bias": [-1.0, -2, -3], "data_format": "NHWC"}],
        ),
        function("tf.math.truediv", ["tf.nn.bias_add", 0, 0, {"y": 127.5, "name": None}]),
        function("tf.nn.relu", ["tf.math.truediv", 0, 0, {"name": None}]),
        function("tf.math.negative", ["tf.math.truediv", 0, 0, {"name": None}]),
        function(
            "tf.concat",
            [["tf.nn.relu", 0, 0, {"axis": -1}], ["tf.math.negative", 0, 0, {"axis": -1}]],
        ),
        function("tf.math.subtract", ["_CONSTANT_VALUE", -1, 2.0, {"y": ["tf.concat", 0, 0]}]),
        conv("first", 3, "tf.math.subtract"),
        function("tf.__operators__.add", ["first", 0, 0, {"y": ["image", 0, 0], "name": None}]),
        conv("out", 4, "tf.__operators__.add"),
    )
    agrees(rewritten(model, config, tmp_path / "model.h5"), model)


def test_a_nested_model_is_counted_from_one_and_may_have_a_precision_of_its_own(
    tmp_path: Path,
) -> None:
    within = keras.Input((None, None, 3), name="within")
    inner = keras.Model(within, layers.Conv2D(3, 3, padding="same", name="first")(within))
    given = keras.Input((None, None, 3))
    x = layers.Conv2D(4, 3, padding="same", name="out")(inner(inner(given)))
    model = randomized(keras.Model(given, x))
    nested = graph(image("within"), conv("first", 3, "within"), name="inner")
    policy = {"class_name": "Policy", "config": {"name": "mixed_float16"}, "registered_name": None}
    nested["config"]["layers"][1]["config"]["dtype"] = {"module": "keras.mixed_precision"} | policy
    nested |= {"name": "inner", "inbound_nodes": [[["image", 0, 0, {}]], [["inner", 1, 0, {}]]]}
    config = graph(image("image"), nested, conv("out", 4, "inner", 2))
    agrees(rewritten(model, config, tmp_path / "model.h5"), model)


@pytest.mark.parametrize(
    "node, name, message",
    [
        (["image", 0, 0, {}], "tf.io.read_file", r"'tf.io.read_file' is the function tf.io.read_"),
        (["image", 0, 0, {"y": 1.0, "name": "x"}], "tf.math.add", "has an argument .*: name"),
        (["image", 0, 0, {}], "tf.math.add", "cannot read"),
    ],
)
def test_another_function_is_one_line(tmp_path: Path, node: Any, name: str, message: str) -> None:
    given = keras.Input((None, None, 3))
    model = keras.Model(given, layers.Conv2D(4, 3, name="out")(given))
    config = graph(image("image"), function(name, node), conv("out", 4, name))
    with pytest.raises(NetworkError, match=message):
        load_network(rewritten(model, config, tmp_path / "model.h5"))


@pytest.mark.parametrize("kind", ["Operation", "KerasTensor", "any_symbolic_tensors", "Map"])
def test_what_is_no_operation_is_still_refused(tmp_path: Path, kind: str) -> None:
    given = keras.Input((None, None, 3))
    model = keras.Model(given, layers.Conv2D(4, 3, name="out")(given))
    odd = layer(kind, {"name": "odd"}, [{"args": [], "kwargs": {}}])
    config = graph(image("image"), odd, conv("out", 4, "image"))
    with pytest.raises(NetworkError, match="odd|none of Keras's own|cannot read"):
        load_network(rewritten(model, config, tmp_path / "model.h5"))


def test_what_a_slice_may_not_hold(tmp_path: Path) -> None:
    given = keras.Input((None, None, 3))
    model = keras.Model(given, layers.Conv2D(4, 3, name="out")(given))
    odd = {"slice_spec": [{"start": {"class_name": "Lambda", "config": {}}, "stop": 1, "step": 1}]}
    name = "tf.__operators__.getitem"
    config = graph(image("image"), function(name, ["image", 0, 0, odd]), conv("out", 4, name))
    with pytest.raises(NetworkError, match="'Lambda'.* none of Keras's own"):
        load_network(rewritten(model, config, tmp_path / "model.h5"))
