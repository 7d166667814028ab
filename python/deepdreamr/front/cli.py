"""The command `deepdreamr`: files in, files out. The options are those of `dream` and `Recipe`."""

from __future__ import annotations

import functools
import secrets
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from ..runs.checkpoints import Checkpoint
from ..looking.colormaps import COLORMAPS
from ..runs.dreaming import Dream, dream
from ..errors import DeepDreamError, DreamInterrupted, OutputError
from ..looking.features import ORDERS, SCALES, feature_maps
from ..pictures.writing import check_output
from ..pictures.samples import SAMPLES, sample_image
from ..looking.inspection import gradient_picture, layer_sheet
from ..runs._old_metadata import readable, show
from ..networks.loading import layer_names
from ..networks.sources import NETWORKS
from .options import (
    default,
    dream_options,
    given,
    keeping_options,
    network_options,
    output_options,
    parse_channels,
)
from ..runs.planning import plan
from ..recipes.published import RECIPES
from ..runs.replaying import replay
from ..version import version


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version(), prog_name="deepdreamr")
def cli() -> None:
    """DeepDream: let a trained network paint what it sees in a picture."""


@cli.command(name="dream")
@click.argument("image", metavar="[IN]", required=False)
@output_options
@keeping_options
@dream_options
def dream_command(image: str | None, output: str, overwrite: bool, **options: Any) -> None:
    """Dream of the picture IN, or of noise (--size), and write it to OUT.

    IN may also be `sample:jelly`, the picture that comes with the package.
    """
    path = check_output(output, overwrite)
    _save(path, functools.partial(dream, _source(image)), **given(options))


@cli.command(name="plan")
@click.argument("image", metavar="[IN]", required=False)
@click.option(
    "--measure/--no-measure", default=True, help="load the network and time a small gradient"
)
@dream_options
def plan_command(image: str | None, **options: Any) -> None:
    """Say what a dream of IN would do, take and leave out; exit status 2 if it cannot run."""
    result = plan(_source(image), **given(options))
    click.echo(f"{result!r}")
    if result.problems:
        raise click.exceptions.Exit(2)


@cli.command(name="show")
@click.argument("picture")
def show_command(picture: str) -> None:
    """Print how PICTURE was made, as JSON."""
    click.echo(readable(show(picture)))


@cli.command(name="replay")
@click.argument("picture")
@click.argument("source", required=False)
@output_options
@keeping_options
@click.option("--network", metavar="FILE", help="the network, if it was a file")
@click.option("--weights", metavar="FILE", help="the network's parameters, if they were a file")
@click.option("--guide", metavar="FILE", help="the guide, if there was one")
@click.option("--max-memory", metavar="BYTES", help="such as 2GB  [default: half of the free]")
def replay_command(
    picture: str, source: str | None, output: str, overwrite: bool, **options: Any
) -> None:
    """Make PICTURE again from its SOURCE (none if that was noise) and write it to OUT."""
    path = check_output(output, overwrite)
    _save(path, functools.partial(replay, picture, _source(source)), **given(options))


def _save(
    path: Path,
    make: Callable[..., Dream],
    *,
    strip_metadata: bool,
    checkpoint: str | None = None,
    **options: Any,
) -> None:
    """Make a dream and write it; also when it is interrupted."""
    kept = None if checkpoint is None else Checkpoint(checkpoint, keep=True)
    try:
        with _Progress() as progress:
            result = make(on_step=progress, checkpoint=kept, **options)
    except DreamInterrupted as interrupt:
        result = interrupt.dream
        if not result.losses:
            raise
        _write(result, path, strip_metadata)
        more = "; with --overwrite it goes on" if kept and kept.path.exists() else ""
        click.echo(f"stopped after {len(result.losses)} steps: {path}{more}", err=True)
        raise click.exceptions.Exit(130) from None
    _write(result, path, strip_metadata)
    if kept:
        kept.delete()
    click.echo(f"{_on_one_line(result)}\n{path}")


def _write(result: Dream, path: Path, strip_metadata: bool) -> None:
    """Write a dream; where that fails after all, into the folder for temporary files."""
    try:
        result.save(path, overwrite=True, strip_metadata=strip_metadata)
    except OutputError as error:
        spare = Path(tempfile.gettempdir()) / f"dream-{secrets.token_hex(8)}.png"
        try:
            result.save(spare, strip_metadata=strip_metadata)
        except OutputError:
            raise error from None
        raise OutputError(error.message, f"The picture is {str(spare)!r} instead.") from None


@cli.command(name="sheet")
@click.argument("image", metavar="IN")
@output_options
@click.option("--columns", type=int, help="tiles in a row  [default: for a sheet of about 4:3]")
@click.option("--zoom", type=float, help="size of a tile, 1 for the picture's own")
@click.option("--folder", metavar="FOLDER", help="write a file for each tile too")
@dream_options
def sheet_command(image: str, output: str, **options: Any) -> None:
    """Dream of the picture IN with each layer alone; write all of it, labelled, to OUT."""
    path = check_output(output, options["overwrite"])
    with _Progress() as progress:
        result = layer_sheet(_source(image), on_step=progress.of_layer, **given(options))
    result.save(path, overwrite=True)
    click.echo(f"{_on_one_line(result)}\n{path}")


