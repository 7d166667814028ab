"""recipe → **options** → command: the options that several commands share, and how they are read.

They are made from `dream`'s arguments and from the fields of `Recipe`, not written twice.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import click

from .dreaming import dream
from .errors import ArgumentError
from .nodes import CONVENTIONS
from .settings import SETTINGS, setting_type

_TYPES: dict[type, click.ParamType[Any]] = {int: click.INT, float: click.FLOAT, str: click.STRING}


def parse_layers(text: str) -> dict[str, float]:
    """Layers of the command line, `mixed3=0.8,mixed4=2`, as layer → weight."""
    layers: dict[str, float] = {}
    for part in text.split(","):
        name, _, weight = part.strip().partition("=")
        try:
            layers[name] = float(weight) if weight else 1.0
        except ValueError:
            raise ArgumentError(
                f"a layer must be given as name=weight. Received: {part.strip()!r}"
            ) from None
    return layers


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
    _recipe_options,
)


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, with their layers parsed."""
    found = {name: value for name, value in options.items() if value is not None}
    if "layers" in found:
        found["layers"] = parse_layers(found["layers"])
    return found
