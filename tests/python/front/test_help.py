"""What `--help` shows: examples, sections, and each option's default."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from deepdreamr import RECIPES
from deepdreamr.front._help import EXAMPLES, shown_setting
from deepdreamr.front._options import NONE
from deepdreamr.front.cli import cli, main
from deepdreamr.recipes.settings import SETTINGS
from deepdreamr.runs.request import ARGUMENTS
from deepdreamr.runs.sections import SECTIONS

ORDER = ["Examples", "Usage", *(title for title in SECTIONS if title not in ("Motion", "Page"))]


@pytest.fixture
def helped(capsys: pytest.CaptureFixture[str]) -> Any:
    """From a command's words to its help."""

    def call(*words: str) -> str:
        assert main([*words, "--help"]) == 0
        return capsys.readouterr().out

    return call


def test_each_argument_and_setting_is_in_one_section() -> None:
    listed = [name for names in SECTIONS.values() for name in names]
    assert len(listed) == len(set(listed))
    assert {*ARGUMENTS, *SETTINGS} - {"image"} <= set(listed)
    options = [p.name for c in cli.commands.values() for p in c.params if p.opts[0][0] == "-"]
    assert set(listed) - {*ARGUMENTS, *SETTINGS} <= {*options, "source"}


def test_a_dream_s_help_is_in_groups_with_examples_on_top(helped: Any) -> None:
    lines = helped("dream").splitlines()
    titles = [line.split(":")[0] for line in lines if line[:1].isalpha() and ":" in line]
    assert [title for title in titles if title in ORDER] == ORDER
    assert [line.strip() for line in lines[1:4]] == list(EXAMPLES["dream"])
    options, section = {}, ""
    for line in lines:
        section = line[:-1] if line[:-1] in SECTIONS else section
        if section and line.startswith("  -"):
            options[next(word for word in line.split() if word.startswith("--"))] = section
    for flag, title in (
        ("--size", "Picture"),
        ("--layers", "Layers"),
        ("--octaves", "Schedule"),
        ("--chain", "Gradient"),
        ("--overwrite", "Output"),
        ("--max-memory", "Running"),
    ):
        assert options[flag] == title, flag


@pytest.mark.parametrize("recipe", [None, *RECIPES])
def test_settings_have_the_default_of_the_recipe(recipe: str | None, helped: Any) -> None:
    def packed(text: str) -> str:
        return "".join(text.split())

    text = helped("dream", *(["--recipe", recipe] if recipe else []))
    chosen = RECIPES[recipe or "rblog"]
    for name, value in chosen.settings().items():
        own = text[text.index(f"\n  --{name.replace('_', '-')} ") :][1:]
        own = own[: min(own.index(end) for end in ("\n  -", "\n\n") if end in own)]
        assert packed(f"[default: {shown_setting(name, value)}]") in packed(own)
    layers = ",".join(f"{name}={weight:g}" for name, weight in chosen.layers.items())
    assert packed(f"[default: {layers}]") in packed(text)
    assert packed(f"the defaults of the recipe {chosen.name};") in packed(text)


def test_a_command_s_own_recipe_and_one_that_is_not_there(helped: Any) -> None:
    assert "the recipe vivid;" in " ".join(helped("channels").split())
    assert "the recipe rblog;" in " ".join(helped("dream", "--recipe", "rbloq").split())
    assert "recipe" not in helped("features")


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_understood(name: Any) -> None:
    for line in EXAMPLES[name]:
        words = shlex.split(line.partition(">")[0])
        words = words[words.index("deepdreamr") + 1 :]
        assert words[0] == name
        cli.commands[name].make_context(name, words[1:], obj=None)


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_defaults_shown_are_what_the_options_take(recipe: str) -> None:
    settings = RECIPES[recipe].settings()
    words = ["-o", "out.png"]
    for name, value in settings.items():
        flag, shown = f"--{name.replace('_', '-')}", shown_setting(name, value)
        quoted = isinstance(value, tuple)  # in the shell's own way
        words += [f"--{shown}"] if isinstance(value, bool) else [flag, shown.strip("'" * quoted)]
    taken = cli.commands["dream"].make_context("dream", words).params
    for name, value in settings.items():
        wanted = {None: NONE}.get(value, value)
        assert taken[name] == (", ".join(value) if isinstance(value, tuple) else wanted)
