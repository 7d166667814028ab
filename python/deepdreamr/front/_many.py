"""pictures → **many dreams** → files: the command with a folder, a glob or several pictures."""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ..errors import ArgumentError, received
from ..many.request import ONE, RUNNING, ManyRequest, many_arguments
from ..many.summary import ManyInterrupted, Outcome, Summary
from ..pictures.writing import FORMATS
from ._parsing import given, parse_image
from ._progress import on_one_line, say, tell
from ._signals import Signals
from ._streams import STANDARD


def are_many(images: Sequence[str], output: str) -> bool:
    """Whether a command is about many pictures.

    It names several, a folder, a glob, or where several dreams could lie.
    """
    if len(images) > 1 or os.path.isdir(output) or output.endswith(("/", os.sep)) or "{" in output:
        return bool(images)
    return any(
        os.path.isdir(image) or (not os.path.lexists(image) and glob.has_magic(image))
        for image in images
    )


def refuse_running(options: Mapping[str, Any], **flags: bool) -> None:
    """Raise an `ArgumentError` if options or flags are given that a single dream does not have."""
    for name, field in RUNNING.items():
        if options.get(name) != field.default:
            raise ArgumentError(
                f"`{name}` is for many pictures. {received(name, options[name])}",
                "Name several, or a folder, and a folder as output.",
            )
    for name, is_given in flags.items():
        if is_given:
            raise ArgumentError(f"`{name}` is for many pictures.")


def dream_all(
    images: Sequence[str], output: str, options: Mapping[str, Any], *, dry_run: bool, as_json: bool
) -> None:
    """Dream of many pictures, or say what it would take; the exit status is 1 if some failed."""
    from ..many.planning import plan_many
    from ..many.running import ManyRun

    run = ManyRun(_request(images, output, options))
    if dry_run:
        plan = plan_many(run)
        click.echo(_as_json(vars(plan))) if as_json else say(str(plan))
        raise click.exceptions.Exit(2 if plan.problems else 0)
    try:
        summary = run.finished(_told(as_json, len(run.items)))
    except ManyInterrupted as interrupt:
        tell(f"stopped: {on_one_line(interrupt.summary)}; the same command goes on")
        signals = click.get_current_context().ensure_object(Signals)
        raise click.exceptions.Exit(signals.status) from None
    _end(summary, as_json)


def _request(images: Sequence[str], output: str, options: Mapping[str, Any]) -> ManyRequest:
    folder = next((image for image in images if os.path.isdir(image)), None)
    if folder is not None and _is_one_file(output):
        raise ArgumentError(f"{folder!r} is a folder, not a picture.", "Name a folder as output.")
    if STANDARD in (*images, output):
        raise ArgumentError("`-` is a single picture: name files or folders for many.")
    arguments = given(options)
    for name in ONE:
        if name in arguments:
            raise ArgumentError(f"`{name}` is of a single dream.")
    pictures, layers = [parse_image(image) for image in images], arguments.pop("layers", None)
    return ManyRequest(**many_arguments(pictures, layers, output, arguments))


def _is_one_file(output: str) -> bool:
    return (
        Path(output).suffix.lower() in FORMATS and "{" not in output and not os.path.isdir(output)
    )


def _told(as_json: bool, total: int) -> Any:
    """What tells of each outcome: lines of JSON, or a bar, of so many, and what went wrong."""
    from ..many.progress import Bar

    if as_json:
        return _tell_event
    bar = Bar(total)

    def show(outcome: Outcome) -> None:
        bar(outcome)
        for what, texts in (("failed", [outcome.why]), ("warning", outcome.warnings)):
            for text in filter(None, texts):
                bar.write(on_one_line(f"{what}: {outcome.image}: {text}"), tell)

    return show


def _tell_event(outcome: Outcome) -> None:
    event = {**outcome._asdict(), "event": outcome.status}
    for name in ("status", "dream"):
        del event[name]
    click.echo(_as_json(event))


def _end(summary: Summary, as_json: bool) -> None:
    if as_json:
        said = {"event": "summary", **vars(summary), "failed": summary.failed}
        del said["failures"]
        click.echo(_as_json(said))
    else:
        for path, why in summary.ignored:
            tell(on_one_line(f"passed over: {path} {why}"))
        tell(on_one_line(summary))
        click.echo(summary.output)
    if summary.failed:
        raise click.exceptions.Exit(1)


def _as_json(value: Mapping[str, Any]) -> str:
    """A value as JSON; of a path its text."""
    return json.dumps(value, default=os.fspath)
