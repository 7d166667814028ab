"""job → **run** → result: a job is dreamed, and what is kept on the way is written."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DreamInterrupted, warn
from ..pictures.picture import Picture, lanczos_8bit, picture_uint8, to_uint8
from ..recipes.spectrum import DEVIATION, falloff
from ._skipping import Watched, stopped_warning, with_skip
from .animating import Film
from .checkpoints import restored
from .describing import describe, reached
from .gradients import Gradients, means_for
from .job import Job
from .objectives import resolved
from .record import Record
from .result import Dream, Loss
from .saving import write_octave
from .settling import Windows
from .steps import OnStep, reporter

if TYPE_CHECKING:
    import tensorflow as tf

    from ..core.loss import Image
    from ..core.octaves import Pyramid, State


OnImage = Callable[[np.ndarray], Any]


def run_job(
    job: Job,
    on_step: OnStep | None = None,
    start: float | None = None,
    gradients: Gradients | None = None,
    on_image: OnImage | None = None,
    windows: Windows | None = None,
) -> Dream:
    """The dream of a job.

    Parameters
    ----------
    start : when its call began, by `time.perf_counter`
    gradients : what gives the gradient of its loss, if that is there already
    on_image : called with the whole dream before it becomes 8 bits, and before a mask, the colours
        and the strength of the place have their part in it: float32 (1, height, width, 3), with
        values beyond [-1, 1] unless the recipe clips them
    windows : what is settled of them
    """
    start, job = time.perf_counter() if start is None else start, resolved(job)
    result = _Run(job, on_step, on_image, gradients, windows).result(start)
    if result.stopped == "interrupted":
        raise DreamInterrupted(result)
    if warning := stopped_warning(job, result.record):
        warn(warning)
    return result


class _Run:
    """A job while it is dreamed."""

    def __init__(
        self,
        job: Job,
        on_step: OnStep | None,
        on_image: OnImage | None,
        gradients: Gradients | None,
        windows: Windows | None,
    ) -> None:
        self.job, self.on_step, self.on_image = job, on_step, on_image
        self._means = functools.partial(means_for, job, gradients=gradients, settled=windows)
        self.record: Record = describe(job)
        self.limit: int | None = None  # pixels of a window
        self.restored = 0  # the octave that the checkpoint had
        self.film = Film(job) if job.animation else None
        self._original = functools.lru_cache(maxsize=1)(
            lambda octave: to_uint8(pyramid_of(job).base(octave - 1))
        )

    def result(self, start: float) -> Dream:
        """The whole dream, from when its call began."""
        state = self._last_state()
        try:
            made = self._dream(state, start)
            if self.film and not (made.stopped == "interrupted" and self.job.checkpoint):
                self.film.write(made)
            return made
        except KeyboardInterrupt:  # all steps are done
            raise DreamInterrupted(self._dream(state, start)) from None

    def _dream(self, state: State, start: float) -> Dream:
        job, image, picture = self.job, state.image, self.job.picture
        if tuple(image.shape[1:3]) != picture.shape:  # the last octave is larger
            image = resized(image, picture.shape, job.recipe.resize)
        if self.on_image:
            self.on_image(image.numpy())
        return Dream(
            image=job.place.finished(to_uint8(image), lambda: picture_uint8(picture)),
            losses=tuple(Loss(*step) for step in state.steps),
            seconds=time.perf_counter() - start,
            record=reached(self.record, state, self.limit),
            alpha=picture.alpha,
            icc_profile=picture.icc_profile,
            original=picture_uint8(picture) if job.request.size is None else None,
        )

    def _last_state(self) -> State:
        """The state after the last octave; pictures of the others are written on the way."""
        job, last = self.job, deque["State"](maxlen=1)
        try:
            for state in self._states():
                last.append(state)
                self._keep(state)
                del state  # a large image
        except KeyboardInterrupt:  # between two octaves; `ascend` catches it between two steps
            if not last:
                raise
            last.append(last[0]._replace(stopped="interrupted"))
            last.extend(self._octaves(last[0]))
        kept = job.checkpoint
        if kept and not kept.keep and last[0].stopped not in ("interrupted", "callback"):
            kept.delete()
        return last[0]

    def _states(self) -> Iterator[State]:
        """The state after each octave, from that of the checkpoint on if there is one."""
        kept, state = self.job.checkpoint, None
        saved = kept.take(self.record) if kept else None
        if saved is not None:
            state, self.limit = restored(saved), saved.limit
            self.record = dataclasses.replace(self.record, skipped=saved.record.skipped)
            del saved
            self.restored = state.octave
            yield state
        octaves = self._octaves(state)
        del state  # a large image
        yield from octaves

    def _keep(self, state: State) -> None:
        """Write the checkpoint after an octave, then its picture."""
        job, again = self.job, state.octave == self.restored
        if state.stopped is None and job.checkpoint and not again:
            job.checkpoint.write(state, self.record, self.limit)
        if state.stopped is None:
            record = reached(self.record, state, self.limit)
            write_octave(job, lambda: self._seen(state.image, state.octave), record, again)

    def _seen(self, image: tf.Tensor, octave: int) -> np.ndarray:
        """What is seen of an image at an octave, from 1: uint8 (height, width, 3)."""
        return self.job.place.finished(to_uint8(image), lambda: self._original(octave))

    def _octaves(self, state: State | None) -> Iterator[State]:
        """The core's dream of this job, on from a state."""
        job = self.job
        means = self._means(resumed=state is not None, limit=self.limit)
        self.limit = means.limit
        from ..core.octaves import State, dream
        from .penalties import penalized

        pyramid = pyramid_of(job)
        random = np.random.default_rng(job.seed)
        state = state or State(first_image(job, pyramid))
        means = penalized(means, job.terms, pyramid.base)
        if state.octave < len(job.shapes):
            means.enter(state.octave)
        if self.film:
            self.film.add(0, self._seen(state.image, max(1, state.octave)))
        reports = self.on_step or self.film
        report = reporter(self.on_step, job, self.film, self._seen) if reports else None
        watched = Watched(means.gradient, job)
        octaves = dream(pyramid, watched, random, state, report)
        del state  # a large image
        for state in octaves:
            self.record = with_skip(self.record, watched.skipped(state))
            yield state
            if state.octave < len(job.shapes):
                means.enter(state.octave)


