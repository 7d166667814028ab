"""What moves: the dream of a clip and a zoom, asked for by the page."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from made_clips import even_times, video

from deepdreamr import dream_zoom
from deepdreamr.errors import DeepDreamError
from deepdreamr.page.calls import FILM_OPTIONS, parse_call
from deepdreamr.page.words import start_words

pytest.importorskip("av")
pytest.importorskip("cv2")

QUICK: dict[str, Any] = {"octaves": 1, "iterations": 1, "seed": 4}


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
def test_what_is_no_call_for_a_clip_is_refused(value: Any) -> None:
    with pytest.raises(DeepDreamError):
        parse_call(value)


def test_the_page_shows_what_there_is_to_choose() -> None:
    words = start_words()
    for kind, names in FILM_OPTIONS.items():
        settings = words[kind]["groups"][0]["settings"]
        assert [setting["name"] for setting in settings] == list(names)
        assert all(setting["help"] for setting in settings)


@pytest.mark.slow
def test_a_zoom_and_the_dream_of_it(
    tab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    code = tab.get(f"{film['url']}/code")["python"]
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert (tmp_path / "noise-dream.mp4").read_bytes() == content
    clip = tab.put(content, "my clip.mp4", path="api/clips").json()["id"]
    options = {**QUICK, "preview": True}
    call = {"film": "video", "clip": clip, "recipe": "vivid", "options": options}
    tab.post("api/jobs", call, 202)
    job = tab.wait_for("done", "failed")
    assert job["state"] == "done", job
    films = tab.state()["films"]
    assert [film["name"] for film in films] == ["my clip-dream.mp4", "noise-dream.mp4"]
    assert "dream_video(\n    'my clip.mp4'," in tab.get(f"{films[0]['url']}/code")["python"]
    assert tab.get(films[0]["url"])[4:8] == b"ftyp"
    assert any(name == "step" and content["frames"] == 3 for name, content in tab.events)


@pytest.mark.slow
def test_a_zoom_that_is_stopped_goes_on(tab: Any) -> None:
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


def small_clip(folder: Any) -> Any:
    path = folder / "small.mp4"
    video(path, even_times(4), shape=(96, 128))
    return path.read_bytes()


@pytest.mark.slow
def test_a_plan_says_what_a_clip_takes(tab: Any, tmp_path: Path) -> None:
    tab.dream({"size": [80, 80], "recipe": "vivid", "options": QUICK})  # all is ready then
    options = {**QUICK, "seconds": 0.5, "fps": 6}
    zoom = {"film": "zoom", "size": [64, 80], "recipe": "vivid", "options": options}
    plan = tab.post("api/plan", zoom)
    assert plan["text"][0].startswith("0.5 s of 80x64: 3 frames of ")
    assert plan["can_run"] and plan["measured"] and plan["seconds"] > 0 and plan["memory"] > 1e8
    clip = tab.put(small_clip(tmp_path), "small.mp4", path="api/clips").json()["id"]
    call = {"film": "video", "clip": clip, "recipe": "vivid", "options": QUICK}
    plan = tab.post("api/plan", call)
    assert plan["text"][0] == "4 frames of 128x96, 0 done before"
    assert plan["can_run"] and plan["seconds"] > 0
    for bad in ({**zoom, "options": {"zoom": 0}}, {**call, "options": {"motion": "up"}}):
        answer = tab.ask("POST", "api/plan", json=bad)
        assert answer.status_code == 400 and answer.json()["error"]


@pytest.mark.slow
def test_a_plan_that_is_not_ready_does_without_the_time(tab: Any, tmp_path: Path) -> None:
    slow = {"size": [300, 300], "recipe": "vivid", "options": {"iterations": 400, "octaves": 1}}
    tab.post("api/jobs", slow, 202)
    tab.wait(lambda now: now["event"] == "step")
    clip = tab.put(small_clip(tmp_path), "small.mp4", path="api/clips").json()["id"]
    for call in (
        {"film": "video", "clip": clip, "recipe": "vivid", "options": QUICK},
        {"film": "zoom", "size": [64, 80], "recipe": "vivid", "options": QUICK},
        {"size": [64, 80], "recipe": "vivid", "options": QUICK},
    ):
        plan = tab.post("api/plan", call)
        assert plan["can_run"] and plan["seconds"] is None and not plan["measured"]
    job = tab.state()["job"]
    assert job["state"] == "working"
    tab.post(f"api/jobs/{job['id']}/stop", status=202)
    tab.wait_for("stopped")


def written(content: bytes, box: bytes, offset: int, numbers: list[int]) -> bytes:
    """A clip whose header says something else: numbers of four bytes after the name of a box."""
    place = content.index(box) + 4 + offset
    said = struct.pack(f">{len(numbers)}I", *numbers)
    return content[:place] + said + content[place + len(said) :]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("box", "offset", "numbers"),
    [
        (b"tkhd", 36, [52_000, 39_000, 0, 2**32 - 39_000, 52_000, 0, 0, 0, 2**30]),  # 37 degrees
        *((b"tkhd", 36, [number] * 9) for number in (0, 2**31)),
        (b"stts", 8, [10**6]),  # frames
        (b"stsz", 8, [10**8]),
        *((b"mdhd", 12, [scale, length]) for scale, length in ((0, 0), (1, 0), (1, 2**32 - 1))),
        (b"avc1", 24, [30_000 << 16 | 30_000]),  # pixels
    ],
)
def test_a_header_of_nonsense_is_answered_in_a_line(
    tab: Any, tmp_path: Path, box: bytes, offset: int, numbers: list[int]
) -> None:
    content = written(small_clip(tmp_path), box, offset, numbers)
    name = "<img src=x onerror=alert(1)>'\"$(id)\n.mp4"
    clip = tab.put(content, name, path="api/clips").json()["id"]
    call = {"film": "video", "clip": clip, "recipe": "vivid", "options": QUICK}
    answer = tab.ask("POST", "api/plan", json=call)
    if answer.status_code == 200:  # a decoder may do without what is wrong
        assert answer.json()["can_run"]
    else:
        said = answer.json()["error"]
        assert answer.status_code == 400 and "\n" not in said and "Traceback" not in said
    assert tab.get("api/start")["version"]


@pytest.mark.slow
def test_what_is_no_clip_is_told(tab: Any) -> None:
    clip = tab.put(b"this is no clip", "my.mp4", path="api/clips").json()["id"]
    call = {"film": "video", "clip": clip, "recipe": "vivid"}
    answer = tab.ask("POST", "api/plan", json=call)
    assert answer.status_code == 400 and "'my.mp4' is not a clip" in answer.json()["error"]
    tab.post("api/jobs", call, 202)
    job = tab.wait_for("failed")
    assert job["message"] and "Traceback" not in job["message"] and not job["can_go_on"]
    assert "/tmp" not in job["message"]