@cli.command(name="gradient")
@click.argument("image", metavar="IN")
@output_options
@click.option("--percentile", type=float, help="share of the gradient that is not clipped")
@dream_options
def gradient_command(image: str, output: str, overwrite: bool, **options: Any) -> None:
    """Write the loss's gradient for the picture IN to OUT; mid grey stands for 0."""
    path = check_output(output, overwrite)
    result = gradient_picture(_source(image), **given(options))
    result.save(path, overwrite=True)
    click.echo(f"{_on_one_line(result)}\n{path}")


_SHEET = ("order", "channels", "columns", "colormap", "scale", "zoom")


@cli.command(name="features")
@click.argument("image", metavar="IN")
@click.argument("layer")
@output_options
@click.option("--order", type=click.Choice(ORDERS), help="of the channels  [default: strength]")
@click.option("--channels", metavar="N,N-N,...", help="which ones, from 0  [default: strongest 64]")
@click.option("--columns", type=int, help="maps in a row  [default: for a sheet of about 4:3]")
@click.option("--colormap", type=click.Choice(list(COLORMAPS)), help="the colours")
@click.option(
    "--scale", type=click.Choice(SCALES), help="whose maximum is brightest  [default: channel]"
)
@click.option("--zoom", type=float, help="pixels per cell")
@network_options
def features_command(image: str, layer: str, output: str, overwrite: bool, **options: Any) -> None:
    """Write what the channels of LAYER see in the picture IN to OUT, as a contact sheet."""
    path = check_output(output, overwrite)
    network = given(options)
    sheet = {name: network.pop(name) for name in _SHEET if name in network}
    if "channels" in sheet:
        sheet["channels"] = parse_channels(sheet["channels"])
    maps = feature_maps(_source(image), layer, **network)
    maps.save(path, overwrite=True, **sheet)
    click.echo(f"{maps!r}\n{path}")


def _source(image: str | None) -> str | Path | None:
    if image is None:
        return None
    kind, _, name = image.partition(":")
    return sample_image(name) if kind == "sample" and name in SAMPLES else image


@cli.command(name="layers")
@click.argument("network", default=default("network"))
def layers_command(network: str) -> None:
    """List the layers of NETWORK."""
    click.echo("\n".join(layer_names(network)))


@cli.command(name="networks")
def networks_command() -> None:
    """List the networks."""
    click.echo("\n".join(NETWORKS))


@cli.command(name="recipes")
def recipes_command() -> None:
    """List the recipes and their settings."""
    for recipe in RECIPES.values():
        layers = ", ".join(f"{name}={weight:g}" for name, weight in recipe.layers.items())
        values = ", ".join(f"{name}={value}" for name, value in recipe.settings().items())
        click.echo(f"{recipe.name}\n  {recipe.description}\n  source: {recipe.source}")
        click.echo(f"  layers: {layers}\n  {values}\n")


class _Progress:
    """A bar on a terminal, a line for each iteration elsewhere."""

    def __enter__(self) -> _Progress:
        self._bar: tqdm[Any] | None = None
        self._title = ""
        return self

    def of_layer(self, step: Any) -> None:
        self._title = f"layer {step.number}/{step.layers} {step.layer}, "
        self(step.step)

    def __call__(self, step: Any) -> None:
        if not sys.stderr.isatty():
            click.echo(f"{self._title}{step}", err=True)
            return
        if self._bar is None:
            self._bar = tqdm(total=step.octaves * step.iterations, unit="step", leave=False)
        done = (step.octave - 1) * step.iterations + step.iteration
        self._bar.update(done - self._bar.n)
        self._bar.set_description(f"{self._title}octave {step.octave}/{step.octaves}")
        self._bar.set_postfix_str(f"loss {step.loss:.3f}")

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    click.echo(f"warning: {_on_one_line(message)}", err=True)


def _on_one_line(text: object) -> str:
    """Without what would move a terminal's cursor: parts of it may come from a stranger's file."""
    words = " ".join(str(text).split())
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in words)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status: 0, 2 for bad input, 130 when interrupted."""
    warnings.showwarning = _show_warning
    try:
        status = cli.main(arguments, prog_name="deepdreamr", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        return 2
    except click.ClickException as error:
        click.echo(f"error: {error.format_message()}", err=True)
        return 2
    except DeepDreamError as error:
        click.echo(f"error: {_on_one_line(error)}", err=True)
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("stopped.", err=True)
        return 130
    return int(status or 0)


if __name__ == "__main__":
    sys.exit(main())
