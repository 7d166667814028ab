"""The process that dreams: stopped, killed, and what is there of its dream then."""

from __future__ import annotations

from typing import Any

import psutil
import pytest
from browsing import Tab

from deepdreamr import dream, show
from deepdreamr.page.background import Background

LONG = {"size": [260, 260], "recipe": "vivid"}
OPTIONS = {"octaves": 3, "octave_scale": 2.0, "iterations": 60, "seed": 9}
SHORT = {"size": [80, 80], "recipe": "vivid", "options": {"octaves": 1, "iterations": 1}}


def dreamer(page: Background) -> psutil.Process:
    """The process that has TensorFlow."""
    found = psutil.Process(page.pid).children()
    return next(process for process in found if "serve(True)" in " ".join(process.cmdline()))


def begun(tab: Tab, octave: int) -> str:
    """The name of a job that has come to an octave."""
    job: str = tab.post("api/jobs", {**LONG, "options": OPTIONS}, 202)["job"]

    def there(now: dict[str, Any]) -> bool:
        return now["event"] == "step" and now["content"]["octave"] >= octave

    tab.wait(there)
    return job


@pytest.mark.slow
def test_a_process_that_is_killed_is_a_line_and_a_fresh_one_and_the_dream_can_go_on(
    tab: Tab, page: Background
) -> None:
    job = begun(tab, octave=2)
    process = dreamer(page)
    process.kill()
    failed = tab.wait_for("failed")
    assert "SIGKILL" in failed["message"] and "A fresh one is there" in failed["message"]
    assert failed["can_go_on"]
    kept = show(tab.get(tab.state()["history"][0]["url"]))
    assert kept.octave in (1, 2) and len(kept.octaves) == 3
    tab.post(f"api/jobs/{job}/go-on", status=202)
    tab.wait_for("done")
    wanted = dream(size=(260, 260), recipe="vivid", **OPTIONS)
    assert tab.get(tab.state()["history"][0]["url"]) == wanted.png()
    assert dreamer(page).pid != process.pid


@pytest.mark.slow
def test_a_process_that_does_not_stop_is_killed_and_its_last_octave_is_kept(
    tab: Tab, page: Background
) -> None:
    job = begun(tab, octave=2)
    process = dreamer(page)
    process.suspend()
    tab.post(f"api/jobs/{job}/stop", status=202)
    stopped = tab.wait_for("stopped")
    assert stopped["message"] == "stopped; this is the last whole octave"
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    made = tab.state()["history"][0]
    assert made["stopped"] and show(tab.get(made["url"])).octave in (1, 2)
    assert tab.dream(SHORT)["width"] == 80


@pytest.mark.slow
def test_a_tab_that_is_closed_finds_its_dream_again(tab: Tab) -> None:
    """Nobody listens while it is made; the browser comes back later."""
    tab.post("api/jobs", SHORT, 202)
    again = tab.other(tab.name)
    job = again.wait_for("done")
    made = again.state()["history"][0]
    assert made["job"] == job["id"] and again.get(made["thumb"])[:2] == b"\xff\xd8"
    assert tab.other("another").state()["job"] is None


def test_a_dream_is_dreamed_on(tab: Tab) -> None:
    made = tab.dream(SHORT)
    picture = tab.post(f"api/dreams/{made['id']}/again")
    assert picture["name"] == "noise-dream.png" and picture["call"]["recipe"] == "vivid"
    assert picture["call"]["options"]["seed"] == made["call"]["options"]["seed"]
    call = {"picture": picture["id"], "recipe": "vivid", "options": {"iterations": 1, "octaves": 1}}
    second = tab.dream(call)
    assert second["name"] == "noise-dream-dream" and second["original"] == picture["url"]


@pytest.mark.slow
def test_a_dream_is_kept_as_png_and_as_jpeg(tab: Tab) -> None:
    made = tab.dream(SHORT)
    for suffix in ("png", "jpg"):
        answer = tab.ask("GET", f"api/dreams/{made['id']}.{suffix}?download")
        assert f"noise-dream.{suffix}" in answer.headers["content-disposition"]
        assert show(answer.content).seed == made["call"]["options"]["seed"]
    assert "content-disposition" not in tab.ask("GET", made["url"]).headers


