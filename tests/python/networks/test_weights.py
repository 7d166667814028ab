"""Where parameters come from: files of all kinds for networks that are known by name."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import URLError

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
from toys import picture, randomized, saved, small_model

from deepdreamr.errors import WeightsError
from deepdreamr.networks.applications import build
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.inception import inception_v3
from deepdreamr.networks.keras.weight_files import load_parameters
from deepdreamr.networks.loading import load_network
from deepdreamr.networks.nodes import needed_nodes
from deepdreamr.networks.weights import BUNDLED, bundled_parameters

LAYER = "conv_pw_6_relu"


@pytest.fixture(scope="module")
def model() -> keras.Model:
    """A MobileNet that is trained, as it were."""
    return randomized(build("mobilenet", None), seed=4)


@pytest.fixture(scope="module")
def wanted(model: keras.Model) -> np.ndarray:
    return keras.Model(model.input, model.get_layer(LAYER).output)(picture(40, 48)).numpy()


def with_top(model: keras.Model) -> keras.Model:
    full = keras.applications.MobileNet(weights=None, classes=3)
    full.set_weights(model.get_weights() + full.get_weights()[len(model.get_weights()) :])
    return full


def fine_tuned(model: keras.Model) -> keras.Model:
    image = keras.Input((64, 64, 3))
    x = keras.layers.GlobalAveragePooling2D()(model(image))
    return keras.Model(image, keras.layers.Dense(2)(x))


def legacy(model: keras.Model, path: Path) -> Path:
    """The file that Keras 2 writes for `save_weights("x.h5")`."""
    with h5py.File(path, "w") as file:
        used = [layer for layer in model.layers if layer.weights]
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        file.attrs["keras_version"] = b"2.4.3"
        for layer in model.layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}/{index}".encode() for index, _ in enumerate(layer.weights)]
            group.attrs["weight_names"] = names
            for name, array in zip(names, layer.get_weights(), strict=True):
                group.create_dataset(name.decode(), data=array)
    assert used
    return path


FILES: dict[str, Callable[[Any, Path], Any]] = {
    "weights.weights.h5": lambda model, path: saved(model, path),
    "full.weights.h5": lambda model, path: saved(with_top(model), path),
    "notop.h5": legacy,
    "full.h5": lambda model, path: legacy(with_top(model), path),
    "model.keras": lambda model, path: saved(with_top(model), path),
    "fine_tuned.h5": lambda model, path: saved(fine_tuned(model), path),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_parameters_from_a_file(
    name: str, model: keras.Model, wanted: np.ndarray, tmp_path: Path
) -> None:
    path = FILES[name](model, tmp_path / name)
    network = load_network("mobilenet", weights=path)
    got = Trunk(network, [LAYER])(picture(40, 48))[0]
    np.testing.assert_allclose(got, wanted, atol=1e-4 * wanted.std())
    assert network.weights.startswith(f"file: {name} (sha256 ")
    assert network.nodes[1].name == "conv1"


MISFITS: dict[str, tuple[Callable[[], Any], str]] = {
    "other.keras": (lambda: small_model(16), "conv1 has parameters of .*the file's first has"),
    "other.h5": (lambda: small_model(16), "conv1 has parameters of"),
    "other.weights.h5": (lambda: small_model(16), "does not fit mobilenet"),
    "short.keras": (
        lambda: keras.Sequential(
            [
                keras.Input((None, None, 3)),
                keras.layers.Conv2D(32, 3, use_bias=False),
                keras.layers.BatchNormalization(),
            ]
        ),
        "the file has nothing for conv_dw_1",
    ),
}


@pytest.mark.parametrize("name", MISFITS)
def test_a_file_that_does_not_fit_names_the_first_layer_that_differs(
    name: str, tmp_path: Path
) -> None:
    make, message = MISFITS[name]
    path = saved(make(), tmp_path / name)
    with pytest.raises(WeightsError, match=message):
        load_network("mobilenet", weights=path)


@pytest.mark.parametrize("content", [b"", b"no weights at all", b"\x89HDF\r\n\x1a\n cut"])
def test_files_that_hold_nothing_of_the_kind(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "odd.weights.h5"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="'odd.weights.h5'"):
        load_network("mobilenet", weights=path)


@pytest.mark.parametrize(
    ("layers", "weights"),
    [
        (7, []),
        ([1.5], []),
        (b"layer", []),
        ([b"\xff"], []),
        ([b"layer\0"], []),
        ([b"none"], []),
        ([b"layer"], 3),
        ([b"layer"], [b"\xff"]),
        ([b"layer"], [b""]),
        ([b"layer"], [b"inner"]),
    ],
)
def test_forged_names_of_parameters_are_one_line(layers: Any, weights: Any, tmp_path: Path) -> None:
    path = tmp_path / "forged.h5"
    with h5py.File(path, "w") as file:
        file.create_group("layer/inner")
        file["layer"].attrs["weight_names"] = np.array(weights)
        file.attrs["layer_names"] = np.array(layers)
    with pytest.raises(WeightsError, match=r"forged\.h5") as caught:
        load_parameters(small_model(), path)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_a_stranger_s_parameters_open_no_other_file(model: keras.Model, tmp_path: Path) -> None:
    path = saved(model, tmp_path / "linked.weights.h5")
    with h5py.File(path, "a") as file:
        file["more"] = h5py.ExternalLink("/etc/hostname", "/")
    with pytest.raises(WeightsError, match="link to elsewhere, at 'more'"):
        load_network("mobilenet", weights=path)


def test_imagenet_offline_says_which_file_is_missing_and_where_it_goes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def offline(*_: Any, **__: Any) -> None:
        raise URLError("no route to host")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", offline)
    with pytest.raises(WeightsError) as caught, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        load_network("vgg16", weights="imagenet")
    message = str(caught.value)
    assert "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5" in message
    assert ".h5: no route to host. Put that file" in message
    assert str(tmp_path / "models") in message and message.count(". ") <= 2
    assert caught.value.__suppress_context__  # urllib's traceback says no more
    printed = capsys.readouterr()
    assert not printed.out and "Downloading" in printed.err


def test_the_bundled_parameters_are_scaled_without_rounding() -> None:
    archive, exact, once = np.load(BUNDLED), bundled_parameters(), bundled_parameters("float32")
    for number in (0, 7, 93):
        scale, minimum = archive[f"conv{number + 1:02d}/kernel_affine"]
        levels = archive[f"conv{number + 1:02d}/kernel"].astype(np.float64)
        kernel = exact(f"conv2d_{number}")["kernel"]
        assert kernel.dtype == np.float32
        np.testing.assert_array_equal(kernel, np.float32(levels * scale + minimum))
        rounded = levels.astype(np.float32) * np.float32(scale) + np.float32(minimum)
        np.testing.assert_array_equal(once(f"conv2d_{number}")["kernel"], rounded)
        assert 0 < np.abs(kernel - rounded).max() < 1e-6


def test_the_bundled_parameters_fill_every_layer_with_sensible_values() -> None:
    read = bundled_parameters()
    nodes = needed_nodes(inception_v3(), ["mixed10"])
    for node in nodes:
        if node.op == "conv":
            kernel = read(node.name)["kernel"]
            assert kernel.shape[:2] == node.options["kernel_size"]
            assert kernel.shape[3] == node.options["filters"] and 0 < kernel.std() < 2
        elif node.op == "batch_norm":
            assert (read(node.name)["moving_variance"] > 0).all()
    network = load_network()
    values = Trunk(network, ["mixed5"])(tf.zeros((1, 80, 80, 3)))[0]
    assert network.weights.startswith("bundled: ") and np.isfinite(values).all()
