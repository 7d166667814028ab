"""names → **lists** → shell: the commands that say what there is."""

from __future__ import annotations

import click

from ..runs.request import ARGUMENTS
from ._help import shown_value
from ._options import Command
from ._progress import say


@click.command(cls=Command, name="classes")
def classes_command() -> None:
    """List ImageNet's classes, each with its number."""
    from ..recipes.objectives import class_names

    for number, name in enumerate(class_names()):
        click.echo(f"{number} {name}")


@click.command(cls=Command, name="layers")
@click.argument("network", default=ARGUMENTS["network"].default)
def layers_command(network: str) -> None:
    """List the layers of NETWORK."""
    from ..networks.loading import layer_names

    click.echo("\n".join(layer_names(network)))


@click.command(cls=Command, name="networks")
def networks_command() -> None:
    """List the networks."""
    from ..networks.sources import NETWORKS

    click.echo("\n".join(NETWORKS))


@click.command(cls=Command, name="recipes")
def recipes_command() -> None:
    """List the recipes and their settings."""
    from ..recipes.published import RECIPES

    for recipe in RECIPES.values():
        layers = ", ".join(f"{name}={weight:g}" for name, weight in recipe.layers.items())
        settings = recipe.settings().items()
        values = ", ".join(f"{name}={shown_value(value)}" for name, value in settings)
        say(f"{recipe.name}\n  {recipe.description}\n  source: {recipe.source}")
        say(f"  layers: {layers}\n  {values}\n")
