"""a record's settings → **earlier** → all that it means: also before there was a choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .settings import SETTINGS

_BEFORE = {name: field.metadata["before"] for name, field in SETTINGS.items()}


def with_earlier(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as a record has them, and those it lacks whose default is not what 0.1 did."""
    return {n: value for n, value in _BEFORE.items() if value is not None} | dict(settings)
