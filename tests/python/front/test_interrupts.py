"""Who hears Ctrl-C while R's functions and Python call each other."""

from __future__ import annotations

import importlib.util
import os
import signal
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).resolve().parents[3] / "inst" / "python" / "deepdreamr_interrupts.py"


@pytest.fixture(scope="module")
def interrupts() -> Any:
    spec = importlib.util.spec_from_file_location("deepdreamr_interrupts", SOURCE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows interrupts by other means")


def test_each_function_of_r_has_r_s_own_handler(interrupts: Any) -> None:
    def handler(*_: Any) -> Any:
        return signal.getsignal(signal.SIGINT)

    def work(*_: Any, **named: Any) -> Any:
        return [handler(), *(of_r() for of_r in named.values()), handler()]

    before = handler()
    first, *within, last = interrupts.call(work, 1, on_step=handler, on_preview=handler)
    assert within == [before, before] and first is last is not before
    assert handler() is before


def test_an_interrupt_of_python_s_work_is_an_answer(interrupts: Any) -> None:
    before = signal.getsignal(signal.SIGINT)
    answer = interrupts.call(lambda on_step: signal.raise_signal(signal.SIGINT), on_step=None)
    assert answer == {"ok": False, "type": "interrupt"}
    assert signal.getsignal(signal.SIGINT) is before
