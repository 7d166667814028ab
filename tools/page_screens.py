"""The README's pictures of the page: empty, at work, done; wide, narrow, in light and dark.

usage: python tools/page_screens.py    with Chromium, and the packages that the tests need
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "python"))

from visiting import Person, browser_path  # noqa: E402

from deepdreamr.page.background import Background  # noqa: E402
from deepdreamr.page.request import PageRequest  # noqa: E402

FOLDER = ROOT / "gallery"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 800}


def keep(person: Person, name: str) -> None:
    """The window as it is now, as a JPEG file of the gallery."""
    person.page.wait_for_timeout(500)
    shot = Image.open(io.BytesIO(person.page.screenshot())).convert("RGB")
    shot.save(FOLDER / f"page-{name}.jpg", quality=85, optimize=True)


def go_through(browser: Any, address: str, name: str, **context: Any) -> None:
    """The sample's dream, and what is seen of it on the way."""
    visitor = browser.new_context(**context)
    person = Person(visitor.new_page(), address)
    person.open()
    if name == "light":
        keep(person, "empty")
    person.press("Take the sample")
    person.sees("Takes about")
    person.press("Dream")
    person.sees("Octave 5 of 5")
    if name == "light":
        keep(person, "work")
    person.status("The dream is done")
    person.page.get_by_label("Compare with the original").fill("42")
    if name != "light":
        keep(person, name)
    person.check()
    visitor.close()


def main() -> None:
    page = Background(PageRequest(browser=False))
    try:
        with sync_playwright() as playwright:
            options = {"executable_path": browser_path(), "args": ["--no-sandbox"]}
            browser = playwright.chromium.launch(**options)
            go_through(browser, page.address, "light", viewport=WIDE)
            go_through(browser, page.address, "dark", viewport=WIDE, color_scheme="dark")
            go_through(browser, page.address, "narrow", viewport=NARROW, device_scale_factor=1.5)
            browser.close()
    finally:
        page.stop()


if __name__ == "__main__":
    main()
