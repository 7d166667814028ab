"""A picture's values, in 8 bits and in more, and as 8 bits again."""

from __future__ import annotations

import numpy as np
import pytest
from made_pictures import as_unit, written
from PIL import Image

from deepdreamr.pictures.picture import lanczos_8bit, picture_uint8, row_blocks, to_uint8
from deepdreamr.pictures.reading import load_image, read_picture


def test_a_picture_of_8_bits_stays_one() -> None:
    """In a large picture that is a quarter of the memory."""
    every = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    for source in (every, written(Image.fromarray(every))):
        picture = read_picture(source)
        assert picture.values.dtype == np.uint8
        np.testing.assert_array_equal(picture.values, every)
        assert picture.pixels.dtype == np.float32 and picture.image.shape == (1, 16, 16, 3)
        np.testing.assert_allclose(picture.pixels, as_unit(every), atol=1e-6)
        np.testing.assert_array_equal(picture_uint8(picture), every)
        np.testing.assert_array_equal(to_uint8(picture.image), every)


@pytest.mark.filterwarnings("ignore:16 bits")
def test_a_picture_of_more_bits_stays_one() -> None:
    source = np.linspace(0, 65535, 64 * 3).reshape(8, 8, 3).astype(np.uint16)
    picture = read_picture(source)
    assert picture.values.dtype == np.float32 and picture.pixels is picture.values
    np.testing.assert_allclose(picture.values, source / 32767.5 - 1, atol=1e-6)
    np.testing.assert_array_equal(picture_uint8(picture), np.rint(source / 257).astype(np.uint8))


@pytest.mark.parametrize("height", [1, 255, 256, 257, 700])
def test_pictures_are_rounded_block_by_block(height: int) -> None:
    image = np.random.default_rng(0).uniform(-1.2, 1.2, (1, height, 5, 3)).astype(np.float32)
    expected = np.rint((np.clip(image[0].astype(float), -1, 1) + 1) * 127.5)
    assert to_uint8(image).dtype == np.uint8
    np.testing.assert_allclose(to_uint8(image), expected, atol=1)
    assert (to_uint8(image) == expected).mean() > 0.999
    rows = np.concatenate([np.arange(height)[block] for block in row_blocks(height)])
    np.testing.assert_array_equal(rows, np.arange(height))


def test_all_256_values_come_back() -> None:
    values = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    np.testing.assert_array_equal(to_uint8(load_image(values)), values)
    np.testing.assert_array_equal(to_uint8(load_image(values / 255)), values)
    assert to_uint8(load_image(values)).dtype == np.uint8


def test_values_beyond_the_range_are_clipped() -> None:
    image = np.array([[[-1.5, 1.5, 0.0]]], np.float32)
    np.testing.assert_array_equal(to_uint8(image), [[[0, 255, 128]]])


@pytest.mark.parametrize("shape", [(16, 16), (11, 13), (40, 30)])
def test_resizing_in_8_bits_is_pillow_s_and_cuts_off(shape: tuple[int, int]) -> None:
    every = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    pixels = every / np.float32(127.5) - 1
    by_pillow = Image.fromarray(every).resize(shape[::-1], Image.Resampling.LANCZOS)
    expected = np.asarray(by_pillow) / np.float32(127.5) - 1
    for values in (pixels, pixels + 0.9 / 127.5):  # less than a level more is none
        np.testing.assert_array_equal(lanczos_8bit(values.astype(np.float32), shape), expected)
    beyond = np.concatenate([np.full((8, 16, 3), -1.5), np.full((8, 16, 3), 1.5)])
    assert set(np.unique(lanczos_8bit(beyond.astype(np.float32), (16, 16)))) == {-1.0, 1.0}
