"""Bars: when there is one, what it says, and what is called in its place."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import types
from typing import Any

import numpy as np
import pytest

from deepdreamr import channel_sheet, dream, layer_sheet, replay
from deepdreamr.errors import ArgumentError
from deepdreamr.runs import bars

PICTURE = np.random.default_rng(0).random((96, 98, 3))
SMALL = {"octaves": 2, "octave_scale": 1.2, "iterations": 3, "seed": 3}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    stream = Terminal()
    seen = types.SimpleNamespace(stderr=stream, modules=sys.modules)
    monkeypatch.setattr(bars, "sys", seen)  # pytest has its own in the real one's place
    return stream


CALLS = {
    "dream": lambda **how: dream(PICTURE, "mixed0", **SMALL, **how),
    "replay": lambda **how: replay(dream(PICTURE, "mixed0", **SMALL).png(), PICTURE, **how),
    "layers": lambda **how: layer_sheet(PICTURE, ["mixed0", "mixed1"], **SMALL, **how),
    "channels": lambda **how: channel_sheet("mixed0", PICTURE, channels=[1, 2], **SMALL, **how),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_function_gets_each_step_and_its_answer_does_not_count(call: Any) -> None:
    seen: list[Any] = []
    steps: list[Any] = []

    def see(step: Any) -> bool:
        seen.append(step)
        return False

    call(progress=see, on_step=steps.append)
    assert seen == steps and len(seen) in (6, 12)


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_nothing_is_shown_where_nobody_looks_on(
    call: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    call()
    call(progress=False)
    assert capfd.readouterr() == ("", "")


def test_a_terminal_gets_a_bar_over_octaves_and_iterations(
    terminal: Terminal, capfd: pytest.CaptureFixture[str]
) -> None:
    steps: list[Any] = []
    CALLS["dream"](on_step=steps.append)
    assert "octave 1/2, step 1/3" in (shown := terminal.getvalue())
    assert re.search(r"octave 2/2, step \d/3 +\d+%\|", shown)
    assert any(f"loss {step.loss:.3f}" in shown for step in steps)
    assert re.search(r"\d\d:\d\d<\d\d:\d\d", shown)  # the time left
    assert capfd.readouterr().out == ""


def test_a_terminal_gets_none_if_it_is_not_wanted(terminal: Terminal) -> None:
    CALLS["dream"](progress=False)
    CALLS["dream"](progress=lambda step: None)
    assert terminal.getvalue() == ""


def test_a_bar_is_shown_anywhere_if_it_is_wanted(capfd: pytest.CaptureFixture[str]) -> None:
    CALLS["channels"](progress=True)
    assert "1/2 mixed0 [1], octave 1/2, step 1/3" in (err := capfd.readouterr().err)
    assert "2/2 mixed0 [2], octave " in err


def test_on_step_ends_a_dream_that_has_a_bar(terminal: Terminal) -> None:
    assert CALLS["dream"](on_step=lambda step: step.iteration < 2).stopped == "callback"


def test_the_bar_grows_with_the_pixels_that_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    totals: list[int] = []

    class Bar:
        def __init__(self, total: int, **_: Any) -> None:
            self.n = 0
            totals.append(total)

        def update(self, more: int) -> bool:
            self.n += more
            done.append(self.n)
            return True

        def close(self, *_: Any, **__: Any) -> None:
            pass

        set_description_str = set_postfix_str = close

    monkeypatch.setattr(bars, "new_bar", Bar)
    small, large = 80 * 81, 96 * 98
    CALLS["dream"](progress=True)
    assert done[:3] == [small, 2 * small, 3 * small] and done[-1] == totals[0]
    assert totals == [3 * small + 3 * large]


def test_a_notebook_is_somebody_who_looks_on(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = types.SimpleNamespace(kernel=object())
    there = types.SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", there)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert bars.looked_at()
    del shell.kernel
    assert not bars.looked_at()
    monkeypatch.setattr(sys, "stderr", None)
    assert not bars.looked_at()


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("progress", [1, "yes", []])
def test_what_says_nothing_about_a_bar_is_refused(call: Any, progress: Any) -> None:
    with pytest.raises(ArgumentError, match="`progress` must be True, False, None or a function"):
        call(progress=progress)


def test_the_package_does_not_import_tqdm() -> None:
    code = "import sys, deepdreamr.runs.dreaming; print('tqdm' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "False\n"
