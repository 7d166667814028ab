"""name → **libraries** that only the page needs, of the extra `app`."""

from __future__ import annotations

import importlib.util

from ..errors import PageError

_NEEDED = {"starlette": "Starlette", "uvicorn": "uvicorn"}


def check_extra() -> None:
    """Raise a `PageError` unless what serves a page is installed; nothing is imported."""
    for name, project in _NEEDED.items():
        if importlib.util.find_spec(name) is None:
            raise PageError(
                f"the page needs {project}, which is not installed.",
                'Install what it needs: pip install "deepdreamr[app]"',
            )
