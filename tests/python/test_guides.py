"""The guides' examples, run as they stand, one after another, in a folder with two photographs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from deepdreamr import sample_image

GUIDES = sorted((Path(__file__).parents[2] / "guides").glob("*.md"))
BLOCK = re.compile(r"(<!-- not run: .*? -->\n)?```(python|sh)\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
@pytest.mark.parametrize("language", ["python", "sh"])
def test_examples_run(guide, language, tmp_path):
    text = guide.read_text(encoding="utf-8")
    found = [
        code for skipped, said, code in BLOCK.findall(text) if said == language and not skipped
    ]
    assert found
    (tmp_path / "photos").mkdir()
    sample = Image.open(sample_image("jelly")).convert("RGB")
    for name, size in (("a.jpg", (96, 80)), ("b.png", (80, 96))):
        sample.resize(size).save(tmp_path / "photos" / name)
    code = "\n".join(found)
    command = [sys.executable, "-c", code]
    if language == "sh":
        command = ["sh", "-ec", f'PATH="{Path(sys.executable).parent}:$PATH"\n{code}']
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert sorted(path.name for path in (tmp_path / "dreams").glob("*.png")) == ["a.png", "b.png"]


def test_what_is_not_run_says_why():
    for guide in GUIDES:
        for skipped, _, code in BLOCK.findall(guide.read_text(encoding="utf-8")):
            assert not skipped or len(skipped) > len("<!-- not run:  -->\n") + 10, code
