"""Pictures of every kind in and out: values, transparency, profiles, errors, resizing."""

from __future__ import annotations

import io
import struct
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from scipy import ndimage

from deepdreamr.errors import ArgumentError, ImageError, ImageWarning
from deepdreamr.pictures.images import (
    Picture,
    as_tensor,
    load_image,
    picture_uint8,
    read_picture,
    resize,
    row_blocks,
    sample_image,
    to_uint8,
)

STEP = 2 / 255  # one grey level of 8 bits


def pixels(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Random uint8."""
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def as_unit(array: np.ndarray) -> np.ndarray:
    """uint8 as float in [-1, 1]."""
    return array.astype(np.float64) / 127.5 - 1


def written(picture: Image.Image, format: str = "PNG", **options) -> bytes:
    out = io.BytesIO()
    picture.save(out, format, **options)
    return out.getvalue()


def cmyk_profile() -> bytes:
    """An ICC profile for CMYK: a table of 16 corners, whose cyan is lighter than Pillow's."""
    corners = []
    for cyan, magenta, yellow, key in np.ndindex(2, 2, 2, 2):
        light = 255 * (1 - key) * (1 - 0.3 * cyan - 0.3 * magenta - 0.1 * yellow)
        color = (60 * (magenta - cyan), 80 * yellow - 40 * cyan) if not key else (0, 0)
        corners += [int(light), 128 + color[0], 128 + color[1]]
    white = struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)
    matrix, ramp = (
        struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 16),
        bytes(range(256)),
    )
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + matrix + ramp * 4 + bytes(corners) + ramp * 3
    tags = {
        b"A2B0": table,
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"cmyk\0" + bytes(78),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": b"XYZ " + bytes(4) + white,
    }
    index, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        start = 128 + 4 + 12 * len(tags) + len(body)
        index += name + struct.pack(">II", start, len(content))
        body += content + bytes(-len(content) % 4)
    kind = bytes([2, 0x20, 0, 0]) + b"prtrCMYKLab " + struct.pack(">6H", 2020, 1, 1, 0, 0, 0)
    head = struct.pack(">I", 128 + len(index) + len(body)) + bytes(4) + kind + b"acsp" + bytes(28)
    return (head + white).ljust(128, b"\0") + index + body


@pytest.fixture(scope="module")
def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


# ---- What an image may come as -------------------------------------------------------------------


def test_image_has_the_core_s_form_from_every_kind_of_source(tmp_path):
    array = pixels((5, 7, 3))
    path = tmp_path / "a picture.png"
    Image.fromarray(array).save(path)
    content = path.read_bytes()
    sources = [path, str(path), content, bytearray(content), memoryview(content), array]
    for source in [*sources, Image.open(path), Image.fromarray(array), as_unit(array)[None]]:
        image = load_image(source)
        assert image.shape == (1, 5, 7, 3) and image.dtype == np.float32
        np.testing.assert_allclose(image[0], as_unit(array), atol=1e-6)


def test_only_a_file_has_a_name(tmp_path):
    path = tmp_path / "name.png"
    path.write_bytes(written(Image.fromarray(pixels((3, 4, 3)))))
    assert read_picture(path).name == "name.png"
    assert read_picture(path.read_bytes()).name is None
    assert read_picture(path).shape == (3, 4)


def test_a_picture_is_returned_as_it_is():
    picture = Picture(np.zeros((2, 3, 3), np.float32))
    assert read_picture(picture) is picture


def test_a_picture_of_8_bits_stays_one():
    """In a large picture that is a quarter of the memory."""
    every = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    for source in (every, written(Image.fromarray(every))):
        picture = read_picture(source)
        assert picture.values.dtype == np.uint8
        np.testing.assert_array_equal(picture.values, every)
        assert picture.pixels.dtype == np.float32 and picture.image.shape == (1, 16, 16, 3)
        np.testing.assert_allclose(picture.pixels, as_unit(every), atol=1e-6)
        np.testing.assert_array_equal(as_tensor(picture), picture.image)  # to the last bit
        np.testing.assert_array_equal(picture_uint8(picture), every)
        np.testing.assert_array_equal(to_uint8(picture.image), every)


