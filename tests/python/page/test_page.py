"""The page from end to end: a server of its own, the real network, small pictures."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from deepdreamr import dream, replay, show

SMALL = {"octaves": 2, "iterations": 3, "max_loss": None, "seed": 5}


def example_picture(size: tuple[int, int] = (120, 96)) -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize(size).convert("RGB").save(out, "PNG")
    return out.getvalue()


PICTURE = example_picture()


def call_on(picture: dict[str, Any], **more: Any) -> dict[str, Any]:
    options = {**SMALL, **more.pop("options", {})}
    return {"picture": picture["id"], "recipe": "vivid", "options": options, **more}


@pytest.mark.slow
def test_the_page_says_what_there_is(tab: Any) -> None:
    words = tab.get("api/start")
    assert words["recipes"][0]["name"] == "vivid" and words["sample"]["width"] == 640
    assert {layer["name"] for layer in words["layers"]} == {f"mixed{n}" for n in range(11)}
    assert {layer["channels"] for layer in words["layers"]} >= {256, 288, 768, 1280, 2048}
    settings = [s for group in words["groups"] for s in group["settings"]]
    assert next(s for s in settings if s["name"] == "iterations")["min"] == 1


@pytest.mark.slow
def test_a_picture_is_dreamed_on_to_the_bytes_of_the_command(tab: Any, tmp_path: Path) -> None:
    picture = tab.put(PICTURE, "my cat's $(photo).png").json()
    assert (picture["width"], picture["height"], picture["call"]) == (120, 96, None)
    made = tab.dream(call_on(picture, layers={"mixed3": 1.0, "mixed4": 0.5}))
    content = tab.get(made["url"])
    (tmp_path / "my cat's $(photo).png").write_bytes(PICTURE)
    code = tab.get(f"api/dreams/{made['id']}/code")
    run = subprocess.run(
        ["sh", "-c", code["shell"].replace("deepdreamr", f"{sys.executable} -m deepdreamr", 1)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert (tmp_path / f"{made['name']}.png").read_bytes() == content
    assert show(content).seed == 5 and made["call"]["options"]["seed"] == 5
    assert not made["stopped"] and made["original"] == picture["url"]
    events = [name for name, _ in tab.events]
    assert "preview" in events and "step" in events
    losses = [x for name, c in tab.events if name == "step" for x in c["losses"]]
    assert len(losses) == show(content).steps == 6


@pytest.mark.slow
def test_the_code_for_python_gives_the_same_pixels(
    tab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = tab.put(PICTURE, "a.png").json()
    made = tab.dream(call_on(picture, options={"keep_colors": True, "seed": None}))
    (tmp_path / "a.png").write_bytes(PICTURE)
    monkeypatch.chdir(tmp_path)
    exec(tab.get(f"api/dreams/{made['id']}/code")["python"], {})
    assert Path(f"{made['name']}.png").read_bytes() == tab.get(made["url"])


@pytest.mark.slow
def test_noise_is_dreamed_on(tab: Any) -> None:
    made = tab.dream({"size": [90, 110], "recipe": "vivid", "options": SMALL})
    assert (made["width"], made["height"], made["original"]) == (110, 90, None)
    wanted = dream(size=(90, 110), recipe="vivid", **SMALL)
    assert tab.get(made["url"]) == wanted.png()


@pytest.mark.slow
def test_stop_keeps_what_is_there_and_go_on_goes_on_to_the_same_bytes(tab: Any) -> None:
    picture = tab.put(PICTURE, "a.png").json()
    slow = call_on(picture, options={"octaves": 3, "iterations": 40})
    tab.post("api/jobs", slow, 202)
    tab.wait(lambda now: now["event"] == "step" and now["content"]["octave"] == 2)
    tab.post(f"api/jobs/{tab.state()['job']['id']}/stop", status=202)
    job = tab.wait_for("stopped")
    stopped = tab.state()["history"][0]
    assert stopped["stopped"] and job["can_go_on"]
    content = tab.get(stopped["url"])
    assert 0 < show(content).steps < 120 and show(content).stopped == "callback"
    tab.post(f"api/jobs/{job['id']}/go-on", status=202)
    tab.wait_for("done")
    made = tab.state()["history"][0]
    whole = tab.get(made["url"])
    assert show(whole).steps == 120
    fresh = dream(io.BytesIO(PICTURE).getvalue(), recipe="vivid", **slow["options"])
    assert (replay(whole, PICTURE).image == fresh.image).all()
    assert len(tab.state()["job"]["losses"]) >= 120
    again = tab.dream(slow)
    assert tab.get(again["url"]) == whole
