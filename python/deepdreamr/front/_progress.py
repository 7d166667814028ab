"""step → **terminal**: how far a dream is, and messages, each in one piece."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from .tables import fitted

if TYPE_CHECKING:
    from tqdm import tqdm


class Progress:
    """A bar on a terminal, a line for each iteration elsewhere; called with each `AscentStep`."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None
        self._title = ""

    def __enter__(self) -> Progress:
        return self

    def of_layer(self, step: Any) -> None:
        """Show a `LayerStep`: a step of one of a sheet's dreams."""
        self._title = f"layer {step.number}/{step.layers} {step.layer}, "
        self(step.step)

    def __call__(self, step: Any) -> None:
        if not sys.stderr.isatty():
            tell(f"{self._title}{step}")
            return
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=step.octaves * step.iterations, unit="step", leave=False)
        done = (step.octave - 1) * step.iterations + step.iteration
        self._bar.update(done - self._bar.n)
        self._bar.set_description(f"{self._title}octave {step.octave}/{step.octaves}")
        self._bar.set_postfix_str(f"loss {step.loss:.3f}")

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


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
