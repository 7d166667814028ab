"""What moves: the dream of a clip and a zoom, asked for by the page."""

from __future__ import annotations

import pytest

from deepdreamr import dream_zoom
from deepdreamr.errors import DeepDreamError
from deepdreamr.page.calls import FILM_OPTIONS, parse_call
from deepdreamr.page.words import start_words

pytest.importorskip("av")
pytest.importorskip("cv2")

QUICK = {"octaves": 1, "iterations": 1, "seed": 4}


@pytest.mark.parametrize(
    "value",
    [
        {"film": "video", "size": [60, 60]},
        {"film": "zoom", "clip": "abc"},
        {"clip": "abc"},
        {"film": "video"},
        {"film": "video", "clip": "../a"},
        {"film": "video", "clip": "abc", "mask": "abc"},
        {"film": "gif", "size": [60, 60]},
        {"film": "zoom", "size": [60, 60], "options": {"motion": "flow"}},
        {"film": "video", "clip": "abc", "options": {"overwrite": True}},
        {"film": "video", "clip": "abc", "options": {"keep_frames": True}},
        {"film": "video", "clip": "abc", "options": {"workers": 99}},
        {"size": [60, 60], "options": {"seconds": 3}},
    ],
)
def test_what_is_no_call_for_a_clip_is_refused(value):
    with pytest.raises(DeepDreamError):
        parse_call(value)


def test_the_page_shows_what_there_is_to_choose():
    words = start_words({})
    for kind, names in FILM_OPTIONS.items():
        settings = words[kind]["groups"][0]["settings"]
        assert [setting["name"] for setting in settings] == list(names)
        assert all(setting["help"] for setting in settings)


def test_a_zoom_and_the_dream_of_it(tab, tmp_path):
    options = {**QUICK, "seconds": 0.5, "fps": 6}
    call = {"film": "zoom", "size": [64, 80], "recipe": "vivid", "options": options}
    tab.post("api/jobs", call, 202)
    job = tab.wait_for("done", "failed")
    assert job["state"] == "done", job
    film = tab.state()["films"][0]
    content = tab.get(film["url"])
    wanted = dream_zoom(size=(64, 80), output=tmp_path / "a.mp4", recipe="vivid", **options)
    assert content == wanted.output.read_bytes()
    assert film["name"] == "noise-dream.mp4" and film["words"].startswith("3 frames, 80x64")
    clip = tab.put(content, "my clip.mp4", path="api/clips").json()["id"]
    call = {"film": "video", "clip": clip, "recipe": "vivid", "options": {**QUICK, "preview": True}}
    tab.post("api/jobs", call, 202)
    job = tab.wait_for("done", "failed")
    assert job["state"] == "done", job
    films = tab.state()["films"]
    assert [film["name"] for film in films] == ["clip-dream.mp4", "noise-dream.mp4"]
    assert tab.get(films[0]["url"])[4:8] == b"ftyp"
    assert any(name == "step" and content["frames"] == 3 for name, content in tab.events)


def test_a_zoom_that_is_stopped_goes_on(tab):
    options = {**QUICK, "iterations": 30, "seconds": 3, "fps": 6}
    call = {"film": "zoom", "size": [120, 120], "recipe": "vivid", "options": options}
    job = tab.post("api/jobs", call, 202)["job"]
    tab.wait(lambda now: now["event"] == "step")
    tab.post(f"api/jobs/{job}/stop", status=202)
    stopped = tab.wait_for("stopped")
    assert stopped["can_go_on"] and tab.state()["films"] == []
    tab.post(f"api/jobs/{job}/go-on", status=202)
    assert tab.wait_for("done", "failed")["state"] == "done"
    assert len(tab.state()["films"]) == 1


def test_what_is_no_clip_is_told(tab):
    clip = tab.put(b"this is no clip", "a.mp4", path="api/clips").json()["id"]
    tab.post("api/jobs", {"film": "video", "clip": clip, "recipe": "vivid"}, 202)
    job = tab.wait_for("failed")
    assert job["message"] and "Traceback" not in job["message"] and not job["can_go_on"]
    assert "/tmp" not in job["message"]
