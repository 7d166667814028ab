"""outcome → **progress**: a bar over all pictures, or whatever the caller does."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Any

from ..runs.bars import AnyBar, looked_at, new_bar
from .summary import Outcome

OnOutcome = Callable[[Outcome], Any]


class Bar(AnyBar):
    """A bar over all pictures with the time left, where there is a terminal or a notebook.

    It is called with each outcome.
    """

    def __init__(self, total: int, shown: bool | None = None) -> None:
        self._shown = looked_at() if shown is None else shown
        self._total = total

    def __call__(self, outcome: Outcome) -> None:
        """Count one more."""
        if not self._shown:
            return
        with contextlib.suppress(OSError):  # a terminal that was closed ends nothing
            if self._bar is None:
                self._bar = new_bar(total=self._total, unit="picture")
            name = "".join(filter(str.isprintable, outcome.image[-40:]))
            self._bar.set_postfix_str(name, refresh=False)
            self._bar.update()
        if self._bar is not None and self._bar.n >= self._total:
            self.close()

    def write(self, text: str, elsewhere: Callable[[str], None]) -> None:
        """Write a line above it, or elsewhere where there is none."""
        if self._bar is not None:
            self._bar.write(text, file=sys.stderr)
        else:
            elsewhere(text)
