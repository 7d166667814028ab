"""request, recipe → **options** → command: every argument and setting as an option of the shell.

They are made from the fields of `Request` and of `Recipe`, and written nowhere else.
"""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click

from ..many.request import RUNNING
from ..recipes.settings import SETTINGS, UNITS, setting_type
from ..runs.request import ARGUMENTS
from ..runs.sections import SECTIONS, section_of
from ._completing import VARIABLE, WORDS, completed, register
from ._help import EXAMPLES, with_recipe

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_LISTS = ("layers", "channels")
_RECIPE = "deepdreamr.recipe"


def together(*options: Decorator) -> Decorator:
    """Several options as one decorator, listed by `--help` in their order."""
    return lambda command: functools.reduce(lambda c, option: option(c), options[::-1], command)


def argument_option(name: str, **changed: Any) -> Decorator:
    """The option of an argument of `Request`.

    Parameters
    ----------
    **changed : what is otherwise in this command: its `default`, or any word of the field's
        metadata
    """
    field = ARGUMENTS[name]
    return _option(name, {"default": field.default, **field.metadata, **changed})


def setting_option(name: str) -> Decorator:
    """The option of a setting of a recipe; without it, that is left to the recipe."""
    kind, optional = setting_type(name)
    words, units = SETTINGS[name].metadata, name in UNITS
    form = {"type": str if units else kind, "metavar": "STEP(...),..." if units else None}
    return _option(name, {"default": None, **words, **form}, optional)


NONE: Any = object()
"""What stands for a setting that the shell turns off by the word "none"."""


class OrNone(click.ParamType):  # type: ignore[type-arg]
    """A number, or the word "none"."""

    def __init__(self, number: Any) -> None:
        self._number = click.types.convert_type(number)
        self.name = f"{self._number.name}|none"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """The number, or `NONE`."""
        if isinstance(value, str) and value.strip().lower() == "none":
            return NONE
        return self._number.convert(value, param, ctx)


def _option(name: str, words: Mapping[str, Any], optional: bool = False) -> Decorator:
    flag, default = "--" + name.replace("_", "-"), words["default"]
    is_shown = default is not None and default not in ("", ())
    common = {"default": default, "show_default": is_shown, "help": words["help"]}
    if words["type"] is bool:
        return click.option(f"{flag}/--no-{flag[2:]}", name, **common)
    of = click.Choice(words["choices"]) if words["choices"] else words["type"] or str
    of = OrNone(of) if optional else of
    if words.get("words"):
        given = {"nargs": words["words"], "multiple": True, "callback": _several}
        return click.option(flag, name, type=str, metavar=words["metavar"], **common, **given)
    return click.option(flag, name, type=of, metavar=words["metavar"], **common)


def _several(_: Any, __: Any, values: tuple[Any, ...]) -> list[Any] | None:
    """All values of an option that may be given again; None for none."""
    return list(values) or None


def request_options(groups: Iterable[str], *without: str) -> Decorator:
    """The options of some groups of arguments; those of the loss have the recipe's settings too.

    `overwrite` goes with the output: see `output_options`.

    Parameters
    ----------
    without : names of arguments that the command does not take, or has of its own
    """
    names = [
        name
        for group in groups
        for name, field in ARGUMENTS.items()
        if field.metadata["group"] == group and name not in ("image", "overwrite", *without)
    ]
    wanted = [name for name in SETTINGS if name not in without]
    settings = [setting_option(name) for name in wanted] if "loss" in groups else []
    return together(*map(argument_option, names), *settings)


def _output(help: str) -> Decorator:
    """Where a command writes, and whether it may replace what is there."""
    return together(
        click.option("-o", "--output", required=True, metavar="OUT", help=help),
        click.option("--overwrite", is_flag=True, help=ARGUMENTS["overwrite"].metadata["help"]),
    )


output_options = _output("the picture to write; - for a PNG file to standard output")
clip_output = _output("the clip to write")
metadata_option = click.option(
    "--strip-metadata", is_flag=True, help="do not write into OUT how it was made"
)


def options_of(fields: Mapping[str, Any]) -> Decorator:
    """The options of a list of arguments: the fields of a dataclass, by name."""
    return together(
        *(_option(name, {"default": f.default, **f.metadata}) for name, f in fields.items())
    )


running_options = options_of(RUNNING)
"""The options of many pictures, which a single one does not have."""


class ChoiceOf(click.Choice):  # type: ignore[type-arg]
    """One of the words of a module's list, which is not imported before it is needed."""

    def __init__(self, module: str, name: str) -> None:
        self.case_sensitive = True
        self._module, self._name = module, name

    @functools.cached_property
    def choices(self) -> tuple[str, ...]:  # type: ignore[override]
        """The words, read when they are first asked for."""
        return tuple(getattr(importlib.import_module(self._module), self._name))


class Command(click.Command):
    """A command whose help lists the options by what they are about, and whose words have ends."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        for parameter in self.params:
            complete = functools.partial(completed, parameter)
            parameter.shell_complete = complete  # type: ignore[method-assign]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options; of two lists the first would be lost without a word."""
        if ctx.resilient_parsing:  # half a line, to be completed
            ctx.meta[WORDS] = list(args)
            return super().parse_args(ctx, args)
        given, _, order = self.make_parser(ctx).parse_args(list(args))
        ctx.meta[_RECIPE] = given.get("recipe")
        seen = [option.name for option in order]
        for name in _LISTS:
            if seen.count(name) > 1:
                raise click.UsageError(f"--{name} is given twice: give one list, with commas.", ctx)
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write examples, if there are any, and how the command is called."""
        if self.name in EXAMPLES:
            with formatter.section("Examples"):
                formatter.write("".join(f"  {example}\n" for example in EXAMPLES[self.name]))
            formatter.write_paragraph()
        super().format_usage(ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in sections; settings have the default of the recipe."""
        recipe = self._recipe(ctx)
        sections: dict[str, list[tuple[str, str]]] = {title: [] for title in SECTIONS}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if isinstance(parameter, click.Option) and record:
                option, words = record
                name = parameter.name or ""
                words = with_recipe(words, name, recipe) if recipe else words
                sections[section_of(name)].append((option, words))
        for title, records in sections.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
        if recipe:
            formatter.write_paragraph()
            formatter.write_text(
                f"Settings have the defaults of the recipe {recipe}; those of another are shown "
                f"by `{ctx.command_path} --recipe NAME --help`."
            )

    def _recipe(self, ctx: click.Context) -> str | None:
        """The recipe whose settings are a command's defaults: that given, or else its own."""
        from ..recipes.published import RECIPES

        own: list[Any] = [
            parameter.default for parameter in self.params if parameter.name == "recipe"
        ]
        given = ctx.meta.get(_RECIPE)
        return given if own and given in RECIPES else next(iter(own), None)


class Commands(click.Group):
    """A group of such commands."""

    command_class = Command

    def main(self, *arguments: Any, **keywords: Any) -> Any:
        """Run the command, or answer a shell that asks how to complete a word."""
        if VARIABLE in os.environ:
            register()
        return super().main(*arguments, **keywords)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; one that is stopped does not begin a line, as click's own do."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.Abort from None
