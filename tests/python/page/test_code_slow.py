"""The code that the page shows, run as it stands in each language: the same pixels."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browsing import Tab
from made_clips import even_times, video
from needing import skip_without_r
from PIL import Image

pytestmark = pytest.mark.slow
_SHELL = f'deepdreamr() {{ "{sys.executable}" -m deepdreamr "$@"; }}'
SMALL = {"octaves": 2, "iterations": 3, "seed": 5}


def photo() -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize((120, 96)).convert("RGB").save(out, "PNG")
    return out.getvalue()


def mask() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((120, 96)).save(out, "PNG")
    return out.getvalue()


def run(language: str, code: str, folder: Path) -> None:
    """Run a code in a folder, as somebody who has copied it."""
    skip_without_r(language)
    script = folder / "script"
    script.write_text(code, encoding="utf-8")
    command = {
        "python": [sys.executable, "script"],
        "r": ["Rscript", "script"],
        "shell": [
            "sh",
            "-ec",
            f"{_SHELL}; {code}",
        ],
    }[language]
    paths = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, "PYTHONPATH": paths, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)))


@pytest.fixture(scope="module")
def made(page: Any) -> Any:
    """A dream with all that code can say of one, and its code."""
    tab = Tab(page.address)
    picture = tab.put(photo(), "my cat's photo.png").json()["id"]
    painted = tab.put(mask(), path="api/masks").json()["id"]
    layers = {"mixed3": 1.0, "mixed4:66+143": 2.0, "mixed5 neuron(3)": 0.5}
    options = {**SMALL, "max_loss": None, "keep_colors": True, "strength": 0.75}
    call = {"picture": picture, "mask": painted, "recipe": "vivid", "layers": layers}
    dream = tab.dream({**call, "options": options})
    return dream, tab.get(dream["url"]), tab.get(f"api/dreams/{dream['id']}/code")


@pytest.mark.parametrize("language", ["python", "r", "shell"])
def test_a_dream(made: Any, language: str, tmp_path: Path) -> None:
    dream, content, code = made
    (tmp_path / "my cat's photo.png").write_bytes(photo())
    (tmp_path / "mask.png").write_bytes(mask())
    run(language, code[language], tmp_path)
    found = (tmp_path / f"{dream['name']}.png").read_bytes()
    np.testing.assert_array_equal(pixels(found), pixels(content))


@pytest.fixture(scope="module")
def film(page: Any, tmp_path_factory: Any) -> Any:
    """A clip's dream, its code, and the clip."""
    pytest.importorskip("av")
    tab, path = Tab(page.address), tmp_path_factory.mktemp("clip") / "a.mp4"
    video(path, even_times(3), shape=(96, 128))
    clip = tab.put(path.read_bytes(), "my clip.mp4", path="api/clips").json()["id"]
    call = {"film": "video", "clip": clip, "recipe": "vivid", "layers": {"mixed3:3-4": 1.0}}
    tab.post("api/jobs", {**call, "options": {"octaves": 1, "iterations": 1, "seed": 4}}, 202)
    assert tab.wait_for("done", "failed")["state"] == "done"
    found = tab.state()["films"][0]
    return path, tab.get(found["url"]), tab.get(f"{found['url']}/code")


@pytest.mark.parametrize("language", ["python", "r", "shell"])
def test_a_clip(film: Any, language: str, tmp_path: Path) -> None:
    path, content, code = film
    (tmp_path / "my clip.mp4").write_bytes(path.read_bytes())
    run(language, code[language], tmp_path)
    assert (tmp_path / "my clip-dream.mp4").read_bytes() == content