def test_a_picture_of_more_bits_stays_one():
    source = np.linspace(0, 65535, 64 * 3).reshape(8, 8, 3).astype(np.uint16)
    picture = read_picture(source)
    assert picture.values.dtype == np.float32 and picture.pixels is picture.values
    np.testing.assert_allclose(picture.values, source / 32767.5 - 1, atol=1e-6)
    np.testing.assert_array_equal(as_tensor(picture), picture.image)
    np.testing.assert_array_equal(picture_uint8(picture), np.rint(source / 257).astype(np.uint8))


@pytest.mark.parametrize("height", [1, 255, 256, 257, 700])
def test_pictures_are_rounded_block_by_block(height):
    image = np.random.default_rng(0).uniform(-1.2, 1.2, (1, height, 5, 3)).astype(np.float32)
    expected = np.rint((np.clip(image[0].astype(float), -1, 1) + 1) * 127.5)
    assert to_uint8(image).dtype == np.uint8
    np.testing.assert_allclose(to_uint8(image), expected, atol=1)
    assert (to_uint8(image) == expected).mean() > 0.999
    rows = np.concatenate([np.arange(height)[block] for block in row_blocks(height)])
    np.testing.assert_array_equal(rows, np.arange(height))


def test_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    Image.fromarray(pixels((3, 4, 3))).save(tmp_path / "here.png")
    assert read_picture("~/here.png").shape == (3, 4)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_float_arrays_lie_in_0_to_1(dtype):
    array = np.linspace(0, 1, 24).reshape(2, 4, 3).astype(dtype)
    np.testing.assert_allclose(load_image(array)[0], array.astype(float) * 2 - 1, atol=1e-6)


@pytest.mark.parametrize("dtype", ["<u2", ">u2"])
def test_uint16_arrays_use_the_whole_range(dtype):
    array = np.array([[0, 1, 32768, 65535]], dtype)
    expected = array.astype(float) / 65535 * 2 - 1
    np.testing.assert_allclose(load_image(array)[0, :, :, 0], expected, atol=1e-6)


def test_bool_arrays_are_black_and_white():
    array = np.array([[True, False], [False, True]])
    np.testing.assert_array_equal(load_image(array)[0, :, :, 1], np.where(array, 1, -1))


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1)])
def test_grey_arrays_become_three_equal_colours(shape):
    array = pixels(shape)
    image = load_image(array)[0]
    for color in range(3):
        np.testing.assert_allclose(image[..., color], as_unit(array).reshape(4, 6), atol=1e-6)


def test_alpha_of_arrays_is_kept_beside_the_pixels():
    array = pixels((4, 6, 4))
    for source in (array, array / 255, array.astype(np.uint16) * 257):
        picture = read_picture(source)
        np.testing.assert_array_equal(picture.alpha, array[..., 3])
        assert picture.alpha.dtype == np.uint8
        np.testing.assert_allclose(picture.pixels, as_unit(array[..., :3]), atol=1e-6)


@pytest.mark.parametrize(
    "source", [pixels((4, 6, 4)), pixels((4, 6)) / 255, np.zeros((1, 4, 6, 3))]
)
def test_arrays_are_never_modified_and_never_shared(source):
    before = source.copy()
    picture = read_picture(source)
    np.testing.assert_array_equal(source, before)
    assert not np.shares_memory(picture.values, source)
    assert picture.alpha is None or not np.shares_memory(picture.alpha, source)


def test_read_only_arrays_will_do():
    array = pixels((4, 6, 4))
    array.flags.writeable = False
    assert load_image(array).shape == (1, 4, 6, 3)


def test_a_tensor_is_an_array():
    import tensorflow as tf

    array = pixels((4, 6, 3))
    np.testing.assert_array_equal(load_image(tf.constant(array)), load_image(array))


# ---- Pillow's modes ------------------------------------------------------------------------------


def both(picture: Image.Image, **options):
    """The picture as such, and read from a PNG file."""
    return read_picture(picture), read_picture(written(picture, **options))


def test_rgba():
    array = pixels((5, 6, 4))
    for picture in both(Image.fromarray(array, "RGBA")):
        np.testing.assert_array_equal(picture.alpha, array[..., 3])
        np.testing.assert_allclose(picture.pixels, as_unit(array[..., :3]), atol=1e-6)


