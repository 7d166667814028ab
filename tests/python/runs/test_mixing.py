"""A picture that was saved, mixed with what it was dreamed from."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepdreamr import dream, mix, show
from deepdreamr.errors import ArgumentError, ImageError, ReplayWarning
from deepdreamr.pictures.picture import to_uint8

FINISHES: list[dict[str, Any]] = [
    {"strength": 0.3},
    {"keep_colors": True},
    {"keep_colors": True, "strength": 0.6},
    {"strength": 0},
    {},
]
SMALL: dict[str, Any] = {"layers": "mixed0", "octaves": 1, "iterations": 2, "seed": 5}


@pytest.fixture(scope="module")
def picture(photo: np.ndarray) -> np.ndarray:
    """uint8 (80, 92, 3)."""
    return to_uint8(photo[:, 20:100, 30:122])


def same(first: Any, second: Any) -> None:
    np.testing.assert_array_equal(first.image, second.image)
    assert {**first.record, "versions": {}} == {**second.record, "versions": {}}


@pytest.fixture(scope="module")
def whole(picture: np.ndarray) -> Any:
    return dream(picture, **SMALL)


@pytest.mark.parametrize("finish", FINISHES, ids=str)
def test_it_is_what_dreaming_so_makes(
    finish: Any, picture: np.ndarray, whole: Any, tmp_path: Path
) -> None:
    path = tmp_path / "dream.png"
    whole.save(path)
    mixed = mix(path, picture, **finish)
    same(mixed, dream(picture, **SMALL, **finish))
    same(mix(whole, picture, **finish), mixed)
    assert show(mixed.png())["strength"] == finish.get("strength", 1)
    assert mixed.losses == ()


def test_a_picture_of_many_bits_scaled_down_with_a_mask_and_transparency(
    picture: np.ndarray, tmp_path: Path
) -> None:
    deep = np.dstack([picture, picture[..., 0] // 2 + 100]).astype(np.uint16) * 257 + np.uint16(90)
    how = {**SMALL, "max_size": 84, "mask": np.arange(92)[None] * np.ones((80, 1)) / 91}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of 16 bits
        first, wanted = dream(deep, **how), dream(deep, **how, strength=0.4)
        made = mix(first.png(), deep, strength=0.4)
    same(made, wanted)
    np.testing.assert_array_equal(made.alpha, wanted.alpha)


def test_another_source_is_noticed(picture: np.ndarray, whole: Any) -> None:
    with pytest.warns(ReplayWarning, match="`source` has other pixels"):
        mix(whole, picture[::-1], strength=0.5)


def test_what_cannot_be_mixed(picture: np.ndarray, whole: Any, tmp_path: Path) -> None:
    dream(picture, **{**SMALL, "octaves": 2, "octave_scale": 1.1}, save_octaves=tmp_path)
    noise = dream(size=(80, 92), **SMALL)
    early = min(tmp_path.iterdir(), key=lambda path: path.name)
    for made, source, message in (
        (early, picture, "must be of one size. Received: 80x92 and 72x83"),
        (whole, picture[:79], "must be of one size. Received: 79x92 and 80x92"),
        (noise, picture, "a dream from noise has no original"),
        (noise, None, "a dream from noise has no original"),
        (whole.mixed(strength=0.5), picture, "is mixed with its original already"),
    ):
        with pytest.raises(ArgumentError, match=message) as caught:
            mix(made, source, strength=0.5)
        assert "\n" not in str(caught.value)
    with pytest.raises(ArgumentError, match="`strength` must be"):
        mix(whole, picture, strength=2)
    with pytest.raises(ImageError, match="a picture must be a path"):
        mix(whole, None)
    plain = tmp_path / "plain.png"
    Image.fromarray(picture).save(plain)
    with pytest.raises(ImageError, match="does not say how it was made"):
        mix(plain, picture)
