"""What somebody does on the page, each thing by its label. `make test-slow` runs these."""

from __future__ import annotations

import base64
import http.server
import re
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_clips import even_times, video
from PIL import Image
from visiting import visit

from deepdreamr import LayerTerm, dream, show
from deepdreamr.page.background import Background

pytestmark = pytest.mark.slow


def pixels(path: Any) -> Any:
    return np.asarray(Image.open(path).convert("RGB"))


def as_file(person: Any, path: Any, event: Any) -> None:
    """Give the page a file as the system's clipboard or a pulled file would."""
    text = base64.b64encode(path.read_bytes()).decode()
    person.page.evaluate(
        """([event, text, name]) => {
          const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
          const data = new DataTransfer();
          data.items.add(new File([bytes], name, { type: "image/png" }));
          const options = { bubbles: true, cancelable: true };
          const how = event === "paste"
            ? new ClipboardEvent("paste", { ...options, clipboardData: data })
            : new DragEvent(event, { ...options, dataTransfer: data });
          document.body.dispatchEvent(how);
        }""",
        [event, text, path.name],
    )


# Where a dream begins


def test_a_picture_is_pasted(person: Any, picture: Path) -> None:
    as_file(person, picture, "paste")
    person.sees("my photo.png, 128 × 96 pixels")


def test_a_picture_is_dropped(person: Any, picture: Path) -> None:
    as_file(person, picture, "dragenter")
    person.sees("Let go to dream of it")
    as_file(person, picture, "drop")
    person.sees("my photo.png, 128 × 96 pixels")
    assert not person.page.get_by_text("Let go to dream of it").is_visible()


def test_the_sample(person: Any) -> None:
    person.press("Take the sample")
    person.sees("640 × 480 pixels")


def test_noise_of_a_size(person: Any, tmp_path: Path) -> None:
    person.press("Start from noise")
    person.set(Width=128, Height=96)
    person.quick()
    person.dream()
    assert person.page.get_by_label("Compare with the original").count() == 0
    kept = person.keep("PNG", tmp_path)
    made = dream(size=(96, 128), recipe="tf2", iterations=3, seed=show(kept)["seed"])
    assert np.array_equal(pixels(kept), made.image)


def test_a_picture_of_ours_brings_its_settings_and_they_can_be_left(
    person: Any, picture: Path, tmp_path: Path
) -> None:
    path = tmp_path / "made.png"
    dream(picture, {"mixed4": 1.5}, recipe="tf2", iterations=2, seed=1).save(path)
    person.choose(path)
    person.sees("Settings are taken from this picture.")
    assert person.page.get_by_role("radio", name="tf2", exact=True).is_checked()
    assert person.page.get_by_label("Weight of mixed4, as a number").input_value() == "1.5"
    person.group("Schedule")
    assert person.page.get_by_label("iterations", exact=True).input_value() == "2"
    person.press("Leave them")
    assert not person.page.get_by_role("radio", name="tf2", exact=True).is_checked()
    assert person.page.get_by_label("iterations", exact=True).input_value() == ""


def test_what_is_no_picture_is_a_line_on_the_page(person: Any, tmp_path: Path) -> None:
    path = tmp_path / "words.png"
    path.write_text("no picture")
    with person.page.expect_file_chooser() as chooser:
        person.press("Choose a picture")
    chooser.value.set_files(path)
    alert = person.page.get_by_role("alert")
    alert.wait_for()
    assert "words.png" in alert.inner_text()
    person.page.get_by_role("alert").get_by_role("button", name="Close").click()
    assert not alert.is_visible()


# What is dreamed


def test_layers_from_pictures_with_weights_on_sliders(
    person: Any, picture: Path, tmp_path: Path
) -> None:
    person.choose(picture)
    person.quick()
    person.page.get_by_text("Choose layers by what they dream").click()
    person.page.get_by_role("checkbox", name="mixed3").uncheck()
    person.page.get_by_role("checkbox", name="mixed1", exact=True).check()
    slider = person.page.get_by_label("Weight of mixed1", exact=True)
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    assert person.page.get_by_label("Weight of mixed1, as a number").input_value() == "1.5"
    person.press("Without mixed5")
    person.page.get_by_label("Another layer, by its name").fill("conv2d_20")
    person.press("Add")
    person.page.get_by_label("Weight of conv2d_20, as a number").fill("-0.25")
    person.dream()
    kept = person.keep("PNG", tmp_path)
    layers = {"mixed1": 1.5, "conv2d_20": -0.25}
    made = dream(picture, layers, recipe="tf2", iterations=3, seed=show(kept)["seed"])
    assert np.array_equal(pixels(kept), made.image)


