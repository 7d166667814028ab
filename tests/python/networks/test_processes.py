"""Processes: fresh ones of this Python, whose crash, memory and time are told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from needing import present

from deepdreamr.interpreter import search_path
from deepdreamr.networks._processes import Process


def test_it_is_asked_and_answers_with_the_modules_and_the_environment_of_this_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/usr/lib/R/bin/exec/R")
    with Process("ends", "well", {"SOME": "thing"}) as process:
        assert process.answer(60) is True
        process.tell("5")
        assert process.answer(60) == {"heard": 5}
        assert process.answer(60) is None
        process.tell("nobody")


@pytest.mark.parametrize(("how", "end"), [("crash", "SIGSEGV"), ("exit", "exit status 3")])
def test_how_it_ended(how: str, end: str) -> None:
    with Process("ends", how, {}) as process:
        process.tell("1")
        assert process.answer(60) is True and process.answer(60) is None
        assert process.end() == end


@pytest.mark.parametrize(("how", "error"), [("hang", TimeoutError), ("grow", MemoryError)])
def test_its_time_and_its_memory_are_watched_and_it_is_gone_afterwards(
    how: str, error: Any
) -> None:
    with Process("ends", how, {}) as process:
        assert process.answer(60) is True
        process.tell("1")
        with pytest.raises(error):
            process.answer(0.3 if how == "hang" else 60, 2**28)
        child = psutil.Process(process._process.pid)
    assert not child.is_running()


def test_it_does_not_outlive_the_process_that_started_it() -> None:
    code = (
        "from deepdreamr.networks._processes import Process; "
        "p = Process('ends', 'well', {}); p.answer(60); print(p._process.pid, flush=True); input()"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    pipe = subprocess.PIPE
    first = subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, env=environment)
    with first:
        child = psutil.Process(int(present(first.stdout).readline()))
        first.kill()
    for _ in range(200):
        if not child.is_running() or child.status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.05)
    raise AssertionError("it lives on")


def test_no_module_of_the_working_folder_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    with Process("ends", "well", {}) as process:
        assert process.answer(60) is True
    assert json.dumps(search_path())
