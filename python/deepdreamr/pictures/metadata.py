"""note → **picture file** → its text: what a saved picture says of how it was made.

The text stands in a PNG's text chunk `deepdreamr`, in a TIFF's ImageDescription, and in the EXIF
UserComment of JPEG and WebP. Nothing of the original picture's own metadata is kept.
"""

from __future__ import annotations

import os
import warnings
from typing import Any, NamedTuple

from PIL import ExifTags, Image, PngImagePlugin

from ..errors import ImageError, ImageWarning, warn
from ._directories import check_exif
from .reading import open_picture

KEY = "deepdreamr"
_JPEG_LONGEST = 65_000  # a JPEG's EXIF block holds 65,533 bytes
_COMMENT_CODE = b"ASCII\0\0\0"  # EXIF's word for how a UserComment is written


class Note(NamedTuple):
    """What is written into a picture file about how the picture was made.

    Attributes
    ----------
    text : JSON object in ASCII whose first key is `KEY`, which is how it is recognised
    summary : one line for programs that show a picture's description
    software : name and version of the program
    """

    text: str
    summary: str
    software: str


def metadata_options(note: Note, format: str) -> dict[str, Any]:
    """What Pillow's `save` takes to write a note into a file of a format.

    Parameters
    ----------
    format : "PNG", "JPEG", "WEBP", "TIFF" or "BMP"

    Warns
    -----
    ImageWarning
        If the note is longer than a JPEG can hold, or the format is BMP; it is left out then.
    """
    if format == "PNG":
        info = PngImagePlugin.PngInfo()
        for key, value in (
            ("Software", note.software),
            ("Description", note.summary),
            (KEY, note.text),
        ):
            info.add_text(key, value)
        return {"pnginfo": info}
    if problem := _no_room(note, format):
        message = f"how it was made is left out: {problem}"
        warn(ImageWarning(message))
        return {}
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = note.software
    exif[ExifTags.Base.ImageDescription] = note.text if format == "TIFF" else note.summary
    if format != "TIFF":
        comment = _COMMENT_CODE + note.text.encode()
        exif[ExifTags.IFD.Exif] = {int(ExifTags.Base.UserComment): comment}
    return {"exif": exif}


def _no_room(note: Note, format: str) -> str:
    """Why a format cannot hold a note, or nothing."""
    if format == "JPEG" and len(note.text) > _JPEG_LONGEST - len(note.summary):
        return "its settings are longer than a JPEG can hold"
    return "BMP files have no place for it" if format == "BMP" else ""


def read_text(picture: Any) -> str:
    """The text of the note in a picture file, which anybody may have written.

    Parameters
    ----------
    picture : path, or the file's content as bytes

    Raises
    ------
    ImageError
        If there is no such picture, or it has no note.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImageWarning)  # what is odd about a file
        with open_picture(picture) as opened:
            opened.load()
            check_exif(opened.info, title(picture))
            text = _find_text(opened)
    if text is None:
        raise ImageError(
            f"{title(picture)} does not say how it was made.",
            "Only pictures that deepdreamr saved do, unless their metadata were stripped.",
        )
    return text


def title(picture: Any) -> str:
    """What errors call a picture: its file's name in quotes, or "the picture"."""
    is_path = isinstance(picture, str | os.PathLike)
    return repr(os.path.basename(os.fsdecode(picture))) if is_path else "the picture"


def _find_text(opened: Image.Image) -> str | None:
    """The note's text in any place where a tool may have moved it, or None."""
    texts = getattr(opened, "text", {})
    if KEY in texts:
        return str(texts[KEY])
    exif = opened.getexif()
    inner = exif.get_ifd(ExifTags.IFD.Exif)
    found = inner.get(ExifTags.Base.UserComment), exif.get(ExifTags.Base.ImageDescription)
    for value in found:
        if isinstance(value, bytes):
            value = value.removeprefix(_COMMENT_CODE).decode("ascii", "replace")
        if isinstance(value, str) and value.lstrip().startswith(f'{{"{KEY}"'):
            return value.strip("\0 \n")
    return None
