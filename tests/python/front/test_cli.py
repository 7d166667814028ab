"""The command: options, messages, exit status, and what it shows while it works."""

from __future__ import annotations

import contextlib
import fcntl
import inspect
import json
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import warnings
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from needing import present
from PIL import Image

import deepdreamr.looking.maps
import deepdreamr.runs.dreaming
from deepdreamr import RECIPES, LayerTerm, dream, layer_names, mix, show
from deepdreamr.front.cli import cli, main
from deepdreamr.many.request import RUNNING
from deepdreamr.networks.sources import NETWORKS
from deepdreamr.pictures.picture import to_uint8
from deepdreamr.pictures.reading import read_picture
from deepdreamr.recipes.settings import SETTINGS, setting_type
from deepdreamr.runs.request import ARGUMENTS, GROUPS, NOT_KEEPING, Request

QUICK = ["--layers", "mixed0", "--octaves", "1", "--iterations", "2", "--seed", "3"]


@pytest.fixture(scope="module")
def picture(photo: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PNG file of 60 x 66 pixels."""
    path = tmp_path_factory.mktemp("cli") / "picture.png"
    Image.fromarray(to_uint8(photo[:, :60, :66])).save(path)
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
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

BAD: dict[str, tuple[list[str | None], str]] = {
    "twice": (["PICTURE", "--layers", "a", "--layers", "b"], "--layers is given twice"),
    "mask of noise": (["--size", "80x90", "--mask", "text.png"], "--mask needs a picture"),
    "no such mask": (["PICTURE", "--mask", "none.png"], "--mask: there is no file 'none.png'"),
    "no picture for a mask": (["PICTURE", "--mask", "text.png"], "--mask: .*'text.png' is not a p"),
    "no layers of a mask": (
        ["PICTURE", "--layers", "mixed0", "-o", "out.png", "--masks", "text.png"],
        "'--masks' requires 2 arguments",
    ),
    "no path": ([""], "IN must be a path. Received: IN=''"),
    "no guide": (["PICTURE", "--guide", ""], "--guide must be a path. Received: --guide=''"),
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
    "octave_scale": (["PICTURE", "--octave-scale", "0.5"], "--octave-scale must be .*=0.5"),
    "iterations": (["PICTURE", "--iterations", "-1"], "--iterations must be .*=-1"),
    "step": (["PICTURE", "--step", "-0.1"], "--step must be a number > 0. .*=-0.1"),
    "too small": (["PICTURE", "--octaves", "6"], "too small for --octaves=6: .* --octaves=3 fit"),
    "seed": (["PICTURE", "--seed", "-1"], "--seed must be a whole number"),
    "precision": (["PICTURE", "--precision", "float64"], "'float64' is not one of 'float32'"),
    "no number": (["PICTURE", "--octaves", "many"], "'many' is not a valid integer"),
    "no choice": (["PICTURE", "--normalize", "l3"], "'l3' is not one of 'l1', 'l2'"),
    "no option": (["PICTURE", "--octave-scal", "1.4"], "No such option.*--octave-scale"),
    "no output": (["PICTURE", None], "Missing option '-o'"),
    "no picture": ([], "either a picture or --size must be given"),
    "bad size": (["--size", "5"], "--size must be HEIGHTxWIDTH. Received: '5'"),
    "save octaves": (
        ["PICTURE", "--octaves", "1", "--save-octaves", "text.png"],
        "cannot make the folder",
    ),
}


ONE_AFTER_ANOTHER = """
import contextlib, io, json, os, sys
from deepdreamr.front.cli import main
for words in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
        status = main(words)
    tensorflow = sorted({"tensorflow", "keras"} & {*sys.modules})
    print(json.dumps([status, out.getvalue(), tensorflow, os.listdir()]))
"""


@pytest.fixture(scope="module")
def refusals(picture: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What each of BAD is answered: (status, output, modules of TensorFlow, files that are there).

    One process gets them all.
    """
    folder, calls = tmp_path_factory.mktemp("bad"), []
    (folder / "text.png").write_text("this is no picture")
    for given, _ in BAD.values():
        words = [str(picture) if word == "PICTURE" else word for word in given if word is not None]
        output = [] if None in given or "-o" in given else ["-o", "out.png"]
        layers = [] if "--layers" in given else ["--layers", "mixed0"]
        calls.append(["dream", *words, *output, *layers])
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_ANOTHER],
        cwd=folder,
        input=json.dumps(calls),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert (folder / "text.png").read_text() == "this is no picture"
    return dict(zip(BAD, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case: str, refusals: Any) -> None:
    status, output, tensorflow, files = refusals[case]
    (line,) = output.splitlines()
    assert line.startswith("error: ") and re.search(BAD[case][1], line), line
    assert (status, tensorflow, files) == (2, [], ["text.png"])


@pytest.mark.parametrize("name", ["n" * 5000, "n/" * 3000, "https://a.b/" + "n" * 5000])
def test_a_long_path_is_not_repeated_whole(name: Any, run: Any) -> None:
    for words in (["dream", name, "-o", "out.png"], ["show", name], ["layers", f"./{name}"]):
        status, _, err = run(*words)
        assert status == 2 and err.startswith("error: ") and 100 < len(err) < 1300


def test_other_commands_complain_in_the_same_way(run: Any, picture: Path) -> None:
    for arguments, message in (
        (["layers", "inception_v4"], "inception_v4"),
        (["dreem"], "No such command 'dreem'"),
        (["features", picture, "mixd0", "-o", "out.png"], "Did you mean mixed0"),
        (["sheet", picture, "-o", "out.gif"], "unknown format"),
        (["gradient", picture, "-o", "out.png", "--step", "0"], "--step must be"),
    ):
        status, out, err = run(*arguments)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert err.startswith("error: ") and message in err


def test_without_arguments_the_help_is_shown(run: Any) -> None:
    status, out, err = run()
    assert status == 2 and out == ""
    assert "Usage: deepdreamr" in err and "dream" in err


NO_VALUES = ("", " ", "no", "0,5", "nan", "[1]", "9" * 400, "None", "TRUE", "1;2")
PLANNED = [p for p in cli.commands["plan"].params if p.param_type_name == "option"]


@pytest.mark.parametrize("option", PLANNED, ids=lambda option: option.name)
def test_a_text_that_is_no_value_is_refused_by_every_option(
    option: Any, run: Any, picture: Path
) -> None:
    for text in NO_VALUES:
        if text == "None" and option.name in SETTINGS and setting_type(option.name)[1]:
            continue
        status, out, err = run("plan", picture, "--no-measure", f"{option.opts[0]}={text}")
        assert status == 2, (text, out)
        assert "CANNOT RUN" in out or (err.startswith("error: ") and err.count("\n") == 1), text
        if f"`{option.name}`" in err or f"{option.name}=" in err.replace(option.opts[0], ""):
            pytest.fail(f"Python's word: {err}")


KEPT = Path(__file__).parents[1] / "kept"
CALLS = {
    "dream": ["{source}", "--layers=mixed0", "--octaves=1"],
    "sheet": ["{source}", "--layers=mixed0", "--octaves=1"],
    "channels": ["mixed0", "{source}", "--octaves=1", "--channels=3"],
    "gradient": ["{source}", "--layers=mixed0"],
    "features": ["{source}", "mixed0"],
    "replay": ["{picture}", "{source}"],
}
FINE = (("channels", "0,5"), ("colormap", "nan"))  # two channels, and a colour map of that name
WRITTEN = ("checkpoint", "folder", "output", "save_octaves")  # most texts are paths


@pytest.fixture
def checked_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is fine is interrupted before a network is loaded."""

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for place in (
        "runs.dreaming.run_job",
        "runs.replaying.run_job",
        "looking.layers.run_job",
        "looking.channels.run_job",
        "looking.gradient.means_for",
        "looking.features._activations",
    ):
        monkeypatch.setattr(f"deepdreamr.{place}", stop)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "option"),
    [(name, p) for name in CALLS for p in cli.commands[name].params if p.opts[0][0] == "-"],
    ids=lambda value: getattr(value, "name", value),
)
def test_no_command_takes_a_text_that_is_no_value(
    command: Any, option: Any, run: Any, picture: Path, checked_only: Any
) -> None:
    words = [
        w.format(picture=KEPT / "vivid.png", source=KEPT / "source.png") for w in CALLS[command]
    ]
    words += [] if option.name == "output" else ["-o", "out.png"]
    assert option.name == "output" or run(command, *words)[0] == 130
    for text in NO_VALUES:
        if option.name in WRITTEN and text.strip() and len(text) < 300:
            continue
        if text == "None" and option.name in SETTINGS and setting_type(option.name)[1]:
            continue
        if (option.name, text) in FINE:
            continue
        status, out, err = run(command, *words, f"{max(option.opts, key=len)}={text}")
        assert (status, out) == (2, ""), (text, err)
        assert err.startswith("error: ") and err.count("\n") == 1, text
        assert len(err) < 1100 and not os.listdir(), err


@pytest.mark.parametrize("name", [name for name in SETTINGS if setting_type(name)[1]])
def test_none_turns_a_setting_off(name: Any, asked: Any) -> None:
    assert asked(f"--{name.replace('_', '-')}", "none").settings == {name: None}


# ---- Options -------------------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, run: Any, picture: Path) -> Any:
    """From options of the command to the request that they come to."""
    requests = []

    def record(request: Any, on_step: Any, progress: Any) -> None:
        requests.append(request)
        raise KeyboardInterrupt

    monkeypatch.setattr(deepdreamr.runs.dreaming, "run", record)

    def call(*options: str) -> Request:
        status, _, err = run("dream", picture, "-o", "out.png", *options)
        assert status == 130, err
        return requests.pop()

    return call


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_has_an_option(name: str, asked: Any) -> None:
    flag, (kind, _) = "--" + name.replace("_", "-"), setting_type(name)
    if kind is bool:
        assert asked(flag).settings == {name: True}
        assert asked(f"--no-{flag[2:]}").settings == {name: False}
    elif kind is str:
        for choice in SETTINGS[name].metadata["choices"]:
            assert asked(flag, choice).settings == {name: choice}
    elif kind is tuple:
        assert asked(flag, "a(1), b").settings == {name: "a(1), b"}
    else:
        value = {int: 3, float: 1.25}[kind]
        found = asked(flag, str(value)).settings
        assert found == {name: value} and type(found[name]) is kind


def test_what_is_not_given_is_left_to_the_request_and_the_recipe(asked: Any, picture: Path) -> None:
    assert asked() == Request(image=str(picture))


def test_other_options(asked: Any) -> None:
    found = asked("--seed", "7", "--max-size", "90", "--max-memory", "2GB", "--engine", "keras")
    assert (found.seed, found.max_size, found.max_memory) == (7, 90, "2GB")
    assert found.engine == "keras"
    assert asked("--layers", "mixed3=0.8,mixed4").layers == [
        LayerTerm("mixed3", 0.8),
        LayerTerm("mixed4", 1.0),
    ]
    assert asked("--size", "480x640").size == (480, 640)
    assert asked("--guide", "flowers.jpg").guide == "flowers.jpg"
    assert asked("--training").training is True
    assert asked("--checkpoint", "kept").checkpoint.path == Path("kept")
    assert asked("--save-octaves", "octaves").save_octaves == "octaves"


def test_the_signature_of_dream_is_the_request() -> None:
    parameters = inspect.signature(dream).parameters.values()
    found = {p.name: p.default for p in parameters if p.kind is not p.VAR_KEYWORD}
    assert {found.pop(name) for name in ("on_step", "progress", "preview")} == {None}
    assert found == {name: field.default for name, field in ARGUMENTS.items()}
    assert list(found) == list(ARGUMENTS)
    assert [p.name for p in parameters if p.kind is p.VAR_KEYWORD] == ["settings"]


OF_COMMANDS = {
    "dream": (GROUPS, {"output", "strip_metadata", "dry_run", "as_json"}),
    "plan": (NOT_KEEPING, {"measure"}),
    "sheet": (NOT_KEEPING, {"output", "overwrite", "columns", "zoom", "folder"}),
    "channels": (
        NOT_KEEPING,
        {"output", "overwrite", "columns", "zoom", "folder", "layer", "channels", "recipe"},
    ),
    "gradient": (("loss", "network", "memory"), {"output", "overwrite", "percentile"}),
    "features": (
        ("network",),
        {"output", "overwrite", "layer"}
        | {"order", "channels", "columns", "colormap", "scale", "zoom"},
    ),
}
NOT_TAKEN = {
    "sheet": ("masks",),
    "channels": ("layers", "masks", "recipe", "guide", "missing"),
}


@pytest.mark.parametrize("name", OF_COMMANDS)
def test_a_command_s_options_are_those_of_the_request_and_of_recipes(name: str) -> None:
    groups, own = OF_COMMANDS[name]
    command = cli.commands[name]
    defaults = command.make_context(name, [], resilient_parsing=True).params
    defaults = {option: value for option, value in defaults.items() if option not in own}
    wanted = {n: f.default for n, f in ARGUMENTS.items() if f.metadata["group"] in groups}
    if "loss" in groups:
        wanted |= dict.fromkeys(SETTINGS)
    for taken in NOT_TAKEN.get(name, ()):
        del wanted[taken]
    first: dict[str, object] = {"image": None}
    if name == "dream":
        del wanted["image"]
        first = {"images": (), **{n: field.default for n, field in RUNNING.items()}}
    assert defaults == {**first, **wanted}


def test_a_replay_s_options_are_arguments_with_none_for_what_the_picture_says() -> None:
    from deepdreamr import replay

    defaults = cli.commands["replay"].make_context("replay", [], resilient_parsing=True).params
    parameters = inspect.signature(replay).parameters
    own = {"output": None, "overwrite": False, "strip_metadata": False}
    of_python = ("layers", "on_step", "progress")  # functions
    wanted = {name: p.default for name, p in parameters.items() if name not in of_python}
    assert defaults == {**wanted, "picture": None, **own}


def test_help_shows_every_setting_with_its_text(run: Any) -> None:
    status, out, err = run("dream", "--help")
    assert status == 0 and err == ""
    words = " ".join(out.split())
    for name, field in SETTINGS.items():
        assert f"--{name.replace('_', '-')}" in words
        assert field.metadata["help"][:20] in words
    for name, field in ARGUMENTS.items():
        if name != "image":
            assert f"--{name.replace('_', '-')}" in words
            assert field.metadata["help"][:20] in words


@pytest.mark.parametrize("name", ["channels", "features", "gradient", "plan", "replay", "sheet"])
def test_every_command_has_help(run: Any, name: str) -> None:
    status, out, err = run(name, "--help")
    assert status == 0 and err == ""
    assert out.startswith(f"Usage: deepdreamr {name} ") and "Layers:" in out


def test_words_of_a_choice_are_looked_up_when_they_are_needed(run: Any, picture: Path) -> None:
    words = " ".join(run("features", "--help")[1].split())
    for name, choices in (("order", "ORDERS"), ("scale", "SCALES")):
        assert f"--{name} [{'|'.join(getattr(deepdreamr.looking.maps, choices))}]" in words
    status, _, err = run("features", picture, "mixed0", "-o", "out.png", "--order", "size")
    assert status == 2 and "'size' is not one of 'strength', 'index'" in err


HEAVY = "{'tensorflow', 'keras', 'numpy', 'PIL', 'msgspec', 'cmap', 'pooch', 'psutil', 'tqdm'}"


@pytest.mark.parametrize(
    ("words", "start"),
    [
        (["--help"], "Usage: deepdreamr"),
        (["dream", "--help"], "Examples:\n  deepdreamr dream"),
        (["--version"], "deepdreamr, version "),
    ],
)
def test_help_and_version_import_only_what_they_show(words: Any, start: str) -> None:
    code = "import sys; from deepdreamr.front.cli import main; main(sys.argv[1:]); "
    code += f"print({HEAVY} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert done.stdout.startswith(start) and done.stdout.endswith("set()\n")
    assert done.stderr == ""


def test_the_package_is_a_command_too() -> None:
    words = [sys.executable, "-m", "deepdreamr", "networks"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert (done.returncode, done.stdout.split()) == (0, list(NETWORKS))
    assert subprocess.run([*words[:3], "dreem"], capture_output=True).returncode == 2


# ---- Lists ---------------------------------------------------------------------------------------


def test_lists_of_networks_layers_and_recipes(run: Any) -> None:
    assert run("networks") == (0, "\n".join(NETWORKS) + "\n", "")
    assert run("layers") == (0, "\n".join(layer_names()) + "\n", "")
    assert run("layers", "InceptionV3")[1] == run("layers")[1]
    status, out, _ = run("recipes")
    assert status == 0
    for recipe in RECIPES.values():
        assert f"{recipe.name}\n  {recipe.description}\n  source: {recipe.source}\n" in out
        assert f"step={recipe.step}" in out
    assert "max_loss=none" in out and "max_loss=None" not in out


# ---- Dreams --------------------------------------------------------------------------------------


def test_a_dream_is_the_one_of_python(run: Any, picture: Path) -> None:
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


PLACES: dict[str, tuple[list[str], dict[str, Any]]] = {
    "mask": (["--mask", "left.png", *QUICK], {"layers": "mixed0", "mask": "left.png"}),
    "masks": (
        ["--masks", "left.png", "mixed0=2", "--masks", "right.png", "mixed1,mixed0", *QUICK[2:]],
        {"masks": [("left.png", {"mixed0": 2}), ("right.png", ["mixed1", "mixed0"])]},
    ),
    "colours": (
        ["--keep-colors", "--strength", "0.6", *QUICK],
        {"layers": "mixed0", "keep_colors": True, "strength": 0.6},
    ),
}


@pytest.fixture
def masks(tmp_path: Path, photo: np.ndarray) -> None:
    """Two masks of half the picture's size in the current folder, the one grey at its edge."""
    left = np.zeros((38, 44), np.uint8)
    left[:, :15], left[:, 15:20] = 255, 100
    for name, mask in (("left.png", left), ("right.png", 255 - left)):
        Image.fromarray(mask).save(tmp_path / name)
    Image.fromarray(to_uint8(photo[:, :76, :88])).save(tmp_path / "photo.png")


@pytest.mark.slow
@pytest.mark.parametrize("case", PLACES)
def test_a_place_is_the_one_of_python(case: str, run: Any, masks: None) -> None:
    options, given = PLACES[case]
    status, out, err = run("dream", "photo.png", "-o", "out.png", *options)
    assert status == 0 and out.endswith("out.png\n"), err
    expected = dream("photo.png", octaves=1, iterations=2, seed=3, **given)
    np.testing.assert_array_equal(read_picture("out.png").values, expected.image)
    assert {**show("out.png"), "versions": {}} == {**expected.record, "versions": {}}


def test_a_dream_is_mixed_as_in_python(run: Any, masks: None) -> None:
    assert run("dream", "photo.png", "-o", "whole.png", "--mask", "left.png", *QUICK)[0] == 0
    finish = ["--strength", "0.3", "--keep-colors"]
    assert run("mix", "whole.png", "photo.png", "-o", "a.png", *finish) == (0, "a.png\n", "")
    expected = mix("whole.png", "photo.png", strength=0.3, keep_colors=True)
    np.testing.assert_array_equal(read_picture("a.png").values, expected.image)
    dreamed = ["dream", "photo.png", "-o", "b.png", "--mask", "left.png", *QUICK, *finish]
    assert run(*dreamed)[0] == 0
    np.testing.assert_array_equal(read_picture("b.png").values, expected.image)
    for words, message in (
        (["whole.png", "photo.png", "-o", "a.png"], "'a.png' exists already"),
        (["whole.png", "photo.png", "-o", "photo.png"], "would be one file"),
        (["a.png", "photo.png", "-o", "c.png"], "is mixed with its original already"),
        (["whole.png", "left.png", "-o", "c.png"], "must be of one size"),
        (["photo.png", "photo.png", "-o", "c.png"], "does not say how it was made"),
    ):
        status, out, err = run("mix", *words)
        assert status == 2 and out == "" and err.count("\n") == 1 and message in err


def test_the_sample_picture_has_a_name(run: Any) -> None:
    status, *_ = run("dream", "sample:jelly", "-o", "out.jpg", "--max-size", "64", *QUICK)
    assert status == 0
    with Image.open("out.jpg") as out:
        assert (out.size, out.format) == ((64, 48), "JPEG")
    status, _, err = run("dream", "sample:jelyfish", "-o", "b.png")
    assert status == 2 and "sample:jelyfish" in err


def test_overwriting_if_asked(run: Any, picture: Path) -> None:
    Path("out.png").write_text("old")
    assert run("dream", picture, "-o", "out.png", *QUICK)[0] == 2
    assert Path("out.png").read_text() == "old"
    assert run("dream", picture, "-o", "out.png", "--overwrite", *QUICK)[0] == 0
    assert read_picture("out.png").shape == (60, 66)


def test_noise(run: Any) -> None:
    assert run("dream", "--size", "50x58", "-o", "out.png", *QUICK)[0] == 0
    assert read_picture("out.png").shape == (50, 58)


def test_a_warning_is_one_line(run: Any, picture: Path) -> None:
    options = ["--layers", "mixed0,mixed11", *QUICK[2:]]
    status, _, err = run("dream", picture, "-o", "out.png", *options)
    assert status == 0
    first, *steps = err.splitlines()
    assert first.startswith("warning: left out: inception_v3 has no layer mixed11.")
    assert all(line.startswith("octave 1/1") for line in steps)


def test_an_interrupt_has_its_own_status(
    run: Any, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(deepdreamr.runs.dreaming, "run", interrupt)
    status, out, err = run("dream", picture, "-o", "out.png")
    assert (status, out, err.strip()) == (130, "", "stopped.")
    assert not Path("out.png").exists()


def test_want_of_memory_is_one_line(
    run: Any, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deepdreamr.runs.dreaming, "run", Mock(side_effect=MemoryError))
    assert run("dream", picture, "-o", "out.png") == (2, "", "error: there is too little memory.\n")
    monkeypatch.setattr(deepdreamr.runs.dreaming, "run", Mock(side_effect=ZeroDivisionError))
    with pytest.raises(ZeroDivisionError):
        run("dream", picture, "-o", "out.png")


# ---- One role for each file ----------------------------------------------------------------------

ROLES = {
    "IN and OUT": (["dream", "a.png", "-o", "./a.png"], "IN and --output"),
    "linked": (["dream", "link.png", "-o", "a.png"], "IN and --output"),
    "IN and checkpoint": (
        ["dream", "a.png", "-o", "o.png", "--checkpoint", "a.png"],
        "--checkpoint",
    ),
    "OUT and checkpoint": (["dream", "a.png", "-o", "o.png", "--checkpoint", "o.png"], "--output"),
    "guide": (["dream", "a.png", "--guide", "b.png", "-o", "b.png"], "--guide and --output"),
    "weights": (["dream", "a.png", "--weights", "b.png", "-o", "b.png"], "--weights and --output"),
    "network": (["dream", "a.png", "--network", "b.png", "-o", "b.png"], "--network and --output"),
    "octaves": (
        ["dream", "a.png", "-o", "at_scale_60x66.png", "--save-octaves", "."],
        "--output and --save-octaves",
    ),
    "a replay's picture": (["replay", "a.png", "b.png", "-o", "a.png"], "PICTURE and --output"),
    "a replay's source": (["replay", "a.png", "b.png", "-o", "b.png"], "SOURCE and --output"),
    "a replay's checkpoint": (
        ["replay", "a.png", "b.png", "-o", "o.png", "--checkpoint", "o.png"],
        "--checkpoint and --output",
    ),
    "a sheet": (["sheet", "a.png", "-o", "a.png"], "IN and --output"),
    "a sheet's tiles": (
        ["sheet", "a.png", "-o", "01_mixed0.png", "--folder", "."],
        "--folder and --output",
    ),
    "a tile and IN": (
        ["sheet", "01_mixed0.png", "-o", "o.png", "--folder", ".", *QUICK],
        "IN and `01_mixed0.png`",
    ),
    "a gradient": (["gradient", "a.png", "-o", "a.png"], "IN and --output"),
    "features": (["features", "a.png", "mixed0", "-o", "a.png"], "IN and --output"),
}


@pytest.mark.parametrize("case", ROLES)
def test_no_file_has_two_roles(case: str, run: Any, picture: Path) -> None:
    for name in ("a.png", "b.png", "01_mixed0.png"):
        Path(name).write_bytes(picture.read_bytes())
    Path("link.png").symlink_to("a.png")
    names, (arguments, message) = sorted(os.listdir()), ROLES[case]
    status, out, err = run(*arguments, "--overwrite")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert message in err and "would be one file" in err
    assert sorted(os.listdir()) == names
    assert {Path(name).read_bytes() for name in names} == {picture.read_bytes()}


# ---- In a process of its own ---------------------------------------------------------------------


def command(*arguments: object, **options: Any) -> subprocess.Popen[Any]:
    words = [sys.executable, "-m", "deepdreamr.front.cli", *map(str, arguments)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, **options)


def heed_interrupts() -> None:
    """Ctrl-C is heard in a child also where the tests run with it ignored, as under nohup."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
def test_a_bar_on_a_terminal_and_the_same_bytes(picture: Path, tmp_path: Path) -> None:
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
    assert re.search(r"\roctave 1/1, step 2/2 100%.*\| .*<00:00, loss \d+\.\d{3}", text), text
    assert "iteration" not in text and "\n" not in text.strip()
    own = dream(picture, {"mixed0": 1}, octaves=1, iterations=2, seed=3)
    np.testing.assert_array_equal(to_uint8(read_picture(tmp_path / "out.png").image), own.image)


@pytest.mark.slow
def test_ctrl_c_keeps_the_steps_so_far(picture: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    options = [*QUICK, "--iterations", "100000", "--step", "0.001"]
    given = {"stderr": subprocess.PIPE, "preexec_fn": heed_interrupts}
    process = command("dream", picture, "-o", path, *options, **given)
    lines: list[str] = []
    while len(lines) < 3:
        lines.append(present(process.stderr).readline().decode())
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    last = err.decode().splitlines()[-1]
    assert re.fullmatch(rf"stopped after \d+ steps: {path}", last)
    assert "Traceback" not in err.decode()
    picture_so_far = read_picture(path)
    assert picture_so_far.shape == (60, 66)
    assert (to_uint8(picture_so_far.image) != to_uint8(read_picture(picture).image)).any()


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    with command("layers", stderr=subprocess.PIPE) as process:
        present(process.stdout).close()
        assert "Traceback" not in present(process.stderr).read().decode()


def test_classes_are_listed_with_their_numbers(run: Any) -> None:
    status, out, err = run("classes")
    assert (status, err) == (0, "")
    assert out.splitlines()[107] == "107 jellyfish" and len(out.splitlines()) == 1000
    name = ["dream", "sample:jelly", "-o", "o.png", "--layers", "p class_logit('jelyfish')"]
    assert "Did you mean jellyfish" in run(*name)[2] and "`deepdreamr classes`" in run(*name)[2]


def test_an_objective_of_the_shell_is_python_s(run: Any, picture: Path) -> None:
    options = ["--octaves", "1", "--iterations", "2", "--seed", "3", "-o", "neuron.png"]
    text = "mixed0=2 neuron(6, y=0.2), image=-1e-3 total_variation"
    assert run("dream", picture, "--layers", text, *options)[0] == 0
    terms = [
        LayerTerm("mixed0", 2, None, "neuron(6, y=0.2)"),
        LayerTerm("image", -1e-3, None, "total_variation"),
    ]
    result = dream(picture, terms, octaves=1, iterations=2, seed=3)
    found = show("neuron.png")
    assert found.layers == show(result.png()).layers
    np.testing.assert_array_equal(np.asarray(Image.open("neuron.png")), result.image)


@pytest.mark.slow
def test_nothing_of_tensorflows_is_said_where_channels_are_chosen_before_the_dream(
    tmp_path: Path,
) -> None:
    words = ["dream", "sample:jelly", "-o", str(tmp_path / "out.png"), "--max-size", "110"]
    words += ["--layers", "mixed0 strongest(2)", "--octaves", "1", "--iterations", "1"]
    command = [sys.executable, "-m", "deepdreamr", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0
    said = done.stderr.splitlines()
    assert said and all(line.startswith(("octave 1/1", "<Dream")) for line in said)


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ("mixed0:6000=1", "mixed0 has the channels 0 to 255. Received: 6000"),
        ("mixed0 neuron(6000)", "mixed0 has the channels 0 to 255. Received: 6000"),
        ("mixed0 neuron", "the objective `neuron` takes channel, y, x, and needs channel."),
        ("mixed0 direction", "direction needs channels of mixed0"),
        ("mixed0:3 neuron(3)", "neuron of mixed0 goes without channels"),
        ("mixed0 mean(", "An objective of mixed0 is written"),
        ("mixed0 strongest(6000)", "mixed0 has 256 channels. Received: strongest(6000)"),
    ],
)
def test_what_is_wrong_with_a_term_names_no_option_but_layers(
    layers: str, words: str, run: Any, picture: Path
) -> None:
    status, _, said = run("dream", picture, "-o", "out.png", "--layers", layers, *QUICK[2:])
    assert status == 2 and words in " ".join(said.split())
    assert "--objective" not in said and "--channels" not in said
