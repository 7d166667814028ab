"""Names of files that are an attack, on the page in a real browser: texts, and nothing else."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_clips import even_times, video
from PIL import Image
from visiting import Person

from deepdreamr import show

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="its names have none of these letters"),
]

MARKUP = '<img src=x onerror=alert(1)><b>"it\'s"&amp; &#x27;'
SHELL = "-o `touch pwned` $(touch pwned);touch pwned|$HOME %41 ~"
UNSEEN = "bill\u202egnp\u2066\n\t\x1b[31m\x7f.exe"
LONG = "\u00e9" * 125 + "n"
STEMS = {"markup": MARKUP, "shell": SHELL, "unseen": UNSEEN, "long": LONG}
SEEN = {
    "markup": MARKUP,
    "shell": SHELL,
    "unseen": "billgnp[31m.exe",
    "long": "\u00e9" * 90,
}
"""What is shown of each, without its ending: not what cannot be seen, and not all that is long."""


@contextlib.contextmanager
def watched(person: Person) -> Iterator[None]:
    """Nothing that a name says is done: no dialog opens, no element is made of it."""
    dialogs: list[str] = []

    def opened(dialog: Any) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    person.page.on("dialog", opened)
    yield
    assert not dialogs
    assert person.page.locator("img[src=x], b").count() == 0
    assert not any(url.endswith("/x") for url in person.requests)


def chosen(person: Person, button: str, path: Path) -> None:
    with person.page.expect_file_chooser() as chooser:
        person.page.get_by_role("button", name=button).click()
    chooser.value.set_files(path)


def texts_of(code: dict[str, str]) -> tuple[str, list[str]]:
    """The clip's or picture's name in the code for Python and for R, and the words of the shell."""
    first = code["Python"].splitlines()[3].strip().removesuffix(",")
    in_r = code["R"].splitlines()[3].strip().removesuffix(",")
    named = eval(first, {"__builtins__": {}})
    assert eval(in_r, {"__builtins__": {}}) == named  # R's escapes are among Python's
    return named, shlex.split(code["Shell"])


def path_in_shell(name: str) -> str:
    return f"./{name}" if name.startswith("-") else name


@pytest.mark.parametrize("kind", STEMS)
def test_of_a_picture(
    person: Person, picture: Path, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen = tmp_path / f"{STEMS[kind]}.png", f"{SEEN[kind]}.png"
    picture.rename(path)
    with watched(person):
        chosen(person, "Choose a picture", path)
        caption = person.page.locator("#caption")
        caption.filter(has_text="128 × 96 pixels").wait_for()
        assert caption.inner_text() == f"{seen}, 128 × 96 pixels"
        assert person.page.locator("#frame img").get_attribute("alt") == f"The picture {seen}"
        person.quick()
        person.dream()
        folder = tmp_path / "kept"
        folder.mkdir()
        kept = person.keep("PNG", folder)
        assert os.listdir(folder) == [kept.name] and kept.name.endswith("-dream.png")
        assert "\u202e" not in kept.name
        assert show(kept)["seed"] >= 0
        code = person.code()
    named, words = texts_of(code)
    assert named == seen
    assert words[:4] == ["deepdreamr", "dream", path_in_shell(seen), "-o"]
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    path.rename(work / seen)
    exec(code["Python"], {})
    assert sorted(os.listdir(work)) == sorted([seen, f"{SEEN[kind]}-dream.png"])
    made = np.asarray(Image.open(work / f"{SEEN[kind]}-dream.png"))
    assert np.array_equal(made, np.asarray(Image.open(kept)))
    assert words[4] == path_in_shell(f"{SEEN[kind]}-dream.png")


def test_of_one_that_is_none(person: Person, tmp_path: Path) -> None:
    path = tmp_path / f"{MARKUP}{UNSEEN}.png"
    path.write_text("no picture")
    with watched(person):
        chosen(person, "Choose a picture", path)
        alert = person.page.get_by_role("alert")
        alert.wait_for()
        quoted = MARKUP.replace("'", "\\'")  # as errors quote what they were given
        assert f"{quoted}{SEEN['unseen']}.png" in alert.inner_text()


@pytest.mark.parametrize("kind", STEMS)
def test_of_a_clip(person: Person, tmp_path: Path, kind: str) -> None:
    made, path = tmp_path / "made.mp4", tmp_path / f"{STEMS[kind]}.mp4"
    video(made, even_times(3), shape=(96, 128))
    made.rename(path)
    seen = f"{SEEN[kind]}.mp4"
    with watched(person):
        person.press("Video")
        chosen(person, "Choose a clip", path)
        lead = person.page.locator("#empty .lead")
        lead.filter(has_text=".mp4").wait_for()
        assert lead.inner_text() == seen
        person.recipe("tf2")
        person.group("Schedule")
        person.set(octaves=1, iterations=1)
        person.press("Preview")
        person.status("The clip is done")
        dreamed = f"{SEEN[kind]}-dream.mp4"
        assert person.page.locator("#frame video").get_attribute("aria-label") == dreamed
        assert person.page.locator("#reel button").inner_text() == dreamed
        with person.page.expect_download() as download:
            person.click("link", "Keep the clip")
        assert "/" not in download.value.suggested_filename
        code = person.code("clip")
    named, words = texts_of(code)
    assert named == seen
    assert words[:5] == [
        *("deepdreamr", "video", path_in_shell(seen), "-o"),
        path_in_shell(dreamed),
    ]
