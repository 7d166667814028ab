"""A person before the page in a real browser, who knows labels and no more."""

from __future__ import annotations

import contextlib
import re
import shutil
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 120_000
"""Milliseconds until something that is waited for is missing: TensorFlow takes its time to come."""


def browser_path() -> str:
    """The browser that setup.sh installs, or one of its kind."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found, f"the tests of the page need one of {', '.join(BROWSERS)}"
    return found


class Person:
    """Somebody at the page. What the browser is asked for and complains of is written down."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.clicks = 0
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: Any) -> None:
        refused = "Failed to load resource: the server responded with a status of 4"
        if message.type in ("error", "warning") and not message.text.startswith(refused):
            self.complaints.append(message.text)

    def check(self) -> None:
        """Nothing was asked for elsewhere, and no policy or script failed."""
        host = urllib.parse.urlsplit(self.address).netloc
        parts = map(urllib.parse.urlsplit, self.requests)
        foreign = {part.geturl() for part in parts if part.scheme != "blob" and part.netloc != host}
        assert self.requests and not foreign, foreign
        assert not self.complaints, self.complaints

    def open(self) -> None:
        self.page.goto(self.address)
        self.page.get_by_role("radio", name="vivid").wait_for(state="attached")

    def click(self, role: str, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role(role, name=name, exact=True).click()
        self.clicks += 1

    def press(self, name: str) -> None:
        self.click("button", name)

    def choose(self, path: Path) -> None:
        """Choose a picture; clicks of choosing are not counted."""
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Choose a picture").click()
        chooser.value.set_files(path)
        self.sees(f"{path.name}, ")

    def recipe(self, name: str) -> None:
        self.page.get_by_role("radio", name=name, exact=True).check()
        self.clicks += 1

    def group(self, title: str) -> None:
        """Unfold or fold a group of settings."""
        self.page.locator("summary").filter(has_text=title).click()
        self.clicks += 1

    def set(self, **settings: object) -> None:
        """Type values into fields of a group that is unfolded."""
        for name, value in settings.items():
            field = self.page.get_by_label(name.replace("_", " "), exact=True)
            field.fill(str(value))
            field.press("Tab")

    def sees(self, text: str | re.Pattern[str]) -> None:
        self.page.get_by_text(text).filter(visible=True).first.wait_for()

    def planned(self) -> None:
        """Wait until it is told what the dream takes."""
        self.sees(re.compile("^Takes .*memory"))

    def status(self, text: str) -> None:
        """Wait until a screen reader would say this."""
        self.page.get_by_role("status").filter(has_text=text).wait_for(state="attached")

    def quick(self, iterations: int = 3) -> None:
        """Settings of a dream that takes no time."""
        self.recipe("tf2")
        self.group("Schedule")
        self.set(iterations=iterations)

    def dream(self) -> None:
        """Dream, and wait until it is done."""
        self.press("Dream")
        self.status("The dream is done")

    def keep(self, kind: str, folder: Path) -> Path:
        """Download the dream on the stage."""
        with self.page.expect_download() as download:
            self.click("link", f"Keep as {kind}")
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return path

    def dreams(self) -> Any:
        """The dreams of the strip, the last one first."""
        return self.page.get_by_role("region", name="Dreams").get_by_role("button")

    def code(self, what: str = "dream") -> dict[str, str]:
        """The dream, or the clip, on the stage as code, by language."""
        self.press("Show the code")
        dialog = self.page.get_by_role("dialog", name=f"The same {what} as code")
        code = {
            name: dialog.get_by_label(f"{name} code", exact=True).inner_text()
            for name in ("Python", "R", "Shell")
        }
        self.press("Close")
        return code


@contextlib.contextmanager
def visit(browser: Any, address: str, **context: Any) -> Iterator[Person]:
    """Somebody with a browser of her own, whose complaints are read at the end."""
    visitor = browser.new_context(accept_downloads=True, **context)
    try:
        person = Person(visitor.new_page(), address)
        person.open()
        yield person
        person.check()
    finally:
        visitor.close()
