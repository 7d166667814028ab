"""job → **estimates** → plan: the parts of each gradient, the layers without one, memory, time."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..networks.nodes import needed_nodes
from ..networks.sizes import activation_shapes, cell_stride
from ..pictures.picture import noise, shrunk
from ..recipes.schedule import Box, Shape, draw_tiles, widened
from ..recipes.transforms import sizes_seen
from ._fitting import gradient_bytes, windows_for, windows_of
from .gradients import gradient_for
from .job import GUIDE_SIZE, Job
from .memory import KERNEL_BYTES, MOST_KERNELS, PIXEL_BYTES, Copies, expected_memory

SAMPLE = 256  # pixels of each side of the image whose gradient is timed
SPARE = 1.05  # bytes predicted for each that the gradient and the images should take
MOST_DRAWN = 200  # gradients whose parts are drawn for an estimate
NETWORK_BYTES = 60_000_000  # of a network, where it is not loaded yet


class Parts(NamedTuple):
    """The parts that the gradients of one octave are put together from.

    Attributes
    ----------
    most : how many there are in one gradient at most
    shape : the largest height and width
    pixels : of all parts of one gradient, on average
    sizes : how many different shapes there are
    """

    most: int
    shape: Shape
    pixels: float
    sizes: int = 1


def octave_parts(job: Job, octave: int, limit: int | None) -> Parts:
    """The windows, or the tiles, of one octave; windows are drawn as the dream will draw them.

    Parameters
    ----------
    octave : which one, from 0
    limit : how many pixels a window may have
    """
    recipe, shape = job.recipe, job.shown(octave)
    drawn = min(recipe.iterations, MOST_DRAWN)
    if recipe.tile_size is not None:
        random = np.random.default_rng(job.seed)
        gradients = [draw_tiles(shape, recipe, random) for _ in range(drawn)]
        return _parts([[widened(box, shape, job.smallest) for box in boxes] for boxes in gradients])
    if limit is None:
        return Parts(1, shape, shape[0] * shape[1])
    draw = windows_for(job, limit, octave)
    return _parts([[window.box for window in draw(shape)] for _ in range(drawn)])


def _parts(gradients: Sequence[Sequence[Box]]) -> Parts:
    shapes = [box.shape for boxes in gradients for box in boxes]
    largest = max(height for height, _ in shapes), max(width for _, width in shapes)
    pixels = sum(height * width for height, width in shapes) / len(gradients)
    return Parts(max(map(len, gradients)), largest, pixels, len(set(shapes)))


def silent_layers(job: Job, shape: Shape) -> tuple[str, ...]:
    """The layers of which nothing counts for an image (or a tile) of this shape.

    It is too small for them, or all of their cells are border.
    """
    nodes = job.nodes
    shapes = activation_shapes(nodes, shape)

    def is_silent(layer: str) -> bool:
        cells = min(shapes[layer])
        without_place = shapes[layer] == (1, 1) and cell_stride(nodes, layer) == (0, 0)
        return cells <= (0 if without_place else 2 * job.recipe.border)

    return tuple(layer for layer in dict.fromkeys(job.layers) if is_silent(layer))


def peak_memory(job: Job, activations: Any, parts: Sequence[Parts], *, windows: bool) -> int:
    """Bytes that this process will have held at most when the dream is finished.

    Parameters
    ----------
    activations : the job's, or None where the network is not loaded
    windows : whether the gradients are windows'
    """
    largest = max((part.shape for part in parts), key=math.prod)
    pixel_bytes = gradient_bytes(job, activations, windows=windows) or PIXEL_BYTES
    kept, working = Copies.of(job.recipe, job.place, job.terms).bytes(job.largest)
    gradient = pixel_bytes * math.prod(largest) + _guide_bytes(job, largest)
    process = expected_memory() + (NETWORK_BYTES if activations is None else 0)
    sizes = sum(part.sizes for part in parts) * sizes_seen(job.recipe.shown())
    kept_kernels = _kernel_bytes(job, sizes)
    return int(process + kept_kernels + SPARE * (kept + max(gradient, working)))


def _kernel_bytes(job: Job, sizes: int) -> int:
    """Of the code and the buffers that oneDNN keeps for convolutions of different sizes."""
    needed = needed_nodes(job.nodes, job.layers)
    kinds = [node.options.get("operation", node.op) for node in needed]
    convolutions = sum(kind.lower().startswith(("conv", "depthwise")) for kind in kinds)
    return KERNEL_BYTES * min(MOST_KERNELS, convolutions * sizes)


def _guide_bytes(job: Job, shape: Shape) -> int:
    """Of the products of each cell with each of the guide's."""
    if job.guide is None:
        return 0
    cells = activation_shapes(job.nodes, shape)
    guide = activation_shapes(job.nodes, shrunk(job.guide, GUIDE_SIZE).shape)
    return sum(8 * math.prod(cells[layer]) * math.prod(guide[layer]) for layer in job.layers)


def measured_speed(job: Job, in_windows: bool) -> tuple[float, float]:
    """Seconds of the first gradients, with their tracing, and seconds for each pixel after that.

    Parameters
    ----------
    in_windows : whether the gradients will be put together from windows
    """
    start = time.perf_counter()
    gradient = gradient_for(job)
    import tensorflow as tf

    from ..core.ascent import climb
    from .windows import WindowedGradient

    side = max(SAMPLE, job.smallest)
    shape, limit = (side, side), side * side - 1
    image, random = tf.constant(noise(shape, 0).image), np.random.default_rng
    boxes = [widened(b, shape, job.smallest) for b in draw_tiles(shape, job.recipe, random(0))]
    if in_windows:
        boxes = [window.box for window in windows_of(job, limit, random(0))(shape)]
        windowed = WindowedGradient(gradient, lambda _: windows_of(job, limit, random(0)))
    pixels = sum(math.prod(box.shape) for box in boxes) or side * side

    def timed() -> float:
        begun = time.perf_counter()
        if in_windows:
            windowed.enter(0)
        climb(image, windowed if in_windows else gradient, job.recipe, random(0), 0)
        return time.perf_counter() - begun

    timed()
    first = time.perf_counter() - start
    return first, min(timed(), timed()) / pixels
