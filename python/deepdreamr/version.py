"""Versions: the own one, which is written once, in the R package's DESCRIPTION, and others'."""

from __future__ import annotations

import re
from pathlib import Path

_DESCRIPTION = Path(__file__).parents[2] / "DESCRIPTION"
"""Of the checkout that this module lies in, if it does."""


def version() -> str:
    """The version of a checkout, also where another one is installed; else the installed one."""
    text = _DESCRIPTION.read_text(encoding="utf-8") if _DESCRIPTION.is_file() else ""
    found = re.match(r"Package: deepdreamr$.*?^Version: (\S+)$", text, re.MULTILINE | re.DOTALL)
    if found:
        return found[1]
    from importlib import metadata  # it takes a while, and a checkout does without

    return metadata.version("deepdreamr")


def installed_version(name: str) -> str | None:
    """A package's version; of TensorFlow's variants whichever is there."""
    from importlib import metadata

    for candidate in (name, f"{name}-cpu"):
        try:
            return metadata.version(candidate)
        except metadata.PackageNotFoundError:
            continue
    return None