def test_palette_with_transparency():
    picture = Image.new("P", (2, 1))
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.putdata([0, 1])
    for read in both(picture, transparency=1)[1:]:
        np.testing.assert_array_equal(read.alpha, [[255, 0]])
        np.testing.assert_array_equal(read.pixels, [[[1, -1, -1], [-1, -1, 1]]])
    for read in both(picture):
        assert read.alpha is None
        np.testing.assert_array_equal(read.pixels, [[[1, -1, -1], [-1, -1, 1]]])


def test_grey_with_alpha():
    grey, alpha = pixels((4, 5)), pixels((4, 5), seed=1)
    source = Image.merge("LA", [Image.fromarray(grey), Image.fromarray(alpha)])
    for picture in both(source):
        np.testing.assert_array_equal(picture.alpha, alpha)
        np.testing.assert_allclose(picture.pixels[..., 2], as_unit(grey), atol=1e-6)


def test_a_transparent_colour_in_a_grey_or_rgb_png():
    grey = np.array([[10, 200]], np.uint8)
    read = read_picture(written(Image.fromarray(grey), transparency=200))
    np.testing.assert_array_equal(read.alpha, [[255, 0]])
    color = np.array([[[10, 20, 30], [1, 2, 3]]], np.uint8)
    read = read_picture(written(Image.fromarray(color), transparency=(1, 2, 3)))
    np.testing.assert_array_equal(read.alpha, [[255, 0]])


def test_opaque_pictures_have_no_alpha():
    for picture in (*both(Image.fromarray(pixels((4, 5, 3)))), read_picture(pixels((4, 5, 3)))):
        assert picture.alpha is None


def test_one_bit():
    array = pixels((4, 9)) > 127
    for picture in both(Image.fromarray(array)):
        np.testing.assert_array_equal(picture.pixels[..., 0], np.where(array, 1, -1))


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_16_bit_grey_keeps_its_precision(format):
    array = np.array([[0, 1, 1000, 40000, 65535]], np.uint16)
    content = written(Image.fromarray(array), format)
    assert Image.open(io.BytesIO(content)).mode.startswith("I")
    expected = array / 65535 * 2 - 1
    for picture in (read_picture(content), read_picture(Image.fromarray(array))):
        np.testing.assert_allclose(picture.pixels[..., 0], expected, atol=1e-6)


def test_32_bit_integers_count_as_16_bits():
    array = np.array([[0, 65535]], np.int32)
    np.testing.assert_allclose(load_image(Image.fromarray(array))[0, :, :, 0], [[-1, 1]])
    with pytest.raises(ImageError, match="from 0 to 2"):
        load_image(Image.fromarray(array * 2))


def test_float_tiff():
    array = np.array([[0, 0.25, 1]], np.float32)
    read = read_picture(written(Image.fromarray(array), "TIFF"))
    np.testing.assert_allclose(read.pixels[..., 1], [[-1, -0.5, 1]])
    with pytest.raises(ImageError, match=r"\[0, 1\].* to 255"):
        read_picture(written(Image.fromarray(array * 255), "TIFF"))


@pytest.mark.parametrize("mode", ["HSV", "YCbCr", "PA", "RGBa", "La", "RGBX"])
def test_rare_modes_read_as_pillow_converts_them(mode):
    through = {"RGBa": "RGBA", "PA": "RGBA", "La": "LA"}.get(mode, "RGB")
    source = Image.fromarray(pixels((4, 5, 4))).convert(through)
    source = source.convert("P").convert("PA") if mode == "PA" else source.convert(mode)
    expected = np.asarray(source.convert(through).convert("RGB"))
    np.testing.assert_allclose(read_picture(source).pixels, as_unit(expected), atol=1e-6)


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_cmyk_without_a_profile(format):
    source = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    picture = read_picture(written(source, format, quality=100))
    assert picture.icc_profile is None
    np.testing.assert_allclose(picture.pixels, np.broadcast_to([-1, 1, 1], (8, 8, 3)), atol=STEP)


def test_cmyk_with_a_profile_goes_through_it_and_leaves_it_behind():
    source = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    picture = read_picture(written(source, "TIFF", icc_profile=cmyk_profile()))
    red, green, blue = to_uint8(picture.image)[0, 0]
    assert red < 20 and 150 < green < 230 and blue > 200  # the profile's lighter cyan
    assert picture.icc_profile is None  # the pixels are sRGB now