def test_single_channels_by_name(person: Any, picture: Path, tmp_path: Path) -> None:
    person.choose(picture)
    person.quick()
    person.page.get_by_text("Choose layers by what they dream").click()
    field = person.page.get_by_label("Another layer, by its name")
    for wrong in ("mixed4:900", "mixed4:x"):
        field.fill(wrong)
        field.press("Enter")
        person.sees(re.compile("the channels 0 to 767|must be given as"))
        person.press(f"Without {wrong}")
    field.fill("mixed4:66+143")
    field.press("Enter")
    for name in ("mixed3", "mixed5"):
        person.press(f"Without {name}")
    person.planned()
    person.dream()
    kept = person.keep("PNG", tmp_path)
    layers = [LayerTerm("mixed4", channels=[66, 143])]
    made = dream(picture, layers, recipe="tf2", iterations=3, seed=show(kept)["seed"])
    assert np.array_equal(pixels(kept), made.image)
    person.press("Back to the picture")
    person.page.get_by_role("region", name="Layers").get_by_text("As in the recipe").click()
    as_file(person, kept, "drop")
    person.sees("Settings are taken from this picture.")
    assert person.page.get_by_label("Weight of mixed4:66+143, as a number").input_value() == "1"


def test_a_recipe_brings_its_layers_back(person: Any) -> None:
    person.recipe("tf2")
    person.press("Without mixed3")
    person.press("As in the recipe")
    person.page.get_by_label("Weight of mixed3", exact=True).wait_for()
    person.recipe("vivid")
    assert person.page.get_by_label("Weight of mixed2, as a number").input_value() == "0.3"


def test_settings_have_the_words_of_the_help_and_are_checked(person: Any) -> None:
    person.group("Schedule")
    field = person.page.get_by_label("octave scale", exact=True)
    assert field.get_attribute("placeholder") == "1.4"
    person.sees("how many times as large an octave is as the one before")
    field.fill("many")
    field.press("Tab")
    assert "number" in field.evaluate("field => field.validationMessage")
    field.fill("1.5")
    field.press("Tab")
    person.sees("1 changed")
    person.recipe("tf2")
    assert not person.page.get_by_text("1 changed").is_visible()


def test_a_plan_before_the_start_says_what_cannot_be(person: Any, picture: Path) -> None:
    person.choose(picture)
    person.sees(re.compile("too small for octaves=5"))
    person.quick()
    person.planned()
    person.page.get_by_label("Another layer, by its name").locator(
        "xpath=ancestor::details"
    ).evaluate("part => { part.open = true; }")
    person.page.get_by_label("Another layer, by its name").fill("mixed99")
    person.press("Add")
    person.sees(re.compile("unknown layer.*mixed99"))
    assert person.page.get_by_role("button", name="Dream", exact=True).is_disabled()
    person.press("Without mixed99")
    person.planned()
    assert person.page.get_by_role("button", name="Dream", exact=True).is_enabled()


