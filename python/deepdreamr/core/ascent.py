"""gradient → **ascent** → octaves: the loop over iterations at one size."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from ..backend import traced
from ..recipes.schedule import Shape, iteration_sigma
from ..recipes.settings import Recipe
from .gradient import IMAGE, Gradient, normalize_gradient
from .smoothing import smooth_gradient

_NUMBER, _PAIR = tf.TensorSpec((), tf.float32), tf.TensorSpec((2,), tf.int32)


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
    steps: tuple[AscentStep, ...] = ()
    stopped: str | None = None


def ascend(
    image: tf.Tensor,
    gradient: Gradient,
    recipe: Recipe,
    random: np.random.Generator,
    *,
    on_step: OnStep | None = None,
    octave: int = 1,
    octaves: int = 1,
) -> Ascent:
    """Climb the loss for the recipe's iterations.

    Where the loss is above `max_loss` the octave ends before the step. Where it is not a finite
    number, when `on_step` returns False, or at a KeyboardInterrupt, the whole dream ends: with the
    last image whose loss was finite, or with the image after the last finished step.
    """
    shape = (int(image.shape[1]), int(image.shape[2]))
    steps: list[AscentStep] = []
    last_good, stopped = image, None
    try:
        for i in range(recipe.iterations):
            loss, further = climb(image, gradient, recipe, random, i)
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


def climb(
    image: tf.Tensor, gradient: Gradient, recipe: Recipe, random: np.random.Generator, i: int
) -> tuple[float, tf.Tensor]:
    """Iteration i, from 0: roll, gradient, smooth, normalise, roll back, step, clip.

    Returns the loss of `image` and the image one step further up; NaN if that one is not finite.
    """
    shift = (0, 0)
    if recipe.jitter:
        shift = random.integers(-recipe.jitter, recipe.jitter + 1, size=2)
    rolled = tf.roll(image, shift, axis=(1, 2)) if recipe.jitter else image
    loss, direction = gradient(rolled, random)
    del rolled  # a large image
    if recipe.sigma is not None:
        sigma, color = iteration_sigma(recipe, i), recipe.smooth_color
        direction = smooth_gradient(direction, sigma, color=color, width=recipe.smooth_kernel)
    step = _traced_step(recipe.normalize, recipe.epsilon, bool(recipe.jitter), recipe.clip)
    shift, length = tf.constant(shift, tf.int32), tf.constant(recipe.step, tf.float32)
    loss, further = step(image, direction, shift, length, loss)
    return float(loss), further


@functools.lru_cache(maxsize=16)
def _traced_step(normalize: str, epsilon: float, rolled: bool, clip: bool) -> Callable[..., Any]:
    """What turns an image and its gradient into the next image, as one graph."""

    def step(
        image: tf.Tensor, gradient: tf.Tensor, shift: tf.Tensor, length: tf.Tensor, loss: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        gradient = normalize_gradient(gradient, normalize, epsilon)
        image += length * (tf.roll(gradient, -shift, axis=(1, 2)) if rolled else gradient)
        image = tf.clip_by_value(image, -1.0, 1.0) if clip else image
        # of an image that is not finite a network's loss may be: ReLUs can take NaN for 0
        return tf.where(tf.reduce_all(tf.math.is_finite(image)), loss, np.nan), image

    return traced(step, (IMAGE, IMAGE, _PAIR, _NUMBER, _NUMBER))
