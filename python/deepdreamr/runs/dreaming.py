"""octaves → **dream**: the whole way from a picture to a `Dream`."""

from __future__ import annotations

import dataclasses
import os
import time
import warnings
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .checkpoints import Checkpoint, find_checkpoint
from ..backend import device_name
from ..errors import ArgumentError, DreamInterrupted, DreamStoppedWarning, OutputError
from ..pictures.files import FORMATS, as_path, check_output, encode, write_whole
from ..pictures.images import Picture, Shape, read_picture, to_uint8
from .job import (
    Job,
    check_job,
    check_size,
    climb_for,
    first_picture,
    window_pixels,
    windows_for,
)
from ..recipes.terms import LayerTerm
from ..pictures.metadata import Record
from .pyramid import State, at_size, run_octaves
from .record import describe
from ..recipes.settings import Recipe

if TYPE_CHECKING:
    from ..core.ascent import AscentStep, OnStep


class Loss(NamedTuple):
    """The loss of one iteration; octave and iteration count from 1."""

    octave: int
    iteration: int
    loss: float


@dataclasses.dataclass(frozen=True)
class Dream:
    """A finished dream.

    Attributes
    ----------
    image : uint8 (height, width, 3)
    losses : one `Loss` for each step, in order
    octaves : (height, width) of each octave, the smallest first
    recipe : the recipe's name
    settings : every setting as it was used
    layers : the terms of the loss
    network, weights : the network's name, and where its parameters come from
    training : whether batch normalisation took the image's own statistics
    precision : in which the network computed
    seed : of everything random
    seconds : how long it took
    device : what TensorFlow computed on
    stopped : None, or why it ended early: "callback", "interrupted" or "not finite"
    alpha : uint8 (height, width), the source's transparency, or None
    icc_profile, source : the source's colour profile and file name, or None
    record : all that it takes to make the dream again, as saved pictures carry it; see `show`
    """

    image: np.ndarray
    losses: tuple[Loss, ...]
    octaves: tuple[Shape, ...]
    recipe: str
    settings: Mapping[str, Any]
    layers: tuple[LayerTerm, ...]
    network: str
    weights: str
    training: bool
    precision: str
    seed: int
    seconds: float
    device: str = "CPU"
    stopped: str | None = None
    alpha: np.ndarray | None = None
    icc_profile: bytes | None = None
    source: str | None = None
    record: Record = dataclasses.field(default_factory=dict, repr=False)

    @property
    def shape(self) -> Shape:
        """Height and width in pixels."""
        height, width = self.image.shape[:2]
        return height, width

    def png(self, *, strip_metadata: bool = False) -> bytes:
        """The dream as the content of a PNG file, with the source's transparency."""
        return self._encoded("PNG", strip_metadata)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        strip_metadata: bool = False,
    ) -> Path:
        """Write the dream; the suffix names the format (.png .jpg .jpeg .webp .tif .tiff).

        Unless `strip_metadata` is true the file says how it was made: see `show` and `replay`.

        Raises
        ------
        OutputError
            If it cannot be written, or the file exists and `overwrite` is false.
        """
        path = check_output(path, overwrite)
        write_whole(path, self._encoded(FORMATS[path.suffix.lower()], strip_metadata))
        return path

    def _encoded(self, format: str, strip_metadata: bool) -> bytes:
        return encode(
            self.image,
            format,
            alpha=self.alpha,
            icc_profile=self.icc_profile,
            record=None if strip_metadata else self.record,
        )

    def read_picture(self) -> Picture:
        """The dream as a picture, to dream on from."""
        return Picture(self.image, self.alpha, self.icc_profile, self.source)

    def _repr_png_(self) -> bytes:
        return self.png()

    def __repr__(self) -> str:
        height, width = self.shape
        layers = ", ".join(f"{term.layer} {term.weight:g}" for term in self.layers)
        last = f"loss {self.losses[-1].loss:.3f}" if self.losses else "no step"
        stopped = f", stopped: {self.stopped}" if self.stopped else ""
        return (
            f"<Dream {width}x{height} by recipe {self.recipe}: {layers}; {self.network}, "
            f"{self.weights}; {len(self.octaves)} octaves, {len(self.losses)} steps, {last}, "
            f"{self.seconds:.1f} s on {self.device}{stopped}>"
        )


