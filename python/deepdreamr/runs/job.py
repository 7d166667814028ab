"""recipe + network → **job** → dream: a call, checked before TensorFlow is imported if it can be.

Networks and traced functions are kept for the next call that needs the same ones.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backend import check_precision, usable_precision
from ..errors import ArgumentError, whole_number
from ..pictures.images import Picture, Shape, noise, read_picture, shrunk
from ..networks.inception import pixel_bytes as inception_bytes
from ..recipes.terms import LayerTerm, known_terms, layer_terms
from .memory import MOST_KERNELS, Copies, parse_memory, pixel_bytes, tile_limit
from ..networks.loading import find_network, known_nodes, load_source
from ..networks.nodes import Network, Node, activation_shapes, cell_stride, layer_names, smallest_size
from ..core.octaves import check_octaves
from ..backend import import_tensorflow
from ..recipes.published import find_recipe
from ..recipes.settings import Recipe
from ..networks.sources import Source
from .windows import CellGrid, Window, draw_windows, even_length

if TYPE_CHECKING:
    from ..core.gradient import Climb

GUIDE_SIZE = (
    400  # pixels of a guide's longer side at most: each cell is compared with all of its own
)
_WINDOW_BYTES = 60  # for each pixel of a window: it and its gradient, cut out, converted and summed
_SCHEDULE = (
    "octaves octaves_above octave_scale octave_rounding octave_chain octave_sigma resize carry "
    "blend iterations step max_loss sigma_growth sigma_phase tile_size tile_start"
).split()
"""Settings that the traced functions do not depend on."""


@dataclasses.dataclass(frozen=True)
class Job:
    """What a call comes to, checked.

    Attributes
    ----------
    recipe : with the call's own settings
    terms : of the loss
    source : where the network comes from
    training, precision, seed, missing : as for `dream`
    guide : the picture that the dream is to be like, or None
    memory : bytes that may be used, or None for the default
    """

    recipe: Recipe
    terms: tuple[LayerTerm, ...]
    source: Source
    training: bool
    precision: str
    seed: int
    missing: str
    guide: Picture | None = None
    memory: int | None = None

    @property
    def network(self) -> str:
        """The network's name."""
        return self.source.name


def check_job(
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
    max_memory: int | str | None = None,
    guide: Any = None,
    settings: Mapping[str, Any] | None = None,
) -> Job:
    """The job of a call; the arguments are those of `dream`.

    Raises
    ------
    ArgumentError, ImageError, NetworkError, WeightsError
        If one of them is wrong.
    """
    chosen = find_recipe(recipe).replace(**settings or {})
    terms = layer_terms(chosen.layers if layers is None else layers)
    seed = _checked_seed(seed)
    return Job(
        recipe=chosen,
        terms=terms,
        source=find_network(network, weights=weights, convention=convention, seed=seed),
        training=bool(training),
        precision=check_precision(precision),
        seed=seed,
        missing=missing,
        guide=None if guide is None else read_picture(guide),
        memory=None if max_memory is None else parse_memory(max_memory),
    )


def _checked_seed(seed: Any) -> int:
    if seed is None:
        return int(np.random.default_rng().integers(2**31))
    number = whole_number(seed, 0)
    if number is None:
        raise ArgumentError(f"`seed` must be a whole number >= 0. Received: seed={seed!r}")
    if number >= 2**128:
        raise ArgumentError(f"`seed` must be < 2^128. Received: seed={seed!r}")
    return number


def first_picture(image: Any, size: Shape | None, max_size: int | None, seed: int) -> Picture:
    """What a dream starts from: the picture, or noise of a size.

    Raises
    ------
    ArgumentError, ImageError
        If it is neither or both, or the picture cannot be read.
    """
    if (image is None) == (size is None):
        raise ArgumentError(
            "either a picture or `size` must be given. "
            f"Received: {'neither' if image is None else 'both'}"
        )
    picture = noise(size, seed) if size is not None else read_picture(image)
    return picture if max_size is None else shrunk(picture, max_size)


def check_size(job: Job, shape: Shape) -> tuple[Job, tuple[Shape, ...]]:
    """The job with the layers that the network has, and the octaves' shapes, smallest first.

    Raises
    ------
    UnknownLayerError, ImageError, MemoryLimitError
        If the network has none of the layers, an octave is too small for them, or there is too
        little memory, as far as that is known before the network is loaded.
    """
    nodes = nodes_for(job)
    terms = known_terms(job.terms, job.network, layer_names(nodes), job.missing)
    smallest = smallest_size(nodes, [term.layer for term in terms])
    shapes = check_octaves(shape, job.recipe, smallest)
    job = dataclasses.replace(job, terms=terms, precision=job_precision(job))
    if known_nodes(job.source):
        window_pixels(job, None, max(shapes))
    return job, shapes


