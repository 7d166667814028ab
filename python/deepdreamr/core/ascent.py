"""gradient → **ascent** → octaves: the loop over iterations at one size."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf
from numpy.random import Generator

from ..backend import traced
from ..recipes.settings import Recipe
from ..recipes.units import Unit
from .chain import chained, split
from .gradient import Gradient
from .loss import IMAGE, INTEGERS, MASK, NUMBER, Image
from .parameters import Climber


class Step(NamedTuple):
    """One iteration: its octave and its number, both from 1, and the loss before its step."""

    octave: int
    iteration: int
    loss: float


OnStep = Callable[[Step, Image], Any] | None


def ascend(
    image: Image,
    gradient: Gradient,
    recipe: Recipe,
    random: Generator,
    octave: int,
    report: OnStep,
    *,
    mask: tf.Tensor | None = None,
) -> tuple[Image, tuple[Step, ...], str | None]:
    """Climb the loss for the recipe's iterations, where there is a mask by as much as it says.

    Returns the image, the iterations whose step was taken, and None or why the whole dream is to
    end. Where the loss is above `max_loss` the octave ends, before the step or after it. The dream
    ends where the loss is "not finite", with the last image whose loss was; and, with the image
    after the last finished step, when `report` returns False ("callback") or at a KeyboardInterrupt
    ("interrupted").
    """
    before, steps, stopped = image, list[Step](), None
    plain = (recipe.parameters, recipe.optimizer) == ("pixels", "ascent")
    climber = None if plain else Climber(image, recipe)
    try:
        for i in range(recipe.iterations):
            loss, further = climb(image, gradient, recipe, random, i, climber, mask=mask)
            if not math.isfinite(loss):
                image, stopped = before, "not finite"
                break
            above = recipe.max_loss is not None and loss > recipe.max_loss
            if above and recipe.max_loss_step == "skipped":
                break
            before, image = image, further
            steps.append(Step(octave, i + 1, loss))
            if report is not None and report(steps[-1], image) is False:
                stopped = "callback"
            if above or stopped:
                break
    except KeyboardInterrupt:
        stopped = "interrupted"
    return image, tuple(steps), stopped


def climb(
    image: Image,
    gradient: Gradient,
    recipe: Recipe,
    random: Generator,
    i: int,
    climber: Climber | None = None,
    *,
    mask: tf.Tensor | None = None,
) -> tuple[float, Image]:
    """Iteration i, from 0: roll, gradient, its chain, roll back, step, clip.

    Returns the loss of `image`, and the image one step further up. The loss is NaN also where it is
    that next image that is not finite. A mask, (1, height, width, 1), is what the step is
    multiplied by. A climber takes the step in other numbers than pixels.
    """
    shift, roll = (0, 0), bool(recipe.jitter)
    if roll:
        shift = tuple(random.integers(-recipe.jitter, recipe.jitter + 1, size=2).tolist())
    rolled = tf.roll(image, shift, axis=(1, 2)) if roll else image
    loss, direction = gradient(rolled, random, shift)
    del rolled  # a large image
    before, within = split(recipe.units())
    direction = chained(direction, before, i, recipe.iterations)
    step = _traced_step(within, roll, recipe.clip and not climber, mask is not None)
    mask = tf.ones((1, 1, 1, 1)) if mask is None else mask
    # a climber is given what would be added to the image
    start, length = (tf.zeros_like(image), 1.0) if climber else (image, recipe.step)
    length = tf.constant(length, tf.float32)
    fine, further = step(start, direction, tf.constant(shift), length, mask)
    further = climber(further, i) if climber else further
    return float(loss) if fine else math.nan, further


@functools.lru_cache(maxsize=16)
def _traced_step(
    units: tuple[Unit, ...], roll: bool, clip: bool, masked: bool
) -> Callable[..., Any]:
    """What turns an image and its gradient into the next image, as one graph."""

    def step(
        image: Image, gradient: Image, shift: tf.Tensor, length: tf.Tensor, mask: tf.Tensor
    ) -> tuple[tf.Tensor, Image]:
        gradient = chained(gradient, units)
        gradient = tf.roll(gradient, -shift, axis=(1, 2)) if roll else gradient
        gradient = gradient * mask if masked else gradient
        image += length * gradient
        image = tf.clip_by_value(image, -1.0, 1.0) if clip else image
        # a network can have a finite loss for an image that is not: a ReLU may make 0 of NaN
        return tf.reduce_all(tf.math.is_finite(image)), image

    return traced(step, (IMAGE, IMAGE, INTEGERS, NUMBER, MASK))
