"""Two pictures of 8 bits become one."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from deepdreamr.pictures.mixing import brightness, mixed, recolored

RANDOM = np.random.default_rng(3)
ORIGINAL, CHANGED = RANDOM.integers(0, 256, (2, 300, 7, 3)).astype(np.uint8)


def test_a_share_of_0_is_the_original_and_of_1_the_other_to_the_last_bit() -> None:
    assert (mixed(ORIGINAL, CHANGED, 0.0) == ORIGINAL).all()
    assert (mixed(ORIGINAL, CHANGED, 1.0) == CHANGED).all()
    share = RANDOM.integers(0, 2, (300, 7)).astype(np.float32)
    expected = np.where(share[..., None] == 1, CHANGED, ORIGINAL)
    assert (mixed(ORIGINAL, CHANGED, share) == expected).all()


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_a_mix_is_linear_in_its_share(share: float) -> None:
    expected = (1 - share) * ORIGINAL.astype(float) + share * CHANGED
    assert np.abs(mixed(ORIGINAL, CHANGED, share) - expected).max() <= 0.5001
    everywhere = np.full((300, 7), share, np.float32)
    assert (mixed(ORIGINAL, CHANGED, everywhere) == mixed(ORIGINAL, CHANGED, share)).all()


def test_inputs_are_left_as_they_are() -> None:
    before = ORIGINAL.copy(), CHANGED.copy()
    mixed(ORIGINAL, CHANGED, 0.5)
    recolored(ORIGINAL, CHANGED)
    assert (before[0] == ORIGINAL).all() and (before[1] == CHANGED).all()


TO_YCBCR = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
)  # ITU-T T.871, JPEG's


def test_brightness_and_colours_are_those_of_ycbcr() -> None:
    expected = CHANGED @ TO_YCBCR[0]
    np.testing.assert_allclose(brightness(CHANGED.astype(float)), expected, atol=1e-9)
    y = (CHANGED @ TO_YCBCR.T)[..., :1]
    chroma = (ORIGINAL @ TO_YCBCR.T)[..., 1:]
    rgb = np.concatenate([y, chroma], axis=-1) @ np.linalg.inv(TO_YCBCR).T
    expected = np.clip(rgb, 0, 255)
    assert np.abs(recolored(ORIGINAL, CHANGED) - expected).max() < 0.51


def test_colours_as_pillow_takes_them() -> None:
    """Pillow rounds Y, Cb and Cr to 8 bits."""
    y, _, _ = Image.fromarray(CHANGED).convert("YCbCr").split()
    _, cb, cr = Image.fromarray(ORIGINAL).convert("YCbCr").split()
    expected = np.asarray(Image.merge("YCbCr", (y, cb, cr)).convert("RGB")).astype(int)
    assert np.abs(recolored(ORIGINAL, CHANGED) - expected).max() <= 3


def test_where_nothing_changed_the_colours_are_the_original_s_to_the_last_bit() -> None:
    assert (recolored(ORIGINAL, ORIGINAL) == ORIGINAL).all()


def test_the_brightness_of_a_grey_is_exact() -> None:
    greys = np.arange(256)[:, None].repeat(3, axis=1) / 255
    assert (brightness(greys) == greys[:, 0]).all()
