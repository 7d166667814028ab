"""Every page of a built site in a real browser: what it fetches, what fails, what is too wide.

The site is served from this machine alone. Each page is opened wide and light, and narrow and dark;
nothing may be fetched from elsewhere, nothing may fail, and no page may be wider than the window.
Each of its two searches is asked for one word, wide. It takes Chromium, and some minutes, so it is
run by hand.

usage: python tools/site_browser.py FOLDER [WORD...]    pages whose names hold one of the words
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import shutil
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from links import pages_of
from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

LONGEST = 120_000  # milliseconds that a page may take; the machine may have other things to do
VIEWS: dict[str, dict[str, Any]] = {
    "wide": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "narrow": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}
SEARCHES = {"index.html": "octaves", "r/index.html": "octaves"}
"""A page of each part of the site, and a word that its search must find."""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, and says nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address that a folder is served at meanwhile."""
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()


def watch(page: Page, address: str, faults: list[str]) -> None:
    """Take down whatever a page fetches from elsewhere, and whatever fails."""

    def requested(request: Any) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            faults.append(f"fetches {request.url}")

    def answered(response: Any) -> None:
        if response.status >= 400 and not response.url.endswith("/favicon.ico"):
            faults.append(f"{response.status} for {response.url}")

    def logged(message: Any) -> None:
        if message.type == "error" and "/favicon.ico" not in message.location["url"]:
            faults.append(f"console: {message.text}")

    page.on("request", requested)
    page.on("console", logged)
    page.on("response", answered)
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))


def look(page: Page, address: str, name: str) -> Iterator[str]:
    """What is to be seen that is wrong with a page."""
    try:
        page.goto(f"{address}{name}")
        page.wait_for_load_state("networkidle")
    except TimeoutError:
        yield f"is not there after {LONGEST // 1000} s"
        return
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    if wide > window:
        yield f"is {wide} pixels wide in a window of {window}"
    broken = "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
    for picture in page.evaluate(broken):
        yield f"shows no {picture}"


def search(page: Page, address: str, name: str, word: str) -> Iterator[str]:
    """What is wrong with the search of a page."""
    page.goto(f"{address}{name}")
    if name.startswith("r/"):
        with page.expect_response("**/search.json"):  # is asked for when the field gets the focus
            page.click("#search-input")
        page.wait_for_timeout(500)
        page.locator("#search-input").press_sequentially(word)
        found = page.wait_for_selector(".algolia-autocomplete [role=option]")
        if found:
            found.click()
        page.wait_for_load_state("networkidle")
    else:
        page.goto(f"{address}search.html?q={word}")
        page.wait_for_selector("#search-results li a")
        page.click("#search-results li a")
        page.wait_for_load_state("networkidle")
    if word not in page.content():
        yield f"finds nothing of {word}: {page.url}"


def faults_in(browser: Browser, folder: Path, address: str, words: Sequence[str]) -> Iterator[str]:
    """What is wrong with a site, a line each."""
    names = sorted(path.relative_to(folder).as_posix() for path in pages_of(folder))
    names = [name for name in names if not words or any(word in name for word in words)]
    for view, how in VIEWS.items():
        with browser.new_context(**how) as context:
            page, faults = context.new_page(), list[str]()
            page.set_default_timeout(LONGEST)
            watch(page, address, faults)
            for name in names:
                faults += look(page, address, name)
                yield from (f"{view} {name}: {fault}" for fault in faults)
                faults.clear()
            for name, word in SEARCHES.items() if view == "wide" else ():  # else in a menu
                faults += search(page, address, name, word)
                yield from (f"{view} {name}, search: {fault}" for fault in faults)
                faults.clear()


def main(folder: Path, words: Sequence[str]) -> int:
    """Print what is wrong; gives the exit status."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with served(folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        found = list(faults_in(browser, folder, address, words))
        browser.close()
    print("\n".join([*found, f"{len(found)} faults"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
