"""file, bytes, Pillow image or array → **Picture**: read, and refused with a reason.

`image` is everywhere a float32 array or tensor of shape (1, height, width, 3) in [-1, 1];
`shape` is (height, width) in pixels.
"""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from ..errors import ImageError, ImageWarning, system_said, warn
from ..paths import as_path, check_file
from ._arrays import from_array
from ._conversion import from_pillow
from ._formats import open_pillow
from .files import CLIPS
from .picture import Picture, Shape

_MOST_BYTES = 2**30  # of a picture file
_ON_ITS_SIDE = (5, 6, 7, 8)  # values of the tag Orientation


def load_image(source: Any) -> np.ndarray:
    """Read a picture as a float array, ready to dream on.

    Parameters
    ----------
    source : path; bytes or file object; Pillow image; `Dream`; or array: uint8, uint16, bool or
        float in [0, 1], shaped (H, W), (H, W, 1), (H, W, 3) or (H, W, 4); or what this function
        returns, float in [-1, 1], shaped (1, H, W, 3)

    Returns
    -------
    float32 (1, height, width, 3) in [-1, 1]

    Raises
    ------
    ImageError
        If there is no such file, or if it is not a picture.
    ArgumentError
        If `source` is a text that is no path, such as an empty one.

    Warns
    -----
    ImageWarning
        If something of it is left out (frames but the first, bits, a colour profile), or if Pillow
        finds something odd about it.
    """
    return read_picture(source).image


def read_picture(source: Any, name: str = "picture") -> Picture:
    """Read a picture with its transparency, colour profile and name; see `load_image`.

    `name` is what the argument is called.

    An object of another class may have a method `read_picture` that returns a `Picture`.
    """
    if isinstance(source, Picture):
        return source
    if isinstance(source, str | os.PathLike):
        path = as_path(name, source)
        return picture_from(read_content(path), path.name)
    if is_stream(source):
        source = read_stream(source)
    if isinstance(source, bytes | bytearray | memoryview):
        with open_picture(source) as opened:
            return from_pillow(opened, None)
    if isinstance(source, Image.Image):
        with _pillow_errors("the Pillow image"):
            return from_pillow(source, None)
    if hasattr(source, "read_picture"):
        return source.read_picture()
    if hasattr(source, "__array__"):
        return from_array(np.asarray(source))
    raise ImageError(
        "a picture must be a path, bytes, a file object, a Pillow image, an array or a dream. "
        f"Received: {type(source).__name__}"
    )


def picture_from(content: bytes, name: str) -> Picture:
    """The picture of a file's content, with its name, as `read_picture` reads that file."""
    with open_picture(content, f"the file {name!r}") as opened:
        return from_pillow(opened, name)


def read_shape(path: str | os.PathLike[str]) -> Shape | None:
    """(height, width) that a picture file says it has, upright; None if it tells none.

    Its pixels are not read.
    """
    try:
        check_file(Path(path), ImageError, "a picture")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as opened:
                has_exif = "exif" in opened.info  # where a PNG has none, asking reads its pixels
                told = opened.getexif() if has_exif else {}
                orientation = told.get(ExifTags.Base.Orientation)
                return opened.size if orientation in _ON_ITS_SIDE else opened.size[::-1]
    except Exception:  # Pillow's decoders raise whatever they meet
        return None


@contextlib.contextmanager
def named(name: str) -> Iterator[None]:
    """Errors say which argument is meant, where a call has several pictures."""
    try:
        yield
    except ImageError as error:
        raise ImageError(f"`{name}`: {error.message}", error.hint) from None


@contextlib.contextmanager
def open_picture(source: Any, title: str = "the data") -> Iterator[Image.Image]:
    """A picture file as Pillow has it, not decoded yet.

    Parameters
    ----------
    source : path, or the file's content as bytes
    title : what errors call the bytes

    Raises
    ------
    ImageError
        If it is not a picture, or if Pillow raises anything while it is open.

    Warns
    -----
    ImageWarning
        If Pillow finds something odd about it.
    """
    if isinstance(source, str | os.PathLike):
        path = as_path("picture", source)
        source, title = read_content(path), f"the file {path.name!r}"
    if not isinstance(source, bytes | bytearray | memoryview):
        raise ImageError(
            f"a picture file must be a path or bytes. Received: {type(source).__name__}"
        )
    content = bytes(source)
    if not content:
        raise ImageError(f"{title} is empty.")
    with warnings.catch_warnings(record=True) as odd:
        warnings.simplefilter("always")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with _pillow_errors(title), open_pillow(content, title) as opened:
            yield opened
    for text in dict.fromkeys(str(warning.message) for warning in odd):
        warn(ImageWarning(f"{title}: {text}"))


def is_stream(source: Any) -> bool:
    """Whether it is a file object, also one of no class of `io`, as a temporary file may be."""
    return hasattr(source, "read") and hasattr(source, "readable")  # an archive has the first alone


def read_stream(stream: Any, what: str = "the file object") -> bytes:
    """What a file object still holds; it is not closed. `what` it is, in an `ImageError`."""
    try:
        content = stream.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ImageError(f"{what} cannot be read: {error}.") from None
    if not isinstance(content, bytes):
        raise ImageError("a file object must be opened for bytes, as by `open(path, 'rb')`.")
    if len(content) > _MOST_BYTES:
        raise ImageError(f"{what} has more than {_MOST_BYTES:,} bytes.")
    return content


def read_content(path: Path) -> bytes:
    """The bytes of a picture file.

    Raises
    ------
    ImageError
        If it is not there, is not a regular file, cannot be read or is very large.
    """
    size = check_file(path, ImageError, "a picture")
    try:
        with path.open("rb") as file:  # which may grow meanwhile
            content = file.read(_MOST_BYTES + 1) if 0 < size <= _MOST_BYTES else b""
    except OSError as error:
        raise ImageError(f"{str(path)!r} cannot be read: {system_said(error)}.") from None
    if max(size, len(content)) > _MOST_BYTES:
        raise ImageError(f"{str(path)!r} has more than {_MOST_BYTES:,} bytes.")
    return content


@contextlib.contextmanager
def _pillow_errors(title: str) -> Iterator[None]:
    """Turn whatever Pillow raises into an `ImageError`."""
    try:
        yield
    except UnidentifiedImageError:
        is_clip = title.lower().rstrip("'\"").endswith(CLIPS)
        hint = "`dream_video` dreams of clips." if is_clip else None
        raise ImageError(f"{title} is not a picture that Pillow can read.", hint) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageError(
            f"{title} has more than {Image.MAX_IMAGE_PIXELS or 0:,} pixels.",
            "Scale it down first.",
        ) from None
    except (ImageError, ImageWarning):  # a warning of ours, where warnings are errors
        raise
    except Exception as error:  # Pillow's decoders raise whatever they meet
        raise ImageError(f"{title} is a damaged picture: {error}.") from error