def test_what_cannot_be_dreamed_is_told(tab: Tab) -> None:
    small = {"size": [20, 20], "recipe": "vivid", "options": {"octaves": 1}}
    tab.post("api/jobs", small, 202)
    job = tab.wait_for("failed")
    assert "pixels" in job["message"] and not job["can_go_on"]
    plan = tab.post("api/plan", small)
    assert not plan["can_run"] and any("pixels" in line for line in plan["text"])


def test_a_plan_says_what_it_will_take(tab: Tab) -> None:
    tab.dream(SHORT)  # the process is ready then
    plan = tab.post("api/plan", {"size": [192, 256], "recipe": "vivid"})
    assert plan["can_run"] and plan["seconds"] > 0 and plan["memory"] > 1e8
    assert plan["text"][0].startswith("256x192 pixels, 5 octaves from ")


@pytest.mark.slow
def test_a_mask_says_where(tab: Tab) -> None:
    import io

    import numpy as np
    from PIL import Image

    out = io.BytesIO()
    pixels = np.zeros((80, 80), np.uint8)
    pixels[:, 40:] = 255
    Image.fromarray(pixels).save(out, "PNG")
    mask = tab.put(out.getvalue(), path="api/masks").json()["id"]
    source = np.full((80, 80, 3), 90, np.uint8)
    content = io.BytesIO()
    Image.fromarray(source).save(content, "PNG")
    picture = tab.put(content.getvalue(), "grey.png").json()
    options = {"octaves": 1, "iterations": 4}
    made = tab.dream(
        {"picture": picture["id"], "recipe": "vivid", "mask": mask, "options": options}
    )
    result = np.asarray(Image.open(io.BytesIO(tab.get(made["url"]))))
    assert (result[:, :40] == 90).all() and (result[:, 40:] != 90).any()
    assert "mask='mask.png'" in tab.get(f"api/dreams/{made['id']}/code")["python"]
    kept = tab.ask("GET", f"api/masks/{mask}?download")
    assert kept.content == out.getvalue() and "mask.png" in kept.headers["content-disposition"]


needs_limits = pytest.mark.skipif(
    not hasattr(psutil.Process, "rlimit"), reason="there are no such limits here"
)


def held(page: Background) -> psutil.Process:
    """The process that dreams, which gets no more memory than it has."""
    process = dreamer(page)
    process.rlimit(psutil.RLIMIT_AS, (process.memory_info().rss, psutil.RLIM_INFINITY))
    return process


@pytest.mark.memory
@needs_limits
@pytest.mark.parametrize("more", [{}, {"film": "zoom"}])
def test_a_process_that_meets_its_memory_limit_is_a_line_and_a_fresh_one(
    tab: Tab, page: Background, more: dict[str, Any]
) -> None:
    """It has no more than it has when the next octave, of four times the pixels, begins."""
    call = {"size": [640, 640], "recipe": "vivid", "options": {**OPTIONS, "iterations": 30}}
    tab.post("api/jobs", {**call, **more}, 202)
    tab.wait(lambda now: now["event"] == "step")
    process = held(page)
    failed = tab.wait_for("failed", "done")
    assert failed["state"] == "failed", failed
    assert failed["message"].startswith("the worker was ended by SIG")
    assert "A fresh one is there." in failed["message"] and "\n" not in failed["message"]
    assert tab.dream(SHORT)["width"] == 80 and dreamer(page).pid != process.pid


@pytest.mark.memory
@needs_limits
@pytest.mark.parametrize("more", [{}, {"film": "zoom"}])
def test_a_plan_that_meets_the_memory_limit_gets_a_fresh_process_too(
    tab: Tab, page: Background, more: dict[str, Any]
) -> None:
    tab.dream(SHORT)  # it is ready then
    process = held(page)
    call = {"size": [1500, 1500], "recipe": "google2015", **more}
    plan = tab.post("api/plan", call)
    assert not plan["measured"] and plan["text"]
    assert tab.dream(SHORT)["width"] == 80 and dreamer(page).pid != process.pid
