"""bytes → **format**: which kinds of picture file are read, and what a kind needs to be read."""

from __future__ import annotations

import importlib
import io

from PIL import Image, UnidentifiedImageError

from ..errors import ImageError
from ._directories import check_directory

# Not among them: programs (EPS, WMF) and files of measurements, whose numbers have no white.
_READ = (
    *("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "AVIF", "HEIF", "JPEG2000", "PPM", "QOI"),
    *("MPO", "DIB", "ICO", "CUR", "ICNS", "PSD", "SGI", "SUN", "PCX", "DCX", "DDS", "BLP", "FLI"),
    *("PCD", "MSP", "XBM", "XPM", "GBR", "FTEX", "PIXAR", "TGA"),
)
_MOST_PARTS = 200_000  # chunks of a PNG; a scan of a JPEG counts as 1000
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_AVIF = (b"avif", b"avis")


def open_pillow(content: bytes, title: str) -> Image.Image:
    """A picture file as Pillow opens it.

    Parameters
    ----------
    title : what errors call it

    Raises
    ------
    ImageError
        If what is needed to read such a file is not installed.
    UnidentifiedImageError
        If it is of no kind that is read.
    """
    check_directory(content, title)
    _check_parts(content, title)
    brands = _brands(content)
    avif = any(brand in _AVIF for brand in brands)
    if not avif and any(brand in _HEIC for brand in brands):
        _register_heif(title)
    Image.init()
    try:
        return Image.open(io.BytesIO(content), formats=[n for n in _READ if n in Image.OPEN])
    except UnidentifiedImageError:
        if not avif:
            raise
        raise ImageError(
            f"{title} is an AVIF file, which this Pillow does not read.",
            'Install a newer one: pip install "pillow>=11.3"',
        ) from None


def _check_parts(content: bytes, title: str) -> None:
    """Raise an `ImageError` if a file has so many small parts that decoding it takes hours."""
    parts = 0
    if content[:2] == b"\xff\xd8":
        parts = content.count(b"\xff\xda") * 1000  # a JPEG's scans, each of all pixels
    place = 8 if content[:4] == b"\x89PNG" else len(content)
    while place + 12 <= len(content) and parts <= _MOST_PARTS:
        place += 12 + int.from_bytes(content[place : place + 4], "big")
        parts += 1
    if parts > _MOST_PARTS:
        raise ImageError(f"{title} is in too many parts: reading it would take very long.")


def _brands(content: bytes) -> list[bytes]:
    """What a file of boxes, such as HEIC, says that it can be read as."""
    if content[4:8] != b"ftyp":
        return []
    end = min(int.from_bytes(content[:4], "big"), 256)
    return [content[start : start + 4] for start in (8, *range(16, end, 4))]


def _register_heif(title: str) -> None:
    if "HEIF" in Image.OPEN:
        return
    try:
        importlib.import_module("pillow_heif").register_heif_opener()
    except ImportError:
        raise ImageError(
            f"{title} is a HEIC file, for which Pillow needs a plug-in.",
            "Install it, pip install pillow-heif, or save the picture as JPEG or PNG.",
        ) from None
