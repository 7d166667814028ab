"""`-` in place of a file: standard input and output."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needing import present
from PIL import Image

from deepdreamr import dream, show
from deepdreamr.pictures import reading
from deepdreamr.pictures.picture import to_uint8
from deepdreamr.runs.checkpoints import Checkpoint

QUICK = ["--layers", "mixed0", "--octaves", "1", "--iterations", "2", "--seed", "3"]


@pytest.fixture(scope="module")
def picture(photo: np.ndarray) -> bytes:
    """The content of a PNG file of 60 x 66 pixels."""
    file = io.BytesIO()
    Image.fromarray(to_uint8(photo[:, :60, :66])).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def dreamed(picture: bytes) -> Any:
    return dream(picture, {"mixed0": 1}, octaves=1, iterations=2, seed=3)


def words(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "deepdreamr", *map(str, arguments)]


def piped(*arguments: object, given: bytes = b"", cwd: Path | None = None) -> Any:
    """A command with a picture on its standard input, and what it wrote."""
    return subprocess.run(words(*arguments), input=given, capture_output=True, cwd=cwd, timeout=120)


def pixels(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as opened:
        assert opened.format == "PNG"
        return np.asarray(opened.convert("RGB"))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device is always full")
@pytest.mark.parametrize("command", ["classes", "networks", "--help"])
def test_a_full_disk_below_standard_output_is_one_line(command: str) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(words(command), stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (2, "error: No space left on device.\n")


@pytest.mark.slow
def test_a_dream_goes_through_a_pipe(picture: bytes, dreamed: Any, tmp_path: Path) -> None:
    done = piped("dream", "-", "-o", "-", *QUICK, given=picture, cwd=tmp_path)
    assert done.returncode == 0
    np.testing.assert_array_equal(pixels(done.stdout), dreamed.image)
    assert show(done.stdout).seed == 3 and show(done.stdout).source is None
    *steps, summary, path = done.stderr.decode().splitlines()
    assert [step.split(",")[0] for step in steps] == ["octave 1/1 60x66"] * 2
    assert summary.startswith("<Dream 66x60") and path == "-"
    assert os.listdir(tmp_path) == []


@pytest.mark.slow
def test_only_one_end_may_be_a_pipe(picture: bytes, dreamed: Any, tmp_path: Path) -> None:
    done = piped("dream", "-", "-o", "out.png", *QUICK, given=picture, cwd=tmp_path)
    assert done.stdout.decode().splitlines()[-1] == "out.png"
    np.testing.assert_array_equal(pixels((tmp_path / "out.png").read_bytes()), dreamed.image)
    noise = piped("dream", "--size", "60x66", "-o", "-", "--strip-metadata", *QUICK)
    assert pixels(noise.stdout).shape == (60, 66, 3) and b"deepdreamr" not in noise.stdout


@pytest.mark.slow
def test_other_commands_take_pictures_in_the_same_way(
    picture: bytes, dreamed: Any, tmp_path: Path
) -> None:
    (tmp_path / "source.png").write_bytes(picture)
    for arguments, given in (
        (["sheet", "-", *QUICK], picture),
        (["channels", "mixed0", "-", "--channels", "3", *QUICK[2:]], picture),
        (["gradient", "-", "--layers", "mixed0"], picture),
        (["features", "-", "mixed0", "--channels", "1"], picture),
    ):
        done = piped(*arguments, "-o", "-", given=given, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert pixels(done.stdout).size
        assert done.stderr.decode().splitlines()[-1] == "-"
    again = piped("replay", "-", "source.png", "-o", "-", given=dreamed.png(), cwd=tmp_path)
    np.testing.assert_array_equal(pixels(again.stdout), dreamed.image)
    mixed = piped(
        *("mix", "-", "source.png", "-o", "-", "--strength", "0.5"),
        given=dreamed.png(),
        cwd=tmp_path,
    )
    np.testing.assert_array_equal(pixels(mixed.stdout), dreamed.mixed(strength=0.5).image)
    assert b'"seed": 3' in piped("show", "-", given=dreamed.png()).stdout
    assert b"60x66" in piped("plan", "-", "--no-measure", *QUICK, given=picture).stdout


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (b"", "standard input is empty"),
        (b"this is no picture", "standard input is not a picture"),
    ],
)
def test_what_is_no_picture_is_refused(given: bytes, message: str, tmp_path: Path) -> None:
    for arguments in (["dream", "-", "-o", "-"], ["plan", "-"], ["features", "-", "mixed0", "-o-"]):
        done = piped(*arguments, given=given, cwd=tmp_path)
        assert (done.returncode, os.listdir(tmp_path)) == (2, [])
        (line,) = (done.stderr).decode().splitlines()
        assert line.startswith("error: ") and message in line and not done.stdout


def test_a_second_picture_is_not_there(dreamed: Any) -> None:
    done = piped("replay", "-", "-", "-o", "-", given=dreamed.png())
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1
    assert b"standard input is empty. It takes one picture" in done.stderr


def test_no_more_is_read_than_a_picture_may_have(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from deepdreamr.front.cli import main

    monkeypatch.setattr(reading, "_MOST_BYTES", 1000)
    stream = io.BytesIO(bytes(3000))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
    told = io.StringIO()
    with contextlib.redirect_stderr(told):
        assert main(["plan", "-"]) == 2
    assert told.getvalue() == "error: standard input has more than 1,000 bytes.\n"
    assert stream.tell() == 1001


def test_a_terminal_is_neither_read_nor_written_to(picture: bytes) -> None:
    ours, theirs = os.openpty()
    cases: tuple[tuple[dict[str, Any], bytes], ...] = (
        ({"stdout": theirs, "input": picture}, b"standard output is a terminal"),
        ({"stdin": theirs, "stdout": subprocess.PIPE}, b"standard input is a terminal"),
    )
    for streams, message in cases:
        arguments = words("dream", "-", "-o", "-", *QUICK)
        done = subprocess.run(arguments, stderr=subprocess.PIPE, timeout=60, **streams)
        assert done.returncode == 2 and done.stderr.count(b"\n") == 1 and message in done.stderr
        assert not done.stdout
    os.close(theirs)
    os.close(ours)


@pytest.mark.slow
def test_whatever_else_is_printed_goes_to_standard_error(picture: bytes, dreamed: Any) -> None:
    code = (
        "import os, sys; from deepdreamr.front.cli import main\n"
        "from deepdreamr.runs import dreaming\n"
        "def run(*a, run=dreaming.run):\n"
        "    print('python'); os.write(1, b'native\\n'); return run(*a)\n"
        "dreaming.run = run; status = main(sys.argv[1:]); print('after'); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "dream", "-", "-o", "-", *QUICK],
        input=picture,
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0 and done.stdout.endswith(b"after\n")
    np.testing.assert_array_equal(pixels(done.stdout), dreamed.image)
    assert {b"python", b"native"} <= {*done.stderr.splitlines()}


@pytest.mark.slow
def test_a_picture_that_nobody_reads_is_kept(picture: bytes, dreamed: Any, tmp_path: Path) -> None:
    process = subprocess.Popen(
        words("dream", "-", "-o", "-", *QUICK),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    present(process.stdout).close()
    with present(process.stdin) as stream:
        stream.write(picture)
    with present(process.stderr) as stream:
        told = stream.read().decode()
    assert process.wait(60) == 2
    last = told.splitlines()[-1]
    (kept,) = tmp_path.glob("dream-*.png")
    assert last.startswith("error: cannot write to standard output: ") and str(kept) in last
    assert "Traceback" not in told and "Exception" not in told
    np.testing.assert_array_equal(pixels(kept.read_bytes()), dreamed.image)


@pytest.mark.slow
def test_an_interrupt_sends_the_steps_so_far_and_keeps_a_checkpoint(
    picture: bytes, tmp_path: Path
) -> None:
    long = ["--layers", "mixed0", "--octaves", "2", "--octave-scale", "1.1", "--step", "0.001"]
    long += ["--seed", "3", "--checkpoint", "kept"]
    arguments = words("dream", "-", "-o", "-", *long, "--iterations", "8")
    process = subprocess.Popen(
        arguments,
        cwd=tmp_path,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with present(process.stdin) as stream:
        stream.write(picture)
    with present(process.stdout) as stream, present(process.stderr) as told_of:
        while b"octave 2/2" not in (line := told_of.readline()):
            assert line
        process.send_signal(signal.SIGINT)
        out, told = stream.read(), told_of.read().decode()
    if process.wait(60) == 130:
        assert told.splitlines()[-1].endswith(" steps: -; the same command goes on")
        assert pixels(out).shape == (60, 66, 3) and show(out).stopped == "interrupted"
        assert Checkpoint(tmp_path / "kept").path.exists()
        again = piped(
            "dream", "-", "-o", "-", *long, "--iterations", "8", given=picture, cwd=tmp_path
        )
        assert again.returncode == 0 and not (tmp_path / "kept").exists()
        out = again.stdout
    whole = dream(picture, "mixed0", octaves=2, octave_scale=1.1, step=0.001, seed=3, iterations=8)
    np.testing.assert_array_equal(pixels(out), whole.image)


def test_a_file_of_that_name_is_another(picture: bytes, tmp_path: Path) -> None:
    (tmp_path / "-").write_bytes(picture)
    done = piped("plan", "./-", "--no-measure", *QUICK, cwd=tmp_path)
    assert done.returncode == 0 and b"60x66" in done.stdout
