"""Versions: the own one, which is written once, in the R package's DESCRIPTION, and others'."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path


def version() -> str:
    """The installed version; in a checkout that is not installed, the one of its DESCRIPTION."""
    try:
        return metadata.version("deepdreamr")
    except metadata.PackageNotFoundError:
        text = (Path(__file__).parents[2] / "DESCRIPTION").read_text(encoding="utf-8")
        return re.search(r"^Version: (\S+)$", text, re.MULTILINE)[1]  # type: ignore[index]


def installed_version(name: str) -> str | None:
    """A package's version; of TensorFlow's variants whichever is there."""
    for candidate in (name, f"{name}-cpu"):
        try:
            return metadata.version(candidate)
        except metadata.PackageNotFoundError:
            continue
    return None
