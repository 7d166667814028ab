"""request → job → **dream** → result: the whole way from a picture to a `Dream`."""

from __future__ import annotations

import dataclasses
import os
import time
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DreamInterrupted, warn
from ..pictures.picture import Picture, to_uint8
from ..recipes.schedule import Shape
from ..recipes.settings import Recipe
from ._describing import describe, reached
from ._skipping import Watched, stopped_warning, with_skip
from .checking import check
from .checkpoints import Checkpoint, restored
from .gradients import means_for
from .job import Job
from .record import Record
from .request import ARGUMENTS, Request
from .result import Dream, Loss
from .saving import write_octave
from .steps import OnStep, check_on_step, reporter

if TYPE_CHECKING:
    import tensorflow as tf

    from ..core.octaves import State


def dream(
    image: Any = None,
    layers: Any = None,
    *,
    recipe: str | Recipe = "rblog",
    network: Any = "inception_v3",
    weights: str | os.PathLike[str] = "auto",
    convention: str | None = None,
    engine: str = "fast",
    guide: Any = None,
    size: Shape | None = None,
    max_size: int | None = None,
    missing: str = "warn",
    training: bool = False,
    seed: int | None = None,
    precision: str = "float32",
    max_memory: int | str | None = None,
    save_octaves: str | os.PathLike[str] | None = None,
    checkpoint: str | os.PathLike[str] | Checkpoint | None = None,
    overwrite: bool = False,
    on_step: OnStep | None = None,
    **settings: Any,
) -> Dream:
    """Let a network dream of a picture.

    Parameters
    ----------
    image : path, bytes, file object, Pillow image, array (uint8, or float in [0, 1]), or a `Dream`;
        None for noise of a given `size`
    layers : layer → weight, or a sequence of `LayerTerm`; default: the recipe's own
    recipe : a name of `RECIPES`, or a `Recipe`
    network : a name of `NETWORKS`; a path: `.keras`, `.h5`, a SavedModel's folder, a frozen graph's
        `.pb`, or a `.zip` with one; or a `keras.Model`
    weights : "auto" (a model's own; bundled where the network has them, else ImageNet), "bundled",
        "imagenet" (downloaded by Keras), "untrained" (random, from `seed`), "download" (for
        inception5h), or a file
    convention : what a network from a file or a model takes for a picture: "tf" (-1 to 1, the
        default), "caffe" (BGR less ImageNet's mean), "torch" (0 to 1, normalised), "0-255" or "0-1"
    engine : what runs the network: "fast" (this package's own, reordered and folded), or "keras",
        plain and slower, to check the other against; for networks of `keras.applications` and a
        `keras.Model`. The two differ by rounding, which an ascent makes grow from step to step
    guide : a picture whose features the dream goes towards: at each position the gradient is the
        guide's feature vector that fits best (the 2015 notebook's rule); its longer side is scaled
        down to 400 pixels
    size : (height, width) in pixels of the noise to start from when there is no picture
    max_size : the picture is scaled down first if its longer side has more pixels
    missing : what to do about layers that the network does not have: "warn" or "error"
    training : whether batch normalisation takes the picture's own statistics (Keras's learning
        phase 1)
    seed : of everything random; drawn, and kept in the result, where it is None
    precision : "float32", "bfloat16", "float16", in which the network computes, or "auto":
        bfloat16 where the GPU or the processor has it; image, loss and step are float32 always
    max_memory : bytes, or a text like "2GB", that the process may use; default: what it has, and
        half of what the machine has free. Large pictures are dreamed in parts
    save_octaves : a folder, made if need be, for `at_scale_<height>x<width>.png` after each octave
    checkpoint : a file that keeps the dream after each octave; a call with the same arguments goes
        on from it, to the same pixels. It is deleted when the dream is finished
    overwrite : whether pictures that are in `save_octaves` may be replaced
    on_step : called with an `AscentStep` after each iteration; the dream ends when it returns False
    **settings : any field of `Recipe`. A recipe's own `max_loss` belongs to its own layers: with
        other layers, weights or channels, a guide, another network or objective there is none
        unless it is given

    Returns
    -------
    Dream
        Its `image` has the size of the picture.

    Raises
    ------
    ImageError, ArgumentError, UnknownLayerError, NetworkError, WeightsError, OutputError,
    MemoryLimitError
        Each says what was expected and what was received, before TensorFlow is imported where that
        is possible.
    DreamInterrupted
        A KeyboardInterrupt that has the dream after its last finished step as `dream`.

    Warns
    -----
    UnknownLayerWarning, ImageWarning, DreamStoppedWarning, CheckpointWarning

    Examples
    --------
    >>> from deepdreamr import LContrib, dream, sample_image
    >>> tiny = dream(sample_image("jelly"), LContrib, octaves=1, iterations=1)
    >>> tiny.shape
    (480, 640)
    """
    given = locals()  # by name, so that the arguments are not written a third time
    asked = Request(**{name: given[name] for name in ARGUMENTS}, settings=settings)
    return run(asked, on_step)


