"""The gradient of a loss: as numbers, and as a picture."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepdreamr import gradient_picture, loss_and_gradient
from deepdreamr.errors import ArgumentError, ImageError, NetworkError, UnknownLayerError
from deepdreamr.front import bridge
from deepdreamr.front.cli import main
from deepdreamr.looking import gradient as module
from deepdreamr.pictures.picture import to_uint8
from deepdreamr.pictures.writing import encode
from deepdreamr.runs import memory

LAYERS = {"mixed0": 1.0, "conv2d_2": 0.2}


@pytest.fixture(scope="module")
def small(photo: np.ndarray) -> np.ndarray:
    """The photograph's middle, uint8 (60, 80, 3)."""
    return to_uint8(photo[:, 30:90, 40:120])


def test_loss_and_gradient_need_no_octaves(small: np.ndarray) -> None:
    loss, gradient = loss_and_gradient(small[:, :50], LAYERS)
    assert isinstance(loss, float) and gradient.shape == (60, 50, 3)
    assert gradient.dtype == np.float32


def test_neither_octaves_nor_tiles_change_the_gradient(photo: np.ndarray) -> None:
    loss, gradient = loss_and_gradient(photo, LAYERS)
    for settings in ({"octaves": 3}, {"octaves": 2, "octaves_above": 1}, {"tile_size": 80}):
        again, same = loss_and_gradient(photo, LAYERS, **settings)
        assert again == pytest.approx(loss, rel=1e-6)
        np.testing.assert_allclose(same, gradient, rtol=1e-4, atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{}, {"octaves": 3}, {"tile_size": 100}])
def test_a_large_picture_is_put_together_from_windows(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (300, 308, 3), np.uint8)
    loss, gradient = loss_and_gradient(picture, {"mixed0": 1})
    monkeypatch.setattr(memory, "WHOLE_PIXELS", 260**2)
    again, same = loss_and_gradient(picture, {"mixed0": 1}, **settings)
    assert again == pytest.approx(loss, rel=1e-5)
    np.testing.assert_allclose(same, gradient, atol=1e-4 * np.abs(gradient).max())
    assert (same != gradient).any()


@pytest.mark.slow
def test_the_plain_engine_agrees(small: np.ndarray) -> None:
    options = {"network": "mobilenet_v2", "weights": "untrained", "seed": 1}
    loss, gradient = loss_and_gradient(small, ["block_3_expand_relu"], **options)
    again, same = loss_and_gradient(small, ["block_3_expand_relu"], engine="keras", **options)
    assert again == pytest.approx(loss, rel=1e-4)
    np.testing.assert_allclose(same, gradient, atol=1e-4 * np.abs(gradient).max())


@pytest.mark.parametrize("function", [loss_and_gradient, gradient_picture])
@pytest.mark.parametrize(
    ("image", "options", "error", "message"),
    [
        (
            "small",
            {"octave_scal": 2},
            ArgumentError,
            "unknown argument 'octave_scal'. Did you mean",
        ),
        ("small", {"checkpoint": "x"}, ArgumentError, "unknown argument 'checkpoint'"),
        ("small", {"size": (60, 80)}, ArgumentError, "unknown argument 'size'"),
        (None, {}, ImageError, "Received: None|NoneType"),
    ],
)
def test_wrong_calls(
    small: np.ndarray, function: Any, image: str | None, options: Any, error: Any, message: str
) -> None:
    with pytest.raises(error, match=message):
        function(small if image == "small" else image, LAYERS, **options)


def test_a_gradient_picture_is_the_gradient_around_mid_grey(small: np.ndarray) -> None:
    picture = gradient_picture(small, {"mixed2": 1.0}, percentile=100)
    loss, gradient = loss_and_gradient(small, {"mixed2": 1.0})
    assert picture.loss == pytest.approx(loss, rel=1e-6)
    np.testing.assert_allclose(picture.gradient, gradient, rtol=1e-4, atol=1e-9)
    assert picture.limit == pytest.approx(np.abs(gradient).max(), rel=1e-6)
    expected = (picture.gradient / picture.limit + 1) * 127.5
    np.testing.assert_allclose(picture.image, expected, atol=0.51)
    far = np.abs(expected - 127.5) > 1
    np.testing.assert_array_equal((picture.image > 127.5)[far], (picture.gradient > 0)[far])
    assert picture.shape == (60, 80) and "<GradientPicture 80x60: loss " in repr(picture)


