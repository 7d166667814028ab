"""The command: options, messages, exit status, and what it shows while it works."""

from __future__ import annotations

import contextlib
import fcntl
import inspect
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import deepdreamr.front.cli
from deepdreamr import RECIPES, LayerTerm, dream, layer_names
from deepdreamr.front.cli import cli, main
from deepdreamr.pictures.picture import to_uint8
from deepdreamr.pictures.reading import read_picture
from deepdreamr.front.options import given, parse_channels, parse_layers, parse_size
from deepdreamr.recipes.settings import SETTINGS, setting_type
from deepdreamr.networks.sources import NETWORKS

QUICK = ["--layers", "mixed0", "--octaves", "1", "--iterations", "2", "--seed", "3"]


@pytest.fixture(scope="module")
def picture(photo, tmp_path_factory) -> Path:
    """A PNG file of 60 x 66 pixels."""
    path = tmp_path_factory.mktemp("cli") / "picture.png"
    Image.fromarray(to_uint8(photo[:, :60, :66])).save(path)
    return path


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """From arguments to (status, what it wrote, what it complained of); in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> tuple[int, str, str]:
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            status = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return call


# ---- Bad input: one line, status 2, TensorFlow not even imported ---------------------------------

BAD = {
    "no such file": (["none.jpg"], r"there is no file 'none\.jpg'"),
    "not a picture": (["text.png"], r"'text\.png' is not a picture"),
    "a folder": (["."], "is a folder, not a picture"),
    "unwritable": (["PICTURE", "-o", "none/out.png"], "there is no folder 'none'"),
    "output exists": (["PICTURE", "-o", "text.png"], r"'text\.png' exists already"),
    "output format": (["PICTURE", "-o", "out.gif"], r"unknown format '\.gif'"),
    "unknown layer": (["PICTURE", "--layers", "mixd3=1"], "no layer mixd3. Did you mean mixed3"),
    "one unknown layer": (
        ["PICTURE", "--layers", "mixed0,mixed11", "--missing", "error"],
        "no layer mixed11",
    ),
    "bad layers": (["PICTURE", "--layers", "mixed3=a"], "name=weight.* Received: 'mixed3=a'"),
    "no layers": (["PICTURE", "--layers", ""], "named by a text. Received: ''"),
    "unknown recipe": (["PICTURE", "--recipe", "rbloq"], "unknown recipe 'rbloq'. Did you mean"),
    "unknown network": (["PICTURE", "--network", "vgg17"], "vgg17"),
    "unknown weights": (["PICTURE", "--weights", "none.h5"], "none.h5"),
    "octave_scale": (["PICTURE", "--octave-scale", "0.5"], "`octave_scale` must be .*=0.5"),
    "iterations": (["PICTURE", "--iterations", "-1"], "`iterations` must be .*=-1"),
    "step": (["PICTURE", "--step", "-0.1"], "`step` must be a number > 0. .*=-0.1"),
    "too small": (["PICTURE", "--octaves", "6"], "too small for octaves=6: .* octaves=3 fit"),
    "seed": (["PICTURE", "--seed", "-1"], "`seed` must be a whole number"),
    "precision": (["PICTURE", "--precision", "float64"], "`precision` must be one of float32"),
    "no number": (["PICTURE", "--octaves", "many"], "'many' is not a valid integer"),
    "no choice": (["PICTURE", "--normalize", "l3"], "'l3' is not one of 'l1', 'std'"),
    "no option": (["PICTURE", "--octave-scal", "1.4"], "No such option.*--octave-scale"),
    "no output": (["PICTURE", None], "Missing option '-o'"),
    "no picture": ([], "either a picture or `size` must be given"),
    "bad size": (["--size", "5"], "`size` must be HEIGHTxWIDTH. Received: '5'"),
    "save octaves": (
        ["PICTURE", "--octaves", "1", "--save-octaves", "text.png"],
        "cannot make the folder",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case, picture, tmp_path):
    (tmp_path / "text.png").write_text("this is no picture")
    given, message = BAD[case]
    arguments = [str(picture) if word == "PICTURE" else word for word in given if word is not None]
    if None not in given and "-o" not in given:
        arguments += ["-o", "out.png"]
    if "--layers" not in given:
        arguments += ["--layers", "mixed0"]
    code = "import sys; from deepdreamr.front.cli import main; status = main(sys.argv[1:]); "
    code += "print(sorted({'tensorflow', 'keras'} & {*sys.modules})); sys.exit(status)"
    done = subprocess.run(
        [sys.executable, "-c", code, "dream", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ") and re.search(message, line), line
    assert done.stdout.strip() == "[]"
    assert (tmp_path / "text.png").read_text() == "this is no picture"
    assert os.listdir(tmp_path) == ["text.png"]


def test_other_commands_complain_in_the_same_way(run, picture):
    for arguments, message in (
        (["layers", "inception_v4"], "inception_v4"),
        (["dreem"], "No such command 'dreem'"),
        (["features", picture, "mixd0", "-o", "out.png"], "Did you mean mixed0"),
        (["sheet", picture, "-o", "out.gif"], "unknown format"),
        (["gradient", picture, "-o", "out.png", "--step", "0"], "`step` must be"),
    ):
        status, out, err = run(*arguments)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert err.startswith("error: ") and message in err


def test_without_arguments_the_help_is_shown(run):
    status, out, err = run()
    assert status == 2 and out == ""
    assert "Usage: deepdreamr" in err and "dream" in err


# ---- Options -------------------------------------------------------------------------------------


@pytest.fixture
def arguments(monkeypatch, run, picture):
    """From options of the command to the arguments of `dream` that they come to."""
    calls = []

    def record(*positional, **keywords):
        calls.append(keywords)
        raise KeyboardInterrupt

    monkeypatch.setattr(deepdreamr.front.cli, "dream", record)

    def call(*options: str) -> dict:
        status, _, err = run("dream", picture, "-o", "out.png", *options)
        assert status == 130, err
        defaults = {"network", "weights", "precision", "recipe", "missing", "training"}
        found = calls.pop()
        return {k: v for k, v in found.items() if k not in defaults | {"on_step", "checkpoint"}}

    return call


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_has_an_option(name, arguments):
    flag, (kind, _) = "--" + name.replace("_", "-"), setting_type(name)
    if kind is bool:
        assert arguments(flag) == {name: True}
        assert arguments(f"--no-{flag[2:]}") == {name: False}
    elif kind is str:
        for choice in SETTINGS[name].metadata["choices"]:
            assert arguments(flag, choice) == {name: choice}
    else:
        value = {int: 3, float: 1.25}[kind]
        found = arguments(flag, str(value))
        assert found == {name: value} and type(found[name]) is kind


def test_what_is_not_given_is_left_to_the_recipe(arguments):
    assert arguments() == {}


def test_other_options(arguments):
    assert arguments("--seed", "7", "--max-size", "90", "--max-memory", "2GB") == {
        "seed": 7,
        "max_size": 90,
        "max_memory": "2GB",
    }
    assert arguments("--layers", "mixed3=0.8,mixed4")["layers"] == [
        LayerTerm("mixed3", 0.8),
        LayerTerm("mixed4", 1.0),
    ]
    assert arguments("--size", "480x640")["size"] == (480, 640)
    assert arguments("--guide", "flowers.jpg")["guide"] == "flowers.jpg"


def test_every_argument_of_dream_has_an_option():
    parameters = inspect.signature(dream).parameters.values()
    wanted = {p.name for p in parameters if p.kind is p.KEYWORD_ONLY} - {"on_step"}
    assert wanted <= {parameter.name for parameter in cli.commands["dream"].params}


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("mixed3", [LayerTerm("mixed3")]),
        ("mixed3=0.8, mixed4=-2", [LayerTerm("mixed3", 0.8), LayerTerm("mixed4", -2)]),
        ("mixed4:66+143=2", [LayerTerm("mixed4", 2, [66, 143])]),
        ("a/b=1e-1", [LayerTerm("a/b", 0.1)]),
    ],
)
def test_layers_of_the_command_line(text, terms):
    assert parse_layers(text) == terms


def test_numbers_of_the_command_line():
    assert parse_channels("3, 66-69") == [3, 66, 67, 68, 69]
    assert parse_size("48X64") == (48, 64)
    assert given({"seed": None, "training": False}) == {"training": False}


def test_help_shows_every_setting_with_its_text(run):
    status, out, err = run("dream", "--help")
    assert status == 0 and err == ""
    words = " ".join(out.split())
    for name, field in SETTINGS.items():
        assert f"--{name.replace('_', '-')}" in words
        assert field.metadata["help"][:20] in words


def test_help_and_version_import_no_tensorflow():
    code = "import sys; from deepdreamr.front.cli import main; main(sys.argv[1:]); "
    code += "print({'tensorflow', 'keras'} & {*sys.modules})"
    for argument, text in (("--help", "Usage: deepdreamr"), ("--version", "deepdreamr, version ")):
        done = subprocess.run(
            [sys.executable, "-c", code, argument], capture_output=True, text=True
        )
        assert done.stdout.startswith(text) and done.stdout.endswith("set()\n")
        assert done.stderr == ""


# ---- Lists ---------------------------------------------------------------------------------------


def test_lists_of_networks_layers_and_recipes(run):
    assert run("networks") == (0, "\n".join(NETWORKS) + "\n", "")
    assert run("layers") == (0, "\n".join(layer_names()) + "\n", "")
    assert run("layers", "InceptionV3")[1] == run("layers")[1]
    status, out, _ = run("recipes")
    assert status == 0
    for recipe in RECIPES.values():
        assert f"{recipe.name}\n  {recipe.description}\n  source: {recipe.source}\n" in out
        assert f"step={recipe.step}" in out


# ---- Dreams --------------------------------------------------------------------------------------


def test_a_dream_is_the_one_of_python(run, picture):
    status, out, err = run("dream", picture, "-o", "out.png", *QUICK, "--save-octaves", "steps")
    assert status == 0
    own = dream(picture, {"mixed0": 1}, octaves=1, iterations=2, seed=3)
    written = read_picture("out.png")
    np.testing.assert_array_equal(to_uint8(written.image), own.image)
    assert os.listdir("steps") == ["at_scale_60x66.png"]
    lines = [
        f"octave 1/1 60x66, iteration {loss.iteration}, loss {loss.loss:.3f}" for loss in own.losses
    ]
    assert err.splitlines() == lines
    assert out.startswith("<Dream 66x60 by recipe rblog: mixed0 1; inception_v3, bundled: ")
    assert out.splitlines()[-1] == "out.png"


def test_the_sample_picture_has_a_name(run):
    status, *_ = run("dream", "sample:jelly", "-o", "out.jpg", "--max-size", "64", *QUICK)
    assert status == 0
    with Image.open("out.jpg") as out:
        assert (out.size, out.format) == ((64, 48), "JPEG")
    status, _, err = run("dream", "sample:jelyfish", "-o", "b.png")
    assert status == 2 and "sample:jelyfish" in err


def test_overwriting_if_asked(run, picture):
    Path("out.png").write_text("old")
    assert run("dream", picture, "-o", "out.png", *QUICK)[0] == 2
    assert Path("out.png").read_text() == "old"
    assert run("dream", picture, "-o", "out.png", "--overwrite", *QUICK)[0] == 0
    assert read_picture("out.png").shape == (60, 66)


def test_noise(run):
    assert run("dream", "--size", "50x58", "-o", "out.png", *QUICK)[0] == 0
    assert read_picture("out.png").shape == (50, 58)


def test_a_warning_is_one_line(run, picture):
    options = ["--layers", "mixed0,mixed11", *QUICK[2:]]
    status, _, err = run("dream", picture, "-o", "out.png", *options)
    assert status == 0
    first, *steps = err.splitlines()
    assert first.startswith("warning: left out: inception_v3 has no layer mixed11.")
    assert all(line.startswith("octave 1/1") for line in steps)


def test_an_interrupt_has_its_own_status(run, picture, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(deepdreamr.front.cli, "dream", interrupt)
    status, out, err = run("dream", picture, "-o", "out.png")
    assert (status, out, err.strip()) == (130, "", "stopped.")
    assert not Path("out.png").exists()


# ---- In a process of its own ---------------------------------------------------------------------


def command(*arguments: object, **options) -> subprocess.Popen:
    words = [sys.executable, "-m", "deepdreamr.front.cli", *map(str, arguments)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, **options)


def test_a_bar_on_a_terminal_and_the_same_bytes(picture, tmp_path):
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    process = command("dream", picture, "-o", tmp_path / "out.png", *QUICK, stderr=theirs)
    os.close(theirs)
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        shown = b""
        with contextlib.suppress(OSError):  # raised when the other end is closed
            while block := terminal.read(1000):
                shown += block
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and b"<Dream 66x60" in out
    text = shown.decode()
    assert re.search(r"\roctave 1/1: 100%.*\| 2/2 .*loss \d+\.\d{3}", text), text
    assert "iteration" not in text and "\n" not in text.strip()
    own = dream(picture, {"mixed0": 1}, octaves=1, iterations=2, seed=3)
    np.testing.assert_array_equal(to_uint8(read_picture(tmp_path / "out.png").image), own.image)


def test_ctrl_c_keeps_the_steps_so_far(picture, tmp_path):
    path = tmp_path / "out.png"
    options = [*QUICK, "--iterations", "100000", "--step", "0.001"]
    process = command("dream", picture, "-o", path, *options, stderr=subprocess.PIPE)
    lines: list[str] = []
    while len(lines) < 3:
        lines.append(process.stderr.readline().decode())
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    last = err.decode().splitlines()[-1]
    assert re.fullmatch(rf"stopped after \d+ steps: {path}", last)
    assert "Traceback" not in err.decode()
    picture_so_far = read_picture(path)
    assert picture_so_far.shape == (60, 66)
    assert (to_uint8(picture_so_far.image) != to_uint8(read_picture(picture).image)).any()


def test_a_closed_pipe_is_no_error(tmp_path):
    with command("layers", stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert "Traceback" not in process.stderr.read().decode()
