"""text of the shell → **values** → request: layers, sizes and channels, as `dream` takes them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, shown
from ..pictures.samples import SAMPLES, sample_image
from ..recipes.lists import numbers_of, parse_layers
from ..runs.request import GROUPS, Request, request_of
from ._options import NONE
from ._streams import STANDARD, StandardInput


def parse_request(
    image: str | None, options: Mapping[str, Any], groups: Collection[str] = GROUPS
) -> Request:
    """What a command with the options of some groups asks for."""
    arguments = given(options)
    return request_of(parse_image(image), arguments.pop("layers", None), arguments, groups)


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, with layers and sizes parsed, and None for the word "none"."""
    found = {name: value for name, value in options.items() if value is not None}
    if "layers" in found:
        found["layers"] = parse_layers(found["layers"])
    if "masks" in found:
        found["masks"] = [_parse_mask(mask) for mask in found["masks"]]
    if "size" in found:
        found["size"] = parse_size(found["size"])
    return {name: None if value is NONE else value for name, value in found.items()}


def _parse_mask(mask: Any) -> Any:
    """A mask, and its layers where there are some."""
    return mask if isinstance(mask, str) else (mask[0], parse_layers(mask[1]))


def parse_image(text: str | None) -> str | Path | StandardInput | None:
    """A path, or the picture that comes with the package by its name, `sample:jelly`, or `-`."""
    if text is None:
        return None
    if text == STANDARD:
        return StandardInput()
    kind, _, name = text.partition(":")
    return sample_image(name) if kind == "sample" and name in SAMPLES else text


def parse_dreamed(text: str) -> str | bytes:
    """The path of a picture that says how it was made, or, for `-`, what standard input has."""
    return StandardInput().content if text == STANDARD else text


def parse_size(text: str) -> tuple[int, int]:
    """Height and width of the command line, `480x640`.

    >>> parse_size("480x640")
    (480, 640)
    """
    found = re.fullmatch(r"\s*(\d{1,9})\s*[xX]\s*(\d{1,9})\s*", text)
    if not found or not int(found[1]) or not int(found[2]):
        raise ArgumentError(f"`size` must be HEIGHTxWIDTH. Received: {shown(text)}")
    return int(found[1]), int(found[2])


def parse_channels(text: str) -> list[int]:
    """Channels of the command line, `3,66-69`, as numbers.

    >>> parse_channels("3,66-69")
    [3, 66, 67, 68, 69]
    """
    channels: list[int] = []
    for part in text.split(","):
        try:
            channels += numbers_of(part if "x" not in part else "")[0]
        except ValueError:
            raise ArgumentError(
                f"channels must be given as numbers, like 3,66-69. Received: {shown(part.strip())}"
            ) from None
    return channels
