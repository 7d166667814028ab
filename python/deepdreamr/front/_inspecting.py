"""picture → **sheets, gradient, features**: the commands that show what layers and channels see."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from ..runs.request import NOT_KEEPING
from ._options import (
    ChoiceOf,
    Command,
    argument_option,
    output_options,
    request_options,
    together,
)
from ._progress import Progress, on_one_line, say

_GRADIENT = ("loss", "network", "memory")
"""What the arguments of `loss_and_gradient` are about."""

_MAPS = "deepdreamr.looking.maps"
_SHEET = ("order", "channels", "columns", "colormap", "scale", "zoom")


_tile_options = together(
    click.option("--columns", type=int, help="tiles in a row  [default: for a sheet of about 4:3]"),
    click.option(
        "--zoom",
        type=float,
        help="size of a tile divided by the picture's  [default: at most 480 pixels]",
    ),
    click.option("--folder", metavar="FOLDER", help="also write each tile in full size, as a file"),
)


@click.command(name="sheet", cls=Command)
@click.argument("image", metavar="[IN]", required=False)
@output_options
@_tile_options
@request_options(NOT_KEEPING, "masks")
def sheet_command(image: str | None, output: str, **options: Any) -> None:
    """Dream of the picture IN with each layer alone.

    The dreams (of noise, without IN but with --size) are written to OUT side by side, each with its
    layer's name.
    """
    from ..looking.layers import layer_sheet

    _make_sheet(layer_sheet, image, output, options)


@click.command(name="channels", cls=Command)
@click.argument("layer")
@click.argument("image", metavar="[IN]", required=False)
@output_options
@click.option(
    "--channels",
    metavar="N,N-N,...",
    help="which ones, from 0  [default: twelve that answer strongly to IN, or to noise]",
)
@_tile_options
@argument_option("recipe", default="vivid")
@request_options(NOT_KEEPING, "layers", "masks", "recipe", "guide", "missing")
def channels_command(layer: str, image: str | None, output: str, **options: Any) -> None:
    """Dream with each of several channels of LAYER alone.

    The dreams (of noise, without IN) are written to OUT side by side, each with its channel's
    number.
    """
    from ..looking.channels import channel_sheet
    from ._parsing import parse_channels

    if options["channels"] is not None:
        options["channels"] = parse_channels(options["channels"])
    _make_sheet(functools.partial(channel_sheet, layer), image, output, options)


def _make_sheet(
    make: Callable[..., Any], image: str | None, output: str, options: dict[str, Any]
) -> None:
    """Make a sheet of dreams and write it."""
    from ._keeping import output_path, write
    from ._parsing import given, parse_image

    picture = parse_image(image)
    path = output_path(output, options, image=picture)
    steps = Progress()
    result = make(picture, on_step=steps, progress=steps.bar, **given(options))
    write(result, path, options["overwrite"])
    say(on_one_line(result))
    click.echo(path)


@click.command(name="gradient", cls=Command)
@click.argument("image", metavar="IN")
@output_options
@click.option(
    "--percentile",
    type=float,
    help="how many per cent of the gradient's values are not clipped  [default: 99.5]",
)
@request_options(_GRADIENT)
def gradient_command(image: str, output: str, **options: Any) -> None:
    """Show the loss's gradient for the picture IN.

    It is written to OUT as a picture, in which mid grey stands for 0.
    """
    from ..looking.gradient import gradient_picture
    from ._keeping import output_path, write
    from ._parsing import given, parse_image

    picture = parse_image(image)
    path, overwrite = output_path(output, options, image=picture), options.pop("overwrite")
    result = gradient_picture(picture, **given(options))
    write(result, path, overwrite)
    say(on_one_line(result))
    click.echo(path)


@click.command(name="features", cls=Command)
@click.argument("image", metavar="IN")
@click.argument("layer")
@output_options
@click.option(
    "--order", type=ChoiceOf(_MAPS, "ORDERS"), help="of the channels  [default: strength]"
)
@click.option("--channels", metavar="N,N-N,...", help="which ones, from 0  [default: strongest 64]")
@click.option("--columns", type=int, help="maps in a row  [default: for a sheet of about 4:3]")
@click.option(
    "--colormap",
    metavar="NAME",
    help="viridis, gray, blue_red or any colour map of the library cmap  "
    "[default: viridis; blue_red if numbers are negative]",
)
@click.option(
    "--scale",
    type=ChoiceOf(_MAPS, "SCALES"),
    help="whether each channel's own maximum is brightest, or the layer's  [default: channel]",
)
@click.option("--zoom", type=float, help="pixels for each cell of a map")
@request_options(["network"])
def features_command(image: str, layer: str, output: str, **options: Any) -> None:
    """Show what the channels of LAYER see in the picture IN.

    They are written to OUT as a contact sheet.
    """
    from ..looking.features import feature_maps
    from ..looking.maps import check_sheet
    from ._keeping import output_path, write
    from ._parsing import given, parse_channels, parse_image

    picture = parse_image(image)
    path, overwrite = output_path(output, options, image=picture), options.pop("overwrite")
    network = given(options)
    sheet = {name: network.pop(name) for name in _SHEET if name in network}
    if "channels" in sheet:
        sheet["channels"] = parse_channels(sheet["channels"])
    check_sheet(layer, **sheet)
    maps = feature_maps(picture, layer, **network)
    write(maps, path, overwrite, **sheet)
    say(on_one_line(maps))
    click.echo(path)
