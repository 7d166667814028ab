"""Pillow's modes, colour profiles, orientation, animations: all become upright RGB."""

from __future__ import annotations

import io
import struct
import warnings
from typing import Any

import numpy as np
import pytest
from made_pictures import as_unit, pixels, written
from PIL import Image, ImageCms

from deepdreamr.errors import ImageError, ImageWarning
from deepdreamr.pictures.picture import to_uint8
from deepdreamr.pictures.reading import load_image, read_picture

STEP = 2 / 255  # one grey level of 8 bits


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


def both(picture: Image.Image, **options: Any) -> Any:
    """The picture as such, and read from a PNG file."""
    return read_picture(picture), read_picture(written(picture, **options))


def test_rgba() -> None:
    array = pixels((5, 6, 4))
    for picture in both(Image.fromarray(array, "RGBA")):
        np.testing.assert_array_equal(picture.alpha, array[..., 3])
        np.testing.assert_allclose(picture.pixels, as_unit(array[..., :3]), atol=1e-6)


def test_palette_with_transparency() -> None:
    picture = Image.new("P", (2, 1))
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.putdata([0, 1])
    for read in both(picture, transparency=1)[1:]:
        np.testing.assert_array_equal(read.alpha, [[255, 0]])
        np.testing.assert_array_equal(read.pixels, [[[1, -1, -1], [-1, -1, 1]]])
    for read in both(picture):
        assert read.alpha is None
        np.testing.assert_array_equal(read.pixels, [[[1, -1, -1], [-1, -1, 1]]])


def test_grey_with_alpha() -> None:
    grey, alpha = pixels((4, 5)), pixels((4, 5), seed=1)
    source = Image.merge("LA", [Image.fromarray(grey), Image.fromarray(alpha)])
    for picture in both(source):
        np.testing.assert_array_equal(picture.alpha, alpha)
        np.testing.assert_allclose(picture.pixels[..., 2], as_unit(grey), atol=1e-6)


def test_a_transparent_colour_in_a_grey_or_rgb_png() -> None:
    grey = np.array([[10, 200]], np.uint8)
    read = read_picture(written(Image.fromarray(grey), transparency=200))
    np.testing.assert_array_equal(read.alpha, [[255, 0]])
    color = np.array([[[10, 20, 30], [1, 2, 3]]], np.uint8)
    read = read_picture(written(Image.fromarray(color), transparency=(1, 2, 3)))
    np.testing.assert_array_equal(read.alpha, [[255, 0]])


def test_opaque_pictures_have_no_alpha() -> None:
    for picture in (*both(Image.fromarray(pixels((4, 5, 3)))), read_picture(pixels((4, 5, 3)))):
        assert picture.alpha is None


def test_one_bit() -> None:
    array = pixels((4, 9)) > 127
    for picture in both(Image.fromarray(array)):
        np.testing.assert_array_equal(picture.pixels[..., 0], np.where(array, 1, -1))


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_16_bit_grey_keeps_its_precision(format: str) -> None:
    array = np.array([[0, 1, 1000, 40000, 65535]], np.uint16)
    content = written(Image.fromarray(array), format)
    assert Image.open(io.BytesIO(content)).mode.startswith("I")
    expected = array / 65535 * 2 - 1
    for source in (content, Image.fromarray(array)):
        with pytest.warns(ImageWarning, match="16 bits a colour: dreamed as floats"):
            picture = read_picture(source)
        np.testing.assert_allclose(picture.pixels[..., 0], expected, atol=1e-6)


def test_32_bit_integers_count_as_16_bits() -> None:
    array = np.array([[0, 65535]], np.int32)
    with pytest.warns(ImageWarning, match="16 bits a colour"):
        image = load_image(Image.fromarray(array))
    np.testing.assert_allclose(image[0, :, :, 0], [[-1, 1]])
    with pytest.raises(ImageError, match=r"\[0, 65535\]. Received: values from 0 to 131070"):
        load_image(Image.fromarray(array * 2))


def test_float_tiff() -> None:
    array = np.array([[0, 0.25, 1]], np.float32)
    with pytest.warns(ImageWarning, match="32 bits a colour: dreamed as floats"):
        read = read_picture(written(Image.fromarray(array), "TIFF"))
    np.testing.assert_allclose(read.pixels[..., 1], [[-1, -0.5, 1]])
    with pytest.raises(ImageError, match=r"\[0, 1\].* to 255"):
        read_picture(written(Image.fromarray(array * 255), "TIFF"))


@pytest.mark.parametrize("mode", ["HSV", "YCbCr", "PA", "RGBa", "La", "RGBX"])
def test_rare_modes_read_as_pillow_converts_them(mode: str) -> None:
    through = {"RGBa": "RGBA", "PA": "RGBA", "La": "LA"}.get(mode, "RGB")
    source = Image.fromarray(pixels((4, 5, 4))).convert(through)
    source = source.convert("P").convert("PA") if mode == "PA" else source.convert(mode)
    expected = np.asarray(source.convert(through).convert("RGB"))
    np.testing.assert_allclose(read_picture(source).pixels, as_unit(expected), atol=1e-6)


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_cmyk_without_a_profile(format: str) -> None:
    source = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    picture = read_picture(written(source, format, quality=100))
    assert picture.icc_profile is None
    np.testing.assert_allclose(picture.pixels, np.broadcast_to([-1, 1, 1], (8, 8, 3)), atol=STEP)


def test_cmyk_with_a_profile_goes_through_it_and_leaves_it_behind() -> None:
    source = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    picture = read_picture(written(source, "TIFF", icc_profile=cmyk_profile()))
    red, green, blue = to_uint8(picture.image)[0, 0]
    assert red < 20 and 150 < green < 230 and blue > 200  # the profile's lighter cyan
    assert picture.icc_profile is None  # the pixels are sRGB now


def test_cmyk_with_a_broken_profile_is_still_read() -> None:
    source = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    picture = read_picture(written(source, "TIFF", icc_profile=b"no profile at all"))
    np.testing.assert_array_equal(picture.pixels, np.broadcast_to([-1, 1, 1], (8, 8, 3)))
    assert picture.icc_profile is None


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_an_rgb_profile_is_kept(format: str, srgb: bytes) -> None:
    content = written(Image.fromarray(pixels((8, 8, 3))), format, icc_profile=srgb)
    assert read_picture(content).icc_profile == srgb


def test_a_grey_profile_is_dropped(srgb: bytes) -> None:
    content = written(Image.fromarray(pixels((8, 8))), icc_profile=srgb)
    with pytest.warns(ImageWarning, match="its colour profile is not for RGB and is dropped"):
        assert read_picture(content).icc_profile is None


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
def test_exif_orientation_is_applied(orientation: int, format: str) -> None:
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
def test_the_first_frame_of_an_animation(format: str) -> None:
    frames = [Image.new("RGB", (9, 8), color) for color in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    options = {"lossless": True} if format == "WEBP" else {}
    content = written(frames[0], format, save_all=True, append_images=frames[1:], **options)
    with pytest.warns(ImageWarning, match="the first of 3 frames"):
        image = load_image(content)
    np.testing.assert_array_equal(to_uint8(image), np.broadcast_to([255, 0, 0], (8, 9, 3)))


def test_a_single_frame_gives_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_image(written(Image.fromarray(pixels((4, 5))), "GIF"))
