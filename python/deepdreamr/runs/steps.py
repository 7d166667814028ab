"""core's step → **step** → callback: one iteration of a dream, as `on_step` gets it."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ArgumentError, received
from ..recipes.schedule import Shape

if TYPE_CHECKING:
    from ..core.ascent import Step
    from .job import Job


@dataclasses.dataclass(frozen=True)
class AscentStep:
    """One iteration, as the callback gets it. Octaves and iterations count from 1.

    Attributes
    ----------
    octave, octaves : which octave of how many, the smallest first
    shape : height and width of the image at this octave, in pixels
    iteration, iterations : which iteration of at most how many
    loss : of the image before the step
    """

    octave: int
    octaves: int
    shape: Shape
    iteration: int
    iterations: int
    loss: float

    def __str__(self) -> str:
        height, width = self.shape
        return (
            f"octave {self.octave}/{self.octaves} {height}x{width}, "
            f"iteration {self.iteration}, loss {self.loss:.3f}"
        )


OnStep = Callable[[AscentStep], Any]


def check_on_step(on_step: Any) -> None:
    """Raise an `ArgumentError` if a callback is there and cannot be called with a step."""
    if on_step is None:
        return
    wanted = "a function"
    if callable(on_step):
        try:
            inspect.signature(on_step).bind(None)
            return
        except ValueError:  # of some that are written in C nothing is known
            return
        except TypeError:
            wanted = "a function of one argument"
    raise ArgumentError(f"`on_step` must be {wanted}. {received('on_step', on_step)}")


def reporter(on_step: OnStep, job: Job) -> Callable[[Step], Any]:
    """What tells a callback of each step of a job, with its place among all.

    NumPy's False is False too.
    """
    octaves, iterations = len(job.shapes), job.recipe.iterations

    def report(step: Step) -> Any:
        shape = job.shapes[step.octave - 1]
        answer = on_step(
            AscentStep(step.octave, octaves, shape, step.iteration, iterations, step.loss)
        )
        return bool(answer) if isinstance(answer, np.bool_) else answer

    return report
