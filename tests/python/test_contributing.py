"""The worked examples of CONTRIBUTING.md: their changes are made to a copy, and called."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import deepdreamr

ROOT = Path(__file__).parents[2]
PACKAGE = Path(deepdreamr.__file__).parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
EXAMPLES = {
    title: (change, call)
    for title, change, call in re.findall(
        r"^### (.*?)\n.*?```diff\n(.*?)```.*?```python\n(.*?)```", TEXT, re.DOTALL | re.MULTILINE
    )
}
LONGEST = 30  # lines of an example's changes


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the package to which all the changes have been made."""
    folder = tmp_path_factory.mktemp("changed")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, folder / "python" / "deepdreamr", ignore=ignored)
    shutil.copytree(ROOT / "inst" / "extdata", folder / "inst" / "extdata")
    shutil.copy(ROOT / "DESCRIPTION", folder)
    for title, (change, _) in EXAMPLES.items():
        apply = ["git", "apply", "--whitespace=error", "-"]
        outside = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
        done = subprocess.run(
            apply, cwd=folder, env=outside, input=change, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{title}: {done.stderr}"
    return folder


def called(title: str, package: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run an example's call with a package, in a folder."""
    folder.mkdir()
    paths = {**os.environ, "PYTHONPATH": str(package)}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", EXAMPLES[title][1]],
        cwd=folder,
        env=paths,
        capture_output=True,
        text=True,
    )


def test_there_is_one_for_each_kind_of_thing() -> None:
    kinds = ("recipe", "term", "transform", "network", "front end")
    assert [any(kind in title for title in EXAMPLES) for kind in kinds] == [True] * 5
    assert len(EXAMPLES) == TEXT.count("```diff") == 5


@pytest.mark.slow
@pytest.mark.parametrize("title", EXAMPLES)
def test_an_example_works_and_what_it_changes_is_why(
    title: Any, changed: Path, tmp_path: Path
) -> None:
    change, _ = EXAMPLES[title]
    assert len(change.splitlines()) <= LONGEST
    done = called(title, changed / "python", tmp_path / "with")
    assert done.returncode == 0, done.stderr
    dreamed = np.asarray(Image.open(tmp_path / "with" / "dream.png").convert("RGB"), int)
    assert dreamed.shape == (72, 96, 3)
    original = Image.open(deepdreamr.sample_image()).convert("RGB").resize((96, 72))
    assert np.abs(dreamed - np.asarray(original, int)).mean() > 2
    assert "False" not in done.stdout
    without = called(title, PACKAGE.parent, tmp_path / "without")
    assert (without.returncode, without.stdout) != (0, done.stdout)


def test_what_an_example_adds_is_as_the_rest_is(changed: Path) -> None:
    ruff = Path(sys.executable).with_name("ruff")
    files = sorted(set(re.findall(r"^\+\+\+ b/(.*)$", TEXT, re.MULTILINE)))
    assert len(files) == 8
    for check in (["check", "--quiet"], ["format", "--quiet", "--diff"]):
        command = [ruff, *check, "--no-cache", f"--config={ROOT / 'pyproject.toml'}", *files]
        done = subprocess.run(command, cwd=changed, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
