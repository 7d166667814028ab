"""What a notebook shows of a dream, by a real kernel."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_record import a_record
from notebook_cells import outputs_of
from PIL import Image

from deepdreamr import show
from deepdreamr.errors import DreamInterrupted
from deepdreamr.runs import notebooks
from deepdreamr.runs.dreaming import run
from deepdreamr.runs.notebooks import details_html
from deepdreamr.runs.notebooks import picture_of as kept_picture
from deepdreamr.runs.request import Request
from deepdreamr.runs.result import Dream

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
def executed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The outputs of each cell, and the folder."""
    folder = tmp_path_factory.mktemp("notebook")
    return outputs_of(CELLS, folder), folder


def kinds(outputs: Any) -> Any:
    return [sorted(set(output["data"]) - {"text/plain"}) for output in outputs]


def picture_of(output: Any) -> Any:
    return base64.b64decode("".join(output["data"]["image/jpeg"]))


@pytest.mark.slow
def test_the_dream_takes_the_place_of_the_picture_that_grew(executed: Any) -> None:
    (first, value, *_), folder = executed
    assert kinds(first) == [["image/jpeg"]]
    seen = np.asarray(Image.open(io.BytesIO(picture_of(first[0]))), float)
    assert np.abs(seen - np.asarray(Image.open(folder / "kept.png"))).mean() < 3
    assert first[0]["metadata"]["image/jpeg"] == {"width": 120, "height": 90}
    assert kinds(value) == [["image/jpeg"], ["text/html"]]  # another cell shows it again
    assert value[0]["metadata"] == first[0]["metadata"]


def test_the_picture_says_how_it_was_made(executed: Any) -> None:
    (first, *_), folder = executed
    assert show(picture_of(first[0])) == show(folder / "kept.png")


def test_a_cell_holds_one_picture(executed: Any) -> None:
    outputs, _ = executed
    assert kinds(outputs[2]) == [["image/jpeg"], ["text/html"]]
    assert outputs[3] == []


@pytest.mark.slow
def test_a_saved_notebook_is_hardly_larger_than_the_picture(tmp_path: Path) -> None:
    cell = "dream(sample_image('jelly'), layers='mixed0', max_size=160, octaves=1, iterations=2)"
    code = f"from deepdreamr import dream, sample_image\nd = {cell}\nn = d.save('d.png')\nd"
    outputs_of([code], tmp_path)
    book = json.loads((tmp_path / "cells.ipynb").read_text())
    pictures = [o for o in book["cells"][0]["outputs"] if "image/jpeg" in o.get("data", {})]
    assert len(pictures) == 1
    size = (tmp_path / "cells.ipynb").stat().st_size
    assert size < 1.2 * (tmp_path / "d.png").stat().st_size


def test_a_callback_gets_what_it_asked_for_and_a_stopped_dream_is_shown(executed: Any) -> None:
    outputs, _ = executed
    assert kinds(outputs[4]) == [["image/jpeg"], ["text/html"]]
    assert "stopped" in "".join(outputs[4][1]["data"]["text/html"])
    assert "".join(outputs[5][0]["text"]) == "[True, False, True]\n"


@pytest.mark.slow
def test_of_what_came_to_nothing_no_picture_is_left(executed: Any) -> None:
    outputs, _ = executed
    assert not any(kinds(outputs[6]))


def test_a_large_or_transparent_dream_is_kept_in_a_size_that_a_notebook_bears() -> None:
    record = a_record()
    large = Dream(np.zeros((30, 3000, 3), np.uint8), (), 0.0, record)
    content = kept_picture(large)["image/jpeg"]
    assert Image.open(io.BytesIO(content)).size == (2048, 20)
    alpha = np.full((30, 40), 9, np.uint8)
    clear = Dream(np.zeros((30, 40, 3), np.uint8), (), 0.0, record, alpha=alpha)
    opened = Image.open(io.BytesIO(kept_picture(clear)["image/png"]))
    assert (np.asarray(opened)[..., 3] == 9).all()


def test_others_show_it_as_a_notebook_does(
    monkeypatch: pytest.MonkeyPatch, photo: np.ndarray
) -> None:
    monkeypatch.setattr(notebooks, "OFTEN", 0)
    shown: list[Any] = []
    seen: list[Any] = []
    image = np.rint((photo[0] + 1) * 127.5).astype(np.uint8)
    few = {"octaves": 2, "iterations": 2, "max_loss": None}
    request = Request(image=image, layers={"mixed0": 1}, seed=3, settings=few)
    dream = run(request, seen.append, preview=lambda *given: shown.append(given))
    assert [sorted(bundle) for bundle, _ in shown] == [["image/jpeg", "text/plain"]] * 5
    assert all(size == {"image/jpeg": {"width": 176, "height": 160}} for _, size in shown)
    widths = [Image.open(io.BytesIO(bundle["image/jpeg"])).width for bundle, _ in shown]
    assert widths[0] == widths[1] < widths[2] == widths[4] == 176
    assert show(shown[-1][0]["image/jpeg"]) == dream.record
    assert len(seen) == 4 and not any(step.image is not None for step in seen)

    def interrupts(bundle: Any, size: Any) -> None:
        shown.append((bundle, size))
        if len(shown) == 1:
            raise KeyboardInterrupt

    shown.clear()
    with pytest.raises(DreamInterrupted) as caught:
        run(request, preview=interrupts)
    assert show(shown[-1][0]["image/jpeg"]) == caught.value.dream.record


def test_details_are_folded_and_quoted() -> None:
    text = details_html("<b>", [("layers", "a & b")], [1.0, float("nan"), 3.0])
    assert text.startswith("<details><summary>&lt;b&gt;</summary>") and "a &amp; b" in text
    assert "loss from 1 to 3 in 3 steps" in text and "points='0.0,78.0 320.0,2.0'" in text
    assert "<svg" not in details_html("", [], [1.0])
