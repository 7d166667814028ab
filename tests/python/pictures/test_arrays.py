"""Arrays as pictures: every type and shape that will do, and those that will not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_pictures import as_unit, pixels
from needing import present

from deepdreamr.errors import ImageError, ImageWarning
from deepdreamr.pictures.reading import load_image, read_picture


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_float_arrays_lie_in_0_to_1(dtype: Any) -> None:
    array = np.linspace(0, 1, 24).reshape(2, 4, 3).astype(dtype)
    np.testing.assert_allclose(load_image(array)[0], array.astype(float) * 2 - 1, atol=1e-6)


@pytest.mark.parametrize("dtype", ["<u2", ">u2"])
def test_uint16_arrays_use_the_whole_range(dtype: str) -> None:
    array = np.array([[0, 1, 32768, 65535]], dtype)
    expected = array.astype(float) / 65535 * 2 - 1
    with pytest.warns(ImageWarning, match="16 bits a colour: dreamed as floats, saved with 8"):
        image = load_image(array)
    np.testing.assert_allclose(image[0, :, :, 0], expected, atol=1e-6)


def test_uint16_arrays_of_12_bits_are_refused() -> None:
    with pytest.raises(ImageError, match="the array has 16 bits .* only the lower 12 are used"):
        load_image(np.array([[0, 4095]], np.uint16))
    with pytest.warns(ImageWarning):
        assert (load_image(np.zeros((4, 5), np.uint16)) == -1).all()


def test_bool_arrays_are_black_and_white() -> None:
    array = np.array([[True, False], [False, True]])
    np.testing.assert_array_equal(load_image(array)[0, :, :, 1], np.where(array, 1, -1))


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1)])
def test_grey_arrays_become_three_equal_colours(shape: Any) -> None:
    array = pixels(shape)
    image = load_image(array)[0]
    for color in range(3):
        np.testing.assert_allclose(image[..., color], as_unit(array).reshape(4, 6), atol=1e-6)


@pytest.mark.filterwarnings("ignore:16 bits")
def test_alpha_of_arrays_is_kept_beside_the_pixels() -> None:
    array = pixels((4, 6, 4))
    for source in (array, array / 255, array.astype(np.uint16) * 257):
        picture = read_picture(source)
        np.testing.assert_array_equal(picture.alpha, array[..., 3])
        assert present(picture.alpha).dtype == np.uint8
        np.testing.assert_allclose(picture.pixels, as_unit(array[..., :3]), atol=1e-6)


@pytest.mark.parametrize(
    "source", [pixels((4, 6, 4)), pixels((4, 6)) / 255, np.zeros((1, 4, 6, 3))]
)
def test_arrays_are_never_modified_and_never_shared(source: Any) -> None:
    before = source.copy()
    picture = read_picture(source)
    np.testing.assert_array_equal(source, before)
    assert not np.shares_memory(picture.values, source)
    assert picture.alpha is None or not np.shares_memory(picture.alpha, source)


def test_read_only_arrays_will_do() -> None:
    array = pixels((4, 6, 4))
    array.flags.writeable = False
    assert load_image(array).shape == (1, 4, 6, 3)


def test_a_tensor_is_an_array() -> None:
    import tensorflow as tf

    array = pixels((4, 6, 3))
    np.testing.assert_array_equal(load_image(tf.constant(array)), load_image(array))


# ---- Errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.01, 1.01, 255.0])
def test_float_arrays_out_of_range(value: Any) -> None:
    array = np.full((3, 4, 3), 0.5)
    array[1, 2, 0] = value
    with pytest.raises(ImageError, match=r"must lie in \[0, 1\]. Received: values from"):
        load_image(array)
    with pytest.raises(ImageError, match=r"must be float in \[-1, 1\]"):
        load_image(array[None] * 2 if value == 1.01 else array[None] - 1.5)


@pytest.mark.parametrize(
    "shape", [(), (5,), (5, 6, 2), (5, 6, 5), (2, 5, 6, 3), (1, 5, 6, 1), (1, 1, 5, 6, 3)]
)
def test_arrays_of_odd_shapes(shape: Any) -> None:
    with pytest.raises(ImageError) as caught:
        load_image(np.zeros(shape))
    assert f"shape={shape}" in str(caught.value)


@pytest.mark.parametrize("shape", [(0, 0), (0, 5, 3), (5, 0, 4), (1, 0, 5, 3)])
def test_arrays_without_pixels(shape: Any) -> None:
    with pytest.raises(ImageError, match="must have pixels"):
        load_image(np.zeros(shape))


@pytest.mark.parametrize(
    "dtype", ["int8", "int32", "int64", "uint32", "complex64", "object", "<U1"]
)
def test_arrays_of_odd_types(dtype: str) -> None:
    with pytest.raises(ImageError, match=f"must be uint8, .*Received: dtype={dtype}"):
        load_image(np.zeros((3, 4, 3)).astype(dtype))


# ---- An array that `load_image` has returned, or one in [0, 1] ----------------------------------


@pytest.mark.parametrize("steps", [255, 65535])
def test_a_bright_picture_that_was_loaded_is_taken(steps: int) -> None:
    bright = np.random.default_rng(0).integers(steps // 2 + 1, steps + 1, (1, 9, 11, 3))
    image = (bright / (steps / 2) - 1).astype(np.float32)
    np.testing.assert_array_equal(load_image(image), image)
    np.testing.assert_array_equal(load_image(np.ones((1, 4, 5, 3))), np.ones((1, 4, 5, 3)))


@pytest.mark.parametrize("array", [pixels((4, 6, 3)) / 255, np.full((4, 6, 3), 0.3)])
def test_an_array_in_0_to_1_with_a_batch_axis_is_refused_with_what_to_give(array: Any) -> None:
    with pytest.raises(
        ImageError, match=r"no value below 0\. Give array\[0\] if it lies in \[0, 1"
    ):
        load_image(array[None])
    assert load_image(array).shape == (1, 4, 6, 3)


def test_what_an_array_of_an_image_must_be_is_said_with_what_was_received() -> None:
    with pytest.raises(ImageError, match="Received: dtype=uint8"):
        load_image(pixels((1, 4, 6, 3)))
    with pytest.raises(ImageError, match="Received: values from -1 to 255"):
        load_image(np.array([-1.0, 255.0] * 6).reshape(1, 2, 2, 3))
