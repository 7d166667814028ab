"""Keras files from strangers: what is read, and what is refused before anything of it is built."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from toys import picture, randomized, saved, small_model

from deepdreamr import dream
from deepdreamr.errors import NetworkError
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.keras.configs import check_config
from deepdreamr.networks.keras.files import load_keras_file
from deepdreamr.networks.loading import load_network

layers = keras.layers


def classifier() -> keras.Model:
    """A third party's classifier: a MobileNet within a model with a head, for 64 x 64 pixels."""
    base = keras.applications.MobileNet(
        alpha=0.25, weights=None, include_top=False, input_shape=(64, 64, 3)
    )
    image = keras.Input((64, 64, 3))
    x = layers.RandomFlip()(layers.Rescaling(1 / 127.5, offset=-1)(image))
    x = layers.GlobalAveragePooling2D()(base(x))
    x = layers.Dropout(0.2)(layers.Dense(16, activation="swish", name="hidden")(x))
    x = layers.Dense(3, activation="softmax", name="scores", kernel_regularizer="l2")(x)
    model = randomized(keras.Model(image, x, name="mine"))
    model.compile("adam", "categorical_crossentropy")
    return model


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".h5", ".keras", ".model"])
def test_a_saved_classifier_dreams_by_its_inner_layers(suffix: str, tmp_path: Path) -> None:
    model = classifier()
    path = saved(model, tmp_path / ("mine" + suffix.replace(".model", ".h5")))
    path = path.rename(tmp_path / f"mine{suffix}")
    network = load_network(path, convention="0-255")
    assert {"conv_dw_3_relu", "hidden", "scores"} <= set(network.layer_names)
    pixels = picture(64, 64)
    wanted = model((pixels + 1) * 127.5, training=False)
    np.testing.assert_allclose(Trunk(network, ["scores"])(pixels)[0], wanted, atol=1e-4)
    result = dream(
        np.full((50, 70, 3), 0.5),
        {"conv_dw_3_relu": 1.0},
        network=str(path),
        convention="0-255",
        octaves=2,
        iterations=1,
    )
    assert result.image.shape == (50, 70, 3)
    assert result.network == path.name and f"own: {path.name} (sha256 " in result.weights


RAN: list[Any] = []


@keras.saving.register_keras_serializable("strangers")
class Custom(layers.Layer):  # type: ignore[name-defined]
    """A class that somebody has registered; its configuration is not even read."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        RAN.append(type(self).__name__)

    def call(self, x: Any) -> Any:
        return x


def with_layer(make: Any) -> keras.Model:
    image = keras.Input((8, 8, 3))
    inner = keras.Sequential([keras.Input((8, 8, 3)), make(), layers.Conv2D(2, 3)])
    return keras.Model(image, inner(image))


REFUSED = {
    "Lambda": lambda: layers.Lambda(lambda x: x + 1),
    "strangers>Custom": Custom,
    "relu_of_mine": lambda: layers.Activation(relu_of_mine),  # type: ignore[has-type]
    "Orthogonally": lambda: layers.Conv2D(3, 1, kernel_initializer=Orthogonally()),
}


@keras.saving.register_keras_serializable("strangers", name="relu_of_mine")
def relu_of_mine(x: Any) -> Any:
    return x


@keras.saving.register_keras_serializable("strangers")
class Orthogonally(keras.initializers.Initializer):
    """An initializer of a stranger's."""

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return keras.ops.zeros(shape, dtype)

    def get_config(self) -> Any:
        return {}


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_keras_s_own_is_refused_by_name(name: str, suffix: str, tmp_path: Path) -> None:
    path = saved(with_layer(REFUSED[name]), tmp_path / f"evil{suffix}")
    RAN.clear()
    plain = name.partition(">")[2] or name
    with pytest.raises(NetworkError, match=f"'(strangers>)?{plain}'.* none of Keras's own layers"):
        load_keras_file(path)
    assert not RAN


