"""core's step → **step** → callback: one iteration of a dream, as `on_step` gets it."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ArgumentError, received
from ..pictures.picture import to_uint8
from ..recipes.schedule import Shape

if TYPE_CHECKING:
    import tensorflow as tf

    from ..core.ascent import Step
    from .animating import Film
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
    image : uint8 (height, width, 3), the image after the step at this octave's size, where `every`
        asks for it; else None
    """

    octave: int
    octaves: int
    shape: Shape
    iteration: int
    iterations: int
    loss: float
    image: np.ndarray | None = dataclasses.field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        height, width = self.shape
        return (
            f"octave {self.octave}/{self.octaves} {height}x{width}, "
            f"iteration {self.iteration}, loss {self.loss:.3f}"
        )


OnStep = Callable[[AscentStep], Any]


def check_every(every: Any, *uses: Any) -> None:
    """Raise an `ArgumentError` if there is nothing that the image of every so many steps is for."""
    if every is not None and not any(uses):
        raise ArgumentError(
            "`every` does nothing without `on_step` or `save_steps`.", "Give one of them."
        )


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


def reporter(
    on_step: OnStep | None,
    job: Job,
    film: Film | None = None,
    seen: Callable[[tf.Tensor, int], np.ndarray] = lambda image, octave: to_uint8(image),
) -> Callable[[Step, tf.Tensor], Any]:
    """What tells a callback, and a film, of each step of a job, with its place among all.

    `seen` makes the picture of an image at an octave. NumPy's False is False too. A callback that
    has a method `wants` says by it whether it is given the image of the step of a number.
    """
    octaves, iterations, every = len(job.shapes), job.recipe.iterations, job.request.every
    wants = getattr(on_step, "wants", lambda number: every is not None and number % every == 0)

    def report(step: Step, image: tf.Tensor) -> Any:
        number = (step.octave - 1) * iterations + step.iteration
        filmed = film is not None and film.wants(number)
        shown = on_step is not None and wants(number)
        pixels: Any = seen(image, step.octave) if filmed or shown else None
        if film and filmed:
            film.add(number, pixels)
        place = (step.octave, octaves, job.shapes[step.octave - 1], step.iteration, iterations)
        answer = on_step and on_step(AscentStep(*place, step.loss, pixels if shown else None))
        return bool(answer) if isinstance(answer, np.bool_) else answer

    return report
