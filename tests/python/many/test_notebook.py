"""Progress in a notebook, run by a real kernel."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from notebook_cells import outputs_of
from PIL import Image

from deepdreamr import sample_image

CELLS = [
    """
from deepdreamr import dream, dream_many, sample_image
few = {"layers": "mixed0", "iterations": 2, "seed": 3}
summary = dream_many("photos", output="out", octaves=1, workers=1, **few)
""",
    "d = dream(sample_image('jelly'), max_size=120, octaves=2, **few)",
    "d = dream(sample_image('jelly'), max_size=120, octaves=2, progress=False, **few)",
]


@pytest.mark.slow
def test_bars_are_what_the_cells_show(tmp_path: Path) -> None:
    for needed in ("nbformat", "nbclient", "ipykernel"):
        pytest.importorskip(needed)
    (tmp_path / "photos").mkdir()
    for name in "ab":
        small = Image.open(sample_image("jelly")).convert("RGB").resize((90, 80))
        small.save(tmp_path / "photos" / f"{name}.png")
    many, one, none = map(json.dumps, outputs_of(CELLS, tmp_path))
    assert "picture" in many and "/2 [" in many  # in text, or in a widget's place
    assert "octave 1/2, step 1/2" in one and "image/jpeg" in one
    assert none == "[]"
    assert "Warning" not in many + one
