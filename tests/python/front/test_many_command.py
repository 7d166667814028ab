"""The command with many pictures: what is many, what is told of each, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from deepdreamr import sample_image
from deepdreamr.front._many import are_many
from deepdreamr.front.cli import main

FEW = ["--recipe", "vivid", "--octaves", "1", "--iterations", "1", "--layers", "mixed0"]


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The folder `photos` of the working folder, with two pictures and two that are none."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    sample = Image.open(sample_image("jelly")).convert("RGB")
    sample.resize((90, 80)).save("photos/a.png")
    sample.resize((80, 90)).save("photos/b.jpg")
    (tmp_path / "photos" / "cut.jpg").write_bytes(
        (tmp_path / "photos" / "b.jpg").read_bytes()[:500]
    )
    (tmp_path / "photos" / "notes.txt").write_text("x")
    return tmp_path / "photos"


@pytest.mark.slow
def test_a_folder_in_lines_and_again_as_json(
    photos: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["dream", "photos", "-o", "out", "--workers", "1", *FEW]) == 1  # one failed
    out, err = capfd.readouterr()
    assert out == "out\n"
    lines = err.splitlines()
    assert lines[0].startswith("failed: photos/cut.jpg: the file 'cut.jpg' is a damaged picture")
    assert lines[1] == "passed over: photos/notes.txt is no picture by its name"
    assert lines[2].startswith("2 of 3 dreamed, 1 failed, 1 passed over in ")
    assert sorted(os.listdir("out")) == [".deepdreamr", "a.png", "b.png"]
    assert main(["dream", "photos", "-o", "out", "--workers", "1", "--json", *FEW]) == 1
    out, err = capfd.readouterr()
    events = [json.loads(line) for line in out.splitlines()]
    assert err == "" and [event["event"] for event in events] == [
        *("skipped", "skipped", "failed"),
        "summary",
    ]
    assert events[0] == {
        "event": "skipped",
        "image": "photos/a.png",
        "output": "out/a.png",
        "why": None,
        "seconds": 0.0,
        "warnings": [],
    }
    assert (events[-1]["skipped"], events[-1]["failed"], events[-1]["total"]) == (2, 1, 3)


def test_a_plan_makes_nothing(photos: Any, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["dream", "photos/*.jpg", "photos/a.png", "-o", "{stem}-x.png", "--dry-run", *FEW]
    assert main(command) == 0
    assert "3 pictures, 0 done before, 3 to dream" in capsys.readouterr().out
    assert sorted(os.listdir()) == ["photos"]
    assert main([*command, "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["todo"] == 3 and plan["seconds"] > 0 and plan["memory"] > 1e8
    assert main([*command, "--octaves", "9"]) == 2
    assert "problem: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("images", "output", "many"),
    [
        (["photos/a.png"], "b.png", False),
        (["photos/a.png"], "out/", True),
        (["photos/a.png"], "photos", True),
        (["photos/a.png"], "{stem}.png", True),
        (["photos/a.png", "photos/b.jpg"], "out", True),
        (["photos"], "out", True),
        (["photos/*.png"], "out", True),
        (["a[1].png"], "out.png", True),
        ([], "{stem}.png", False),
        (["none.png"], "out.png", False),
    ],
)
def test_what_is_many(photos: Any, images: Any, output: str, many: bool) -> None:
    assert are_many(images, output) == many


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["photos", "-o", "a.png"], "'photos' is a folder, not a picture. Name a folder as output"),
        (["photos/a.png", "photos/b.jpg", "-o", "a.png"], "'a.png' is one file, and there may be"),
        (["photos", "-o", "out", "--checkpoint", "c"], "--checkpoint is of a single dream"),
        (["photos", "-o", "out", "--size", "9x9"], "--size is of a single dream"),
        (["photos/a.png", "-o", "a.png", "--workers", "2"], "--workers is for many pictures"),
        (["photos/a.png", "-o", "a.png", "--dry-run"], "--dry-run is for many pictures"),
        (["photos/a.png", "-o", "a.png", "--json"], "--json is for many pictures"),
        (["photos", "-", "-o", "out"], "`-` is a single picture"),
        (["photos", "-o", "out", "--each", "none.csv"], "there is no file 'none.csv'"),
        (["nowhere.png", "-o", "out/"], "there is no file 'nowhere.png'"),
        (["*.gif", "-o", "out"], "the glob '*.gif' has no picture"),
        (["photos", "-o", "out", "--workers", "0"], "--workers must be a whole number >= 1"),
    ],
)
def test_wrong_arguments_are_one_line(
    photos: Any, capsys: pytest.CaptureFixture[str], arguments: Any, words: str
) -> None:
    assert main(["dream", *arguments]) == 2
    err = capsys.readouterr().err
    assert words in err and err.count("\n") == 1
    assert not os.path.exists("out")


@pytest.mark.slow
def test_a_signal_keeps_what_is_done(photos: Any) -> None:
    for number in range(6):
        Image.open("photos/a.png").save(f"photos/d{number}.png")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [sys.executable, "-m", "deepdreamr", "dream", "photos", "-o", "out", "--workers", "1"]
    more = ["--recipe", "vivid", "--octaves", "1", "--iterations", "20", "--layers", "mixed0"]
    driver = subprocess.Popen([*command, *more], env=environment, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 120
    while not list(photos.parent.glob("out/*.png")) and time.monotonic() < end:
        time.sleep(0.01)
    driver.send_signal(signal.SIGTERM)
    said = driver.communicate(timeout=120)[1]
    done = len(list(photos.parent.glob("out/*.png")))
    assert driver.returncode == 143 and 1 <= done < 8
    assert f"stopped: {done} of 9 dreamed" in said and "the same command goes on" in said
