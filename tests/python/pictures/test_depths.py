"""What a picture's numbers mean: every depth and order of a file is read rightly, or refused."""

from __future__ import annotations

import io
import re
import struct
import warnings
import zlib
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
import pytest
import tifffile
from corpus import chunk, header, png, saved
from needing import present
from PIL import Image

from deepdreamr.errors import ImageError, ImageWarning
from deepdreamr.pictures._depths import find_depth
from deepdreamr.pictures.picture import Picture
from deepdreamr.pictures.reading import read_picture

GREY, COLOR, PLANES = (30, 40), (30, 40, 3), (3, 30, 40)
CLEAR = "unassalpha"


def read(content: bytes) -> Picture:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImageWarning)
        return read_picture(content)


def numbers(kind: str, shape: tuple[int, ...]) -> np.ndarray:
    """Random numbers from black to white."""
    dtype, random = np.dtype(kind), np.random.default_rng(3)
    if dtype.kind == "f":
        return random.random(shape).astype(dtype)
    return random.integers(0, np.iinfo(dtype).max, shape, endpoint=True).astype(dtype)


def tiff(array: np.ndarray, order: Literal["<", ">"] = "<", **options: Any) -> bytes:
    out = io.BytesIO()
    tifffile.imwrite(out, array, byteorder=order, **options)
    return out.getvalue()


def expected(array: np.ndarray, photometric: str, planes: bool) -> np.ndarray:
    """The picture in [0, 1], and its transparency if it has one."""
    unit = array / (np.iinfo(array.dtype).max if array.dtype.kind != "f" else 1)
    unit = np.moveaxis(unit, 0, -1) if planes else unit
    unit = 1 - unit if photometric == "miniswhite" else unit
    return np.repeat(unit[..., None], 3, axis=2) if unit.ndim == 2 else unit


KINDS: dict[str, tuple[tuple[int, ...], dict[str, Any]]] = {
    "grey": (GREY, {"photometric": "minisblack"}),
    "white first": (GREY, {"photometric": "miniswhite"}),
    "colours": (COLOR, {"photometric": "rgb"}),
    "planes": (PLANES, {"photometric": "rgb", "planarconfig": "separate"}),
    "clear": ((30, 40, 4), {"photometric": "rgb", "extrasamples": [CLEAR]}),
    "spare": ((30, 40, 4), {"photometric": "rgb", "extrasamples": ["unspecified"]}),
    "clear planes": (
        (4, 30, 40),
        {"photometric": "rgb", "planarconfig": "separate", "extrasamples": [CLEAR]},
    ),
}
PACKED: dict[str, dict[str, Any]] = {
    "strips": {"rowsperstrip": 7},
    "tiles": {"tile": (16, 16)},
    "compressed": {"compression": "zlib", "rowsperstrip": 7},
}
DTYPES = ("u1", "u2", "u4", "i1", "i2", "i4", "f2", "f4", "f8")
READ = {
    ("u1", *KINDS),
    ("u2", "grey", "white first", "colours", "clear", "spare"),
    ("f4", "grey", "white first"),
}


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_tiff_is_read_as_another_library_wrote_it_or_refused(
    dtype: str, kind: str, order: Any
) -> None:
    shape, options = KINDS[kind]
    array = numbers(dtype, shape)
    right, count = expected(array, options["photometric"], "planarconfig" in options), 0
    for packed in PACKED.values():
        try:
            picture = read(tiff(array, order, **options, **packed))
        except ImageError:
            continue
        count += 1
        np.testing.assert_allclose((picture.pixels + 1) / 2, right[..., :3], atol=1 / 255)
        assert (picture.alpha is not None) == kind.startswith("clear")
    if any(dtype == name and kind in kinds for name, *kinds in READ):
        least = {("u2", "white first", ">"): 0, ("f4", kind, ">"): 2}  # what Pillow leaves out
        assert count >= least.get((dtype, kind, order), len(PACKED))


def test_white_may_be_first_in_16_bits_to_the_last_bit() -> None:
    array = np.array([[0, 1, 1000, 40000, 65535]], np.uint16)
    picture = read(tiff(array, photometric="miniswhite"))
    np.testing.assert_allclose(picture.pixels[..., 0], 1 - array / 65535 * 2, atol=1e-6)


