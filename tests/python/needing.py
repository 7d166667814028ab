"""What some tests need that is not everywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Any, TypeVar

import pytest

T = TypeVar("T")
UNDRAWN: Any = None  # in place of a generator of which nothing is drawn


def present(value: T | None) -> T:
    """What must be there, such as a process's pipe."""
    assert value is not None
    return value


def skip_without_r(language: str) -> None:
    """Skip a test of R's where there is no R package, unless it must be there."""
    if language == "r" and not (os.environ.get("DEEPDREAMR_TEST_REAL") or has_r_package()):
        pytest.skip("R has no deepdreamr")


def has_r_package() -> bool:
    if shutil.which("Rscript") is None:
        return False
    question = 'quit(status = !requireNamespace("deepdreamr", quietly = TRUE))'
    return subprocess.run(["Rscript", "-e", question], capture_output=True).returncode == 0
