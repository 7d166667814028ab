"""steps → **frames** → animation: a dream's ascent as a short film, for `save_steps`."""

from __future__ import annotations

import math

import numpy as np

from ..errors import ArgumentError, CheckpointWarning, OutputError, received, warn
from ..pictures.animations import MOST_FRAMES, frame_of, write_animation
from .job import Job
from .result import Dream


def frame_interval(job: Job) -> int:
    """How many steps lie between two frames of a job's animation.

    As many as were asked for; or else so few that there are at most `MOST_FRAMES`, with the one
    that the dream begins with.

    Raises
    ------
    ArgumentError
        If there would be more frames.
    """
    least = max(1, math.ceil(len(job.shapes) * job.recipe.iterations / (MOST_FRAMES - 1)))
    every: int = job.request.every or least
    if every < least:
        raise ArgumentError(
            f"`every` must be >= {least} for an animation of at most {MOST_FRAMES} frames. "
            f"{received('every', every)}"
        )
    return every


class Film:
    """The frames of a job's animation, each of its output's size but 640 pixels at most.

    It begins with what the first octave starts from, and ends with the dream.
    """

    def __init__(self, job: Job) -> None:
        self._job, self._every = job, frame_interval(job)
        self._frames: list[np.ndarray] = []
        self._last = 0

    def wants(self, number: int) -> bool:
        """Whether the picture after a step, the first being 1, becomes a frame."""
        return number % self._every == 0

    def add(self, number: int, pixels: np.ndarray) -> None:
        """Add the picture after a step, uint8 (height, width, 3); what it starts from is 0."""
        if number or not self._frames:
            self._frames.append(frame_of(pixels, self._job.picture.shape))
            self._last = number

    def write(self, dream: Dream) -> None:
        """Write the animation of a dream, which takes the place of its last step.

        A dream whose animation cannot be written stays what it is, as it may have taken hours.
        """
        path, shape = self._job.animation, dream.shape
        if path is None or not self._frames:
            return
        if self._last and dream.losses and self._last == _number(self._job, dream):
            self._frames.pop()
        frames = [*self._frames, frame_of(dream.image, shape)]
        alpha = None if dream.alpha is None else frame_of(dream.alpha, shape)
        overwrite, note = self._job.request.overwrite, dream.record.note()
        try:
            write_animation(
                frames,
                path,
                overwrite=overwrite,
                alpha=alpha,
                icc_profile=dream.icc_profile,
                note=note,
            )
        except OutputError as error:
            warn(CheckpointWarning(f"no animation: {error}"))


def _number(job: Job, dream: Dream) -> int:
    """The number of a dream's last step."""
    octave, iteration, _ = dream.losses[-1]
    return (octave - 1) * job.recipe.iterations + iteration
