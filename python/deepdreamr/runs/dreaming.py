"""request → job → **dream** → result: the whole way from a picture to a `Dream`."""

from __future__ import annotations

import glob
import os
import time
from typing import Any

from ..errors import ImageError
from ..recipes.schedule import Shape
from ..recipes.settings import Recipe
from ..values import in_range
from .bars import Progress, check_watching, shown
from .checking import check
from .checkpoints import Checkpoint
from .gradients import Gradients
from .notebooks import Show, growing
from .request import ARGUMENTS, Request
from .result import Dream
from .running import run_job
from .settling import Windows
from .steps import OnStep


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
    mask: Any = None,
    masks: Any = None,
    keep_colors: bool = False,
    strength: float = 1.0,
    missing: str = "warn",
    training: bool = False,
    seed: int | None = None,
    precision: str = "float32",
    max_memory: int | str | None = None,
    save_octaves: str | os.PathLike[str] | None = None,
    save_steps: str | os.PathLike[str] | None = None,
    every: int | None = None,
    checkpoint: str | os.PathLike[str] | Checkpoint | None = None,
    overwrite: bool = False,
    on_step: OnStep | None = None,
    progress: Progress = None,
    preview: bool | None = None,
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
    mask : where the dream grows: a picture, as `image`, that is white where it does and grey where
        it does partly; where it is black the original is kept, bit for bit in 8 bits. If it has
        transparency, its opaque part grows, whatever its colours; "alpha" is that of `image`
        itself. It is a fraction of the picture, of whatever size
    masks : pairs (mask, layers), for a dream of other layers in each; in place of `mask` and
        `layers`. Where they overlap their layers mix; what is black in all is the original
    keep_colors : whether to take no more than the dream's brightness (the Y of YCbCr): the colours
        stay the picture's
    strength : how much of the dream is mixed into the picture, from 0 (the original) to 1
    missing : what to do about layers that the network does not have: "warn" or "error"
    training : whether batch normalisation takes the picture's own statistics (Keras's learning
        phase 1)
    seed : of everything random; drawn, and kept in the result, where it is None
    precision : "float32", "bfloat16", "float16", in which the network computes, or "auto":
        bfloat16 where the GPU or the processor has it; image, loss and step are float32 always
    max_memory : bytes, or a text like "2GB", that the process may use; default: what it has, and
        half of what the machine has free. Large pictures are dreamed in parts
    save_octaves : a folder, made if need be, for `at_scale_<height>x<width>.png` after each octave
    save_steps : a file for the ascent as a short animation, whose suffix names the format (.gif
        .webp .png .apng). It has at most 100 frames, all of the picture's size but of at most 640
        pixels; the first is what the first octave starts from, and the last is the dream. That of a
        dream that is interrupted ends there, but is not written where a `checkpoint` is kept; that
        of one that goes on begins where it goes on
    every : `on_step` is given the image after each step whose number this divides, and these
        are the frames of `save_steps`. Octaves are counted on: of 20 iterations, the first of the
        second octave is step 21. None for no images, and as many frames as there may be
    checkpoint : a file that keeps the dream after each octave; a call with the same arguments goes
        on from it, to the same pixels. It is deleted when the dream is finished
    overwrite : whether files of `save_octaves` and `save_steps` may be replaced
    on_step : called with an `AscentStep` after each iteration; the dream ends when it returns False
    progress : True for a bar over octaves and iterations with the time left, False for none, None
        for one if standard error is a terminal or this is a notebook; or a function that is called
        with each step as `on_step` is, whose answer does not count
    preview : True for a picture that grows in a notebook's cell, at most twice a second, with the
        dream in its place at the end; False for none, None for one unless `progress` is False.
        Elsewhere there is none
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
    _check_one(image)
    asked = Request(**{name: given[name] for name in ARGUMENTS}, settings=settings)
    wanted = in_range("preview", preview, bool, optional=True)
    wanted = progress is not False if wanted is None else wanted
    return run(asked, on_step, progress, preview=wanted)


def _check_one(image: Any) -> None:
    """Raise an `ImageError` if it is not one picture but several, which another function takes."""
    files = image if isinstance(image, list | tuple) else []
    if files and all(isinstance(file, str | os.PathLike) for file in files):
        several = f"`image` must be one picture, not {len(files)} files."
        raise ImageError(several, "`dream_many` dreams of each.")
    if not isinstance(image, str | os.PathLike):
        return
    path = os.path.expanduser(os.fspath(image))
    if os.path.isdir(path):
        hint = "`dream_many` dreams of all that are in it."
        raise ImageError(f"{path!r} is a folder, not a picture.", hint)
    if isinstance(path, str) and glob.has_magic(path) and not os.path.lexists(path):
        hint = "`dream_many` dreams of all that a glob finds."
        raise ImageError(f"there is no file {path!r}.", hint)


def run(
    request: Request,
    on_step: OnStep | None = None,
    progress: Progress = False,
    gradients: Gradients | None = None,
    windows: Windows | None = None,
    *,
    preview: bool | Show = False,
) -> Dream:
    """The dream that was asked for; errors and warnings are those of `dream`.

    Parameters
    ----------
    gradients, windows : of several dreams: see `run_job`
    preview : whether a notebook shows it while it grows; or what shows it
    """
    start = time.perf_counter()
    check_watching(on_step, progress, request.every, request.save_steps)
    job = check(request)
    shape, every = job.picture.shape, request.every
    with (
        shown(progress, on_step, job) as report,
        growing(preview, shape, report, every) as (called, end),
    ):
        dream = run_job(job, called, start, gradients, windows=windows)
        end(dream)
        return dream
