"""gradient → **ascent** → octaves: the loop over iterations at one size."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from .gradient import Climb, draw
from ..pictures.images import Shape
from ..recipes.settings import Recipe
from .smoothing import iteration_sigma
from ..runs.windows import Window


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


@dataclasses.dataclass(frozen=True)
class Ascent:
    """What an octave's ascent came to.

    Attributes
    ----------
    image : float32 (1, H, W, 3)
    steps : the iterations whose step was taken
    stopped : None, or why the whole dream has to end: "callback", "interrupted" or "not finite"
    """

    image: tf.Tensor
    steps: tuple[AscentStep, ...]
    stopped: str | None = None


def ascend(
    image: tf.Tensor,
    climb: Climb,
    recipe: Recipe,
    random: np.random.Generator,
    on_step: OnStep | None = None,
    *,
    windows: Callable[[], Sequence[Window]] = tuple,
    octave: int = 1,
    octaves: int = 1,
) -> Ascent:
    """Climb the loss for the recipe's iterations.

    Where the loss is above `max_loss` the octave ends before the step. Where it is not a finite
    number, when `on_step` returns False, or at a KeyboardInterrupt, the dream ends: with the last
    image whose loss was finite, or with the image after the last finished step. `windows`
    draws the parts of a large image that its gradient is put together from.
    """
    shape = (int(image.shape[1]), int(image.shape[2]))
    steps: list[AscentStep] = []
    last_good, stopped = image, None
    try:
        for i in range(recipe.iterations):
            sigma = iteration_sigma(
                recipe.sigma or 0.0, recipe.sigma_growth, recipe.sigma_phase, i, recipe.iterations
            )
            value, further = climb(
                image, draw(recipe, shape, random), sigma, recipe.step, windows()
            )
            loss = float(value)
            if not math.isfinite(loss):
                image, stopped = last_good, "not finite"
                break
            if recipe.max_loss is not None and loss > recipe.max_loss:
                break
            last_good, image = image, further
            steps.append(AscentStep(octave, octaves, shape, i + 1, recipe.iterations, loss))
            if on_step is not None and on_step(steps[-1]) is False:
                stopped = "callback"
                break
    except KeyboardInterrupt:
        stopped = "interrupted"
    return Ascent(image, tuple(steps), stopped)
