"""record → **picture file** → record: what a saved picture says of how it was made. No TensorFlow.

A record is a dict of plain types (see `FIELDS`). As JSON it is a PNG's text `deepdreamr`, a TIFF's
ImageDescription, and the UserComment in the EXIF of JPEG and WebP. Nothing of the original's own
metadata is kept.
"""

from __future__ import annotations

import copy
import json
import math
import os
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from PIL import ExifTags, Image, PngImagePlugin

from ..errors import ImageError, ImageWarning
from .images import open_picture

KEY = "deepdreamr"
Record = dict[str, Any]
Check = Callable[[Any], bool]
LONGEST = 2**20  # characters of JSON that are read
SOURCES = ("bundled", "imagenet", "untrained", "download", "file", "own")
_JPEG_LONGEST = 65_000  # a JPEG's EXIF block holds 65,533 bytes
_COMMENT_CODE = b"ASCII\0\0\0"  # EXIF's word for how a UserComment is written


def _text(value: Any, most: int = 1000) -> bool:
    return isinstance(value, str) and len(value) <= most


def _number(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**1023


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**128


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _shape(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_count, value))


def _sha256(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _optional(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _list_of(check: Check, most: int) -> Check:
    return lambda v: isinstance(v, list) and len(v) <= most and all(map(check, v))


def _mapping_of(check: Check) -> Check:
    def fits(value: Any) -> bool:
        return isinstance(value, dict) and all(
            re.fullmatch("[a-z_0-9]{1,40}", name) and check(item) for name, item in value.items()
        )

    return fits


def _one_of(*words: str) -> Check:
    return lambda value: isinstance(value, str) and value in words


def _scalar(value: Any) -> bool:
    return value is None or isinstance(value, bool) or _number(value) or _text(value, 100)


def _channel(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and _count(value[0]) and _number(value[1])


def _layer(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"layer", "weight", "channels"}
        and (_text(value["layer"]) and value["layer"] != "")
        and _number(value["weight"])
        and _optional(_list_of(_channel, 100_000))(value["channels"])
    )


FIELDS: dict[str, tuple[Check, str]] = {
    KEY: (_text, "deepdreamr's version"),
    "recipe": (_text, "the recipe's name"),
    "settings": (_mapping_of(_scalar), "every setting as it was used"),
    "layers": (_list_of(_layer, 10_000), "layer, weight and channels (number, weight) of each"),
    "network": (_text, "its name; of one from a file, the file's name"),
    "weights": (_text, "where the network's parameters come from, in words"),
    "weights_from": (_one_of(*SOURCES), "the same as a word"),
    "weights_sha256": (_sha256, "checksum of the parameters of the layers that were used"),
    "convention": (_text, "what the network takes for a picture"),
    "training": (_flag, "whether batch normalisation took the picture's own statistics"),
    "precision": (_text, "in which the network computed"),
    "seed": (_count, "of everything random"),
    "source": (_optional(_text), "file name of the picture that was dreamed on"),
    "source_size": (_shape, "its height and width, after `max_size`"),
    "source_sha256": (_sha256, "checksum of its pixels"),
    "guide_sha256": (_optional(_sha256), "checksum of the guide's pixels"),
    "size": (_optional(_shape), "height and width of the noise that it was instead"),
    "max_size": (_optional(_count), "what its longer side was scaled down to, if larger"),
    "window_pixels": (_optional(_count), "pixels of one gradient; null for the whole picture"),
    "octaves": (_list_of(_shape, 1000), "height and width of each octave"),
    "octave": (_count, "which of them the picture shows, from 1"),
    "steps": (_count, "how many iterations there were"),
    "last_step": (_optional(_shape), "octave and iteration of the last of them, from 1"),
    "stopped": (_optional(_text), "why the dream ended early, or null"),
    "device": (_text, "what TensorFlow computed on"),
    "versions": (_mapping_of(_text), "of the programs"),
}
"""The fields of a record: what each may be, and what it says."""


def to_text(record: Mapping[str, Any]) -> str:
    """A record as JSON, in ASCII."""
    return json.dumps(record, allow_nan=False)


def readable(record: Mapping[str, Any]) -> str:
    """A record as JSON for people: a line for each field and setting, lists on one line."""
    text = json.dumps(record, indent=2)
    innermost = r"\[\n\s*[^][{}]*?\n\s*\]"  # lists; no text has a line break in JSON

    def on_one_line(found: re.Match[str]) -> str:
        inside = found[0][1:-1].strip()
        return "[" + re.sub(r"\n\s*", " ", inside) + "]"

    return re.sub(innermost, on_one_line, text)


def to_record(text: str, title: str = "the text") -> Record:
    """A record from JSON that anybody may have written; fields that are not known are left out.

    Raises
    ------
    ImageError
        If it is too long, is not JSON, or if a field is missing or not what it should be.
    """

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not a number")

    damaged = f"what {title} says of how it was made is damaged"
    if len(text) > LONGEST:
        raise ImageError(f"{damaged}: it has more than {LONGEST:,} characters.")
    try:
        found = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise ImageError(f"{damaged}: {error}.") from None
    if not isinstance(found, dict):
        raise ImageError(f"{damaged}: it is not an object.")
    for name, (check, _) in FIELDS.items():
        if name not in found or not check(found[name]):
            raise ImageError(f"{damaged}: {name} is {'wrong' if name in found else 'missing'}.")
    return {name: found[name] for name in FIELDS}


def summary(record: Mapping[str, Any]) -> str:
    """One line for programs that show a picture's description."""
    layers = ", ".join(f"{term['layer']} {term['weight']:g}" for term in record["layers"][:10])
    more = ", ..." if len(record["layers"]) > 10 else ""
    return (
        f"DeepDream of {record['source'] or 'a picture'}: recipe {record['recipe']}; {layers}{more}"
        f"; {record['network']}; seed {record['seed']}"
    )


def metadata_options(record: Mapping[str, Any], format: str) -> dict[str, Any]:
    """What Pillow's `save` takes to write a record into a file of a format.

    Warns
    -----
    ImageWarning
        If the record is longer than a JPEG can hold; it is left out then.
    """
    text, line, software = to_text(record), summary(record), f"deepdreamr {record[KEY]}"
    if format == "PNG":
        info = PngImagePlugin.PngInfo()
        for key, value in (("Software", software), ("Description", line), (KEY, text)):
            info.add_text(key, value)
        return {"pnginfo": info}
    if format == "JPEG" and len(text) > _JPEG_LONGEST - len(line):
        message = "how it was made is left out: its settings are longer than a JPEG can hold"
        warnings.warn(ImageWarning(message), stacklevel=4)
        return {}
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = software
    exif[ExifTags.Base.ImageDescription] = text if format == "TIFF" else line
    if format != "TIFF":
        comment = _COMMENT_CODE + text.encode()
        exif[ExifTags.IFD.Exif] = {int(ExifTags.Base.UserComment): comment}
    return {"exif": exif}


def show(picture: Any) -> Record:
    """How a picture was made.

    Parameters
    ----------
    picture : path or bytes of a PNG, JPEG, WebP or TIFF file that deepdreamr wrote, or a `Dream`

    Returns
    -------
    dict of plain types; `deepdreamr.metadata.FIELDS` says what each field means

    Raises
    ------
    ImageError
        If there is no such picture, or it does not say how it was made.
    """
    title, text = _title(picture), None
    record = getattr(picture, "record", None)
    if record:
        return copy.deepcopy(dict(record))
    if record is None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImageWarning)  # what is odd about a file
            with open_picture(picture) as opened:
                text = _find_text(opened)
    if text is None:
        raise ImageError(
            f"{title} does not say how it was made.",
            "Only pictures that deepdreamr saved do, unless their metadata were stripped.",
        )
    return to_record(text, title)


def _title(picture: Any) -> str:
    is_path = isinstance(picture, str | os.PathLike)
    return repr(os.path.basename(os.fsdecode(picture))) if is_path else "the picture"


def _find_text(opened: Image.Image) -> str | None:
    """The record's JSON among a picture's metadata, wherever a tool may have put it."""
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
