"""picture → **what it says of itself, and mixed**: commands that take a picture of ours."""

from __future__ import annotations

from typing import Any

import click

from ._options import Command, argument_option, metadata_option, output_options


@click.command(name="show", cls=Command)
@click.argument("picture")
def show_command(picture: str) -> None:
    """Print how PICTURE was made, as JSON."""
    from ..runs.record import show
    from ._parsing import parse_dreamed
    from .tables import readable

    click.echo(readable(show(parse_dreamed(picture))))


@click.command(name="mix", cls=Command)
@click.argument("picture")
@click.argument("source")
@output_options
@metadata_option
@argument_option("strength")
@argument_option("keep_colors")
def mix_command(
    picture: str,
    source: str,
    output: str,
    overwrite: bool,
    strip_metadata: bool,
    **finish: Any,
) -> None:
    """Mix PICTURE with its SOURCE.

    PICTURE is one that deepdreamr has saved, and SOURCE the picture that it was dreamed from. The
    result is written to OUT, as if it had been dreamed with these options.
    """
    from ..runs.mixing import mix
    from ._keeping import output_path, write
    from ._parsing import parse_dreamed, parse_image

    image, made = parse_image(source), parse_dreamed(picture)
    path = output_path(output, {"overwrite": overwrite}, picture=picture, source=image)
    result = mix(made, image, **finish)
    write(result, path, overwrite, strip_metadata=strip_metadata)
    click.echo(path)