@pytest.mark.slow
def test_a_step_along_the_picture_raises_the_loss(small: np.ndarray) -> None:
    picture = gradient_picture(small, ["mixed2"], recipe="keras")
    direction = picture.image.astype(np.float32) / 127.5 - 1
    start = small.astype(np.float32) / 127.5 - 1
    moved = np.clip(start + 0.02 * direction, -1, 1)
    better, _ = loss_and_gradient(moved[None], ["mixed2"], recipe="keras")
    worse, _ = loss_and_gradient(
        np.clip(start - 0.02 * direction, -1, 1)[None], ["mixed2"], recipe="keras"
    )
    assert worse < picture.loss < better


def test_a_negative_weight_turns_the_picture_over(small: np.ndarray) -> None:
    up = gradient_picture(small, {"mixed1": 1.0}).image.astype(int)
    down = gradient_picture(small, {"mixed1": -1.0}).image.astype(int)
    np.testing.assert_allclose(up + down, 255, atol=1)


def test_the_largest_values_are_clipped(small: np.ndarray) -> None:
    picture = gradient_picture(small, ["mixed2"], percentile=90)
    sizes = np.abs(picture.gradient)
    assert (sizes > picture.limit).mean() == pytest.approx(0.1, abs=0.01)
    np.testing.assert_array_equal(np.isin(picture.image, (0, 255))[sizes > picture.limit], True)
    assert gradient_picture(small, ["mixed2"]).limit > picture.limit


def test_no_gradient_is_mid_grey(small: np.ndarray) -> None:
    picture = gradient_picture(small, {"mixed0": 0.0})
    assert (picture.image == 128).all()


def test_a_gradient_that_is_not_finite(small: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = np.full((60, 80, 3), np.nan, np.float32)
    monkeypatch.setattr(module, "loss_and_gradient", lambda *_, **__: (1.0, broken))
    with pytest.raises(NetworkError, match="not finite"):
        gradient_picture(small, ["mixed0"])


@pytest.mark.parametrize("percentile", [0, 101, "99", None, True, float("nan")])
def test_a_wrong_percentile(small: np.ndarray, percentile: Any) -> None:
    with pytest.raises(ArgumentError, match="`percentile` must be a number > 0 and <= 100"):
        gradient_picture(small, ["mixed0"], percentile=percentile)


def test_a_gradient_of_an_unknown_layer(small: np.ndarray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UnknownLayerError, match="Did you mean mixed4"):
            gradient_picture(small, ["mixd4"])


def test_what_r_gets(small: np.ndarray) -> None:
    content = encode(small)
    answer = bridge.gradient_picture(content, {"mixed1": 2.0}, {"border": 1.0})
    wanted = gradient_picture(small, {"mixed1": 2.0}, border=1)
    assert answer["ok"] and answer["loss"] == pytest.approx(wanted.loss)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(answer["png"]))), wanted.image)


def test_errors_reach_r(small: np.ndarray) -> None:
    answer = bridge.gradient_picture(encode(small), ["mixed0"], {"octavs": 2})
    assert (answer["ok"], answer["type"]) == (False, "argument")
    assert "Did you mean octaves" in answer["message"]
    assert bridge.gradient_picture(encode(small), ["mixedO"], {})["type"] == "unknown_layer"
    assert bridge.gradient_picture("nowhere.png", ["mixed0"], {})["type"] == "image"


def test_the_command(small: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = tmp_path / "in.png", tmp_path / "out.png"
    source.write_bytes(encode(small))
    call = [str(source), "-o", str(out), "--layers", "mixed0,mixed1=0.5"]
    assert main(["gradient", *call]) == 0
    assert main(["gradient", *call]) == 2
    assert "exists already" in capsys.readouterr().err
    assert main(["gradient", *call, "--overwrite", "--percentile", "95"]) == 0
    wanted = gradient_picture(source, {"mixed0": 1, "mixed1": 0.5}, percentile=95)
    np.testing.assert_array_equal(np.asarray(Image.open(out)), wanted.image)


def test_the_gradient_is_that_of_one_octave_whatever_is_asked(photo: np.ndarray) -> None:
    alone, _ = loss_and_gradient(photo, "mixed0", seed=0)
    many, _ = loss_and_gradient(photo, "mixed0", octaves=20, octaves_above=3, seed=0)
    assert many == alone
