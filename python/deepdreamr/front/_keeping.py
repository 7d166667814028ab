"""result → **picture file**: written also when a dream is interrupted, and wherever it can be."""

from __future__ import annotations

import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from ..errors import DreamInterrupted, OutputError
from ..pictures.writing import check_output
from ..runs.checkpoints import Checkpoint
from ..runs.request import READ
from ..runs.result import Dream
from ..runs.saving import check_files
from ..runs.steps import check_every
from ._progress import Progress, on_one_line, say, tell
from ._signals import Signals
from ._streams import STANDARD, send, take_output, taken_output

Make = Callable[[Checkpoint | None, Callable[[Any], Any]], Dream]
"""From a checkpoint and what is called after each step to the dream."""


_READ = (*READ, "picture", "source")
_TILE = r"\d{2,}_.*\.png"  # a file of `layer_sheet` in its folder


def output_path(output: str, options: Mapping[str, Any], **arguments: Any) -> Path:
    """Where a command writes its picture, if it may, and if that is none of its other files.

    `-` is standard output, which nothing else is written to from now on.
    """
    files = {**options, **arguments}
    check_every(files.get("every"), files.get("save_steps"))
    written = {"output": output} | {name: files.get(name) for name in ("checkpoint", "save_steps")}
    if output == STANDARD:
        written.pop("output")
    name = Path(output).name
    if files.get("folder") and re.fullmatch(_TILE, name):
        written["folder"] = str(Path(files["folder"]) / name)
    read = {name: files.get(name) for name in _READ}
    for number, mask in enumerate(files.get("masks") or ()):
        read[f"masks[{number}]"] = mask if isinstance(mask, str) else mask[0]
    check_files(read, written, files.get("save_octaves"))
    if output == STANDARD:
        take_output()
        return Path(STANDARD)
    return check_output(output, files["overwrite"])


def keep_dream(
    make: Make, path: Path, *, checkpoint: str | None, overwrite: bool, strip_metadata: bool
) -> None:
    """Make a dream and write it; also when it is interrupted.

    The checkpoint is deleted when the picture is written, and not before.
    """
    kept = None if checkpoint is None else Checkpoint(checkpoint, keep=True)
    signals = click.get_current_context().ensure_object(Signals)
    try:
        result = make(kept, _until_the_last(signals, Progress()))
    except DreamInterrupted as interrupt:
        result = interrupt.dream
        if not result.losses:
            raise
    with signals.held():
        write(result, path, overwrite, strip_metadata=strip_metadata)
        if result.stopped == "interrupted":
            again = "the same command" if taken_output() else "with --overwrite it"
            more = f"; {again} goes on" if kept and kept.path.exists() else ""
            tell(f"stopped after {len(result.losses)} steps: {path}{more}")
            raise click.exceptions.Exit(signals.status)
        if kept:
            kept.delete()
    say(on_one_line(result))
    click.echo(path)


def _until_the_last(signals: Signals, progress: Progress) -> Callable[[Any], None]:
    """Show each step; once there are no more, signals do not end what is left to be done."""

    def show(step: Any) -> None:
        progress(step)
        if (step.octave, step.iteration) == (step.octaves, step.iterations):
            signals.hold()

    return show


def write(result: Any, path: Path, overwrite: bool, **how: Any) -> None:
    """Write a result whatever signal comes; where that fails, into the folder for temporary files.

    Parameters
    ----------
    result : with the methods `save`, and `png` for standard output
    **how : what both of them take
    """
    stream = taken_output()
    with click.get_current_context().ensure_object(Signals).held():
        try:
            if stream:
                send(result.png(**how), stream)
            else:
                result.save(path, overwrite=overwrite, **how)
        except OutputError as error:
            spare = Path(tempfile.gettempdir()) / f"dream-{secrets.token_hex(8)}.png"
            try:
                result.save(spare, **how)
            except OutputError:
                raise error from None
            raise OutputError(error.message, f"The picture is {str(spare)!r} instead.") from None
