"""R → **page** → process: pages that R has opened, by their numbers."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentError, received
from ..page.background import Background
from ..page.request import page_arguments

_PAGES: dict[int, Background] = {}
_NUMBERS = itertools.count(1)


def done_with_page(what: str, options: Mapping[str, Any] | None) -> dict[str, Any]:
    """Do something with a page.

    Parameters
    ----------
    what : "open", with the arguments of a page; "look" whether it is there, or "close" it, with its
        `number`

    Returns
    -------
    Its `number`, whether it is `running`, its `address`, and another one, `once`, which lets a
    browser in once.
    """
    if what == "open":
        number, page = next(_NUMBERS), Background(page_arguments(options))
        _PAGES[number] = page
        return {"number": number, "running": True, "address": page.address, "once": page.once}
    number = int((options or {}).get("number", 0))
    if number not in _PAGES:
        raise ArgumentError(f"there is no such page. {received('number', number)}")
    page = _PAGES[number]
    if what == "close":
        page.stop()
    return {"number": number, "running": page.running, "address": page.address, "once": page.once}
