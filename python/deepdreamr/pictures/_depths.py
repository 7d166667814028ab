"""Pillow image → **what its numbers mean**: bits, which is white; refused where Pillow errs.

Pillow reads some files of more than 8 bits a colour as if they were others. What they are is asked
of the file itself, before Pillow decodes it.
"""

from __future__ import annotations

import re
from typing import IO, NamedTuple

import numpy as np
from PIL import ExifTags, Image, TiffImagePlugin

from ..errors import ImageError
from .picture import row_blocks

_SAVE_ANEW = "Save it as a PNG of 8 bits first, or give its numbers as an array from 0 to 1."
_DARK = 2**12 / 2**16  # a picture of 16 bits that is darker may have 12 bits in 16
_PLANES, _SIGNED, _CMYK_INKS, _REVERSED, _YCBCR = [2], [2], [1], [2], [6]  # of TIFF's tags

_HEADER = 2**16  # bytes, in which a picture says what it is
_SAID = re.compile(  # the component's size in the marker SIZ; the flags of the box av1C
    rb"\xff\x4f\xff\x51.{38}(?P<jpeg2000>.)|av1C\x81.(?P<avif>.)", re.DOTALL
)


class Depth(NamedTuple):
    """What the numbers of a picture mean.

    Attributes
    ----------
    bits : of a number in the file
    white : the number that is white, where Pillow gives numbers of more than 8 bits
    inverted : whether 0 is white instead, and Pillow leaves it so
    """

    bits: int = 8
    white: int = 65535
    inverted: bool = False


def find_depth(opened: Image.Image, title: str) -> Depth:
    """What the numbers of a Pillow image mean, before it is decoded.

    Parameters
    ----------
    title : what errors call it

    Raises
    ------
    ImageError
        If Pillow would give other colours than the file's.
    """
    if isinstance(opened, TiffImagePlugin.TiffImageFile):
        return _of_tiff(opened, title)
    bits = int(opened.info.get("bit_depth") or _said_bits(opened))  # the first of HEIF
    if is_deep(opened):
        bits = 32 if opened.mode == "F" else 16
    for codec, _, _, given in getattr(opened, "tile", ()):
        raw, *rest = given if isinstance(given, tuple) else (given,)
        most = (rest[-1] or 0) if codec.startswith("ppm") and rest else 0
        if ";16" in str(raw) or most > 255:
            bits = 16
        elif raw in ("L;2", "L;4"):
            bits = int(raw[-1])
    return Depth(bits)


def _said_bits(opened: Image.Image) -> int:
    """Of a JPEG 2000 or AVIF, by its own header: Pillow reads 8 of them, whatever there are."""
    if opened.format not in ("JPEG2000", "AVIF"):
        return 8
    file: IO[bytes] = opened.fp  # type: ignore[attr-defined]
    place = file.tell()
    file.seek(0)
    found = _SAID.search(file.read(_HEADER))
    file.seek(place)
    if found is None:
        return 8
    if found["jpeg2000"]:
        return (found["jpeg2000"][0] & 0x7F) + 1
    return {0x40: 10, 0x60: 12}.get(found["avif"][0] & 0x60, 8)


def is_deep(picture: Image.Image) -> bool:
    """Whether Pillow gives numbers of more than 8 bits."""
    return picture.mode in ("I", "F") or picture.mode.startswith("I;16")


