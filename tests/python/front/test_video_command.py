"""The command `deepdreamr video`."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepdreamr.front.cli import cli, main
from deepdreamr.motion.clips import open_clip
from deepdreamr.motion.video import VideoClip, VideoInterrupted
from deepdreamr.motion.videos import (
    FILMING,
    NOT_FILMED,
    VIDEO_ARGUMENTS,
    VIDEO_GROUPS,
)
from deepdreamr.recipes.settings import SETTINGS
from deepdreamr.recipes.terms import LayerTerm
from deepdreamr.runs.request import ARGUMENTS

OPTIONS = {option.name: option for option in cli.commands["video"].params}


@pytest.fixture
def source(tmp_path: Path) -> Any:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        picture = Image.linear_gradient("L").resize((66, 60)).rotate(3 * number).convert("RGB")
        picture.save(folder / f"{number}.png")
    return folder


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What would be dreamed."""
    requests = []

    def run(request: Any, progress: Any) -> Any:
        requests.append(request)
        return VideoClip(request.output, (60, 66), 2, 1, 1.0, 3, None, ("a note",))

    monkeypatch.setattr("deepdreamr.motion.video.run_video", run)
    return requests


def test_its_options_are_the_arguments_of_a_clip_and_of_its_frames() -> None:
    frames = [n for n, f in ARGUMENTS.items() if f.metadata["group"] in VIDEO_GROUPS]
    own = {*VIDEO_ARGUMENTS, "video"} - {"options"}
    wanted = ({*frames, *SETTINGS} - {"image", *NOT_FILMED}) | own
    assert set(OPTIONS) == wanted | {"dry_run", "as_json"}
    for name, field in FILMING.items():
        assert OPTIONS[name].default == field.default, name


