"""A page that is served by a process of its own, and tabs of browsers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsing import Tab

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
