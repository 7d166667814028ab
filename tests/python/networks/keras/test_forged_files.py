"""Forged Keras files: each ends in one error, before what it asks for is taken."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import psutil
import pytest
from keras.src.applications.convnext import LayerScale
from toys import saved, small_model

from deepdreamr.errors import DeepDreamError, MemoryLimitError, NetworkError
from deepdreamr.networks.keras.configs import check_config, plain_config
from deepdreamr.networks.loading import load_network

RAN: list[str] = []


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One small model in each format."""
    folder = tmp_path_factory.mktemp("files")
    model = small_model()
    return {kind: saved(model, folder / f"small.{kind}") for kind in ("keras", "h5")}


def edited(source: Path, target: Path, change: Any) -> Path:
    """The file with its configuration changed."""
    if source.suffix == ".h5":
        shutil.copyfile(source, target)
        with h5py.File(target, "r+") as file:
            config = json.loads(file.attrs["model_config"])
            change(config)
            del file.attrs["model_config"]
            file.attrs["model_config"] = json.dumps(config)
        return target
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config).encode()
            new.writestr(name, content)
    return target


def layer(config: Any, kind: Any) -> Any:
    """The first layer of a class in a model's configuration."""
    return next(x for x in config["config"]["layers"] if x["class_name"] == kind)


def setting(kind: Any, **settings: Any) -> Any:
    def change(config: Any) -> None:
        layer(config, kind)["config"].update(settings)

    return change


def as_class(kind: Any, name: Any, **settings: Any) -> Any:
    """Another class in place of the first layer of one."""

    def change(config: Any) -> None:
        found = layer(config, kind)
        found["class_name"] = name
        found["registered_name"] = None
        own = {"name": found["config"]["name"], "trainable": True, "dtype": "float32"}
        found["config"] = own | settings

    return change


def foreign(kind: Any, **place: Any) -> Any:
    def change(config: Any) -> None:
        layer(config, kind).update(place)

    return change


def dtype_of(value: Any) -> Any:
    return setting("Conv2D", dtype=value)


POLICY = {"module": "evil", "class_name": "Policy", "config": {"name": "float32"}}
HUGE = {
    "filters": setting("Conv2D", filters=10**9),
    "kernel": setting("Conv2D", kernel_size=[10**5, 10**5]),
    "kernel of 2^62": setting("Conv2D", kernel_size=[2**62, 2**62]),
    "dense": as_class("ReLU", "Dense", units=5 * 10**8, activation="linear"),
    "embedding": as_class("ReLU", "Embedding", input_dim=10**9, output_dim=10**3),
    "heads": as_class("ReLU", "MultiHeadAttention", num_heads=10**6, key_dim=10**6),
    "negative": setting("Conv2D", filters=-5),
    "text": setting("Conv2D", filters="many"),
    "list": setting("Conv2D", filters=[10**9] * 5),
    "strides": setting("Conv2D", strides=[0, 0]),
    "groups": setting("Conv2D", groups=10**9),
}
FOREIGN = {
    "module": foreign("Conv2D", module="os"),
    "registered": foreign("Conv2D", registered_name="mine>Conv2D"),
    "class": foreign("Conv2D", class_name="system", module="os"),
    "class of lists": foreign("Conv2D", class_name=["Conv2D"]),
    "policy": dtype_of(POLICY),
    "shape": dtype_of({"module": "evil", "class_name": "TensorShape", "config": {}, "items": [1]}),
    "tuple": dtype_of({"module": "evil", "class_name": "__tuple__", "items": [1]}),
    "lambda": setting("Conv2D", activation={"class_name": "__lambda__", "config": {"value": "x"}}),
    "function": setting(
        "Conv2D", activation={"class_name": "function", "module": "os", "config": "system"}
    ),
    "private": setting("Conv2D", activation="__import__"),
    "operation": foreign("ReLU", module="keras.src.ops.numpy", class_name="np"),
}


def refused(path: Path) -> DeepDreamError:
    """The one line that a file gives; what was held in memory for it is little."""
    before = psutil.Process().memory_info().rss
    with pytest.raises((NetworkError, MemoryLimitError)) as caught:
        load_network(path)
    assert len(str(caught.value).splitlines()) == 1
    assert psutil.Process().memory_info().rss - before < 10**9
    return caught.value


@pytest.mark.memory
@pytest.mark.parametrize("kind", ["keras", "h5"])
@pytest.mark.parametrize("name", HUGE)
def test_what_asks_for_too_much_is_refused(
    files: dict[str, Path], tmp_path: Path, kind: str, name: str
) -> None:
    refused(edited(files[kind], tmp_path / f"huge.{kind}", HUGE[name]))


def test_the_layers_of_applications_are_found_in_hdf5(tmp_path: Path) -> None:
    own = LayerScale(0.5, 3, name="scale")
    model = keras.Sequential([keras.Input((None, None, 3)), own])
    assert "scale" in load_network(saved(model, tmp_path / "scaled.h5")).layer_names


