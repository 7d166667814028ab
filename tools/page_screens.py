"""The README's pictures of the page: empty, at work, done; wide, narrow, in light and dark.

usage: python tools/page_screens.py    with Chromium, and the packages that the tests need
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "python"))

from visiting import Person, browser_path, visit  # noqa: E402

from deepdreamr.page.background import Background  # noqa: E402
from deepdreamr.page.request import PageRequest  # noqa: E402

FOLDER = ROOT / "gallery"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 800}


def keep(person: Person, name: str) -> None:
    """The window as it is now, as a JPEG file of the gallery."""
    person.page.wait_for_timeout(500)
    shot = Image.open(io.BytesIO(person.page.screenshot())).convert("RGB")
    shot.save(FOLDER / f"page-{name}.jpg", quality=85, optimize=True)


def go_through(person: Person) -> None:
    """The sample's dream, and what is seen of it on the way."""
    keep(person, "empty")
    person.press("Take the sample")
    person.sees("Takes about")
    person.press("Dream")
    person.sees("Octave 5 of 5")
    keep(person, "work")
    person.status("The dream is done")
    person.page.get_by_label("Compare with the original").fill("42")
    person.page.emulate_media(color_scheme="dark")
    keep(person, "dark")
    person.page.emulate_media(color_scheme="light")
    person.page.set_viewport_size(NARROW)
    keep(person, "narrow")


def main() -> None:
    page = Background(PageRequest(browser=False))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=browser_path(), args=["--no-sandbox"]
            )
            with visit(browser, page.address, viewport=WIDE) as person:
                person.page.set_default_timeout(600_000)
                go_through(person)
            browser.close()
    finally:
        page.stop()


if __name__ == "__main__":
    main()
