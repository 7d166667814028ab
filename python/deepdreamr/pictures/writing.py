"""Picture → **picture file**: encoded in the format that the suffix names, and written."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..errors import ImageWarning, OutputError, unknown_name, warn
from ..paths import as_path
from .files import CLIPS, check_target, write_whole
from .metadata import Note, metadata_options
from .picture import picture_uint8
from .reading import read_picture

FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".bmp": "BMP",
}
_OPAQUE = ("JPEG", "BMP")
_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"lossless": True, "exact": True},  # exact: colours under transparency too
    "TIFF": {"compression": "tiff_deflate"},
}


def small_jpeg(pixels: np.ndarray, longest: int) -> bytes:
    """A JPEG file of uint8 (height, width, 3), scaled down if the longer side has more pixels."""
    picture, content = Image.fromarray(pixels), io.BytesIO()
    picture.thumbnail((longest, longest), Image.Resampling.BILINEAR)
    picture.save(content, "JPEG", quality=85)
    return content.getvalue()


def check_output(path: str | os.PathLike[str], overwrite: bool = False) -> Path:
    """The path, its home folder expanded, if a picture can be written there.

    Raises
    ------
    OutputError
        If the suffix is not one of `FORMATS`, the folder is missing or cannot be written to, or the
        file exists and `overwrite` is false.
    """
    path = as_path("path", path)
    if path.suffix.lower() not in FORMATS:
        if path.suffix.lower() in CLIPS:
            hint = "Clips are made by `dream_video` and `dream_zoom`."
            raise OutputError(f"cannot write {str(path)!r}: a picture is no clip.", hint)
        raise OutputError(
            f"cannot write {str(path)!r}: {unknown_name('format', path.suffix, FORMATS)}"
        )
    return check_target(path, overwrite)


def save_image(image: Any, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a picture; its suffix names the format (.png .jpg .jpeg .webp .tif .tiff .bmp).

    Parameters
    ----------
    image : anything that `load_image` takes
    path : of the new file
    overwrite : whether a file that exists may be replaced

    Returns
    -------
    The path, its home folder expanded.

    Raises
    ------
    ImageError
        If `image` is not a picture.
    OutputError
        If it cannot be written; what was there before stays as it was.
    """
    path = check_output(path, overwrite)
    picture = read_picture(image)
    content = encode(
        picture_uint8(picture),
        FORMATS[path.suffix.lower()],
        alpha=picture.alpha,
        icc_profile=picture.icc_profile,
    )
    write_whole(path, content, overwrite)
    return path


def encode(
    pixels: np.ndarray,
    format: str = "PNG",
    *,
    alpha: np.ndarray | None = None,
    icc_profile: bytes | None = None,
    note: Note | None = None,
    quality: int | None = None,
) -> bytes:
    """The content of a picture file.

    Parameters
    ----------
    pixels : uint8 (height, width, 3)
    format : Pillow's name of a format: a value of `FORMATS`
    alpha : uint8 (height, width)
    icc_profile : RGB colour profile
    note : how the picture was made
    quality : of a JPEG, from 0 to 100; None for 95

    Raises
    ------
    OutputError
        If the format cannot hold a picture of this size.

    Warns
    -----
    ImageWarning
        If the format cannot hold the transparency, the colour profile or the note; it is left out.
    """
    picture = Image.fromarray(pixels)
    if alpha is not None and format in _OPAQUE:
        if alpha.min() < 255:
            _warn_lost(format, "transparency")
    elif alpha is not None:
        picture.putalpha(Image.fromarray(alpha))
    options = _OPTIONS.get(format, {}) | (metadata_options(note, format) if note else {})
    if quality is not None and format == "JPEG":
        options["quality"] = quality
    if icc_profile and format == "BMP":
        _warn_lost(format, "colour profile")
    elif icc_profile:
        options["icc_profile"] = icc_profile
    out = io.BytesIO()
    try:
        picture.save(out, format, **options)
    except (OSError, ValueError) as error:
        size = f"{picture.width}x{picture.height}"
        raise OutputError(f"a picture of {size} cannot be written as {format}: {error}.") from None
    return out.getvalue()


def _warn_lost(format: str, what: str) -> None:
    message = f"the {what} is left out: {format} files have none"
    warn(ImageWarning(message))


def save_pixels(
    pixels: np.ndarray, path: str | os.PathLike[str], *, overwrite: bool = False
) -> Path:
    """Write uint8 (height, width, 3) to a file; its suffix names the format. See `save_image`."""
    path = check_output(path, overwrite)
    write_whole(path, encode(pixels, FORMATS[path.suffix.lower()]), overwrite)
    return path
