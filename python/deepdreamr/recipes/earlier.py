"""a record's settings → **earlier** → all that it means: also before there was a choice."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from .settings import SETTINGS

_BEFORE = {
    name: field.metadata["before"]
    for name, field in SETTINGS.items()
    if field.metadata["before"] is not dataclasses.MISSING
}


def all_earlier() -> dict[str, Any]:
    """Every setting as it was where a record does not have it."""
    return {name: field.default for name, field in SETTINGS.items()} | _BEFORE


def with_earlier(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as a record has them, and those it lacks whose default is not what 0.1 did."""
    return _BEFORE | dict(settings)
