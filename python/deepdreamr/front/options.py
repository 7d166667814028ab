"""recipe → **options** → command: the options that several commands share, and how they are read.

They are made from `dream`'s arguments and from the fields of `Recipe`, not written twice.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import click

from ..runs.dreaming import dream
from ..errors import ArgumentError
from ..recipes.terms import LayerTerm
from ..networks.conventions import CONVENTIONS
from ..recipes.settings import SETTINGS, setting_type

_TYPES: dict[type, click.ParamType[Any]] = {int: click.INT, float: click.FLOAT, str: click.STRING}


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


def _recipe_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """An option for every setting of a recipe."""
    for name, field in reversed(SETTINGS.items()):
        kind, _ = setting_type(name)
        flag = "--" + name.replace("_", "-")
        choices = field.metadata["choices"]
        if kind is bool:
            option = click.option(
                f"{flag}/--no-{flag[2:]}", name, default=None, help=field.metadata["help"]
            )
        else:
            of = click.Choice(choices) if choices else _TYPES[kind]
            option = click.option(flag, name, type=of, default=None, help=field.metadata["help"])
        command = option(command)
    return command


def default(name: str) -> Any:
    """The default of an argument of `dream`."""
    return inspect.signature(dream).parameters[name].default


def _all_of(*options: Callable[..., Any]) -> Callable[..., Any]:
    """Several options as one decorator, listed by `--help` in their order."""
    return lambda command: functools.reduce(lambda c, option: option(c), options[::-1], command)


output_options = _all_of(
    click.option("-o", "--output", required=True, metavar="OUT", help="the picture to write"),
    click.option("--overwrite", is_flag=True, help="replace files that exist"),
)
keeping_options = _all_of(
    click.option(
        "--save-octaves", metavar="FOLDER", help="write the picture after each octave too"
    ),
    click.option(
        "--checkpoint",
        metavar="FILE",
        help="keep the dream after each octave; the same command goes on from there",
    ),
    click.option("--strip-metadata", is_flag=True, help="do not write into OUT how it was made"),
)
network_options = _all_of(
    click.option(
        "--network", default=default("network"), show_default=True, help="a name, or a file"
    ),
    click.option(
        "--weights",
        default=default("weights"),
        show_default=True,
        help="auto, bundled, imagenet, untrained or a file",
    ),
    click.option(
        "--convention", type=click.Choice(list(CONVENTIONS)), help="what a network's file takes"
    ),
    click.option(
        "--training", is_flag=True, help="batch normalisation on the picture's own statistics"
    ),
    click.option("--seed", type=int, help="of everything random"),
    click.option(
        "--precision", default=default("precision"), show_default=True, help="of the network"
    ),
)
dream_options = _all_of(
    click.option(
        "--layers", metavar="NAME=WEIGHT,...", help="layers and weights  [default: the recipe's]"
    ),
    click.option(
        "--recipe", default=default("recipe"), show_default=True, help="see `deepdreamr recipes`"
    ),
    click.option("--missing", default=default("missing"), show_default=True, help="warn or error"),
    network_options,
    click.option("--guide", metavar="FILE", help="a picture whose features the dream goes towards"),
    click.option("--size", metavar="HxW", help="start from noise of this size, without IN"),
    click.option("--max-size", type=int, help="scale IN down to so many pixels first"),
    click.option("--max-memory", metavar="BYTES", help="such as 2GB  [default: half of the free]"),
    _recipe_options,
)


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, with layers and sizes parsed."""
    found = {name: value for name, value in options.items() if value is not None}
    if "layers" in found:
        found["layers"] = parse_layers(found["layers"])
    if "size" in found:
        found["size"] = parse_size(found["size"])
    return found
