"""A picture that grows in a notebook of Jupyter's R kernel, by the real one."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from needing import skip_without_r
from notebook_cells import outputs_of
from PIL import Image

from deepdreamr import show

pytestmark = pytest.mark.slow

FEW = "sample_image(), c(mixed0 = 1), max_size = 120, octaves = 2, iterations = 2, seed = 3"
CELLS = [
    "library(deepdreamr)",
    f"kept <- dream({FEW})\nsave_dream(kept, 'kept.png')",
    "kept",
    f"cat('before')\ndream({FEW})\n",
    f"for (i in 1:2) dream({FEW})",
    f"options(deepdreamr.preview = FALSE)\nquiet <- dream({FEW})",
]


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The outputs of each cell, and the folder."""
    for needed in ("nbformat", "nbclient"):
        pytest.importorskip(needed)
    from jupyter_client.kernelspec import find_kernel_specs

    if "ir" not in find_kernel_specs():
        pytest.skip("Jupyter has no kernel of R's")
    skip_without_r("r")
    folder = tmp_path_factory.mktemp("notebook")
    return outputs_of(CELLS, folder, "ir"), folder


def kinds(outputs: Any) -> Any:
    return [[kind for kind in output.get("data", ()) if "image" in kind] for output in outputs]


def test_the_dream_takes_the_place_of_the_picture_that_grew(executed: Any) -> None:
    outputs, folder = executed
    assert kinds(outputs[1]) == [["image/jpeg"]]
    content = base64.b64decode("".join(outputs[1][0]["data"]["image/jpeg"]))
    seen = np.asarray(Image.open(io.BytesIO(content)), float)
    assert np.abs(seen - np.asarray(Image.open(folder / "kept.png"))).mean() < 3
    assert show(content) == show(folder / "kept.png")
    assert outputs[1][0]["metadata"]["image/jpeg"] == {"width": 120, "height": 90}


def test_another_cell_shows_it_again_and_its_own_does_not(executed: Any) -> None:
    outputs, _ = executed
    assert kinds(outputs[2]) == [["image/png"]]
    said, picture, value = outputs[3]
    assert said["text"] == ["before"] and kinds([picture, value]) == [["image/jpeg"], []]
    assert "<dream>" in "".join(value["data"]["text/plain"])


def test_each_dream_of_a_cell_has_a_place_and_none_where_that_is_not_wanted(executed: Any) -> None:
    outputs, _ = executed
    assert kinds(outputs[4]) == [["image/jpeg"]] * 2
    assert outputs[5] == []
