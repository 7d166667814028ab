"""job → **pyramid** → dream: the octaves, one after the other."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import CheckpointWarning
from .images import Picture, Shape, resize
from .jobs import Job, climb_for, window_pixels, windows_for
from .octaves import enter_octave, lost_detail, octave_images

if TYPE_CHECKING:
    import tensorflow as tf

    from .ascent import AscentStep, OnStep


@dataclasses.dataclass(frozen=True)
class State:
    """A dream after one of its octaves: all that the next one needs.

    Attributes
    ----------
    image : float32 (1, H, W, 3), at the octave's size
    octave : how many octaves are done
    steps : the iterations so far
    random : state of the generator that rolls and tiles are drawn from
    limit : how many pixels one gradient may take, or None
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
    import tensorflow as tf

    from .ascent import ascend

    recipe, random = job.recipe, np.random.default_rng(job.seed)
    limit = window_pixels(job, climb, max(shapes))
    bases = octave_images(tf.constant(picture.image), shapes, recipe)
    state = state or State(bases[0], limit=limit)
    windows = windows_for(job, fitting_limit(state.limit, limit))
    if state.random is not None:
        random.bit_generator.state = state.random
    for index in range(state.octave, len(bases)):
        base, previous = bases[index], bases[max(0, index - 1)]
        image, steps, stopped = state.image, state.steps, state.stopped
        if index:
            image = enter_octave(image, base, previous, recipe)
        if stopped is None:
            ascent = ascend(
                image,
                climb,
                recipe,
                random,
                on_step,
                windows=windows(shapes[index], index),
                octave=index + 1,
                octaves=len(bases),
            )
            image, stopped, steps = ascent.image, ascent.stopped, steps + ascent.steps
        if index and recipe.carry == "lost_detail":
            image += lost_detail(base, previous, recipe)
        drawn = random.bit_generator.state
        state = dataclasses.replace(
            state, image=image, octave=index + 1, steps=steps, random=drawn, stopped=stopped
        )
        yield state


def fitting_limit(before: int | None, now: int | None) -> int | None:
    """The limit of an earlier run, if there is as much memory now."""
    if now is None or (before is not None and before <= now):
        return before
    warnings.warn(
        CheckpointWarning("there is less memory than before: the pixels may differ a little"),
        stacklevel=4,
    )
    return now


def at_size(image: tf.Tensor, shape: Shape, method: str) -> tf.Tensor:
    """The image at the picture's size, where the last octave is larger."""
    return image if tuple(image.shape[1:3]) == shape else resize(image, shape, method)
