"""order → **dream** → files: a dream that tells how far it is, with previews on its way."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from ..pictures.picture import Picture
from ..pictures.reading import picture_from, read_content
from ..pictures.writing import small_jpeg
from ..runs.checkpoints import Checkpoint
from ..runs.notebooks import LONGEST, OFTEN
from ..runs.request import Request
from .calls import Call, request_of_call

if TYPE_CHECKING:
    from ..runs.job import Job
    from ..runs.planning import Plan
    from ..runs.result import Dream
    from ..runs.steps import AscentStep

_RECENT = 10  # steps whose time tells how long the others take
THUMB = 240
_KEPT = 2  # previews

Tell = Callable[..., None]


def warm_up(is_busy: Callable[[], bool]) -> None:
    """Import TensorFlow, and dream a little, so that the first dream begins at once."""
    from ..backend import import_tensorflow

    import_tensorflow()
    from ..runs.dreaming import run

    for recipe in ("rblog", "vivid"):
        if not is_busy():
            settings = {"octaves": 2, "iterations": 1, "max_loss": None}
            run(Request(size=(120, 160), recipe=recipe, seed=1, settings=settings))


def request_of_order(order: dict[str, Any]) -> Request:
    """What an order asks for, its files read."""
    call = msgspec.convert(order["call"], Call)
    mask = order.get("mask")
    return request_of_call(call, picture_of_order(order), mask and read_content(Path(mask)))


def picture_of_order(order: dict[str, Any]) -> Picture | None:
    """The picture, with the name that it had."""
    if order.get("picture") is None:
        return None
    return picture_from(read_content(Path(order["picture"])), order["name"])


def grow(order: dict[str, Any], tell: Tell, stopped: Callable[[], bool]) -> dict[str, Any]:
    """Dream, and write the picture and its thumb; a dream that is stopped is as far as it is."""
    start = time.perf_counter()
    from ..runs.checking import check
    from ..runs.running import run_job

    tell("began")
    request = request_of_order(order)
    kept = _Kept(order["checkpoint"])
    job = check(dataclasses.replace(request, checkpoint=kept))
    kept.octaves = len(job.shapes)
    watch = Watch(job, tell, stopped, Path(order["previews"]))
    dream = run_job(job, watch, start)
    watch.flush()
    return _written(dream, Path(order["out"]))


class _Kept(Checkpoint):
    """A checkpoint that stays when the dream is stopped, and is not written at its end."""

    octaves = 0

    def __init__(self, path: str) -> None:
        super().__init__(path, keep=True)

    def write(self, state: Any, record: Any, limit: int | None) -> None:
        """Keep a state, unless it is the last."""
        if state.octave < self.octaves:
            super().write(state, record, limit)


class Watch:
    """Called with each step of a job: tells of it, and writes previews.

    Parameters
    ----------
    tell : called with what happens
    stopped : whether the dream is to end
    stem : what the previews' names begin with
    """

    def __init__(self, job: Job, tell: Tell, stopped: Callable[[], bool], stem: Path) -> None:
        self._tell, self._stopped, self._stem = tell, stopped, stem
        self._pixels = [height * width for height, width in job.shapes]
        self._iterations = job.recipe.iterations
        self._shown, self._told, self._last = 0.0, 0.0, time.monotonic()
        self._losses: list[float] = []
        self._took: deque[float] = deque(maxlen=_RECENT)
        self._count = 0
        self._step: AscentStep | None = None

    def wants(self, number: int) -> bool:
        """Whether a step's image is shown."""
        return time.monotonic() - self._shown >= OFTEN

    def __call__(self, step: AscentStep) -> bool:
        """Tell of a step; False ends the dream."""
        now = time.monotonic()
        self._took.append((now - self._last) / self._pixels[step.octave - 1])
        self._last, self._step = now, step
        self._losses.append(step.loss)
        if step.image is not None:
            self._show(step.image)
        if now - self._told >= OFTEN or step.image is not None:
            self.flush()
        if self._stopped():
            self._tell("stopping")
            return False
        return True

    def flush(self) -> None:
        """Tell of the steps that were not told of."""
        step = self._step
        if step is None or not self._losses:
            return
        done, total = self._done(step), self._iterations * sum(self._pixels)
        left = statistics.median(self._took) * (total - done)
        place: dict[str, Any] = {
            "octave": step.octave,
            "octaves": step.octaves,
            "iteration": step.iteration,
        }
        place |= {"iterations": step.iterations, "done": done / total, "seconds_left": left}
        self._tell("step", losses=self._losses, loss=step.loss, **place)
        self._losses, self._told = [], time.monotonic()

    def _done(self, step: AscentStep) -> int:
        """Pixels of all gradients so far."""
        before = self._iterations * sum(self._pixels[: step.octave - 1])
        return before + step.iteration * self._pixels[step.octave - 1]

    def _show(self, image: np.ndarray) -> None:
        self._shown, self._count = time.monotonic(), self._count + 1
        name = f"{self._stem.name}-{self._count}.jpg"
        self._stem.with_name(name).write_bytes(small_jpeg(image, LONGEST))
        old = self._stem.with_name(f"{self._stem.name}-{self._count - _KEPT}.jpg")
        old.unlink(missing_ok=True)
        self._tell("preview", preview=self._count, height=image.shape[0], width=image.shape[1])


def _written(dream: Dream, stem: Path) -> dict[str, Any]:
    """Write a dream and its thumb."""
    stem.with_name(f"{stem.name}.png").write_bytes(dream.png())
    stem.with_name(f"{stem.name}.thumb.jpg").write_bytes(small_jpeg(dream.image, THUMB))
    return {
        "shape": dream.shape,
        "seconds": dream.seconds,
        "stopped": dream.stopped,
        "steps": len(dream.losses),
        "words": in_words(dream),
    }


def in_words(dream: Dream) -> str:
    """A line about a dream."""
    from ..runs.result import in_few_words

    layers = ", ".join(map(in_few_words, dream.layers[:6]))
    steps = len(dream.losses)
    return f"{dream.recipe}: {layers}; {steps} steps, {dream.seconds:.1f} s, seed {dream.seed}"


def plan(order: dict[str, Any]) -> dict[str, Any]:
    """What a dream would take."""
    from ..runs.planning import plan_request

    planned = plan_request(request_of_order(order), measure=order["measure"])
    return {
        "text": plan_lines(planned),
        "seconds": planned.seconds,
        "memory": planned.memory,
        "can_run": planned.can_run,
    }


def plan_lines(plan: Plan) -> list[str]:
    """A plan as the page shows it, a line each."""
    height, width = plan.shape
    (least, other), count = plan.octaves[0].shape, len(plan.octaves)
    lines = [f"{width}x{height} pixels, {count} octave{'s' * (count != 1)} from {other}x{least}"]
    if plan.seconds is not None:
        lines.append(f"about {plan.seconds:.0f} s, if no octave ends early")
    if plan.memory is not None:
        of = "" if plan.allowed is None else f" of {plan.allowed / 1e9:.1f} GB"
        lines.append(f"about {plan.memory / 1e9:.1f} GB of memory{of}")
    return [*lines, *plan.notes, *plan.problems]
