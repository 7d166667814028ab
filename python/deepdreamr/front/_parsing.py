"""text of the shell → **values** → request: layers, sizes and channels, as `dream` takes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ..errors import ArgumentError
from ..pictures.samples import SAMPLES, sample_image
from ..recipes.terms import LayerTerm
from ..runs.request import GROUPS, Request, request_of


def parse_request(
    image: str | None, options: Mapping[str, Any], groups: Collection[str] = GROUPS
) -> Request:
    """What a command with the options of some groups asks for."""
    arguments = given(options)
    return request_of(parse_image(image), arguments.pop("layers", None), arguments, groups)


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, with layers and sizes parsed."""
    found = {name: value for name, value in options.items() if value is not None}
    if "layers" in found:
        found["layers"] = parse_layers(found["layers"])
    if "size" in found:
        found["size"] = parse_size(found["size"])
    return found


def parse_image(text: str | None) -> str | Path | None:
    """A path, or the picture that comes with the package by its name, `sample:jelly`."""
    if text is None:
        return None
    kind, _, name = text.partition(":")
    return sample_image(name) if kind == "sample" and name in SAMPLES else text


def parse_layers(text: str) -> list[LayerTerm]:
    """Layers of the command line as terms: `mixed3=0.8`, or with channels `mixed4:66+143=2`.

    >>> parse_layers("mixed3=0.8,mixed4:66")
    [LayerTerm(layer='mixed3', weight=0.8, channels=None), \
LayerTerm(layer='mixed4', weight=1.0, channels=((66, 1.0),))]
    """
    return [_parse_layer(part.strip()) for part in text.split(",")]


def _parse_layer(text: str) -> LayerTerm:
    name, _, weight = text.partition("=")
    layer, colon, channels = name.partition(":")
    try:
        numbers = [int(channel) for channel in channels.split("+")] if colon else None
        value = float(weight) if weight else 1.0
    except ValueError:
        raise ArgumentError(
            "a layer must be given as name=weight or name:channel+channel=weight. "
            f"Received: {text!r}"
        ) from None
    return LayerTerm(layer, value, numbers)  # type: ignore[arg-type]


def parse_size(text: str) -> tuple[int, int]:
    """Height and width of the command line, `480x640`.

    >>> parse_size("480x640")
    (480, 640)
    """
    height, _, width = text.lower().partition("x")
    try:
        return int(height), int(width)
    except ValueError:
        raise ArgumentError(f"`size` must be HEIGHTxWIDTH. Received: {text!r}") from None


def parse_channels(text: str) -> list[int]:
    """Channels of the command line, `3,66-69`, as numbers.

    >>> parse_channels("3,66-69")
    [3, 66, 67, 68, 69]
    """
    channels: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        try:
            channels += range(int(first), int(last if dash else first) + 1)
        except ValueError:
            raise ArgumentError(
                f"channels must be given as numbers, like 3,66-69. Received: {part.strip()!r}"
            ) from None
    return channels
