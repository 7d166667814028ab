"""Fields, checks and words of a record, until `record` has them."""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ImageError
from ..pictures.metadata import KEY as KEY
from ..pictures.metadata import Note, read_text, title

Record = dict[str, Any]
Check = Callable[[Any], bool]
LONGEST = 2**20  # characters of JSON that are read
SOURCES = ("bundled", "imagenet", "untrained", "download", "file", "own")


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


def note(record: Mapping[str, Any]) -> Note:
    """A record as picture files carry it."""
    return Note(to_text(record), summary(record), f"deepdreamr {record[KEY]}")


def show(picture: Any) -> Record:
    """How a picture was made.

    Parameters
    ----------
    picture : path or bytes of a PNG, JPEG, WebP or TIFF file that deepdreamr wrote, or a `Dream`

    Returns
    -------
    dict of plain types; `FIELDS` says what each field means

    Raises
    ------
    ImageError
        If there is no such picture, or it does not say how it was made.
    """
    record = getattr(picture, "record", None)
    if record:
        return copy.deepcopy(dict(record))
    if record is not None:
        raise ImageError(
            f"{title(picture)} does not say how it was made.",
            "Only pictures that deepdreamr saved do, unless their metadata were stripped.",
        )
    return to_record(read_text(picture), title(picture))
