"""Signals that end the command: the picture so far is kept, and the status says which it was."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from PIL import Image

from deepdreamr import dream, show
from deepdreamr.errors import DreamInterrupted
from deepdreamr.front import _keeping, _progress
from deepdreamr.front._signals import NAMES, Signals
from deepdreamr.front.cli import main
from deepdreamr.pictures.picture import to_uint8
from deepdreamr.runs import running
from deepdreamr.runs.steps import AscentStep

NUMBERS = [getattr(signal, name) for name in NAMES]
QUICK = ["--layers", "mixed0", "--octaves", "1", "--iterations", "6", "--seed", "3"]


@pytest.fixture(autouse=True)
def as_at_the_start() -> Iterator[None]:
    """The system's handlers, also where the tests run with some signals ignored."""
    before = {number: signal.getsignal(number) for number in NUMBERS}
    for number in NUMBERS:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder but for a picture of 60 x 66 pixels."""
    monkeypatch.chdir(tmp_path)
    Image.linear_gradient("L").resize((66, 60)).convert("RGB").save("a.png")
    return tmp_path


def at_step(monkeypatch: pytest.MonkeyPatch, number: int, do: Callable[[], object]) -> None:
    """Do something when the step of a number is reported."""

    def call(self: object, step: AscentStep) -> None:
        if step.iteration == number:
            do()

    monkeypatch.setattr(_progress.Progress, "__call__", call)


def send(*numbers: int) -> None:
    for number in numbers:
        signal.raise_signal(number)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_keeps_the_picture_so_far_and_says_where(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: Any
) -> None:
    at_step(monkeypatch, 3, lambda: send(number))
    assert main(["dream", "a.png", "-o", "out.png", *QUICK]) == 128 + number
    out, err = capsys.readouterr()
    assert (out, err) == ("", "stopped after 3 steps: out.png\n")
    assert (show("out.png")["stopped"], show("out.png")["steps"]) == ("interrupted", 3)
    assert signal.getsignal(number) == signal.SIG_DFL


def test_with_a_checkpoint_the_same_command_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["dream", "a.png", *QUICK, "--octaves", "2", "--checkpoint", "run"]
    assert main([*command, "-o", "whole.png"]) == 0
    with monkeypatch.context() as patch:

        def call(self: object, step: AscentStep) -> None:
            if (step.octave, step.iteration) == (2, 1):
                send(signal.SIGTERM)

        patch.setattr(_progress.Progress, "__call__", call)
        assert main([*command, "-o", "out.png"]) == 143
    said = capsys.readouterr().err.splitlines()[-1]
    assert re.fullmatch(r"stopped after \d steps: out\.png; with --overwrite it goes on", said)
    assert main([*command, "-o", "out.png"]) == 2 and Path("run").exists()
    assert main([*command, "-o", "out.png", "--overwrite"]) == 0 and not Path("run").exists()
    assert Path("out.png").read_bytes() == Path("whole.png").read_bytes()


@pytest.mark.parametrize("numbers", [(signal.SIGINT,) * 2, (signal.SIGTERM, signal.SIGHUP)])
def test_two_signals_in_a_row_are_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, numbers: Any
) -> None:
    make = _keeping.write

    def write(*arguments: Any, **how: Any) -> None:
        send(numbers[1])
        make(*arguments, **how)

    monkeypatch.setattr(_keeping, "write", write)
    at_step(monkeypatch, 2, lambda: send(numbers[0]))
    assert main(["dream", "a.png", "-o", "out.png", *QUICK]) == 128 + numbers[1]
    assert show("out.png")["steps"] == 2


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_while_the_picture_is_written_does_not_lose_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: Any
) -> None:
    fsync = os.fsync

    def write(file: int) -> None:
        send(*[number] * 4)
        fsync(file)

    monkeypatch.setattr(os, "fsync", write)
    assert main(["dream", "a.png", "-o", "out.png", *QUICK]) == 128 + number
    assert show("out.png")["stopped"] is None
    assert capsys.readouterr().out.splitlines()[-1] == "out.png"


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("where", ["to_uint8", "stopped_warning"])
def test_a_signal_after_the_last_step_does_not_lose_the_picture(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: Any,
    where: str,
) -> None:
    done = getattr(running, where)

    def convert(*words: object) -> object:
        send(*[number] * 3)
        return done(*words)

    monkeypatch.setattr(running, where, convert)
    assert main(["dream", "a.png", "-o", "out.png", *QUICK]) == 128 + number
    assert (show("out.png")["stopped"], show("out.png")["steps"]) == (None, 6)
    assert capsys.readouterr().out.splitlines()[-1] == "out.png"


def test_ctrl_c_after_the_last_step_has_the_whole_dream(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bool] = []

    def convert(image: Any) -> Any:
        if not sent:
            sent.append(True)
            raise KeyboardInterrupt
        return to_uint8(image)

    monkeypatch.setattr(running, "to_uint8", convert)
    with pytest.raises(DreamInterrupted) as caught:
        dream("a.png", "mixed0", octaves=1, iterations=2)
    assert (caught.value.dream.stopped, len(caught.value.dream.losses)) == (None, 2)


@pytest.mark.parametrize("words", [["--version"], ["dream", "a.png", "-o", "out.png"]])
def test_ctrl_c_while_python_loads_the_command_is_one_line(folder: Path, words: Any) -> None:
    code = (
        "import signal, sys\n"
        "sys.meta_path.insert(0, type('', (), {'find_spec': lambda name, *_: "
        "signal.raise_signal(signal.SIGINT) if name == 'click' else None}))\n"
        "from deepdreamr.__main__ import main\n"
        "status = main()\n"
        "signal.raise_signal(signal.SIGINT)\n"
        "sys.exit(status)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "stopped.\n")


@pytest.mark.parametrize("command", ["sheet", "gradient", "features"])
def test_other_commands_write_what_is_finished(
    folder: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: send(signal.SIGTERM))
    layer = ["mixed0"] if command == "features" else ["--layers", "mixed0"]
    few = ["--octaves", "1", "--iterations", "1"] if command == "sheet" else []
    assert main([command, "a.png", *layer, "-o", "out.png", *few]) == 143
    assert Path("out.png").exists() and len(os.listdir()) == 2


def test_a_signal_before_the_first_step_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from deepdreamr.core import octaves

    monkeypatch.setattr(octaves.Pyramid, "base", lambda *_: send(signal.SIGTERM))
    assert main(["dream", "a.png", "-o", "out.png", *QUICK]) == 143
    assert capsys.readouterr().err == "stopped.\n" and os.listdir() == ["a.png"]


def test_what_is_ignored_at_the_start_stays_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in NUMBERS:
        signal.signal(number, signal.SIG_IGN)
    at_step(monkeypatch, 3, lambda: send(*NUMBERS))
    assert main(["dream", "a.png", "-o", "out.png", *QUICK]) == 0
    assert show("out.png")["steps"] == 6


def test_the_third_signal_is_heard_again() -> None:
    with Signals() as signals:
        for raises in (True, False, True, True):
            if raises:
                with pytest.raises(KeyboardInterrupt):
                    send(signal.SIGINT)
            else:
                send(signal.SIGINT)
        with signals.held():
            send(signal.SIGINT)


def test_as_a_library_the_package_has_no_handlers(folder: Path) -> None:
    dream("a.png", "mixed0", octaves=1, iterations=1)
    assert {signal.getsignal(number) for number in NUMBERS} == {signal.SIG_DFL}


def test_a_terminal_that_closes_does_not_lose_the_picture(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then SIGHUP comes, and nothing can be said any more."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(click, "echo", fail)
    at_step(monkeypatch, 3, lambda: send(signal.SIGHUP))
    assert main(["dream", "a.png", "-o", "out.png", *QUICK]) == 129
    assert show("out.png")["steps"] == 3


def test_a_log_that_is_closed_does_not_end_the_dream(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    echo = click.echo

    def fail(*words: Any, **options: Any) -> None:
        if options.get("err"):
            raise BrokenPipeError
        echo(*words, **options)

    monkeypatch.setattr(click, "echo", fail)
    assert main(["dream", "a.png", "-o", "out.png", *QUICK]) == 0
    assert re.search(r"6 steps.*\nout\.png\n", capsys.readouterr().out)
