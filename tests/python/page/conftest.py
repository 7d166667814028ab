"""A page that is served by a process of its own; tabs of browsers, a real one, and who uses it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browsing import Tab
from PIL import Image
from visiting import Person, browser_path, visit

from deepdreamr.page.background import Background
from deepdreamr.page.request import PageRequest


@pytest.fixture(scope="module")
def page() -> Iterator[Background]:
    """A page that is served."""
    served = Background(PageRequest(browser=False))
    yield served
    served.stop()


@pytest.fixture
def tab(page: Background) -> Tab:
    """A tab of a new browser."""
    return Tab(page.address)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window; it ends with the module, as Playwright runs an event loop."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def person(browser: Any, page: Background) -> Iterator[Person]:
    """Somebody who has opened the page."""
    with visit(browser, page.address) as person:
        yield person


@pytest.fixture
def picture(photo: np.ndarray, tmp_path: Path) -> Path:
    """A file with a photograph of 128 x 96 pixels."""
    path = tmp_path / "my photo.png"
    pixels = np.rint((photo[0] + 1) * 127.5).astype(np.uint8)
    Image.fromarray(pixels).resize((128, 96), Image.Resampling.LANCZOS).save(path)
    return path
