"""What a notebook shows of a dream, by a real kernel."""

from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest
from notebook_cells import outputs_of
from PIL import Image

from deepdreamr.runs.notebooks import details_html

CELLS = [
    """
from deepdreamr import dream, sample_image
few = {"layers": "mixed0", "max_size": 120, "octaves": 2, "iterations": 2, "seed": 3}
kept = dream(sample_image("jelly"), progress=False, preview=True, **few)
path = kept.save("kept.png")
""",
    "kept",
    "dream(sample_image('jelly'), progress=False, preview=True, **few)",
    "quiet = dream(sample_image('jelly'), progress=False, **few)",
    """
steps = []
def ends(step):
    steps.append(step.image is None)
    return len(steps) < 3
ended = dream(sample_image('jelly'), preview=True, progress=False, every=2, on_step=ends, **few)
ended
""",
    "print(steps)",
    """
def fails(step):
    raise RuntimeError("no")
try:
    dream(sample_image('jelly'), preview=True, progress=False, on_step=fails, **few)
except RuntimeError:
    pass
""",
]


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """The outputs of each cell, and the folder."""
    folder = tmp_path_factory.mktemp("notebook")
    return outputs_of(CELLS, folder), folder


def kinds(outputs):
    return [sorted(set(output["data"]) - {"text/plain"}) for output in outputs]


def pixels_of(output):
    content = base64.b64decode("".join(output["data"]["image/png"]))
    return np.asarray(Image.open(io.BytesIO(content)))


def test_the_dream_takes_the_place_of_the_picture_that_grew(executed):
    (first, value, *_), folder = executed
    assert kinds(first) == [["image/png"]]
    np.testing.assert_array_equal(pixels_of(first[0]), np.asarray(Image.open(folder / "kept.png")))
    assert first[0]["metadata"]["image/png"] == {"width": 120, "height": 90}
    assert kinds(value) == [["image/png"], ["text/html"]]  # another cell shows it again


def test_a_cell_holds_one_picture(executed):
    outputs, folder = executed
    assert kinds(outputs[2]) == [["image/png"], ["text/html"]]
    picture = len(base64.b64encode((folder / "kept.png").read_bytes()))
    assert len(json.dumps(outputs[2])) < 1.2 * picture + 5000  # what made it, besides
    assert outputs[3] == []


def test_a_callback_gets_what_it_asked_for_and_a_stopped_dream_is_shown(executed):
    outputs, _ = executed
    assert kinds(outputs[4]) == [["image/png"], ["text/html"]]
    assert "stopped" in "".join(outputs[4][1]["data"]["text/html"])
    assert "".join(outputs[5][0]["text"]) == "[True, False, True]\n"


def test_of_what_came_to_nothing_no_picture_is_left(executed):
    outputs, _ = executed
    assert not any(kinds(outputs[6]))


def test_details_are_folded_and_quoted():
    text = details_html("<b>", [("layers", "a & b")], [1.0, float("nan"), 3.0])
    assert text.startswith("<details><summary>&lt;b&gt;</summary>") and "a &amp; b" in text
    assert "loss from 1 to 3 in 3 steps" in text and "points='0.0,78.0 320.0,2.0'" in text
    assert "<svg" not in details_html("", [], [1.0])
