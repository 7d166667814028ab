"""The gallery: its page says what the tool makes, and its pictures are there; and R's help."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import numpy as np
from PIL import Image

from deepdreamr import feature_maps
from deepdreamr.pictures.picture import noise

ROOT = Path(__file__).resolve().parents[2]
GALLERY = ROOT / "gallery"
PAGES = ("README.md", "gallery/README.md", "benchmarks/README.md")


def test_the_page_is_the_tools() -> None:
    page = runpy.run_path(str(ROOT / "tools" / "gallery.py"))["page"]
    assert (GALLERY / "README.md").read_text(encoding="utf-8") == page()


def test_each_picture_of_a_page_is_there_and_each_there_is_on_a_page() -> None:
    linked = set[Path]()
    for page in map(ROOT.joinpath, PAGES):
        links = re.findall(r"\]\(((?!http)[^)#]+)\)", page.read_text(encoding="utf-8"))
        linked.update((page.parent / link).resolve() for link in links)
    linked = {path for path in linked if path.parent == GALLERY and path.suffix != ".md"}
    assert {path for path in GALLERY.iterdir() if path.suffix != ".md"} == linked
    for path in linked:
        with Image.open(path) as picture:
            assert max(picture.size) >= 320, path.name
        assert path.stat().st_size < 500_000, path.name


def test_the_channels_of_the_help_page_see_something_in_any_noise() -> None:
    page = (ROOT / "man" / "channel_sheet.Rd").read_text(encoding="utf-8")
    layer, numbers = re.findall(r'channel_sheet\("(\w+)", channels = c\((.*?)\)', page)[0]
    for seed in range(4):
        strength = feature_maps(noise((214, 214), seed).pixels / 2 + 0.5, layer).strength
        assert strength[list(map(int, numbers.split(",")))].min() > np.median(strength)