def test_a_large_picture_may_be_shrunk_first(person: Any, tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.linear_gradient("L").resize((1600, 1200)).convert("RGB").save(path)
    person.choose(path)
    person.planned()
    person.press("Shrink it to 800 pixels first")
    person.sees(re.compile("^Takes about"))
    person.group("Picture")
    assert person.page.get_by_label("max size", exact=True).input_value() == "800"
    assert person.page.get_by_role("button", name="Shrink it").count() == 0


# The mask


def painted(person: Any, picture: Any) -> Any:
    person.choose(picture)
    person.quick()
    person.press("Paint a mask")
    return person.page.get_by_role("application", name=re.compile("Mask"))


def paint_by_keys(person: Any, picture: Any) -> None:
    canvas = painted(person, picture)
    person.page.get_by_label("Brush", exact=True).fill("25")
    canvas.focus()
    for key in ("ArrowLeft",) * 3 + ("Space",):
        canvas.press(key)
    person.press("Use the mask")


def check_left_half(picture: Any, kept: Any) -> None:
    before, after = pixels(picture).astype(int), pixels(kept).astype(int)
    changed = np.abs(after - before).max(axis=2) > 0
    assert not changed[:, 96:].any()
    assert changed[30:60, 10:40].mean() > 0.5


def test_a_mask_is_painted_by_pointer(person: Any, picture: Path, tmp_path: Path) -> None:
    canvas = painted(person, picture)
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 4, box["y"] + box["height"] / 5
    person.page.mouse.move(x, y)
    person.page.mouse.down()
    person.page.mouse.move(x, box["y"] + box["height"] * 0.8, steps=5)
    person.page.mouse.up()
    person.press("Use the mask")
    person.dream()
    check_left_half(picture, person.keep("PNG", tmp_path))


def test_a_mask_is_painted_by_keys(person: Any, picture: Path, tmp_path: Path) -> None:
    paint_by_keys(person, picture)
    person.dream()
    check_left_half(picture, person.keep("PNG", tmp_path))


def test_a_mask_is_there_again_after_a_reload(person: Any, picture: Path, tmp_path: Path) -> None:
    paint_by_keys(person, picture)
    person.page.get_by_role("button", name="Change the mask").wait_for()
    read = """() => { const c = document.querySelector("canvas.mask");
      return [...c.getContext("2d").getImageData(0, 0, c.width, c.height).data]; }"""
    before = person.page.evaluate(read)
    person.page.reload()
    person.page.get_by_role("img", name="Mask: the dream grows").wait_for()
    same = f"was => String(({read})()) === String(was)"
    person.page.wait_for_function(same, arg=before)
    assert any(before[::4])
    person.press("Change the mask")
    person.press("Clear")
    person.press("Cancel")
    assert person.page.evaluate(read) == before
    person.dream()
    check_left_half(picture, person.keep("PNG", tmp_path))


def test_a_mask_is_given_up(person: Any, picture: Path) -> None:
    canvas = painted(person, picture)
    canvas.press("Space")
    person.press("Cancel")
    person.page.get_by_role("button", name="Paint a mask").wait_for()


# While it works, and after


def long_dream(person: Any, picture: Any, iterations: Any = 400) -> None:
    person.choose(picture)
    person.quick(iterations)
    person.press("Dream")
    person.sees(re.compile(r"Octave 1 of 1, step \d+ of 400"))


def test_it_grows_stops_and_goes_on_to_the_same_bytes(
    person: Any, picture: Path, tmp_path: Path
) -> None:
    long_dream(person, picture)
    person.page.get_by_alt_text("The dream as it is now").wait_for()
    bar = person.page.get_by_role("progressbar")
    first = float(bar.get_attribute("value"))
    person.page.wait_for_function(
        "([was]) => document.querySelector('progress').value > was", arg=[first]
    )
    person.page.get_by_role("img", name="Loss").wait_for()
    person.press("Stop")
    person.status("Stopped")
    stopped = person.keep("PNG", tmp_path)
    assert (pixels(stopped) != pixels(picture)).any()
    person.press("Go on")
    person.status("The dream is done")
    kept = person.keep("PNG", tmp_path)
    made = dream(picture, recipe="tf2", iterations=400, seed=show(kept)["seed"])
    assert np.array_equal(pixels(kept), made.image)


def test_a_page_that_is_loaded_again_finds_its_dream(person: Any, picture: Path) -> None:
    long_dream(person, picture)
    person.page.reload()
    person.sees(re.compile(r"step \d+ of 400"))
    assert person.page.get_by_role("radio", name="tf2", exact=True).is_checked()
    person.press("Stop")
    person.status("Stopped")


def test_a_line_that_was_lost_is_found_again(person: Any, picture: Path) -> None:
    long_dream(person, picture)
    person.page.context.set_offline(True)
    time.sleep(1)
    person.page.context.set_offline(False)
    person.complaints.clear()  # of the line
    person.status("The dream is done")


def test_dream_again_from_this_one(person: Any, picture: Path, tmp_path: Path) -> None:
    person.choose(picture)
    person.quick()
    person.dream()
    first = person.keep("PNG", tmp_path / "first")
    person.press("Dream again from this one")
    person.page.get_by_role("button", name="Paint a mask").wait_for()
    person.dream()
    second = person.keep("PNG", tmp_path / "second")
    made = dream(first, recipe="tf2", iterations=3, seed=show(second)["seed"])
    assert np.array_equal(pixels(second), made.image)


def test_history_shows_dreams_with_their_settings(person: Any, picture: Path) -> None:
    person.choose(picture)
    person.quick()
    person.dream()
    person.set(iterations=2)
    person.dream()
    assert person.dreams().count() == 2
    person.dreams().last.click()
    person.press("Take its settings")
    assert person.page.get_by_label("iterations", exact=True).input_value() == "3"


def test_the_slider_shows_the_original(person: Any, picture: Path) -> None:
    person.choose(picture)
    person.quick()
    person.dream()
    slider = person.page.get_by_label("Compare with the original")
    frame = person.page.locator("figure").first
    slider.press("Home")
    after = frame.screenshot()
    slider.press("End")
    before = frame.screenshot()
    slider.press("Home")
    assert before != after and frame.screenshot() == after


def test_jpeg_and_code_to_copy(person: Any, picture: Path, tmp_path: Path) -> None:
    person.choose(picture)
    person.quick()
    person.dream()
    kept = person.keep("JPEG", tmp_path)
    with Image.open(kept) as opened:
        assert opened.format == "JPEG"
    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    person.press("Show the code")
    person.press("Copy for Shell")
    person.sees("Copied")
    copied = person.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("deepdreamr dream") and "--recipe tf2" in copied
    person.page.keyboard.press("Escape")
    assert not person.page.get_by_role("dialog").is_visible()


def test_two_tabs_have_a_dream_each(person: Any, picture: Path) -> None:
    other = person.page.context.new_page()
    person.choose(picture)
    person.quick()
    person.dream()
    other.goto(person.address)
    other.get_by_role("region", name="Dreams").get_by_role("button").wait_for()
    other.close()


# Who else is on this machine


def test_a_server_of_another_user_never_sees_the_cookie(person: Any) -> None:
    """Cookies know no ports: a browser sends one to every server of a machine, by its path."""
    seen = []

    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.path, self.headers.get("Cookie", "")))
            self.send_response(200)
            self.send_header("Set-Cookie", "theirs=1; Path=/")
            self.end_headers()

        def log_message(self, *words: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        visitor = person.page.context.new_page()
        for path in ("/", "/api/start", "/a/b/", "/"):
            visitor.goto(f"http://127.0.0.1:{other.server_port}{path}")
        other.shutdown()
        visitor.close()
    cookies = [cookie for path, cookie in seen if path != "/favicon.ico"]
    assert cookies == ["", "theirs=1", "theirs=1", "theirs=1"]
    names = [cookie["name"] for cookie in person.page.context.cookies()]
    assert len(names) == 2 and any(name.startswith("deepdreamr_") for name in names)
    person.press("Take the sample")
    person.sees("640 × 480 pixels")


# For everybody


def axe(person: Any) -> Any:
    """What axe finds serious, with where it is."""
    from axe_playwright_python.base import AXE_FILE_PATH

    person.page.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
    found = person.page.evaluate("axe.run()")["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in serious]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious(
    browser: Any, page: Any, picture: Path, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 800}
    with visit(browser, page.address, color_scheme=scheme, viewport=size) as person:
        assert not axe(person)
        long_dream(person, picture)
        person.page.get_by_text("Choose layers by what they dream").click()
        assert not axe(person)
        person.press("Stop")
        person.status("Stopped")
        assert not axe(person)
        person.press("Show the code")
        assert not axe(person)
        person.press("Close")
        person.press("Back to the picture")
        person.press("Paint a mask")
        assert not axe(person)
        for kind in ("Zoom", "Video"):
            person.press(kind)
            person.page.wait_for_timeout(300)
            assert not axe(person), kind
            assert person.page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_is_told_has_room_beside_two_buttons(
    browser: Any, page: Background, picture: Path
) -> None:
    """A preview's button beside the other one leaves what it takes a column of a few letters."""
    with visit(browser, page.address, viewport={"width": 390, "height": 800}) as person:
        person.choose(picture)
        moving(person, "Zoom")
        person.sees(re.compile("^Takes about.*small"))
        boxes = [person.page.locator(name).bounding_box() for name in ("#plan", "#preview")]
        assert boxes[0]["width"] > 300 and boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]
        person.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        last = person.page.locator("#settings summary").last
        bar = person.page.locator(".action").bounding_box()["y"]
        person.page.wait_for_function(
            "([e, y]) => e.getBoundingClientRect().bottom <= y", arg=[last.element_handle(), bar]
        )


