"""Feature maps of networks, against Keras and by hand."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from deepdreamr import feature_maps, loss_and_gradient
from deepdreamr.errors import ArgumentError, ImageError, UnknownLayerError
from deepdreamr.front import bridge
from deepdreamr.front.cli import main
from deepdreamr.networks.weights import bundled_parameters
from deepdreamr.pictures.picture import to_uint8
from deepdreamr.pictures.writing import encode


@pytest.mark.parametrize("layer", ["conv2d", "activation_4", "max_pooling2d_1", "mixed3", "mixed5"])
def test_activations_are_keras_s(layer: str, photo: np.ndarray, inception: Any) -> None:
    expected = inception(layer)(photo).numpy()[0]
    maps = feature_maps(photo, layer)
    assert maps.activations.dtype == np.float32
    assert maps.shape == expected.shape
    scale = np.abs(expected).max()
    np.testing.assert_allclose(maps.activations, expected, atol=2e-5 * scale)
    assert (maps.layer, maps.network, maps.source) == (layer, "inception_v3", None)
    assert maps.weights.startswith("bundled")


def test_strength_is_a_channels_share_in_the_loss(photo: np.ndarray) -> None:
    maps = feature_maps(photo, "mixed2")
    np.testing.assert_allclose(
        maps.strength, np.square(maps.activations.astype(float)).mean(axis=(0, 1)), rtol=1e-6
    )
    loss, _ = loss_and_gradient(photo, {"mixed2": 1.0})
    assert maps.strength.mean() == pytest.approx(loss, rel=1e-4)


def test_training_takes_the_pictures_own_statistics(photo: np.ndarray, inception: Any) -> None:
    convolved = inception("conv2d")(photo).numpy()[0].astype(float)
    mean, variance = convolved.mean(axis=(0, 1)), convolved.var(axis=(0, 1))
    beta = bundled_parameters()("batch_normalization")["beta"]
    expected = (convolved - mean) / np.sqrt(variance + 1e-3) + beta
    maps = feature_maps(photo, "batch_normalization", training=True)
    np.testing.assert_allclose(maps.activations, expected, atol=1e-4)
    assert maps.training
    other = feature_maps(photo, "batch_normalization")
    assert np.abs(other.activations - maps.activations).max() > 0.5


def test_low_precision_is_near(photo: np.ndarray) -> None:
    exact, rough = (
        feature_maps(photo, "mixed0", precision=p).activations for p in ("float32", "bfloat16")
    )
    assert rough.dtype == np.float32
    error = np.abs(rough - exact).max() / exact.max()
    assert 0 < error < 0.1


def test_an_untrained_network_is_the_seeds(photo: np.ndarray) -> None:
    first, again, other = (
        feature_maps(photo, "conv2d", weights="untrained", seed=seed).activations
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


def test_the_name_of_the_file_is_kept(photo: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "me.png"
    Image.fromarray(np.uint8((photo[0] + 1) * 127.5)).save(path)
    assert feature_maps(path, "conv2d").source == "me.png"


@pytest.mark.parametrize(
    ("layer", "error", "message"),
    [
        ("mixd4", UnknownLayerError, "no layer mixd4. Did you mean mixed4"),
        (["mixed4"], ArgumentError, "`layer` must be one layer's name"),
        ("", ArgumentError, "a layer must be named"),
    ],
)
def test_wrong_layers(photo: np.ndarray, layer: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        feature_maps(photo, layer)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"octaves": 2}, "unknown argument 'octaves'. Known: network, weights"),
        ({"precison": "float16"}, "unknown argument 'precison'. Did you mean precision"),
        ({"engine": "slow"}, "`engine` must be one of fast, keras"),
    ],
)
def test_wrong_arguments(photo: np.ndarray, options: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        feature_maps(photo, "mixed0", **options)


def test_no_picture() -> None:
    with pytest.raises(ImageError):
        feature_maps(None, "mixed0")


def test_a_picture_that_is_too_small(photo: np.ndarray) -> None:
    with pytest.raises(ImageError, match="at least 75 pixels each way. Received: 70x"):
        feature_maps(photo[:, :70], "mixed8")


@pytest.fixture(scope="module")
def toy() -> Any:
    """A convolution, the mean over all cells, and a dense layer."""
    import keras

    return keras.Sequential(
        [
            keras.Input((None, None, 3)),
            keras.layers.Conv2D(4, 3, name="conv", use_bias=False),
            keras.layers.GlobalAveragePooling2D(name="pool"),
            keras.layers.Dense(2, name="logits"),
        ],
        name="toy",
    )


def test_a_users_own_model_by_hand(photo: np.ndarray, toy: Any) -> None:
    maps = feature_maps(photo, "conv", network=toy, convention="0-1")
    kernel = toy.get_layer("conv").kernel.numpy()
    expected = tf.nn.conv2d((photo + 1) / 2, kernel, 1, "VALID")[0]
    np.testing.assert_allclose(maps.activations, expected, atol=1e-5)
    assert maps.network == "Keras model toy"


def test_the_plain_engine_agrees(photo: np.ndarray, toy: Any) -> None:
    fast, plain = (feature_maps(photo, "conv", network=toy, engine=e) for e in ("fast", "keras"))
    np.testing.assert_allclose(plain.activations, fast.activations, atol=1e-5)


@pytest.mark.parametrize(("layer", "shape"), [("pool", "(4,)"), ("logits", "(2,)")])
def test_a_layer_without_height_and_width(
    photo: np.ndarray, toy: Any, layer: str, shape: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        feature_maps(photo, layer, network=toy)
    assert str(caught.value) == (
        f"`layer` must have a height and a width. Received: layer={layer!r}, of shape {shape}"
    )


def test_what_r_gets(photo: np.ndarray) -> None:
    content = encode(to_uint8(photo))
    answer = bridge.feature_maps(
        bytearray(content),
        "mixed0",
        {"order": "index", "channels": [7.0, 2.0], "columns": 1.0, "colormap": "gray"},
    )
    assert answer["ok"] and answer["warnings"] == []
    maps = feature_maps(content, "mixed0")
    raw = answer["activations"]
    assert isinstance(raw, bytearray)
    assert answer["shape"] == list(maps.shape)
    np.testing.assert_array_equal(
        np.frombuffer(raw, "<f4").reshape(answer["shape"]), maps.activations
    )
    assert answer["strength"] == maps.strength.tolist()
    np.testing.assert_array_equal(
        np.asarray(Image.open(io.BytesIO(answer["png"]))),
        maps.montage(order="index", channels=[2, 7], columns=1, colormap="gray"),
    )
    assert (answer["layer"], answer["network"]) == ("mixed0", "inception_v3")


@pytest.mark.parametrize(
    ("layer", "options", "kind", "message"),
    [
        ("mixd0", {}, "unknown_layer", "Did you mean mixed0"),
        ("mixed0", {"colourmap": "gray"}, "argument", "unknown argument 'colourmap'"),
        ("mixed0", {"octaves": 2}, "argument", "unknown argument 'octaves'"),
        ("mixed0", {"channels": 256.0}, "argument", "has the channels 0 to 255"),
    ],
)
def test_errors_reach_r(
    photo: np.ndarray, layer: str, options: Any, kind: str, message: str
) -> None:
    answer = bridge.feature_maps(encode(to_uint8(photo)), layer, options)
    assert not answer["ok"]
    assert answer["type"] == kind and message in answer["message"]


def test_the_command(photo: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = tmp_path / "in.png", tmp_path / "out.png"
    source.write_bytes(encode(to_uint8(photo)))
    call = ["features", str(source), "mixed0", "-o", str(out)]
    assert main([*call, "--channels", "9,3-5", "--order", "index", "--zoom", "2"]) == 0
    expected = feature_maps(source, "mixed0").montage(channels=[3, 4, 5, 9], order="index", zoom=2)
    np.testing.assert_array_equal(np.asarray(Image.open(out)), expected)
    assert "<FeatureMaps of mixed0" in capsys.readouterr().out
    assert main(call) == 2
    assert "exists already" in capsys.readouterr().err
    assert main([*call, "--overwrite", "--channels", "3-x"]) == 2
    assert capsys.readouterr().err == (
        "error: channels must be given as numbers, like 3,66-69. Received: '3-x'\n"
    )
