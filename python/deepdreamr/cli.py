"""The command `deepdreamr`: files in, files out. The options are those of `dream` and `Recipe`."""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from .dreaming import dream
from .errors import ArgumentError, DeepDreamError
from .files import check_output
from .images import SAMPLES, sample_image
from .networks import NETWORKS, layer_names
from .recipes import RECIPES, SETTINGS, setting_type
from .version import version

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


def _default(name: str) -> Any:
    return inspect.signature(dream).parameters[name].default


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version(), prog_name="deepdreamr")
def cli() -> None:
    """DeepDream: let a trained network paint what it sees in a picture."""


@cli.command(name="dream")
@click.argument("image", metavar="IN")
@click.option("-o", "--output", required=True, metavar="OUT", help="where to write the dream")
@click.option("--overwrite", is_flag=True, help="replace OUT if it exists")
@click.option(
    "--layers", metavar="NAME=WEIGHT,...", help="layers and weights  [default: the recipe's]"
)
@click.option(
    "--recipe", default=_default("recipe"), show_default=True, help="see `deepdreamr recipes`"
)
@click.option("--network", default=_default("network"), show_default=True, help="the network")
@click.option(
    "--weights",
    default=_default("weights"),
    show_default=True,
    help="auto, bundled, imagenet, untrained or a file",
)
@click.option("--missing", default=_default("missing"), show_default=True, help="warn or error")
@click.option(
    "--training", is_flag=True, help="batch normalisation on the picture's own statistics"
)
@click.option("--seed", type=int, help="of everything random")
@click.option(
    "--precision", default=_default("precision"), show_default=True, help="of the network"
)
@click.option("--save-octaves", metavar="FOLDER", help="write the picture after each octave too")
@_recipe_options
def dream_command(
    image: str, output: str, overwrite: bool, layers: str | None, **options: Any
) -> None:
    """Dream of the picture IN and write it to OUT.

    IN may also be `sample:jelly`, the picture that comes with the package.
    """
    path = check_output(output, overwrite)
    given = {name: value for name, value in options.items() if value is not None}
    with _Progress() as progress:
        result = dream(
            _source(image), parse_layers(layers) if layers else None, on_step=progress, **given
        )
    result.save(path, overwrite=True)
    click.echo(f"{result!r}\n{path}")


def _source(image: str) -> str | Path:
    kind, _, name = image.partition(":")
    return sample_image(name) if kind == "sample" and name in SAMPLES else image


@cli.command(name="layers")
@click.argument("network", default=_default("network"))
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
        return self

    def __call__(self, step: Any) -> None:
        if not sys.stderr.isatty():
            click.echo(str(step), err=True)
            return
        if self._bar is None:
            self._bar = tqdm(total=step.octaves * step.iterations, unit="step", leave=False)
        done = (step.octave - 1) * step.iterations + step.iteration
        self._bar.update(done - self._bar.n)
        self._bar.set_description(f"octave {step.octave}/{step.octaves}")
        self._bar.set_postfix_str(f"loss {step.loss:.3f}")

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    click.echo(f"warning: {message}", err=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status: 0, 2 for bad input, 130 when interrupted."""
    warnings.showwarning = _show_warning
    try:
        cli.main(arguments, prog_name="deepdreamr", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        return 2
    except click.ClickException as error:
        click.echo(f"error: {error.format_message()}", err=True)
        return 2
    except DeepDreamError as error:
        click.echo(f"error: {error}", err=True)
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("stopped.", err=True)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
