"""What Tab offers, as click's classes for shells have it, and in a real bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.shell_completion import FishComplete, ShellComplete, ZshComplete, get_completion_class

from deepdreamr import RECIPES, layer_names
from deepdreamr.front._completing import SHELLS, VARIABLE, register
from deepdreamr.front.cli import cli, main
from deepdreamr.networks.sources import NETWORKS


def offered(*words: str) -> list[tuple[str, str]]:
    """(type, word) of each end that the last of some words may have."""
    complete = ShellComplete(cli, {}, "deepdreamr", VARIABLE)
    return [
        (item.type, item.value) for item in complete.get_completions(list(words[:-1]), words[-1])
    ]


def plain(*words: str) -> list[str]:
    return [value for kind, value in offered(*words) if kind == "plain"]


def test_commands_and_options() -> None:
    assert plain("dre") == ["dream"] and plain("completion", "") == list(SHELLS)
    assert "--octave-scale" in plain("dream", "--octave-s")
    assert plain("dream", "--carry", "l") == ["lost_detail"]
    assert plain("features", "--scale", "") == ["channel", "layer"]


@pytest.mark.parametrize("command", ["dream", "plan", "sheet", "channels", "gradient"])
def test_recipes_and_networks(command: str) -> None:
    assert plain(command, "--recipe", "") == list(RECIPES)
    assert plain(command, "--recipe", "tf2") == ["tf2", "tf2-octaves"]
    assert plain(command, "--recipe=lu") == ["lucid"]
    assert offered(command, "--network", "incep") == [
        *(("plain", name) for name in NETWORKS if name.startswith("incep")),
        ("file", "incep"),
    ]
    assert plain("layers", "") == list(NETWORKS)


def test_every_option_that_names_a_file_or_a_folder_offers_them() -> None:
    kinds, found = {"FILE": "file", "FILE LAYERS": "file", "FOLDER": "dir"}, 0
    for name, command in cli.commands.items():
        for param in command.params:
            if kind := kinds.get(str(param.metavar)):
                assert (kind, "some") in offered(name, param.opts[-1], "some"), (name, param.name)
                found += 1
    assert found > 15


def test_layers_of_the_network() -> None:
    assert plain("dream", "a.jpg", "--layers", "") == list(layer_names())
    assert plain("dream", "--layers", "mixed1") == ["mixed1", "mixed10"]
    assert plain("dream", "--layers", "mixed3=0.8,mixed1") == [
        "mixed3=0.8,mixed1",
        "mixed3=0.8,mixed10",
    ]
    assert plain("dream", "--network", "InceptionV3", "--layers", "mixed8") == ["mixed8"]
    assert offered("dream", "--network", "vgg16", "--layers", "") == []
    assert offered("dream", "--network", "none.h5", "--layers", "") == []
    assert plain("channels", "mixed8") == ["mixed8"] == plain("features", "a.png", "mixed8")


def test_pictures_and_folders() -> None:
    assert offered("dream", "") == [("plain", "sample:jelly"), ("file", "")]
    assert offered("dream", "holi") == [("file", "holi")]
    for words in (["-o"], ["--guide"], ["--weights"], ["--checkpoint"], ["--masks"]):
        assert offered("dream", *words, "a") == [("file", "a")]
    assert offered("dream", "--masks", "a.png", "mixed8") == [("plain", "mixed8")]
    assert offered("sheet", "--folder", "a") == offered("dream", "--save-octaves", "a")
    assert offered("sheet", "--folder", "a") == [("dir", "a")]
    assert offered("video", "a") == offered("clip-sheet", "a") == [("file", "a")]
    assert offered("replay", "a.png", "b") == [("file", "b")] == offered("show", "b")
    assert offered("dream", "--layers", "a", "--layers", "b", "--octaves", "") == []


def test_no_tensorflow_is_imported() -> None:
    code = "import sys; from deepdreamr.front.cli import cli; "
    code += "from click.shell_completion import ShellComplete as C; "
    code += "print([i.value for i in C(cli, {}, '', '').get_completions(['dream', '--layers'], "
    code += "'mixed8')], 'tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "['mixed8'] False\n" and done.stderr == ""


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_each_shell(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    out, err = capsys.readouterr()
    assert f"{VARIABLE}={shell}_complete" in out and "deepdreamr" in out and err == ""
    assert main(["completion", "csh"]) == 2
    assert "'csh' is not one of 'bash', 'zsh', 'fish'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("complete", "current"), [(ZshComplete, "3"), (FishComplete, "mixed3=1,mixed8")]
)
def test_zsh_and_fish_ask_through_click(
    complete: Any, current: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMP_WORDS", "deepdreamr dream --layers mixed3=1,mixed8")
    monkeypatch.setenv("COMP_CWORD", current)
    answer = complete(cli, {}, "deepdreamr", VARIABLE).complete()
    assert "plain" in answer and "mixed3=1,mixed8" in answer


def test_bash_s_words_break_where_bash_breaks_them(monkeypatch: pytest.MonkeyPatch) -> None:
    register()
    for line, breaks, ends in (
        ("deepdreamr dream --layers mixed3=1,mixed8", " =:", ["plain,1,mixed8"]),
        ("deepdreamr dream --layers mixed3=1,mixed8", " ", ["plain,mixed3=1,mixed8"]),
        ("deepdreamr dream --layers=mixed8", " =:", ["plain,mixed8"]),
        ("deepdreamr dream sample:", " =:", ["plain,jelly"]),
        ("deepdreamr dream 'mixed 3.png' --recipe luc", " =:", ["plain,lucid"]),
    ):
        monkeypatch.setenv("COMP_LINE", line)
        monkeypatch.setenv("COMP_BREAKS", breaks)
        complete = get_completion_class("bash")(cli, {}, "deepdreamr", VARIABLE)
        assert complete.complete().splitlines() == ends


# ---- A real bash ---------------------------------------------------------------------------------

TYPED = {
    "dream --rec": "--recipe",
    "dream --recipe luci": "lucid",
    "dream --layers mixed3=0.8,mixed8": "0.8,mixed8",
    "dream --network InceptionV3 --layers mixed8": "mixed8",
    "dream sample:": "jelly",
    "dream --output=": "",
    "completion f": "fish",
}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_a_real_bash(tmp_path: Path) -> None:
    """Each line is typed as bash would have it: with its own breaks between words."""
    program = tmp_path / "deepdreamr"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m deepdreamr "$@"\n')
    program.chmod(0o755)
    script = 'eval "$(deepdreamr completion bash)"\n'
    script += "complete -p deepdreamr >&2; compopt() { :; }\n"
    for line in TYPED:
        typed = f"deepdreamr {line}"
        words = " ".join(f"'{word}'" for word in broken(typed))
        script += f"COMP_LINE='{typed}'; COMP_POINT=${{#COMP_LINE}}; COMP_WORDS=({words}); "
        script += "COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 )); COMP_WORDBREAKS=$' =:'; "
        script += '_deepdreamr_completion deepdreamr; echo "${COMPREPLY[*]}"\n'
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        env={**os.environ, "PATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "-F _deepdreamr_completion deepdreamr" in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout.split("\n")[:-1] == list(TYPED.values())
    assert os.listdir(tmp_path) == [Path(program).name]


def broken(line: str) -> list[str]:
    """Words as bash breaks a line: `=` and `:` are words of their own."""
    for mark in "=:":
        line = line.replace(mark, f" {mark} ")
    return line.rstrip(" ").split(" ")
