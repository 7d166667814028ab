"""The README's examples, run as they stand, in a folder of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
WRITTEN = {"python": "jelly-dream.png", "sh": "shell-dream.png", "r": "r-dream.png"}


def blocks(language: str) -> str:
    """All of a language's blocks, one after another."""
    found = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found, f"the README has no {language}"
    return "\n".join(found)


def command(language: str) -> list[str]:
    if language == "python":
        return [sys.executable, "-c", blocks(language)]
    if language == "sh":
        folder = Path(sys.executable).parent
        return ["sh", "-ec", f'PATH="{folder}:$PATH"\n{blocks(language)}']
    return ["Rscript", "-e", blocks(language)]


@pytest.mark.parametrize("language", WRITTEN)
def test_examples_run(language, tmp_path):
    if language == "r" and not (os.environ.get("DEEPDREAMR_TEST_REAL") or has_r_package()):
        pytest.skip("R has no deepdreamr")
    run = subprocess.run(command(language), cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / WRITTEN[language]).stat().st_size > 100_000
    assert "mixed" in run.stdout


def has_r_package() -> bool:
    if shutil.which("Rscript") is None:
        return False
    question = 'quit(status = !requireNamespace("deepdreamr", quietly = TRUE))'
    return subprocess.run(["Rscript", "-e", question], capture_output=True).returncode == 0


def test_pictures_and_links_exist():
    links = re.findall(r"\]\(((?!http)[^)#]+)", README)
    assert links
    for link in links:
        assert (Path(__file__).parents[2] / link).exists(), link