def dream(
    image: Any = None,
    layers: Any = None,
    *,
    recipe: str | Recipe = "rblog",
    network: Any = "inception_v3",
    weights: str | os.PathLike[str] = "auto",
    convention: str | None = None,
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
    on_step: OnStep | None = None,
    **settings: Any,
) -> Dream:
    """Let a network dream of a picture.

    Parameters
    ----------
    image : path, bytes, Pillow image, array (uint8, or float in [0, 1]), or a `Dream`; None for
        noise of a given `size`
    layers : layer → weight, or a sequence of `LayerTerm`; default: the recipe's own
    recipe : a name of `RECIPES`, or a `Recipe`
    network : a name of `NETWORKS`; a path: `.keras`, `.h5`, a SavedModel's folder, a frozen graph's
        `.pb`, or a `.zip` with one; or a `keras.Model`
    weights : "auto" (a model's own; bundled where the network has them, else ImageNet), "bundled",
        "imagenet" (downloaded by Keras), "untrained" (random, from `seed`), "download" (for
        inception5h), or a file
    convention : what a network from a file or a model takes for a picture: "tf" (-1 to 1, the
        default), "caffe" (BGR less ImageNet's mean), "torch" (0 to 1, normalised), "0-255" or "0-1"
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
    on_step : called with an `AscentStep` after each iteration; the dream ends when it returns False
    **settings : any field of `Recipe`

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
    start = time.perf_counter()
    if on_step is not None and not callable(on_step):
        raise ArgumentError(f"`on_step` must be a function. Received: on_step={on_step!r}")
    kept = find_checkpoint(checkpoint)
    job = check_job(
        layers,
        recipe=recipe,
        network=network,
        weights=weights,
        convention=convention,
        missing=missing,
        training=training,
        seed=kept.seed if kept and seed is None else seed,
        precision=precision,
        max_memory=max_memory,
        guide=guide,
        settings=settings,
    )
    picture = first_picture(image, size, max_size, job.seed)
    job, shapes = check_size(job, picture.shape)
    folder = check_folder(save_octaves)
    record = describe(job, picture, shapes, size=size, max_size=max_size)
    state = _run(job, picture, shapes, on_step, record, folder, kept)
    result = _finished(job, picture, state, record, time.perf_counter() - start)
    if state.stopped == "interrupted":
        raise DreamInterrupted(result)
    if state.stopped == "not finite":
        warnings.warn(_not_finite(state.steps, shapes), stacklevel=2)
    return result


def _run(
    job: Job,
    picture: Picture,
    shapes: Sequence[Shape],
    on_step: OnStep | None,
    record: Record,
    folder: Path | None,
    kept: Checkpoint | None,
) -> State:
    """The state after the last octave; what is to be kept of the others is written on the way."""
    if kept is None:
        states = run_octaves(job, picture, shapes, on_step)
    else:
        states = kept.run(record, job, picture, shapes, on_step)
    last: deque[State] = deque(maxlen=1)
    try:
        for state in states:
            last.append(state)
            if folder is not None and state.stopped is None:
                _write_octave(folder, state, record)
    except KeyboardInterrupt:  # between two octaves; `ascend` catches it between two steps
        if not last:
            raise
        last.append(dataclasses.replace(last[0], stopped="interrupted"))
        last.extend(run_octaves(job, picture, shapes, None, last[0]))
    if kept and not kept.keep and last[0].stopped not in ("interrupted", "callback"):
        kept.delete()
    return last[0]


def _finished(job: Job, picture: Picture, state: State, record: Record, seconds: float) -> Dream:
    shapes = [(height, width) for height, width in record["octaves"]]
    return Dream(
        image=to_uint8(at_size(state.image, picture.shape, job.recipe.resize)),
        losses=tuple(Loss(step.octave, step.iteration, step.loss) for step in state.steps),
        octaves=tuple(shapes),
        recipe=job.recipe.name,
        settings=job.recipe.settings(),
        layers=job.terms,
        network=job.network,
        weights=record["weights"],
        training=job.training,
        precision=job.precision,
        seed=job.seed,
        seconds=seconds,
        device=device_name(),
        stopped=state.stopped,
        alpha=picture.alpha,
        icc_profile=picture.icc_profile,
        source=picture.name,
        record=_reached(record, state),
    )


def _reached(record: Record, state: State) -> Record:
    """The record, with how far the dream came."""
    last = state.steps[-1] if state.steps else None
    return record | {
        "octave": state.octave,
        "last_step": last and [last.octave, last.iteration],
        "steps": len(state.steps),
        "stopped": state.stopped,
        "window_pixels": state.limit,
    }


def loss_and_gradient(
    image: Any,
    layers: Any = None,
    *,
    recipe: str | Recipe = "rblog",
    network: Any = "inception_v3",
    weights: str | os.PathLike[str] = "auto",
    convention: str | None = None,
    guide: Any = None,
    missing: str = "warn",
    training: bool = False,
    seed: int | None = None,
    precision: str = "float32",
    max_memory: int | str | None = None,
    **settings: Any,
) -> tuple[float, np.ndarray]:
    """Loss of a picture at its own size, and the loss's gradient with respect to the picture.

    Parameters
    ----------
    image, layers, ... : as for `dream`

    Returns
    -------
    loss : float
    gradient : float32 (height, width, 3), per unit of the image's range [-1, 1], not normalised
    """
    job = check_job(
        layers,
        recipe=recipe,
        network=network,
        weights=weights,
        convention=convention,
        missing=missing,
        training=training,
        seed=seed,
        precision=precision,
        max_memory=max_memory,
        guide=guide,
        settings={"octaves": 1, "octaves_above": 0} | settings,
    )
    picture = read_picture(image)
    job, _ = check_size(job, picture.shape)
    climb = climb_for(job)
    limit = window_pixels(job, climb, picture.shape)
    windows = windows_for(job, limit)(picture.shape, 0)
    loss, gradient = climb.loss_and_gradient(picture.image, windows())
    return float(loss), gradient.numpy()[0]


def check_folder(folder: str | os.PathLike[str] | None) -> Path | None:
    """The folder, made if need be.

    Raises
    ------
    OutputError
        If it cannot be made, or nothing can be written there.
    """
    if folder is None:
        return None
    path = as_path("folder", folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", error)
        raise OutputError(f"cannot make the folder {str(path)!r}: {reason}.") from None
    check_output(path / "at_scale.png", overwrite=True)
    return path


def _write_octave(folder: Path, state: State, record: Record) -> None:
    pixels = to_uint8(state.image)
    height, width = pixels.shape[:2]
    content = encode(pixels, record=_reached(record, state))
    write_whole(folder / f"at_scale_{height}x{width}.png", content)


def _not_finite(steps: Sequence[AscentStep], shapes: Sequence[Shape]) -> DreamStoppedWarning:
    where = "at the first iteration"
    if steps:
        where = f"after octave {steps[-1].octave}/{len(shapes)}, iteration {steps[-1].iteration}"
    return DreamStoppedWarning(
        f"the loss was not a finite number {where}; the picture is the last good one"
    )