def pyramid_of(job: Job) -> Pyramid:
    """A job's picture at the sizes of its octaves."""
    from ..core.octaves import Pyramid

    return Pyramid(lambda: as_tensor(job.picture), job.shapes, job.recipe, resized, job.place.steps)


def resized(image: tf.Tensor, shape: tuple[int, int], method: str) -> tf.Tensor:
    """The core's bilinear resizing, or Pillow's: float32 (1, H, W, 3) in [-1, 1]."""
    import tensorflow as tf

    from ..core.octaves import resized as bilinear

    if method != "lanczos":
        return bilinear(image, shape, method)
    return tf.constant(lanczos_8bit(image.numpy()[0], shape)[None])


def first_image(job: Job, pyramid: Pyramid) -> Image:
    """What the first octave starts from: the original there; noise as the parameters have it."""
    if job.request.size is None or job.recipe.parameters == "pixels":
        return pyramid.base(0)
    import tensorflow as tf

    from ..core.parameters import image_of

    shape, random = job.shapes[0], np.random.default_rng((job.seed, 1))
    scale = falloff(*shape)
    drawn = random.normal(0, DEVIATION, (2, 3, *scale.shape)).astype(np.float32)
    return image_of(tf.constant(drawn), tf.constant(scale), shape)


def as_tensor(picture: Picture) -> tf.Tensor:
    """A picture as the core takes it: float32 (1, H, W, 3) in [-1, 1]."""
    import tensorflow as tf

    if picture.values.dtype != np.uint8:
        return tf.constant(picture.image)
    image = tf.cast(tf.constant(picture.values[None]), tf.float32)
    image /= 127.5
    return image - 1
