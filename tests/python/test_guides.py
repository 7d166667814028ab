"""The guides' examples, run as they stand, one after another, in a folder with what they name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_readme import has_r_package

from deepdreamr import sample_image

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "guides").glob("*.md"))
BLOCK = re.compile(r"(<!-- not run: .*? -->\n)?```(python|sh|r)\n(.*?)```", re.DOTALL)
MADE = {
    "many": ("dreams/a.png", "dreams/b.png"),
    "motion": ("out.mp4", "sheet.png", "zoom.mp4", "noise.gif", "moving.mp4"),
}
"""What a guide's examples leave behind, in whichever language."""

KEPT = 300_000  # bytes of a clip that a page shows, at most


def photographs(folder: Path) -> None:
    """Two photographs, for the guide to many pictures."""
    (folder / "photos").mkdir()
    sample = Image.open(sample_image("jelly")).convert("RGB")
    for name, size in (("a.jpg", (96, 80)), ("b.png", (80, 96))):
        sample.resize(size).save(folder / "photos" / name)


def clip(folder: Path) -> None:
    """A clip in which a photograph moves, and the photograph."""
    pytest.importorskip("av")
    pytest.importorskip("cv2")
    from deepdreamr.motion.clips import ClipInfo, write_clip

    photo = Image.open(sample_image("jelly")).convert("RGB").resize((160, 120))
    photo.crop((20, 10, 148, 106)).save(folder / "photo.jpg")
    frames = [np.asarray(photo.crop((2 * n, n, 2 * n + 128, n + 96))) for n in range(8)]
    times = [Fraction(n, 8) for n in range(8)]
    info = ClipInfo((96, 128), rate=Fraction(8), frames=8)
    write_clip(folder / "in.mp4", info, zip(frames, times, strict=True))


PREPARED = {"many": photographs, "motion": clip}


def command(language: str, code: str) -> list[str]:
    """What runs an example."""
    if language == "python":
        return [sys.executable, "-c", code]
    if language == "sh":
        return ["sh", "-ec", f'PATH="{Path(sys.executable).parent}:$PATH"\n{code}']
    return ["Rscript", "-e", code]


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
@pytest.mark.parametrize("language", ["python", "sh", "r"])
def test_examples_run(guide, language, tmp_path):
    if language == "r" and not (os.environ.get("DEEPDREAMR_TEST_REAL") or has_r_package()):
        pytest.skip("R has no deepdreamr")
    text = guide.read_text(encoding="utf-8")
    found = [
        code for skipped, said, code in BLOCK.findall(text) if said == language and not skipped
    ]
    assert found
    PREPARED[guide.stem](tmp_path)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    run = subprocess.run(
        command(language, "\n".join(found)),
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    for name in MADE[guide.stem]:
        assert (tmp_path / name).stat().st_size > 1000, name
    assert not list(tmp_path.glob(".*.dreams"))  # everything was finished


def test_what_is_not_run_says_why():
    for guide in GUIDES:
        for skipped, _, code in BLOCK.findall(guide.read_text(encoding="utf-8")):
            assert not skipped or len(skipped) > len("<!-- not run:  -->\n") + 10, code


def test_each_picture_of_a_guide_is_there_and_each_there_is_in_a_guide():
    linked = set()
    for guide in GUIDES:
        links = re.findall(r"\]\(((?!http)[^)#]+)\)", guide.read_text(encoding="utf-8"))
        linked.update((guide.parent / link).resolve() for link in links)
    kept = {path for path in (ROOT / "guides").rglob("*") if path.is_file()} - {*GUIDES}
    assert linked >= kept and all(path.exists() for path in linked)
    for path in kept:
        assert path.stat().st_size < KEPT, path.name
