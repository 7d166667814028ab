"""octaves → **dream**: the whole way from a picture to a `Dream`."""

from __future__ import annotations

import dataclasses
import functools
import os
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .errors import ArgumentError, DreamStoppedWarning, OutputError
from .files import FORMATS, check_output, encode, write_whole
from .images import Picture, Shape, read_picture, to_uint8
from .loss import LayerTerm, known_terms, layer_terms
from .networks import find_network, known_nodes, load_source
from .nodes import Network, layer_names, smallest_size
from .octaves import check_octaves, enter_octave, lost_detail, octave_images
from .quiet import import_tensorflow
from .recipes import find_recipe
from .settings import Recipe
from .sources import Source

if TYPE_CHECKING:
    import tensorflow as tf

    from .ascent import AscentStep, OnStep
    from .gradients import Climb

PRECISIONS = ("float32", "bfloat16", "float16")


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
    stopped : None, or why it ended early: "callback" or "not finite"
    alpha : uint8 (height, width), the source's transparency, or None
    icc_profile, source : the source's colour profile and file name, or None
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
    stopped: str | None = None
    alpha: np.ndarray | None = None
    icc_profile: bytes | None = None
    source: str | None = None

    @property
    def shape(self) -> Shape:
        """Height and width in pixels."""
        height, width = self.image.shape[:2]
        return height, width

    def png(self) -> bytes:
        """The dream as the content of a PNG file, with the source's transparency."""
        return encode(self.image, "PNG", alpha=self.alpha, icc_profile=self.icc_profile)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the dream; the suffix names the format (.png .jpg .jpeg .webp .tif .tiff).

        Raises
        ------
        OutputError
            If it cannot be written, or the file exists and `overwrite` is false.
        """
        path = check_output(path, overwrite)
        kind = FORMATS[path.suffix.lower()]
        write_whole(path, encode(self.image, kind, alpha=self.alpha, icc_profile=self.icc_profile))
        return path

    def read_picture(self) -> Picture:
        """The dream as a picture, to dream on from."""
        pixels = read_picture(self.image).pixels
        return Picture(pixels, self.alpha, self.icc_profile, self.source)

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
            f"{self.seconds:.1f} s{stopped}>"
        )


class _Job(NamedTuple):
    """What a call of `dream` or `loss_and_gradient` comes to, checked."""

    recipe: Recipe
    terms: tuple[LayerTerm, ...]
    source: Source
    training: bool
    precision: str
    seed: int
    missing: str

    @property
    def network(self) -> str:
        """The network's name."""
        return self.source.name


