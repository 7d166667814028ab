"""gradient → **movement** → record: octaves that leave the picture as it was, and why."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, Literal

from ..errors import DreamStoppedWarning
from ..recipes.chain import Laplacian, Normalize
from ..recipes.schedule import Shape
from ..recipes.terms import LayerTerm
from ._estimates import octave_parts, silent_layers
from .job import Job
from .record import Record, Skip

if TYPE_CHECKING:
    import tensorflow as tf
    from numpy.random import Generator

    from ..core.gradient import Gradient
    from ..core.octaves import State

SHADE = 1 / 127.5  # one of 255, in the [-1, 1] that images have


class Watched:
    """A `Gradient` that tells of its octave: the last loss, and how far its steps may have gone.

    Attributes
    ----------
    loss : of the last image, a float32 scalar
    moved : what the steps add up to at most, no farther than it takes to be seen
    """

    def __init__(self, gradient: Gradient, job: Job) -> None:
        self._gradient, self._recipe = gradient, job.recipe
        self._least = min(job.recipe.step, SHADE) / 100
        self.loss: Any = None
        self.moved = 0.0

    def __call__(
        self, image: tf.Tensor, random: Generator, shift: Shape = (0, 0)
    ) -> tuple[tf.Tensor, tf.Tensor]:
        self.loss, direction = self._gradient(image, random, shift)
        if self.moved < self._least:
            self.moved += self._recipe.step * self._extent(direction)
        return self.loss, direction

    def _extent(self, direction: tf.Tensor) -> float:
        """About the largest value that the direction has once it is normalised."""
        import tensorflow as tf

        extent = float(tf.maximum(tf.reduce_max(direction), -tf.reduce_min(direction)))
        if self._recipe.optimizer == "adam":
            return float(extent > 0)
        for unit in self._recipe.units():
            if extent > 0 and isinstance(unit, Normalize | Laplacian):
                by_root = isinstance(unit, Normalize) and unit.how == "l2"
                extent /= extent + (math.sqrt(unit.epsilon) if by_root else unit.epsilon)
        return extent

    def skipped(self, state: State) -> Skip | None:
        """What there is to say of the octave that a state is the end of; the next one begins."""
        moved, self.moved = self.moved, 0.0
        stepped = bool(state.steps) and state.steps[-1].octave == state.octave
        if state.stopped is not None or (stepped and not moved < self._least):
            return None
        why: Literal["no gradient", "max_loss"] = "no gradient" if stepped else "max_loss"
        return {"octave": state.octave, "why": why, "loss": float(self.loss)}


def with_skip(record: Record, skip: Skip | None) -> Record:
    """The record, with one more octave that was skipped."""
    return record if skip is None else dataclasses.replace(record, skipped=[*record.skipped, skip])


def ended_by(record: Record, octaves: int) -> str | None:
    """Why the octaves so far, or some of them, ended before anything was dreamed there."""
    found = [
        why if len(skips) == octaves else f"{why} at {_octaves(skips)}"
        for why, skips in _by_reason(record).items()
    ]
    return ", ".join(found) or None


def stopped_warning(job: Job, record: Record) -> DreamStoppedWarning | None:
    """What there is to say of a dream that ended early or skipped octaves, and what to change."""
    if record.stopped == "not finite":
        return _not_finite(record)
    said = []
    for why, skips in _by_reason(record).items():
        fact, advice = _above(job, skips) if why == "max_loss" else _still(job, skips)
        where, there = f"at {_octaves(skips)} of {len(record.octaves)} ", " there"
        if len(skips) == len(record.octaves):
            where = there = ""
        said.append(f"{where}{fact}: nothing was dreamed{there}. {advice}.")
    return DreamStoppedWarning(" ".join(said)) if said else None


def _not_finite(record: Record) -> DreamStoppedWarning:
    where = "at the first iteration"
    if record.last_step is not None:
        octave, iteration = record.last_step
        where = f"after octave {octave}/{len(record.octaves)}, iteration {iteration}"
    return DreamStoppedWarning(
        f"the loss was not a finite number {where}; the picture is the last good one. "
        "Give a smaller `step`, smaller weights, or precision float32."
    )


def _by_reason(record: Record) -> dict[str, list[Skip]]:
    found: dict[str, list[Skip]] = {}
    for skip in record.skipped:
        found.setdefault(skip["why"], []).append(skip)
    return found


def _octaves(skips: list[Skip]) -> str:
    return f"octave{'s' * (len(skips) > 1)} {', '.join(str(skip['octave']) for skip in skips)}"


def _above(job: Job, skips: list[Skip]) -> tuple[str, str]:
    loss = min(skip["loss"] for skip in skips)
    more = " or more" if len(skips) > 1 else ""
    return (
        f"the loss is {loss:.4g}{more} before the first step, above max_loss = "
        f"{job.recipe.max_loss:g}",
        "Give a larger `max_loss`, or smaller weights",
    )


def _still(job: Job, skips: list[Skip]) -> tuple[str, str]:
    if not any(term.weight and _counts(term) for term in job.terms):
        return "every weight is 0", "Give weights that are not"
    height, width = octave_parts(job, skips[0]["octave"] - 1, None).shape
    if set(silent_layers(job, (height, width))) == set(job.layers):
        larger = "fewer octaves" if job.recipe.octaves > 1 else "a larger picture"
        return (
            f"the layers see nothing of {height}x{width} pixels",
            f"Take {larger}, or other layers",
        )
    fact = "the gradient is zero everywhere, or too small to move a pixel"
    return fact, "Take other layers or channels, larger weights, or a smaller `epsilon`"


def _counts(term: LayerTerm) -> bool:
    return term.channels is None or any(weight for _, weight in term.channels)