def _of_tiff(opened: TiffImagePlugin.TiffImageFile, title: str) -> Depth:
    tag = ExifTags.Base
    bits = max(_numbers(opened, tag.BitsPerSample, [1]))
    raw = any(tile[0] == "raw" for tile in opened.tile)
    planes = raw and opened.mode in ("RGB", "RGBA", "CMYK", "LAB")
    planes = planes and _numbers(opened, tag.PlanarConfiguration, [1]) == _PLANES
    reversed_ = _numbers(opened, tag.FillOrder, [1]) == _REVERSED
    colors = _numbers(opened, tag.PhotometricInterpretation, [1])
    problem = ""
    if _numbers(opened, tag.SampleFormat, [1])[:1] == _SIGNED and bits < 32:
        problem = "has signed numbers"
    elif planes and (bits > 8 or opened.mode == "LAB" or reversed_):
        problem = f"has {bits} bits a colour, with its colours apart"
    elif not raw and bits == 32 and opened.tag_v2.prefix == TiffImagePlugin.MM:
        problem = "has 32 bits a colour, highest byte first, and is compressed"
    elif raw and colors == _YCBCR and _numbers(opened, tag.YCbCrSubSampling, [1]) != [1]:
        problem = "has fewer colours than pixels, and is not compressed"
    elif opened.mode == "P" and 0 < max(_numbers(opened, tag.ColorMap, [65535])) < 256:
        problem = "has a palette of 8 bits, where a TIFF's has 16"
    elif opened.mode == "CMYK" and _numbers(opened, tag.InkSet, _CMYK_INKS) != _CMYK_INKS:
        problem = "has other inks than cyan, magenta, yellow and black"
    if problem:
        raise ImageError(f"{title} {problem}, which is not read rightly.", _SAVE_ANEW)
    inverted = is_deep(opened) and colors == [0]
    return Depth(bits, _tiff_white(opened, bits), inverted)


def _tiff_white(opened: TiffImagePlugin.TiffImageFile, bits: int) -> int:
    """The largest number, or what the file gives as such where that is a number of bits."""
    most = 2 ** min(bits, 16) - 1
    said = _numbers(opened, ExifTags.Base.MaxSampleValue, [most])[0]
    return said if said in (1023, 4095, 16383) and said < most else most


def _numbers(opened: TiffImagePlugin.TiffImageFile, tag: int, default: list[int]) -> list[int]:
    """The different whole numbers of a TIFF's tag, of whatever type a stranger gave it."""
    value = opened.tag_v2.get(tag, ())
    found = value if isinstance(value, tuple) else (value,)
    return sorted({number for number in found if isinstance(number, int)}) or default


def deep_values(picture: Image.Image, depth: Depth, title: str) -> np.ndarray:
    """The pixels of a deep grey image as float32 (height, width, 3) in [-1, 1].

    Raises
    ------
    ImageError
        If its numbers do not lie between 0 and white, or none is above a sixteenth of white.
    """
    numbers = np.asarray(picture)
    floats = picture.mode == "F"
    low, high = numbers.min(), numbers.max()
    white = 1 if floats else depth.white
    if not (low >= 0 and high <= white):  # also where there is a NaN
        raise ImageError(
            f"the numbers of {title} must lie in [0, {white}]. "
            f"Received: values from {low:g} to {high:g}",
            _SAVE_ANEW,
        )
    if not floats:
        check_brightness(float(high) / white, depth, title)
    values = np.empty((*numbers.shape, 3), np.float32)
    for rows in row_blocks(len(numbers)):
        block = numbers[rows] if floats else numbers[rows].astype(np.float64) / white
        block = 1 - block if depth.inverted else block
        values[rows] = (block / np.float32(0.5) - np.float32(1))[..., None]
    return values


def check_brightness(brightest: float, depth: Depth, title: str) -> None:
    """Raise an `ImageError` if a picture of 16 bits looks like one of 12 that was never scaled.

    Parameters
    ----------
    brightest : the largest of its values, where white is 1
    """
    if depth.bits >= 16 and 0 < brightest < _DARK:
        seen = "white" if depth.inverted else "black"
        raise ImageError(
            f"{title} has {depth.bits} bits a colour, of which only the lower 12 are used: "
            f"it would be nearly {seen}.",
            "Scale its numbers up first, or give them as an array from 0 to 1.",
        )


def deep_loss(bits: int) -> str:
    """What is lost of numbers of more than 8 bits that are kept as floats."""
    return f"{bits} bits a colour: dreamed as floats, saved with 8 bits"
