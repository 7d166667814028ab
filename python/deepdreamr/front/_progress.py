"""step → **terminal**: how far a dream is, and messages, each in one piece."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any

import click

from .tables import fitted


class Progress:
    """A line for each step where there is no terminal, which has a bar; called with each step."""

    @property
    def bar(self) -> bool:
        """Whether the dream is to show a bar."""
        return sys.stderr.isatty()

    def __call__(self, step: Any) -> None:
        if not self.bar:
            tell(str(step))


def say(text: str) -> None:
    """Write text, its long lines broken where it goes to a terminal."""
    click.echo(_broken(text, sys.stdout))


def tell(text: str) -> None:
    """A line for whoever is there: a terminal that was closed does not end a dream."""
    with contextlib.suppress(OSError):
        click.echo(_broken(text, sys.stderr), err=True)


def _broken(text: str, stream: Any) -> str:
    """Text as it fits on a terminal, if the stream is one that knows its width."""
    columns = 0
    with contextlib.suppress(AttributeError, OSError, ValueError):
        columns = os.get_terminal_size(stream.fileno()).columns
    return fitted(text, columns) if columns else text


def on_one_line(text: object) -> str:
    """Without what would move a terminal's cursor: parts of it may come from a stranger's file."""
    words = " ".join(str(text).split())
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in words)
