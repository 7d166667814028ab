"""A page in the browser: drop a picture, choose what to see, watch it grow, keep it.

The way of a dream: `serving` (http, and nothing else) → `calls` (what a browser asks for, checked)
→ `workshop` (who is next) → `worker`, a process of its own with TensorFlow → files in a folder that
goes with the server. `guard` stands before all of it. What others may use:

- `request`: `PageRequest`, `PAGE`, `PAGE_ARGUMENTS`, `page_arguments` (arguments of a page)
- `running`: `run`, `serve`, also as `deepdreamr.page.run`; `background`: `Background`, a page in a
  process of its own
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name != "run":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .running import run

    return run
