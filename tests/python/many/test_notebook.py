"""Progress in a notebook, run by a real kernel."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
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
RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[1])
"""


def test_bars_are_what_the_cells_show(tmp_path, monkeypatch):
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("nbclient"), pytest.importorskip("ipykernel")
    (tmp_path / "photos").mkdir()
    for name in "ab":
        small = Image.open(sample_image("jelly")).convert("RGB").resize((90, 80))
        small.save(tmp_path / "photos" / f"{name}.png")
    cells = [nbformat.v4.new_code_cell(text) for text in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "bars.ipynb")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    subprocess.run([sys.executable, "-c", RUN, "bars.ipynb"], cwd=tmp_path, check=True)
    cells = json.loads((tmp_path / "bars.ipynb").read_text())["cells"]
    many, one, none = (json.dumps(cell["outputs"]) for cell in cells)
    assert "picture" in many and "/2 [" in many  # in text, or in a widget's place
    assert "octave 1/2, step 1/2" in one and "image/png" in one
    assert none == "[]"
    assert "Warning" not in many + one
