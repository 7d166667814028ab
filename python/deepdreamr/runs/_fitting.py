"""job + memory → **what fits** → windows: how many pixels the gradient of a part may have.

Plain data, no TensorFlow.
"""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import numpy as np

from ..errors import CheckpointWarning, warn
from ..networks.inception import pixel_bytes as inception_bytes
from ..networks.sizes import activation_shapes, cell_stride, only_size
from ..recipes.schedule import Shape, even_length
from ._layouts import CellGrid, Draw, draw_windows
from .job import Job
from .memory import MOST_KERNELS, Copies, pixel_bytes, tile_limit

_WINDOW_BYTES = 60  # for each pixel of a window: it and its gradient, cut out, converted and summed


class Windows(NamedTuple):
    """Pixels that a window of a gradient may have; None for gradients of the whole."""

    limit: int | None


def window_pixels(job: Job, activations: Any) -> int | None:
    """How many pixels a window may have at most; None where each octave's gradient is taken whole.

    An octave with fewer pixels than that has one window. The whole is taken in the training phase,
    whose statistics are those of the whole picture, with a layer that has no place in it, and with
    an objective that is a function. A recipe with tiles of its own has no other parts.

    Parameters
    ----------
    activations : the job's; None if the network's nodes are known without loading it

    Raises
    ------
    MemoryLimitError
        If there is too little memory for any.
    """
    shape, size = job.largest, job.recipe.tile_size
    limit = functools.partial(
        tile_limit,
        shape,
        pixel_bytes(shape, lambda: gradient_bytes(job, activations)),
        job.memory,
        window_bytes=pixel_bytes(shape, lambda: gradient_bytes(job, activations, windows=True)),
        copies=Copies.of(job.recipe, job.place, job.terms),
    )
    if size is not None:
        tile = math.prod(min(pixels, max(size, even_length(pixels, size))) for pixels in shape)
        return limit(tile=tile, kernels=MOST_KERNELS)
    without_place = any(0 in cell_stride(job.nodes, layer) for layer in job.layers)
    functions = any(callable(term.objective) for term in job.terms)
    whole = job.training or without_place or functions or only_size(job.nodes, job.layers)
    return limit(tile=math.prod(shape) if whole else None)


def gradient_bytes(job: Job, activations: Any, *, windows: bool = False) -> float | None:
    """Bytes that a gradient takes for each pixel of its image; None if that is not known.

    Parameters
    ----------
    activations : the job's; None if the network's nodes are known without loading it
    windows : whether of a window, whose gradient keeps less
    """
    size = max(256, job.smallest)
    if job.engine == "keras":
        return None
    if activations is None:
        value_bytes = 4 if job.precision == "float32" else 2
        return inception_bytes(job.layers, size, value_bytes, frugal=windows) + _WINDOW_BYTES
    return float(activations.gradient_bytes(size, frugal=windows)) + _WINDOW_BYTES


def windows_for(job: Job, limit: int, octave: int) -> Draw:
    """What draws the windows of an octave, counted from 0: the same ones in each run of a dream."""
    return windows_of(job, limit, np.random.default_rng((job.seed, 2, octave)))


def windows_of(job: Job, limit: int, random: np.random.Generator) -> Draw:
    """What draws the windows of an image of a shape, of at most `limit` pixels each."""
    strides = [cell_stride(job.nodes, layer) for layer in job.layers]

    @functools.lru_cache(maxsize=256)
    def grids(shape: Shape) -> list[CellGrid]:
        shapes = activation_shapes(job.nodes, shape)
        pairs = zip(strides, job.layers, strict=True)
        return [CellGrid(stride, shapes[layer]) for stride, layer in pairs]

    border = job.recipe.border
    return lambda shape: draw_windows(shape, grids(shape), limit, random, border=border)


def fitting_limit(before: int | None, now: int | None, pixels: int) -> int | None:
    """The limit of an earlier run, if there is still as much memory, else a lower one.

    Parameters
    ----------
    before, now : the limits then and now
    pixels : of the largest octave
    """
    if now is None or (before is not None and before <= now):
        return before
    if before is None and now >= pixels:  # one window: the same pixels
        return now
    warn(CheckpointWarning("there is less memory than before: the pixels may differ a little"))
    return now