def rewritten(path: Path, change: Any) -> Path:
    """A `.keras` file with another configuration."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(content["config.json"])
    content["config.json"] = json.dumps(change(config) or config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def layer_config(kind: str, module: str | None = "keras.layers", **config: Any) -> dict[str, Any]:
    return {"module": module, "class_name": kind, "config": config, "registered_name": None}


@pytest.mark.parametrize(
    "part",
    [
        layer_config("TFSMLayer", filepath="/tmp/some_saved_model"),
        layer_config("TorchModuleWrapper", module_bytes="gASV"),
        layer_config("StringLookup", vocabulary="/etc/passwd"),
        layer_config("Popen", module="subprocess"),
        layer_config("system", module="os"),
        layer_config("get_file", module="keras.utils"),
        layer_config("load_model", module="keras.models"),
        layer_config("Model", module="keras.src.evil"),
        layer_config("__lambda__", module=None, value="c3lzdGVt"),
        layer_config("__typespec__", module=None),
        {**layer_config("Conv2D"), "registered_name": "strangers>Custom"},
        {"class_name": "function", "module": "keras.utils", "config": "get_file"},
        {"class_name": "function", "module": "builtins", "config": "exec"},
        {"class_name": "function", "module": "builtins", "config": "_private"},
        {"class_name": "Dense", "config": {"activation": "strangers>relu_of_mine"}},
    ],
    ids=lambda part: f"{part.get('module')}.{part['class_name']}",
)
def test_configurations_are_refused_at_any_depth(part: Any) -> None:
    nested = {"class_name": "Functional", "config": {"layers": [{"config": [{"deep": part}]}]}}
    with pytest.raises(NetworkError, match="could run code or read other files"):
        check_config(nested, "evil.keras")


def test_what_compiling_needs_is_not_looked_at_and_not_made(tmp_path: Path) -> None:
    def change(config: Any) -> None:
        config["compile_config"] = {"optimizer": layer_config("Popen", module="subprocess")}

    path = rewritten(saved(small_model(16), tmp_path / "compiled.keras"), change)
    assert not load_keras_file(path).compiled


@pytest.mark.parametrize("kind", ["external", "soft", "virtual", "raw"])
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_files_that_would_have_other_files_read(kind: str, suffix: str, tmp_path: Path) -> None:
    path = saved(small_model(16), tmp_path / f"linked{suffix}")
    weights = path
    if suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        weights = tmp_path / "inner.h5"
        weights.write_bytes(content["model.weights.h5"])
    with h5py.File(weights, "a") as file:
        if kind == "external":
            file["more"] = h5py.ExternalLink("/etc/hostname", "/")
        elif kind == "soft":
            file["more"] = h5py.SoftLink("/elsewhere")
        elif kind == "virtual":
            layout = h5py.VirtualLayout((4,), "u1")
            layout[:] = h5py.VirtualSource("/etc/other.h5", "data", (4,))
            file.create_virtual_dataset("more", layout)
        else:
            file.create_dataset("more", (4,), "u1", external=[("/etc/hostname", 0, 4)])
    if suffix == ".keras":
        content["model.weights.h5"] = weights.read_bytes()
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in content.items():
                archive.writestr(name, data)
    with pytest.raises(NetworkError, match="'more'"):
        load_keras_file(path)


def test_nothing_else_in_an_archive_is_written_anywhere(tmp_path: Path) -> None:
    path = saved(small_model(16), tmp_path / "slip.keras")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("assets/../../../slipped.txt", "x")
        archive.writestr("../slipped.txt", "x")
    before = set(tmp_path.parent.rglob("*"))
    assert "first" in load_network(path).layer_names
    assert set(tmp_path.parent.rglob("*")) == before


def broken(path: Path, how: str) -> Path:
    content = path.read_bytes()
    if how == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif how == "no weights":
        with zipfile.ZipFile(path) as archive:
            config = archive.read("config.json")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", config)
    elif how == "no json":
        rewritten(path, lambda _: None)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", "{]")
    return path


@pytest.mark.parametrize(
    "suffix, how",
    [(".keras", "no weights"), (".keras", "no json"), (".keras", "cut"), (".h5", "cut")],
)
def test_broken_files_are_network_errors(suffix: str, how: str, tmp_path: Path) -> None:
    path = broken(saved(small_model(16), tmp_path / f"broken{suffix}"), how)
    with pytest.raises(NetworkError):
        load_network(path)


def test_a_file_of_parameters_only_is_not_a_network(tmp_path: Path) -> None:
    path = saved(small_model(), tmp_path / "only.weights.h5")
    with pytest.raises(NetworkError, match="holds no model.*Give it as `weights`"):
        load_network(path)
