"""What a browser is given as it is: small, without anything that the page's policy refuses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from deepdreamr import RECIPES
from deepdreamr.page import words

STATIC = Path(words.__file__).parent / "static"
TEXTS = sorted(path for path in STATIC.iterdir() if path.suffix in (".html", ".css", ".js"))


def test_each_recipe_and_each_layer_has_a_small_picture() -> None:
    names = {f"recipe-{name}" for name in RECIPES} | {f"layer-mixed{n}" for n in range(11)}
    pictures = {path.stem: path for path in (STATIC / "pictures").iterdir()}
    assert set(pictures) == names
    assert sum(path.stat().st_size for path in pictures.values()) < 400_000
    seen = {Image.open(path).convert("RGB").tobytes() for path in pictures.values()}
    assert len(seen) == len(names)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_nothing_is_inline_or_foreign(path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 250
    assert not re.search(r"https?:|//[a-z]|@import|\beval\(|new Function|innerHTML", text)
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\bsrc=)|\son[a-z]+=", text)


def test_modules_import_what_is_there() -> None:
    found = set()
    for path in TEXTS:
        text = path.read_text(encoding="utf-8")
        for names, module in re.findall(r"import \{([^}]*)\} from \"\./(\w+\.js)\"", text):
            source = (STATIC / module).read_text(encoding="utf-8")
            for name in (word.split(" as ")[0].strip() for word in names.split(",")):
                assert re.search(rf"^export .*\b{name}\b", source, re.MULTILINE), (path, name)
                found.add(name)
    assert len(found) > 20


def test_the_page_asks_for_all_modules_at_once() -> None:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    asked = set(re.findall(r'rel="modulepreload" href="static/(\w+\.js)"', page)) | {"main.js"}
    assert asked == {path.name for path in STATIC.glob("*.js")}