def test_a_telephone_has_all_of_it_without_scrolling_sideways(
    browser: Any, page: Any, picture: Path
) -> None:
    size = {"width": 360, "height": 640}
    with visit(browser, page.address, viewport=size, has_touch=True, is_mobile=True) as person:
        wide = "document.documentElement.scrollWidth"
        assert person.page.evaluate(wide) <= 360
        person.choose(picture)
        assert person.page.get_by_role("button", name="Dream", exact=True).bounding_box()["y"] < 640
        person.quick()
        person.dream()
        assert person.page.evaluate(wide) <= 360


def test_by_keyboard_alone(person: Any, tmp_path: Path) -> None:
    def until(name: Any) -> None:
        for _ in range(200):
            person.page.keyboard.press("Tab")
            if person.page.evaluate("document.activeElement.textContent.trim()") == name:
                return
        raise AssertionError(f"Tab never comes to {name}")

    until("Start from noise")
    person.page.keyboard.press("Enter")
    person.page.keyboard.type("128")
    person.page.keyboard.press("Tab")
    person.page.keyboard.type("96")
    radio = person.page.get_by_role("radio", checked=True)
    for _ in range(50):
        person.page.keyboard.press("Tab")
        if radio.evaluate("radio => radio === document.activeElement"):
            break
    while not person.page.get_by_role("radio", name="tf2", exact=True).is_checked():
        person.page.keyboard.press("ArrowRight")
    until("Dream")
    person.page.keyboard.press("Enter")
    person.status("The dream begins")
    person.page.keyboard.press("Enter")
    person.status("Stopped")