def test_cmyk_with_a_broken_profile_is_still_read():
    source = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    picture = read_picture(written(source, "TIFF", icc_profile=b"no profile at all"))
    np.testing.assert_array_equal(picture.pixels, np.broadcast_to([-1, 1, 1], (8, 8, 3)))
    assert picture.icc_profile is None


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_an_rgb_profile_is_kept(format, srgb):
    content = written(Image.fromarray(pixels((8, 8, 3))), format, icc_profile=srgb)
    assert read_picture(content).icc_profile == srgb


def test_a_grey_profile_is_dropped(srgb):
    assert (
        read_picture(written(Image.fromarray(pixels((8, 8))), icc_profile=srgb)).icc_profile is None
    )


# ---- Orientation, animation ----------------------------------------------------------------------

ROTATIONS = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: np.swapaxes(a, 0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.swapaxes(np.rot90(a, 2), 0, 1),
    8: lambda a: np.rot90(a, 1),
}


@pytest.mark.parametrize("orientation", ROTATIONS)
@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
def test_exif_orientation_is_applied(orientation, format):
    array = pixels((4, 6, 4))
    array[..., 3] = 255 - array[..., 0] // 2
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True, "exact": True} if format == "WEBP" else {}
    read = read_picture(written(Image.fromarray(array), format, exif=exif, **options))
    expected = ROTATIONS[orientation](array)
    np.testing.assert_allclose(read.pixels, as_unit(expected[..., :3]), atol=1e-6)
    np.testing.assert_array_equal(read.alpha, expected[..., 3])


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_of_an_animation(format):
    frames = [Image.new("RGB", (9, 8), color) for color in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    options = {"lossless": True} if format == "WEBP" else {}
    content = written(frames[0], format, save_all=True, append_images=frames[1:], **options)
    with pytest.warns(ImageWarning, match="the first of 3 frames"):
        image = load_image(content)
    np.testing.assert_array_equal(to_uint8(image), np.broadcast_to([255, 0, 0], (8, 9, 3)))


def test_a_single_frame_gives_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_image(written(Image.fromarray(pixels((4, 5))), "GIF"))


# ---- Errors --------------------------------------------------------------------------------------


def test_no_such_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ImageError, match=r"no file 'none\.jpg'.*current folder") as caught:
        load_image("none.jpg")
    assert str(tmp_path) in caught.value.hint


@pytest.mark.parametrize(
    ("path", "message"),
    [("", "folder"), ("nul\0byte.png", "cannot be read"), ("x" * 5000, "cannot be read")],
)
def test_odd_paths(tmp_path, path, message):
    with pytest.raises(ImageError, match=message):
        load_image(tmp_path / path)


def test_the_home_of_nobody():
    with pytest.raises(ImageError, match="there is no file"):
        load_image("~no-such-user-here/picture.png")


def test_an_unreadable_file(tmp_path, monkeypatch):
    path = tmp_path / "closed.png"
    path.write_bytes(written(Image.fromarray(pixels((3, 3, 3)))))

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)  # root may read everything
    with pytest.raises(ImageError, match="cannot be read.*Permission denied"):
        load_image(path)


def test_an_empty_file(tmp_path):
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(ImageError, match=r"'empty\.jpg' is empty"):
        load_image(tmp_path / "empty.jpg")
    with pytest.raises(ImageError, match="the data is empty"):
        load_image(b"")


@pytest.mark.parametrize(
    "content", [b"hello, I am a text", bytes(1000), b"\x89PNG\r\n\x1a\n", b"GIF"]
)
def test_not_a_picture(tmp_path, content):
    path = tmp_path / "notes.png"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=r"'notes\.png' is (not|a damaged) "):
        load_image(path)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_truncated_files(format, share):
    content = written(Image.fromarray(pixels((40, 50, 3))), format)
    with pytest.raises(ImageError, match="not a picture|damaged"):
        load_image(content[: int(len(content) * share)])