def dream(
    image: Any,
    layers: Any = None,
    *,
    recipe: str | Recipe = "rblog",
    network: Any = "inception_v3",
    weights: str | os.PathLike[str] = "auto",
    convention: str | None = None,
    missing: str = "warn",
    training: bool = False,
    seed: int | None = None,
    precision: str = "float32",
    save_octaves: str | os.PathLike[str] | None = None,
    on_step: OnStep | None = None,
    **settings: Any,
) -> Dream:
    """Let a network dream of a picture.

    Parameters
    ----------
    image : path, bytes, Pillow image, array (uint8, or float in [0, 1]), or a `Dream`
    layers : layer → weight, or a sequence of `LayerTerm`; default: the recipe's own
    recipe : a name of `RECIPES`, or a `Recipe`
    network : a name of `NETWORKS`; a path: `.keras`, `.h5`, a SavedModel's folder, a frozen graph's
        `.pb`, or a `.zip` with one; or a `keras.Model`
    weights : "auto" (a model's own; bundled where the network has them, else ImageNet), "bundled",
        "imagenet" (downloaded by Keras), "untrained" (random, from `seed`), "download" (for
        inception5h), or a file
    convention : what a network from a file or a model takes for a picture: "tf" (-1 to 1, the
        default), "caffe" (BGR less ImageNet's mean), "torch" (0 to 1, normalised), "0-255" or "0-1"
    missing : what to do about layers that the network does not have: "warn" or "error"
    training : whether batch normalisation takes the picture's own statistics (Keras's learning
        phase 1)
    seed : of everything random; drawn, and kept in the result, where it is None
    precision : "float32", "bfloat16" or "float16", in which the network computes
    save_octaves : a folder, made if need be, for `at_scale_<height>x<width>.png` after each octave
    on_step : called with an `AscentStep` after each iteration; the dream ends when it returns False
    **settings : any field of `Recipe`

    Returns
    -------
    Dream
        Its `image` has the size of the picture.

    Raises
    ------
    ImageError, ArgumentError, UnknownLayerError, NetworkError, WeightsError, OutputError
        Each says what was expected and what was received, before TensorFlow is imported where that
        is possible.

    Warns
    -----
    UnknownLayerWarning, ImageWarning, DreamStoppedWarning

    Examples
    --------
    >>> from deepdreamr import LContrib, dream, sample_image
    >>> tiny = dream(sample_image("jelly"), LContrib, octaves=1, iterations=1)
    >>> tiny.shape
    (480, 640)
    """
    start = time.perf_counter()
    job = _checked_job(
        layers, recipe, network, weights, missing, training, seed, precision, settings, convention
    )
    picture = read_picture(image)
    job, shapes = _checked_size(job, picture.shape)
    folder = _checked_folder(save_octaves)
    climb = _climb_for(job)
    result, steps, stopped = _run(job, climb, picture, shapes, on_step, folder)
    if stopped == "not finite":
        warnings.warn(_not_finite(steps, shapes), stacklevel=2)
    return Dream(
        image=to_uint8(result.numpy()),
        losses=tuple(Loss(step.octave, step.iteration, step.loss) for step in steps),
        octaves=shapes,
        recipe=job.recipe.name,
        settings=job.recipe.settings(),
        layers=job.terms,
        network=job.network,
        weights=_network_for(job).weights,
        training=job.training,
        precision=job.precision,
        seed=job.seed,
        seconds=time.perf_counter() - start,
        stopped=stopped,
        alpha=picture.alpha,
        icc_profile=picture.icc_profile,
        source=picture.name,
    )


