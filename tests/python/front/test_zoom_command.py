"""The command `deepdreamr zoom`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepdreamr.errors import ArgumentError
from deepdreamr.front import _zoom
from deepdreamr.front._changing import OrKeyFrames
from deepdreamr.front.cli import cli, main
from deepdreamr.motion.keyframes import KEYED
from deepdreamr.motion.zoom import ZoomClip, ZoomInterrupted
from deepdreamr.motion.zooms import NOT_ZOOMED, ZOOM_ARGUMENTS, ZOOM_GROUPS, ZOOMING
from deepdreamr.recipes.settings import SETTINGS
from deepdreamr.recipes.terms import LayerTerm
from deepdreamr.runs.request import ARGUMENTS

OPTIONS = {option.name: option for option in cli.commands["zoom"].params}


@pytest.fixture
def photo(tmp_path: Path) -> Any:
    path = tmp_path / "a.png"
    Image.linear_gradient("L").resize((66, 60)).convert("RGB").save(path)
    return path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What would be zoomed."""
    requests = []

    def run(request: Any, progress: Any) -> Any:
        requests.append(request)
        return ZoomClip(request.output, (60, 66), 2, 1, 1.0, 0.5, 3, ("a note",))

    monkeypatch.setattr("deepdreamr.motion.zoom.run_zoom", run)
    return requests


def test_its_options_are_the_arguments_of_a_zoom_and_of_its_dreams() -> None:
    dreams = [n for n, f in ARGUMENTS.items() if f.metadata["group"] in ZOOM_GROUPS]
    wanted = {*ZOOM_ARGUMENTS, *dreams, *SETTINGS} - {"options", *NOT_ZOOMED}
    assert set(OPTIONS) == wanted | {"dry_run", "as_json"}
    for name, field in ZOOMING.items():
        assert OPTIONS[name].default == field.default, name


def test_the_options_that_may_change_are_those_of_python() -> None:
    changing = {name for name, option in OPTIONS.items() if isinstance(option.type, OrKeyFrames)}
    flags = {name for name, option in OPTIONS.items() if getattr(option, "is_flag", False)}
    assert changing == set(KEYED) - flags - set(NOT_ZOOMED)


def test_options_become_arguments(
    photo: Any, asked: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    line = "--seconds 1:30 --fps 30 --shift 0.1,-0.2 --loop --step 0.01 --layers mixed3=2 --seed 4"
    assert main(["zoom", str(photo), "-o", "out.mp4", *line.split()]) == 0
    (request,) = asked
    assert (request.seconds, request.fps, request.shift) == ("1:30", "30", (0.1, -0.2))
    assert request.loop and not request.outward and request.zoom == 2
    assert request.layers == [LayerTerm("mixed3", 2)]
    assert request.options["step"] == 0.01 and request.options["seed"] == 4
    assert "max_loss" not in request.options
    said = capsys.readouterr()
    assert said.out.endswith("out.mp4\n") and "a note" in said.err


def test_options_change_with_time(photo: Any, asked: Any) -> None:
    line = ["--step", "0: 0.01; 10s: 0.05", "--layers", "0:mixed3=1; 1:02.5: mixed4:6=2"]
    line += ["--max-loss", "0: none; 3: 5", "--seed", "1:7"]
    assert main(["zoom", str(photo), "-o", "out.mp4", *line]) == 0
    options = asked[0].options
    assert options["step"] == {"0": 0.01, "10s": 0.05}
    assert options["max_loss"] == {"0": None, "3": 5.0} and options["seed"] == {"1": 7}
    layers = {"0": [LayerTerm("mixed3", 1)], "1:02.5": [LayerTerm("mixed4", 2, channels=6)]}
    assert asked[0].layers == layers


@pytest.mark.parametrize(
    "line, text",
    [
        (["--step", "0: 0.01; 0.05"], "'0.05' must be TIME: VALUE"),
        (["--step", "0: 0.01; 0: 0.05"], "0 is given twice"),
        (["--step", "0: fast"], "'fast' is not a valid float"),
        (["--shift", "0.1"], "--shift must be two shares of the width, like 0.1,0"),
        (["--zoom", "0.5"], "--zoom must be a number >= 1"),
        (["--mask", "a.png"], "No such option"),
        (["--layers", "0: mixed99=1"], "no layer mixed99"),
    ],
)
def test_what_is_wrong_is_one_line(
    photo: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: Any, text: str
) -> None:
    output = str(tmp_path / "out")
    assert main(["zoom", str(photo), "-o", output, "--octaves", "1", *line]) == 2
    said = capsys.readouterr().err
    assert text in said and said.count("\n") == 1


def test_a_dry_run_and_a_whole_one(
    photo: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = [str(photo), "-o", str(tmp_path / "out"), "--octaves", "1", "--iterations", "1"]
    line += ["--layers", "mixed0=1", "--seconds", "0.5", "--fps", "4", "--json"]
    assert main(["zoom", *line, "--dry-run"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["frames"], plan["dreams"], plan["done"]) == (2, 3, 0)
    assert plan["shape"] == [60, 66] and not (tmp_path / "out").exists()
    assert main(["zoom", *line]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["frames"], made["dreams"]) == (2, 3)
    frames = sorted((tmp_path / "out").iterdir())
    assert len(frames) == 2 and np.asarray(Image.open(frames[0])).shape == (60, 66, 3)


def test_an_interrupt_says_that_the_same_command_goes_on(
    photo: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(request: Any, progress: Any) -> None:
        raise ZoomInterrupted("the zoom was interrupted; the same call goes on")

    monkeypatch.setattr("deepdreamr.motion.zoom.run_zoom", run)
    assert main(["zoom", str(photo), "-o", "out.mp4"]) == 130
    assert "goes on" in capsys.readouterr().err


def test_shares_are_two() -> None:
    assert _zoom.parse_shift(" 0.1, -2") == (0.1, -2)
    with pytest.raises(ArgumentError, match="`shift` must be two shares"):
        _zoom.parse_shift("0.1,0.2,0.3")