def test_a_truncated_file_opened_by_pillow():
    content = written(Image.fromarray(pixels((40, 50, 3))), "JPEG")
    with pytest.raises(ImageError, match="damaged"):
        load_image(Image.open(io.BytesIO(content[: len(content) // 2])))


def test_a_closed_pillow_image():
    picture = Image.open(io.BytesIO(written(Image.fromarray(pixels((4, 5, 3))))))
    picture.close()
    with pytest.raises(ImageError, match="damaged"):
        load_image(picture)


@pytest.mark.parametrize("limit", [4000, 7000])  # Pillow warns above the limit, fails above twice
def test_decompression_bombs(limit, monkeypatch):
    content = written(Image.new("1", (100, 100)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(ImageError, match=f"more than {limit:,} pixels"):
        load_image(content)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)
    assert load_image(content).shape == (1, 100, 100, 3)


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.01, 1.01, 255.0])
def test_float_arrays_out_of_range(value):
    array = np.full((3, 4, 3), 0.5)
    array[1, 2, 0] = value
    with pytest.raises(ImageError, match=r"must lie in \[0, 1\]. Received: values from"):
        load_image(array)
    with pytest.raises(ImageError, match=r"must be float in \[-1, 1\]"):
        load_image(array[None] * 2 if value == 1.01 else array[None] - 1.5)


@pytest.mark.parametrize(
    "shape", [(), (5,), (5, 6, 2), (5, 6, 5), (2, 5, 6, 3), (1, 5, 6, 1), (1, 1, 5, 6, 3)]
)
def test_arrays_of_odd_shapes(shape):
    with pytest.raises(ImageError) as caught:
        load_image(np.zeros(shape))
    assert f"shape={shape}" in str(caught.value)


@pytest.mark.parametrize("shape", [(0, 0), (0, 5, 3), (5, 0, 4), (1, 0, 5, 3)])
def test_arrays_without_pixels(shape):
    with pytest.raises(ImageError, match="must have pixels"):
        load_image(np.zeros(shape))


@pytest.mark.parametrize(
    "dtype", ["int8", "int32", "int64", "uint32", "complex64", "object", "<U1"]
)
def test_arrays_of_odd_types(dtype):
    with pytest.raises(ImageError, match=f"must be uint8, .*Received: dtype={dtype}"):
        load_image(np.zeros((3, 4, 3)).astype(dtype))


@pytest.mark.parametrize("source", [None, 5, 2.5, {"a": 1}, ["jelly.jpg"], object()])
def test_no_picture_at_all(source):
    with pytest.raises(ImageError, match=f"Received: {type(source).__name__}"):
        load_image(source)


def test_unknown_sample():
    assert sample_image().is_file() and read_picture(sample_image()).shape == (480, 640)
    with pytest.raises(ArgumentError, match="'jely'. Did you mean jelly"):
        sample_image("jely")


# ---- Out again, and to another size --------------------------------------------------------------


def test_all_256_values_come_back():
    values = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    np.testing.assert_array_equal(to_uint8(load_image(values)), values)
    np.testing.assert_array_equal(to_uint8(load_image(values / 255)), values)
    assert to_uint8(load_image(values)).dtype == np.uint8


def test_values_beyond_the_range_are_clipped():
    image = np.array([[[-1.5, 1.5, 0.0]]], np.float32)
    np.testing.assert_array_equal(to_uint8(image), [[[0, 255, 128]]])


SHAPES = [((20, 30), (14, 21)), ((14, 21), (20, 30)), ((17, 40), (17, 13)), ((33, 9), (8, 31))]


@pytest.mark.parametrize(("old", "new"), SHAPES)
def test_aligned_resize_is_scipy_s_zoom(old, new):
    image = np.random.default_rng(1).uniform(-1, 1, (1, *old, 3)).astype(np.float32)
    factors = (1, new[0] / old[0], new[1] / old[1], 1)
    expected = ndimage.zoom(image.astype(np.float64), factors, order=1)
    np.testing.assert_allclose(resize(image, new, "aligned"), expected, atol=1e-5)


@pytest.mark.parametrize(("old", "new"), SHAPES)
def test_half_pixel_resize_is_tensorflow_s(old, new):
    import tensorflow as tf

    image = np.random.default_rng(1).uniform(-1, 1, (1, *old, 3)).astype(np.float32)
    expected = tf.image.resize(image, new, "bilinear", antialias=False)
    np.testing.assert_allclose(resize(image, new, "half_pixel"), expected, atol=1e-5)


@pytest.mark.parametrize("method", ["aligned", "half_pixel"])
def test_resizing_to_the_same_shape_changes_nothing(method):
    image = np.random.default_rng(1).uniform(-1, 1, (1, 9, 11, 3)).astype(np.float32)
    np.testing.assert_allclose(resize(image, (9, 11), method), image, atol=1e-6)
