"""dream → **picture file**: written also when the dream is interrupted, and wherever it can be."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ..errors import DreamInterrupted, OutputError
from ..runs.checkpoints import Checkpoint
from ..runs.result import Dream
from ._progress import Progress, on_one_line

Make = Callable[[Checkpoint | None, Callable[[Any], Any]], Dream]
"""From a checkpoint and what is called after each step to the dream."""


def keep_dream(make: Make, path: Path, *, checkpoint: str | None, strip_metadata: bool) -> None:
    """Make a dream and write it; also when it is interrupted.

    The checkpoint is deleted when the picture is written, and not before.
    """
    kept = None if checkpoint is None else Checkpoint(checkpoint, keep=True)
    try:
        with Progress() as progress:
            result = make(kept, progress)
    except DreamInterrupted as interrupt:
        result = interrupt.dream
        if not result.losses:
            raise
        _write(result, path, strip_metadata)
        more = "; with --overwrite it goes on" if kept and kept.path.exists() else ""
        click.echo(f"stopped after {len(result.losses)} steps: {path}{more}", err=True)
        raise click.exceptions.Exit(130) from None
    _write(result, path, strip_metadata)
    if kept:
        kept.delete()
    click.echo(f"{on_one_line(result)}\n{path}")


def _write(result: Dream, path: Path, strip_metadata: bool) -> None:
    """Write a dream; where that fails after all, into the folder for temporary files."""
    try:
        result.save(path, overwrite=True, strip_metadata=strip_metadata)
    except OutputError as error:
        spare = Path(tempfile.gettempdir()) / f"dream-{secrets.token_hex(8)}.png"
        try:
            result.save(spare, strip_metadata=strip_metadata)
        except OutputError:
            raise error from None
        raise OutputError(error.message, f"The picture is {str(spare)!r} instead.") from None