@pytest.mark.parametrize("kind", ["keras", "h5"])
def test_parameters_of_16_bits(tmp_path: Path, kind: str) -> None:
    model = keras.Sequential(
        [keras.Input((None, None, 3)), keras.layers.Conv2D(4, 3, name="conv", dtype="float16")]
    )
    assert load_network(saved(model, tmp_path / f"half.{kind}")).layer_names == ("conv",)
    if kind == "keras":  # Keras itself reads no bfloat16 from HDF5 models
        brief = keras.layers.Conv2D(4, 3, name="conv", dtype="bfloat16")
        model = keras.Sequential([keras.Input((None, None, 3)), brief])
        assert load_network(saved(model, tmp_path / "brief.keras")).layer_names == ("conv",)


@pytest.mark.parametrize("kind", ["keras", "h5"])
@pytest.mark.parametrize("name", FOREIGN)
def test_names_of_elsewhere_are_refused(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, name: str
) -> None:
    (tmp_path / "evil.py").write_text("raise SystemExit('it ran')")
    monkeypatch.syspath_prepend(tmp_path)
    refused(edited(files[kind], tmp_path / f"foreign.{kind}", FOREIGN[name]))
    assert "evil" not in sys.modules


@keras.saving.register_keras_serializable("Custom", name="Conv2D")
class Registered(keras.layers.Conv2D):
    """What a user has registered under a name of Keras's."""

    def __init__(self, *args: Any, **options: Any) -> None:
        RAN.append("registered")
        super().__init__(*args, **options)


@pytest.mark.parametrize("kind", ["keras", "h5"])
def test_what_the_user_registered_is_not_for_a_strangers_file(
    files: dict[str, Path], kind: str
) -> None:
    with keras.saving.custom_object_scope({"Conv2D": Registered, "ReLU": Registered}):
        network = load_network(files[kind])
        assert keras.saving.get_custom_objects()  # they are the user's again
    assert network.layer_names
    assert not RAN


def test_keras_is_handed_names_of_our_list_alone(files: dict[str, Path]) -> None:
    with zipfile.ZipFile(files["keras"]) as archive:
        config = json.loads(archive.read("config.json"))
    conv = layer(config, "Conv2D")
    conv["module"], conv["registered_name"] = "keras.layers", "Conv2D"
    check_config(config, "x")
    plain = layer(plain_config(config), "Conv2D")
    assert (plain["module"], plain["registered_name"]) == ("keras.layers", None)


def filled_dataset(path: Path, **options: Any) -> None:
    with h5py.File(path, "r+") as file:
        found: list[str] = []
        file.visit(found.append)
        name = next(n for n in found if "kernel" in n)
        del file[name]
        file.create_dataset(name, **options)


DATASETS: dict[str, dict[str, Any]] = {
    "declared": {"shape": (2**20, 2**20), "dtype": "f4", "chunks": (64, 64)},
    "packed": {"shape": (2**14, 2**13), "dtype": "f8", "chunks": (2**10, 2**10), "compression": 9},
    "chunk": {"shape": (2**15, 2**15), "dtype": "f4", "chunks": (2**14, 2**14), "compression": 1},
    "text": {"data": np.array(["a" * 9], h5py.string_dtype())},
    "structure": {"data": np.zeros(3, [("a", "f4"), ("b", "i4")])},
    "reference": {"shape": (3,), "dtype": h5py.ref_dtype},
    "empty": {"shape": None, "dtype": "f4"},
    "other shape": {"data": np.zeros((1, 1), "f4")},
    "filter": {"shape": (64, 64), "dtype": "i4", "chunks": (8, 8), "scaleoffset": 0},
}


@pytest.mark.parametrize("name", DATASETS)
def test_arrays_that_are_not_what_they_seem(
    files: dict[str, Path], tmp_path: Path, name: str
) -> None:
    path = Path(shutil.copyfile(files["h5"], tmp_path / "arrays.h5"))
    filled_dataset(path, **DATASETS[name])
    refused(path)


def archive(tmp_path: Path, files: Any, **members: Any) -> Path:
    with zipfile.ZipFile(files["keras"]) as old:
        kept = {name: old.read(name) for name in old.namelist()}
    path = tmp_path / "archive.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in {**kept, **members}.items():
            if content is not None:
                new.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "members",
    [
        {"config.json": b" " * 2**28},
        {"config.json": b"[" * 10**6},
        {"config.json": b"[]"},
        {"config.json": b"{}"},
        {"config.json": b'{"class_name": "Functional"}'},
        {"config.json": b'{"class_name": "Functional", "module": "keras", "config": 3}'},
        {"config.json": None},
        {"model.weights.h5": None},
        {"model.weights.h5": b""},
        {"model.weights.h5": bytes(2**28)},
    ],
    ids=range(10),
)
def test_archives_with_other_members(files: dict[str, Path], tmp_path: Path, members: Any) -> None:
    refused(archive(tmp_path, files, **members))


@pytest.mark.parametrize("kind", ["keras", "h5"])
def test_damaged_bytes(files: dict[str, Path], tmp_path: Path, kind: str) -> None:
    content = files[kind].read_bytes()
    random = np.random.default_rng(4)
    for _ in range(12):
        damaged = bytearray(content)
        for place in random.integers(0, len(damaged), 40):
            damaged[place] = random.integers(0, 256)
        path = tmp_path / f"damaged.{kind}"
        path.write_bytes(damaged)
        try:
            load_network(path)  # what is damaged may be nobody's
        except DeepDreamError as error:
            assert len(str(error).splitlines()) == 1