@pytest.mark.parametrize(
    ("array", "options", "message"),
    [
        (numbers("u2", PLANES), KINDS["planes"][1], "16 bits a colour, with its colours apart"),
        (numbers("i2", GREY), KINDS["grey"][1], "has signed numbers"),
        (numbers("i1", GREY), KINDS["grey"][1], "has signed numbers"),
        (numbers("u2", GREY) >> 4, {}, "only the lower 12 are used: it would be nearly black"),
        (numbers("u2", COLOR) >> 4, KINDS["colours"][1], "only the lower 12 are used"),
        (numbers("u2", GREY) >> 4, KINDS["white first"][1], "it would be nearly white"),
        (numbers("f4", GREY) * 255, {}, r"must lie in \[0, 1\]"),
        (numbers("u4", GREY), {}, r"must lie in \[0, 65535\]"),
        (
            numbers("u1", GREY),
            {"photometric": "palette", "colormap": numbers("u1", (3, 256)).astype("u2")},
            "palette of 8 bits",
        ),
        (
            numbers("u1", (30, 40, 4)),
            {"photometric": "separated", "extratags": [(332, "H", 1, 2, True)]},
            "other inks",
        ),
    ],
)
def test_what_pillow_would_read_wrongly_is_refused(array: Any, options: Any, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        read(tiff(array, **options))


def test_compressed_floats_of_the_other_byte_order_are_refused() -> None:
    with pytest.raises(ImageError, match="highest byte first"):
        read(tiff(np.full(GREY, 0.5, np.float32), ">", compression="zlib"))


def test_fewer_colours_than_pixels() -> None:
    content = tiff(numbers("u1", COLOR), photometric="ycbcr")
    sampling = struct.Struct("<HHIHH")
    content = content.replace(sampling.pack(530, 3, 2, 1, 1), sampling.pack(530, 3, 2, 2, 2))
    with pytest.raises(ImageError, match="has fewer colours than pixels"):
        read(content)


def test_a_black_picture_of_16_bits_is_black() -> None:
    assert (read(tiff(np.zeros(GREY, np.uint16))).pixels == -1).all()
    assert (read(tiff(np.zeros(COLOR, np.uint16), photometric="rgb")).pixels == -1).all()


@pytest.mark.parametrize("most", [1023, 4095, 16383])
def test_a_tiff_may_say_how_many_of_16_bits_it_uses(most: int) -> None:
    array = np.array([[0, most // 2, most]], np.uint16)
    picture = read(tiff(array, extratags=[(281, "H", 1, most, True)]))
    np.testing.assert_allclose(picture.pixels[0, :, 0], array[0] / most * 2 - 1, atol=1e-6)


def test_the_largest_number_of_a_dark_picture_is_not_taken_for_white() -> None:
    array = np.array([[0, 30_000]], np.uint16)
    picture = read(tiff(array, extratags=[(281, "H", 1, 30_000, True)]))
    np.testing.assert_allclose(picture.pixels[0, :, 0], array[0] / 65535 * 2 - 1, atol=1e-6)


def test_twelve_bits_packed() -> None:
    content = tiff(np.zeros((1, 3), np.uint8))  # two numbers of 12 bits: 4095 and 2048
    start = content.index(struct.pack("<HHIHH", 258, 3, 1, 8, 0))
    content = content[:start] + struct.pack("<HHIHH", 258, 3, 1, 12, 0) + content[start + 12 :]
    start = content.index(struct.pack("<HHI", 256, 4, 1))
    content = content[: start + 8] + struct.pack("<I", 2) + content[start + 12 :]
    offset = struct.unpack_from("<I", content, content.index(struct.pack("<HHI", 273, 4, 1)) + 8)[0]
    content = content[:offset] + b"\xff\xf8\x00" + content[offset + 3 :]
    assert read(content).pixels[0, :, 0].tolist() == pytest.approx([1, 2048 / 4095 * 2 - 1])


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_colours_multiplied_by_their_transparency(dtype: str) -> None:
    alpha = numbers("u1", GREY).astype(np.float64) / 255
    alpha[:] = np.maximum(alpha, 0.5)
    color = numbers("u1", COLOR) / 255
    most = np.iinfo(dtype).max
    array = np.rint(np.dstack([color * alpha[..., None], alpha]) * most).astype(dtype)
    picture = read(tiff(array, photometric="rgb", extrasamples=["assocalpha"]))
    np.testing.assert_allclose((picture.pixels + 1) / 2, color, atol=0.02)
    np.testing.assert_allclose(present(picture.alpha) / 255, alpha, atol=1 / 255)


def test_lab_is_read_as_lab() -> None:
    from skimage.color import rgb2lab

    rgb = np.array([[[255, 0, 0], [0, 128, 0], [255, 255, 255], [40, 80, 160]]], np.uint8)
    lab = rgb2lab(rgb, illuminant="D50") * (2.55, 1, 1)
    array = np.rint(lab).astype(np.int16).astype(np.uint8)
    picture = read(tiff(array, photometric="cielab"))
    np.testing.assert_allclose(picture.values, rgb, atol=25)  # by another white point


# ---- PNG and PNM ---------------------------------------------------------------------------------


def png_of(array: np.ndarray, depth: int, color: int, *chunks: bytes) -> bytes:
    height, width = array.shape[:2]
    lines = b"".join(b"\0" + row.tobytes() for row in array)
    data = chunk(b"IDAT", zlib.compress(lines))
    return png(header(width, height, depth, color), *chunks, data)


def transparent(*numbers_: int) -> bytes:
    return chunk(b"tRNS", struct.pack(f">{len(numbers_)}H", *numbers_))


DEEP = np.array([[[0, 4096, 65535], [7, 8192, 300]]], ">u2")


@pytest.mark.parametrize(
    ("content", "clear"),
    [
        (png_of(DEEP[..., 1], 16, 0, transparent(8192)), [255, 0]),
        (png_of(DEEP, 16, 2, transparent(7, 8192, 300)), [255, 0]),
        (png_of(np.array([[0x40]], np.uint8), 4, 0, transparent(4)), [0]),
        (png_of(np.array([[0x40]], np.uint8), 2, 0, transparent(1)), [0]),
        (png_of(np.array([[0x40]], np.uint8), 1, 0, transparent(0)), [0]),
    ],
    ids=["grey 16", "colours 16", "grey 4", "grey 2", "grey 1"],
)
def test_a_transparent_colour_in_any_depth(content: Any, clear: Any) -> None:
    assert present(read(content).alpha)[0].tolist() == clear


@pytest.mark.parametrize(
    ("content", "right"),
    [
        (b"P5 2 1 4095\n" + struct.pack(">2H", 4095, 2048), [1, 0.5]),
        (b"P5 2 1 65535\n" + struct.pack(">2H", 65535, 32768), [1, 0.5]),
        (b"P6 1 1 4095\n" + struct.pack(">3H", 4095, 2048, 0), [1]),
        (b"P2 2 1 1000\n1000 500\n", [1, 0.5]),
        (b"P5 2 1 100\n" + bytes([100, 50]), [1, 0.5]),
        (b"P1 2 1\n0 1\n", [1, 0]),
    ],
)
def test_a_netpbm_file_says_what_is_white(content: Any, right: Any) -> None:
    np.testing.assert_allclose((read(content).pixels[0, :, 0] + 1) / 2, right, atol=1 / 255)


# ---- What is lost is said ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (png_of(DEEP, 16, 2), "16 bits a colour: read as 8 bits"),
        (png_of(np.dstack([DEEP, DEEP[..., :1]]).astype(">u2"), 16, 6), "16 bits a colour: read"),
        (png_of(DEEP[..., 1], 16, 0), "16 bits a colour: dreamed as floats, saved with 8 bits"),
        (tiff(numbers("u2", COLOR), photometric="rgb"), "16 bits a colour: read as 8 bits"),
        (tiff(numbers("f4", GREY)), "32 bits a colour: dreamed as floats"),
        (b"P6 1 1 4095\n" + struct.pack(">3H", 4095, 2048, 0), "16 bits a colour: read as 8"),
        (
            png_of(np.full((1, 1), 9, np.uint8), 8, 0, chunk(b"gAMA", struct.pack(">I", 100_000))),
            "its gamma of 1 is not used",
        ),
    ],
)
def test_what_a_picture_loses_is_said_once(content: Any, message: str) -> None:
    with pytest.warns(ImageWarning, match=f"^the data: {message}") as caught:
        read_picture(content)
    assert len(caught) == 1


def test_a_jpeg_2000_of_more_than_8_bits_is_read_as_8() -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.full((8, 8, 3), 100, np.uint8)).save(buffer, "JPEG2000")
    size = rb"(\xff\x4f\xff\x51.{38})\x07(..)\x07(..)\x07"
    content, found = re.subn(size, b"\\1\x0b\\2\x0b\\3\x0b", buffer.getvalue(), flags=re.DOTALL)
    assert found == 1
    assert find_depth(Image.open(buffer), "it").bits == 8
    with pytest.warns(ImageWarning, match="12 bits a colour: read as 8 bits"):
        read_picture(content)


@pytest.mark.parametrize(("flags", "bits"), [(0x0C, 8), (0x4C, 10), (0x6C, 12)])
def test_an_avif_says_its_bits(flags: int, bits: int) -> None:
    file = io.BytesIO(bytes(200) + b"av1C\x81\x00" + bytes([flags, 0]))
    opened: Any = SimpleNamespace(format="AVIF", mode="RGB", info={}, tile=[], fp=file)
    assert find_depth(opened, "it").bits == bits


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP", "WEBP", "JPEG", "GIF", "TGA", "SGI"])
def test_eight_bits_are_no_loss(format: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_picture(saved(Image.fromarray(numbers("u1", COLOR)), format))


def test_measurements_and_programs_are_no_pictures() -> None:
    card = "".join(text.ljust(80) for text in ("SIMPLE  =  T", "BITPIX  = 16", "NAXIS   =  0"))
    for content in ((card + "END".ljust(80)).ljust(2880).encode(), b"GRIB" + bytes(90)):
        with pytest.raises(ImageError, match="not a picture that Pillow can read"):
            read(content)


def test_the_pages_of_a_large_tiff_are_not_counted() -> None:
    page = np.zeros((1100, 1000), np.uint8)
    content = saved(
        Image.fromarray(page), "TIFF", save_all=True, append_images=[Image.new("L", (9, 9))]
    )
    with pytest.warns(ImageWarning, match="only the first of its frames"):
        assert read_picture(content).shape == (1100, 1000)