# What moves


def moving(person: Any, kind: Any) -> None:
    person.press(kind)
    person.recipe("tf2")
    person.group("Schedule")
    person.set(octaves=1, iterations=2)


def check_clip(person: Any, folder: Any) -> None:
    person.status("The clip is done")
    film = person.page.locator("video")
    person.page.wait_for_function("document.querySelector('video').readyState > 0")
    assert film.evaluate("film => film.videoWidth") > 0
    with person.page.expect_download() as download:
        person.click("link", "Keep the clip")
    path = folder / "kept.mp4"
    download.value.save_as(path)
    assert path.read_bytes()[4:8] == b"ftyp"
    reel = person.page.get_by_role("region", name="Clips")
    assert reel.get_by_role("button", pressed=True).count() == 1
    code = person.code("clip")
    assert "preview=True" in code["Python"] and "preview = TRUE" in code["R"]
    assert "--preview" in code["Shell"]


def test_a_zoom_is_previewed_and_kept(person: Any, picture: Path, tmp_path: Path) -> None:
    person.choose(picture)
    moving(person, "Zoom")
    person.sees(re.compile("^Takes about"))
    person.press("Preview")
    check_clip(person, tmp_path)
    person.press("Picture")
    person.sees("my photo.png, 128 × 96 pixels")


def test_a_clip_is_previewed_and_kept(person: Any, tmp_path: Path) -> None:
    path = tmp_path / "small.mp4"
    video(path, even_times(4), shape=(96, 128))
    person.press("Video")
    with person.page.expect_file_chooser() as chooser:
        person.press("Choose a clip")
    chooser.value.set_files(path)
    person.sees("small.mp4")
    person.page.get_by_role("radio", name="tf2", exact=True).check()
    person.press("Preview")
    check_clip(person, tmp_path)
