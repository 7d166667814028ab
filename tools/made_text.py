"""Text of the site that is made of the package: its recipes' settings, the command's help."""

from __future__ import annotations

import re
from typing import Any

import click
from settings_pictures import UNSEEN, words_of

from deepdreamr import RECIPES
from deepdreamr.front.cli import cli
from deepdreamr.recipes.settings import SETTINGS, setting_type
from deepdreamr.runs.sections import SECTIONS, section_of

UNITS = {
    "octaves": "sizes",
    "octaves_above": "sizes",
    "octave_scale": "factor of both sides",
    "octave_sigma": "pixels of the larger size",
    "blend": "share",
    "iterations": "steps",
    "step": "units of the image's range [-1, 1], for a gradient of mean size 1",
    "max_loss": "units of the loss",
    "border": "cells of the activation",
    "epsilon": "units of the gradient",
    "jitter": "pixels",
    "tile_size": "pixels",
    "sigma": "pixels",
    "sigma_growth": "pixels",
    "sigma_phase": "steps",
    "smooth_kernel": "pixels",
}
"""What the numbers among the settings are counted in."""

WIDTH = 100  # characters of the command's help


# ---- The settings of recipes ---------------------------------------------------------------------


def settings_of_recipes() -> str:
    """A section for each setting: what it does, in what unit, and what each recipe says."""
    lines: list[str] = []
    for title in SECTIONS:
        names = [name for name in SETTINGS if section_of(name) == title]
        if names:
            lines += [f"## {title}", ""]
        for name in names:
            lines += _setting(name)
    return "\n".join(lines)


def _setting(name: str) -> list[str]:
    field = SETTINGS[name]
    lines = [f"### `{name}`", "", f"{_sentence(field)}", ""]
    lines += [f"- **Kind:** {_kind(name)}", f"- **Without a recipe:** {_code(field.default)}"]
    by_value: dict[str, list[str]] = {}
    for recipe in RECIPES.values():
        by_value.setdefault(_code(recipe.settings()[name]), []).append(recipe.name)
    if len(by_value) == 1:
        lines.append(f"- **In every recipe:** {next(iter(by_value))}")
    else:
        lines += ["- **In the recipes:**", ""]
        lines += ["  | value | recipes |", "  | --- | --- |"]
        lines += [f"  | {value} | {', '.join(names)} |" for value, names in by_value.items()]
    return [*lines, "", _picture(name), ""]


def _picture(name: str) -> str:
    """The dreams of a setting's values, side by side, or why there are none."""
    if name in UNSEEN:
        return f"No picture: {UNSEEN[name]}."
    return f"![{name}: {words_of(name)}](settings/{name}.jpg)"


def _sentence(field: Any) -> str:
    text = field.metadata["help"]
    return f"{text[0].upper()}{text[1:]}."


def _kind(name: str) -> str:
    words, (kind, optional) = SETTINGS[name].metadata, setting_type(name)
    if words["choices"]:
        text = "one of " + ", ".join(f"`{choice}`" for choice in words["choices"])
    elif kind is bool:
        text = "yes or no"
    elif kind is tuple:
        text = "a list of units"
    else:
        bounds = (("more than", "above"), ("at least", "least"), ("at most", "most"))
        ranges = [f"{said} {words[key]:g}" for said, key in bounds if words[key] is not None]
        whole = "a whole number" if kind is int else "a number"
        text = ", ".join([f"{whole} ({UNITS[name]})", *ranges])
    return f"{text}; or none" if optional else text


def _code(value: Any) -> str:
    if isinstance(value, tuple):
        value = ", ".join(value) or "none"
    shown = f"{value:.6g}" if isinstance(value, float) else str(value)
    return f"`{shown}`".replace("|", r"\|")


# ---- The command's help --------------------------------------------------------------------------


def help_of_the_command() -> str:
    """A section for each of the command's own commands, with its help as the shell prints it."""
    lines = []
    for name in sorted(cli.commands):
        lines += [f"## `deepdreamr {name}`", "", "```text", _help(name), "```", ""]
    return "\n".join(lines)


def _help(name: str) -> str:
    command = cli.commands[name]
    context = click.Context(command, info_name=f"deepdreamr {name}", max_content_width=WIDTH)
    context.terminal_width = WIDTH
    text = command.get_help(context)
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE).strip()
