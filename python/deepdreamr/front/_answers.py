"""call → **answer** → envelope: what several functions of R's bridge say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..backend import import_tensorflow
from ..errors import ArgumentError, DreamInterrupted
from ..many.summary import ManyInterrupted, Outcome
from ._reports import INTERRUPT, Report

if TYPE_CHECKING:
    from ..many.request import ManyRequest
    from ..runs.result import Dream


COLUMNS = ("image", "output", "status", "why", "seconds", "warnings")
"""What R is told of each of many pictures."""


def devices_of_tensorflow() -> list[str]:
    """The names of its devices."""
    import_tensorflow()
    import tensorflow as tf

    return [device.name for device in tf.config.list_physical_devices()]


def dreamed_many(request: ManyRequest, on_step: Report | None) -> dict[str, Any]:
    """What came of many pictures, a list for each column; of a run that was interrupted what came
    of those before."""
    from ..many.running import ManyRun

    if request.output is None:
        raise ArgumentError("`output` must be a folder, or a pattern.")
    run, columns = ManyRun(request), dict[str, list[Any]]()

    def show(outcome: Outcome) -> None:
        row = {name: getattr(outcome, name) for name in COLUMNS}
        row |= {"output": str(outcome.output), "warnings": "; ".join(outcome.warnings)}
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
        if on_step and on_step({**row, "total": len(run.items)}) == INTERRUPT:
            raise KeyboardInterrupt

    try:
        summary, stopped = run.finished(show), False
    except ManyInterrupted as interrupt:
        summary, stopped = interrupt.summary, True
    told = {"text": str(summary), "seed": summary.seed, "interrupted": stopped}
    ignored = {
        "path": [path for path, _ in summary.ignored],
        "why": [w for _, w in summary.ignored],
    }
    return {"outcomes": columns, "ignored": ignored, **told}


def dreamed(make: Callable[[], Dream]) -> dict[str, Any]:
    """A dream's answer; that of an interrupted one has the picture so far, and says so."""
    try:
        result = make()
    except DreamInterrupted as interrupt:
        result = interrupt.dream
        if not result.losses:
            raise
    fields = ("octave", "iteration", "loss")
    return {
        "png": result.png(),
        "size": result.shape,
        "losses": {name: [getattr(loss, name) for loss in result.losses] for name in fields},
        "seconds": result.seconds,
        "record": result.record,
    }