def test_options_become_arguments(
    source: Any, asked: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    line = "--start 1:30 --every 2 --decay 0.5 --iterations 3 --no-keep-colors --step 0.01"
    line += " --layers mixed3=2 --motion blend"
    assert main(["video", str(source), "-o", "out.mp4", *line.split()]) == 0
    (request,) = asked
    assert (request.start, request.every, request.decay) == ("1:30", 2, 0.5)
    assert (request.iterations, request.motion, request.preview) == (3, "blend", False)
    assert request.layers == [LayerTerm("mixed3", 2)] and request.options["step"] == 0.01
    said = capsys.readouterr()
    assert said.out.endswith("out.mp4\n") and "a note" in said.err


def test_options_change_with_time(source: Any, asked: Any) -> None:
    line = ["--step", "0: 0.01; 10s: 0.05", "--layers", "0:mixed3=1; 1:02.5: mixed4=2"]
    assert main(["video", str(source), "-o", "out.mp4", *line]) == 0
    assert asked[0].options["step"] == {"0": 0.01, "10s": 0.05}
    assert asked[0].layers == {"0": [LayerTerm("mixed3", 1)], "1:02.5": [LayerTerm("mixed4", 2)]}


@pytest.mark.parametrize(
    "line, text",
    [
        (["--motion", "fast"], "'fast' is not one of"),
        (["--decay", "2"], "--decay must be a number >= 0 and <= 1"),
        (["--first-iterations", "0"], "--first-iterations must be a whole number >= 1"),
        (["--end", "soon"], "--end must be seconds"),
        (["--size", "60x60"], "No such option"),
        (["-o", "-"], "it cannot go to standard output"),
        (["-o", "v1.0"], "unknown kind of clip '.0'"),
        (["--layers", "0: mixed99=1"], "no layer mixed99"),
    ],
)
def test_what_is_wrong_is_one_line(
    source: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: Any, text: str
) -> None:
    output = str(tmp_path / "out")
    assert main(["video", str(source), "-o", output, "--octaves", "1", *line]) == 2
    said = capsys.readouterr().err
    assert text in said and said.count("\n") == 1


@pytest.mark.slow
def test_a_dry_run_and_a_whole_one(
    source: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = [str(source), "-o", str(tmp_path / "out"), "--octaves", "1", "--first-iterations", "2"]
    line += ["--layers", "mixed0=1", "--json"]
    assert main(["video", *line, "--dry-run"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["frames"], plan["done"], plan["shape"]) == (3, 0, [60, 66])
    assert not (tmp_path / "out").exists()
    assert main(["video", *line]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["frames"], made["scenes"], made["shape"]) == (3, 1, [60, 66])
    frames = sorted((tmp_path / "out").iterdir())
    assert len(frames) == 3 and np.asarray(Image.open(frames[0])).shape == (60, 66, 3)


SRT = "1\n00:00:00,050 --> 00:00:00,150\nfirst\n"
NOT_TAKEN = "subtitles (srt) left out: this kind of file does not take such"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ending", "sound", "told"),
    [
        (".mkv", "pcm_s16le", []),
        (".mp4", "pcm_s16le", ["the sound (pcm_s16le) is made anew as AAC", NOT_TAKEN]),
        (".mp4", "alac", [NOT_TAKEN]),
        (".webm", "flac", ["the sound (flac) is made anew as Opus", NOT_TAKEN]),
        (".webm", "vorbis", [NOT_TAKEN]),
        (".mp4", "vorbis", ["the sound (vorbis) is made anew as AAC", NOT_TAKEN]),
        (".mkv", "ac3 5.1(side)", []),
        (".mp4", "ac3 5.1(side)", [NOT_TAKEN]),
        (".webm", "ac3 5.1(side)", ["the sound (ac3) is made anew as Opus\n", NOT_TAKEN]),
        (".gif", "libmp3lame", ["the sound is left out: such a clip has none"]),
    ],
)
def test_a_clip_of_television_with_sound_and_subtitles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str, sound: str, told: list[str]
) -> None:
    """By the whole command: the times of the frames, the packets of the sound, and what is told."""
    pytest.importorskip("av")
    from made_clips import even_times, packets, video

    times, output = even_times(5, Fraction(30000, 1001)), tmp_path / f"out{ending}"
    codec, _, layout = sound.partition(" ")
    how: dict[str, Any] = {"sound": codec, "layout": layout or "stereo", "subtitles": SRT}
    source = video(tmp_path / "in.mkv", times, **how)
    line = ["video", str(source), "-o", str(output), "--layers", "mixed0=1", "--octaves", "1"]
    assert main([*line, "--first-iterations", "1", "--iterations", "1"]) == 0
    said = capsys.readouterr()
    assert said.out.endswith(f"{output}\n")
    assert [text for text in told if text not in said.err] == []
    with open_clip(output) as clip:
        made = [frame.time for frame in clip.frames()]
    close = Fraction(1, 100 if ending == ".gif" else 1000)
    assert all(abs(a - b) <= close for a, b in zip(made, times, strict=True))
    if ending != ".gif" and "anew" not in said.err:
        assert [c for _, c in packets(output)] == [c for _, c in packets(source)]
    if ending == ".mkv":
        assert "left out" not in said.err
        assert packets(output, "subtitle") == packets(source, "subtitle")


def test_an_interrupt_says_that_the_same_command_goes_on(
    source: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(request: Any, progress: Any) -> None:
        raise VideoInterrupted(2)

    monkeypatch.setattr("deepdreamr.motion.video.run_video", run)
    assert main(["video", str(source), "-o", "out.mp4"]) == 130
    assert "2 frames are dreamed; the same call goes on" in capsys.readouterr().err


def test_frames_of_a_clip_side_by_side(
    source: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "sheet.jpg"
    line = ["clip-sheet", str(source), "-o", str(sheet)]
    assert main([*line, "--frames", "2", "--columns", "1"]) == 0
    with Image.open(sheet) as picture:
        assert picture.height > 2 * 60 and picture.width < 2 * 66 + 99
        size = f"{picture.width}x{picture.height}"
    assert capsys.readouterr().out == f"{size}: frames of {source}\n{sheet}\n"
    assert main(line) == 2 and "exists already" in capsys.readouterr().err
    assert main([*line, "--overwrite", "--frames", "0"]) == 2
    assert "--frames must be a whole number >= 1" in capsys.readouterr().err


def test_a_clip_in_place_of_a_picture_is_told_what_takes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no picture")
    for command in ("dream", "zoom"):
        output = tmp_path / ("b.png" if command == "dream" else "b.gif")
        assert main([command, str(tmp_path / "a.mp4"), "-o", str(output)]) == 2
        assert "`deepdreamr video` dreams of clips." in capsys.readouterr().err
    assert main(["dream", "sample:jelly", "-o", str(tmp_path / "b.mp4")]) == 2
    assert "Clips are made by `deepdreamr video` and `deepdreamr zoom`." in capsys.readouterr().err
    assert main(["clip-sheet", str(tmp_path / "a.mp4"), "-o", str(tmp_path / "a.mp4")]) == 2
    assert "IN and --output would be one file" in capsys.readouterr().err