def job_precision(job: Job) -> str:
    """The job's precision, "auto" resolved; a frozen graph has only its own."""
    if job.precision == "auto" and known_nodes(job.source) is None and network_for(job).cut:
        return "float32"
    return usable_precision(job.precision)


def nodes_for(job: Job) -> tuple[Node, ...]:
    """The network's nodes, without loading it where that can be."""
    return known_nodes(job.source) or network_for(job).nodes


def network_for(job: Job) -> Network:
    """The job's network, loaded."""
    return loaded_network(job.source)


@functools.lru_cache(maxsize=2)
def loaded_network(source: Source) -> Network:
    import_tensorflow()
    return load_source(source)


def climb_for(job: Job) -> Climb:
    """The job's loss, gradient and step, as traced functions."""
    settings = tuple(
        (name, value) for name, value in job.recipe.settings().items() if name not in _SCHEDULE
    )
    if job.guide is None:
        return _climb(job.source, job.terms, job.training, job.precision, settings)
    return _build_climb(job.source, job.terms, job.training, job.precision, settings, job.guide)


def window_pixels(job: Job, climb: Climb | None, shape: Shape) -> int | None:
    """How many pixels a window may have at most; None where each octave's gradient is taken whole.

    An octave with fewer pixels than that has one window. The whole is taken in the training phase,
    whose statistics are those of the whole picture, and with a layer that has no place in it. A
    recipe with tiles of its own has no other parts.

    Parameters
    ----------
    climb : the job's; None if the network's nodes are known without loading it
    shape : of the largest octave

    Raises
    ------
    MemoryLimitError
        If there is too little memory for any.
    """
    nodes, size = nodes_for(job), job.recipe.tile_size
    limit = functools.partial(
        tile_limit,
        shape,
        pixel_bytes(shape, lambda: gradient_bytes(job, climb)),
        job.memory,
        window_bytes=pixel_bytes(shape, lambda: gradient_bytes(job, climb, windows=True)),
        copies=Copies.of(job.recipe),
    )
    if size is not None:
        tile = math.prod(min(pixels, max(size, even_length(pixels, size))) for pixels in shape)
        return limit(tile=tile, kernels=MOST_KERNELS)
    without_place = any(0 in cell_stride(nodes, term.layer) for term in job.terms)
    return limit(tile=math.prod(shape) if job.training or without_place else None)


def gradient_bytes(job: Job, climb: Climb | None, *, windows: bool = False) -> float | None:
    """Bytes that a gradient takes for each pixel of its image; None if that is not known."""
    if climb is not None:
        known = climb.pixel_bytes(windows=windows)
        return None if known is None else known + _WINDOW_BYTES
    layers = [term.layer for term in job.terms]
    size = max(256, smallest_size(nodes_for(job), layers))
    value_bytes = 4 if job.precision == "float32" else 2
    return inception_bytes(layers, size, value_bytes, frugal=windows) + _WINDOW_BYTES


def windows_for(
    job: Job, limit: int | None
) -> Callable[[Shape, int], Callable[[], Sequence[Window]]]:
    """From an octave's shape and number to a function that draws its windows.

    It draws none without a limit.
    """
    nodes = nodes_for(job)
    layers = [term.layer for term in job.terms]

    def draws(octave: Shape, index: int) -> Callable[[], Sequence[Window]]:
        if limit is None:
            return tuple
        random = np.random.default_rng((job.seed, 2, index))
        shapes = activation_shapes(nodes, octave)
        grids = [CellGrid(cell_stride(nodes, layer), shapes[layer]) for layer in layers]
        return lambda: draw_windows(octave, grids, limit, random, border=job.recipe.border)

    return draws


def _build_climb(
    source: Source,
    terms: tuple[LayerTerm, ...],
    training: bool,
    precision: str,
    settings: tuple[tuple[str, Any], ...],
    guide: Picture | None = None,
) -> Climb:
    import_tensorflow()
    from ..core.gradient import Climb, guide_features
    from ..networks.engine.trunk import Trunk

    network, layers = loaded_network(source), [term.layer for term in terms]
    trunk = Trunk(network, layers, training=training, precision=precision)
    smallest = smallest_size(network.nodes, layers)
    guides = None
    if guide is not None:
        guides = guide_features(trunk, shrunk(guide, GUIDE_SIZE).image, smallest)
    return Climb(trunk, terms, Recipe(**dict(settings)), guides=guides, smallest=smallest)


_climb = functools.lru_cache(maxsize=4)(_build_climb)
