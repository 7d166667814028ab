"""What makes two runs' dreams of a picture the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepdreamr.many.asking import checksum
from deepdreamr.pictures.picture import Picture
from deepdreamr.runs.request import Request

LAYERS = {"mixed3": 1.0}


def picture(level: int) -> np.ndarray:
    """A picture of one grey but for one pixel in its middle."""
    pixels = np.full((60, 60, 3), 99, np.uint8)
    pixels[30, 30] = level
    return pixels


@pytest.mark.parametrize(
    "asked",
    [
        lambda path: {"guide": path},
        lambda path: {"mask": Path(path)},
        lambda path: {"masks": [(path, LAYERS)]},
        lambda path: {"masks": [{"mask": Path(path), "layers": LAYERS}]},
        lambda path: {"guide": os.path.join("~", path)},
        lambda path: {"guide": {"0": path, "2s": path}},
        lambda path: {"masks": {"0": [(path, LAYERS)], "2s": [(path, LAYERS)]}},
    ],
)
def test_files_count_by_their_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    found = []
    for level, name in ((0, "a.png"), (255, "a.png"), (0, "b.png")):
        Image.fromarray(picture(level)).save(name)
        found.append(checksum(Request(**asked(name))))
    assert found[0] == found[2] != found[1]


@pytest.mark.parametrize("kind", [np.array, Image.fromarray, Picture])
@pytest.mark.parametrize(
    "asked", [lambda guide: {"guide": guide}, lambda mask: {"masks": [(mask, LAYERS)]}]
)
def test_pictures_count_by_their_pixels(kind: Any, asked: Any) -> None:
    one, again, other = (checksum(Request(**asked(kind(picture(n))))) for n in (0, 0, 1))
    assert one == again != other