def run(request: Request, on_step: OnStep | None = None) -> Dream:
    """The dream that was asked for; errors and warnings are those of `dream`."""
    start = time.perf_counter()
    check_on_step(on_step)
    return run_job(check(request), on_step, start)


def run_job(job: Job, on_step: OnStep | None = None, start: float | None = None) -> Dream:
    """The dream of a job; `start` is when its call began, by `time.perf_counter`."""
    start = time.perf_counter() if start is None else start
    result = _Run(job, on_step).result(start)
    if result.stopped == "interrupted":
        raise DreamInterrupted(result)
    if warning := stopped_warning(job, result.record):
        warn(warning)
    return result


class _Run:
    """A job while it is dreamed."""

    def __init__(self, job: Job, on_step: OnStep | None) -> None:
        self.job, self.on_step = job, on_step
        self.record: Record = describe(job)
        self.limit: int | None = None  # pixels of a window
        self.restored = 0  # the octave that the checkpoint had

    def result(self, start: float) -> Dream:
        """The whole dream, from when its call began."""
        state = self._last_state()
        try:
            return self._dream(state, start)
        except KeyboardInterrupt:  # all steps are done
            raise DreamInterrupted(self._dream(state, start)) from None

    def _dream(self, state: State, start: float) -> Dream:
        from ..core.octaves import resized

        job, image, picture = self.job, state.image, self.job.picture
        if tuple(image.shape[1:3]) != picture.shape:  # the last octave is larger
            image = resized(image, picture.shape, job.recipe.resize)
        return Dream(
            image=to_uint8(image),
            losses=tuple(Loss(*step) for step in state.steps),
            seconds=time.perf_counter() - start,
            record=reached(self.record, state, self.limit),
            alpha=picture.alpha,
            icc_profile=picture.icc_profile,
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
            write_octave(job, state.image, reached(self.record, state, self.limit), again)

    def _octaves(self, state: State | None) -> Iterator[State]:
        """The core's dream of this job, on from a state."""
        job = self.job
        means = means_for(job, resumed=state is not None, limit=self.limit)
        self.limit = means.limit
        from ..core.octaves import Pyramid, State, dream

        pyramid = Pyramid(lambda: as_tensor(job.picture), job.shapes, job.recipe)
        random = np.random.default_rng(job.seed)
        state = state or State(pyramid.base(0))
        if means.windows and state.octave < len(job.shapes):
            means.windows.enter(state.octave)
        on_step = self.on_step and reporter(self.on_step, job)
        watched = Watched(means.gradient, job)
        octaves = dream(pyramid, watched, random, state, on_step)
        del state  # a large image
        for state in octaves:
            self.record = with_skip(self.record, watched.skipped(state))
            yield state
            if means.windows and state.octave < len(job.shapes):
                means.windows.enter(state.octave)


def as_tensor(picture: Picture) -> tf.Tensor:
    """A picture as the core takes it: float32 (1, H, W, 3) in [-1, 1]."""
    import tensorflow as tf

    if picture.values.dtype != np.uint8:
        return tf.constant(picture.image)
    image = tf.cast(tf.constant(picture.values[None]), tf.float32)
    image /= 127.5
    return image - 1