def loss_and_gradient(
    image: Any,
    layers: Any = None,
    *,
    recipe: str | Recipe = "rblog",
    network: Any = "inception_v3",
    weights: str | os.PathLike[str] = "auto",
    convention: str | None = None,
    missing: str = "warn",
    training: bool = False,
    seed: int | None = None,
    precision: str = "float32",
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
    settings = {"octaves": 1, "octaves_above": 0} | settings
    job = _checked_job(
        layers, recipe, network, weights, missing, training, seed, precision, settings, convention
    )
    picture = read_picture(image)
    job, _ = _checked_size(job, picture.shape)
    loss, gradient = _climb_for(job).loss_and_gradient(picture.image)
    return float(loss), gradient.numpy()[0]


def _checked_job(
    layers: Any,
    recipe: str | Recipe,
    network: Any,
    weights: str | os.PathLike[str],
    missing: str,
    training: bool,
    seed: int | None,
    precision: str,
    settings: Mapping[str, Any],
    convention: str | None = None,
) -> _Job:
    chosen = find_recipe(recipe).replace(**settings)
    terms = layer_terms(chosen.layers if layers is None else layers)
    if precision not in PRECISIONS:
        raise ArgumentError(
            f"`precision` must be one of {', '.join(PRECISIONS)}. Received: precision={precision!r}"
        )
    if seed is None:
        seed = int(np.random.default_rng().integers(2**31))
    elif isinstance(seed, bool | str) or seed != int(seed) or seed < 0:
        raise ArgumentError(f"`seed` must be a whole number >= 0. Received: seed={seed!r}")
    source = find_network(network, weights=weights, convention=convention, seed=int(seed))
    return _Job(chosen, terms, source, bool(training), precision, int(seed), missing)


def _checked_size(job: _Job, shape: Shape) -> tuple[_Job, tuple[Shape, ...]]:
    """The job with the layers that the network has, and the octaves' shapes."""
    nodes = known_nodes(job.source) or _network_for(job).nodes
    terms = known_terms(job.terms, job.network, layer_names(nodes), job.missing)
    smallest = smallest_size(nodes, [term.layer for term in terms])
    return job._replace(terms=terms), check_octaves(shape, job.recipe, smallest)


def _checked_folder(folder: str | os.PathLike[str] | None) -> Path | None:
    if folder is None:
        return None
    path = Path(folder).expanduser()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {str(path)!r}: {error.strerror}.") from None
    check_output(path / "at_scale.png", overwrite=True)
    return path


def _run(
    job: _Job,
    climb: Climb,
    picture: Picture,
    shapes: Sequence[Shape],
    on_step: OnStep | None,
    folder: Path | None,
) -> tuple[tf.Tensor, list[AscentStep], str | None]:
    """The octaves, one after the other."""
    import tensorflow as tf

    from .ascent import ascend

    recipe, random = job.recipe, np.random.default_rng(job.seed)
    bases = octave_images(tf.constant(picture.image), shapes, recipe)
    steps: list[AscentStep] = []
    image, stopped = bases[0], None
    for index, base in enumerate(bases):
        previous = bases[max(0, index - 1)]
        if index:
            image = enter_octave(image, base, previous, recipe)
        if stopped is None:
            ascent = ascend(
                image, climb, recipe, random, on_step, octave=index + 1, octaves=len(bases)
            )
            image, stopped = ascent.image, ascent.stopped
            steps += ascent.steps
        if index and recipe.carry == "lost_detail":
            image += lost_detail(base, previous, recipe)
        if folder is not None and stopped is None:
            height, width = base.shape[1:3]
            path = folder / f"at_scale_{height}x{width}.png"
            write_whole(path, encode(to_uint8(image.numpy())))
    return _at_size(image, picture.shape, recipe), steps, stopped


def _at_size(image: tf.Tensor, shape: Shape, recipe: Recipe) -> tf.Tensor:
    from .images import resize

    return image if tuple(image.shape[1:3]) == shape else resize(image, shape, recipe.resize)


def _not_finite(steps: Sequence[AscentStep], shapes: Sequence[Shape]) -> DreamStoppedWarning:
    if not steps:
        where = "at the first iteration"
    else:
        where = f"after octave {steps[-1].octave}/{len(shapes)}, iteration {steps[-1].iteration}"
    return DreamStoppedWarning(
        f"the loss was not a finite number {where}; the picture is the last good one"
    )


def _network_for(job: _Job) -> Network:
    return _cached_network(job.source)


@functools.lru_cache(maxsize=2)
def _cached_network(source: Source) -> Network:
    import_tensorflow()
    return load_source(source)


def _climb_for(job: _Job) -> Climb:
    loop_only = {
        "octaves",
        "octaves_above",
        "octave_scale",
        "octave_rounding",
        "octave_chain",
        "octave_sigma",
        "resize",
        "carry",
        "blend",
        "iterations",
        "step",
        "max_loss",
        "sigma_growth",
        "sigma_phase",
        "tile_size",
        "tile_start",
    }
    settings = tuple(
        (name, value) for name, value in job.recipe.settings().items() if name not in loop_only
    )
    return _cached_climb(job.source, job.terms, job.training, job.precision, settings)


@functools.lru_cache(maxsize=4)
def _cached_climb(
    source: Source,
    terms: tuple[LayerTerm, ...],
    training: bool,
    precision: str,
    settings: tuple[tuple[str, Any], ...],
) -> Climb:
    import_tensorflow()
    from .gradients import Climb
    from .trunk import Trunk

    network = _cached_network(source)
    layers = [term.layer for term in terms]
    trunk = Trunk(network, layers, training=training, precision=precision)
    return Climb(
        trunk, terms, Recipe(**dict(settings)), smallest=smallest_size(network.nodes, layers)
    )
