"""picture → **zoom** → clip: the command `deepdreamr zoom`."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import click

from ..errors import ArgumentError
from ..motion.zooms import NOT_ZOOMED, ZOOM_GROUPS, ZOOMING, ZoomRequest, zoom_arguments
from ._changing import given_changing, may_change
from ._clips import clip_path, tell_clip
from ._options import Command, clip_output, options_of, request_options
from ._progress import say


@click.command(name="zoom", cls=Command)
@click.argument("image", metavar="[IN]", required=False)
@clip_output
@options_of(ZOOMING)
@may_change
@request_options(ZOOM_GROUPS, *NOT_ZOOMED)
@click.option(
    "--dry-run", is_flag=True, help="say what it would take, and dream only two key frames"
)
@click.option("--json", "as_json", is_flag=True, help="say what comes of it as JSON")
def zoom_command(
    image: str | None, output: str, dry_run: bool, as_json: bool, **options: Any
) -> None:
    """Zoom into a dream of the picture IN, or of noise, as a clip.

    The clip is written to OUT, whose ending names the kind: .mp4, .mkv, .webm, .gif, .webp; without
    one it is a folder of PNG files. What a zoom is made of is kept in a hidden folder beside it
    until it is there: the same command goes on where it ended. Layers and other options of the loss
    may change with time: --step "0: 0.02; 10s: 0.05".
    """
    from ..motion.zoom_plan import plan_zoom
    from ..motion.zooming import Zoom
    from ._parsing import parse_image

    arguments = given_changing(options)
    if "shift" in arguments:
        arguments["shift"] = parse_shift(arguments["shift"])
    layers = arguments.pop("layers", None)
    output = clip_path(output)
    asked = ZoomRequest(**zoom_arguments(parse_image(image), layers, output, arguments))
    if dry_run:
        plan = plan_zoom(Zoom(asked))
        click.echo(json.dumps(dataclasses.asdict(plan))) if as_json else say(str(plan))
    else:
        _zoom(asked, as_json)


def _zoom(asked: ZoomRequest, as_json: bool) -> None:
    from ..motion.zoom import ZoomInterrupted, run_zoom

    tell_clip(lambda: run_zoom(asked, None), ZoomInterrupted, as_json)


def parse_shift(text: str) -> tuple[float, float]:
    """Two shares of the command line, `0.1,0`.

    >>> parse_shift("0.1,-0.05")
    (0.1, -0.05)
    """
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise ArgumentError(
            f"`shift` must be two shares of the width, like 0.1,0. Received: {text!r}"
        ) from None
    return x, y
