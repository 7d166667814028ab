"""job → **pyramid** → dream: the octaves, one after the other."""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import CheckpointWarning
from ..pictures.images import Picture, Shape, as_tensor, resize
from .job import Job, climb_for, window_pixels, windows_for
from ..core.octaves import enter_octave, lost_detail, octave_image

if TYPE_CHECKING:
    import tensorflow as tf

    from ..core.ascent import AscentStep, OnStep


@dataclasses.dataclass(frozen=True)
class State:
    """A dream after one of its octaves: all that the next one needs.

    Attributes
    ----------
    image : float32 (1, H, W, 3), at the octave's size
    octave : how many octaves are done
    steps : the iterations so far
    random : state of the generator that rolls and tiles are drawn from
    limit : how many pixels a window may have, or None where each octave's gradient is one
    stopped : None, or why the dream ends here
    """

    image: tf.Tensor
    octave: int = 0
    steps: tuple[AscentStep, ...] = ()
    random: Any = None
    limit: int | None = None
    stopped: str | None = None


def run_octaves(
    job: Job,
    picture: Picture,
    shapes: Sequence[Shape],
    on_step: OnStep | None = None,
    state: State | None = None,
) -> Iterator[State]:
    """Dream octave by octave; yields the state after each.

    Where the dream is stopped, lost detail is still put back at the remaining sizes, so that the
    last state has the size of the largest octave.

    Parameters
    ----------
    shapes : of the octaves, the smallest first
    state : of an earlier run of the same job, to go on from
    """
    climb = climb_for(job)
    from ..core.ascent import Ascent, ascend

    recipe, random = job.recipe, np.random.default_rng(job.seed)
    pixels = math.prod(max(shapes))
    limit = window_pixels(job, climb, max(shapes))

    def base(index: int) -> tf.Tensor:
        return octave_image(as_tensor(picture), shapes, index, recipe)

    def entered(state: State) -> tf.Tensor:
        index = state.octave
        if index == 0:
            return state.image
        previous = base(index - 1) if recipe.carry == "detail" else None
        return enter_octave(state.image, base(index), previous, recipe)

    state = state or State(base(0), limit=limit if limit and limit < pixels else None)
    windows = windows_for(job, fitting_limit(state.limit, limit, pixels))
    if state.random is not None:
        random.bit_generator.state = state.random
    for index in range(state.octave, len(shapes)):
        if state.stopped is None:
            ascent = ascend(
                entered(state),  # in no variable here: a large image is not kept longer than needed
                climb,
                recipe,
                random,
                on_step,
                windows=windows(shapes[index], index),
                octave=index + 1,
                octaves=len(shapes),
            )
        else:
            ascent = Ascent(entered(state), (), state.stopped)
        image, steps, stopped = ascent.image, state.steps + ascent.steps, ascent.stopped
        del ascent
        if index and recipe.carry == "lost_detail":
            image += lost_detail(base(index), base(index - 1), recipe)
        drawn = random.bit_generator.state
        state = dataclasses.replace(
            state, image=image, octave=index + 1, steps=steps, random=drawn, stopped=stopped
        )
        del image
        yield state


def fitting_limit(before: int | None, now: int | None, pixels: int) -> int | None:
    """The limit of an earlier run of a dream of so many pixels, if there is as much memory now."""
    if now is None or (before is not None and before <= now):
        return before
    if before is None and now >= pixels:  # one window: the same pixels
        return now
    warnings.warn(
        CheckpointWarning("there is less memory than before: the pixels may differ a little"),
        stacklevel=4,
    )
    return now


def at_size(image: tf.Tensor, shape: Shape, method: str) -> tf.Tensor:
    """The image at the picture's size, where the last octave is larger."""
    return image if tuple(image.shape[1:3]) == shape else resize(image, shape, method)
