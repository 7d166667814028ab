"""job → **estimates** → plan: the parts of each gradient, the layers without one, memory, time."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..pictures.images import Shape, noise, shrunk
from .job import GUIDE_SIZE, Job, climb_for, gradient_bytes, windows_for
from .memory import KERNEL_BYTES, MOST_KERNELS, PIXEL_BYTES, Copies, expected_memory
from ..networks.nodes import Node, activation_shapes, cell_stride, needed_nodes
from .windows import Box, draw_boxes, widened

if TYPE_CHECKING:
    from ..core.gradient import Climb

SAMPLE = 256  # pixels of each side of the image whose gradient is timed
SPARE = 1.05  # bytes predicted for each that the gradient and the images should take
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


def octave_parts(job: Job, shape: Shape, index: int, limit: int | None, smallest: int) -> Parts:
    """The windows, or the tiles, of one octave; windows are drawn as the dream will draw them.

    Parameters
    ----------
    index : which octave, from 0
    limit : how many pixels a window may have
    smallest : how many pixels each way a tile has at least
    """
    recipe = job.recipe
    if recipe.tile_size is not None:
        random = np.random.default_rng(job.seed)
        gradients = [
            draw_boxes(shape, recipe.tile_size, recipe.tile_start, random)
            for _ in range(recipe.iterations)
        ]
        return _parts([[widened(box, shape, smallest) for box in boxes] for boxes in gradients])
    if limit is None:
        return Parts(1, shape, shape[0] * shape[1])
    draw = windows_for(job, limit)(shape, index)
    return _parts([[window.box for window in draw()] for _ in range(recipe.iterations)])


def _parts(gradients: Sequence[Sequence[Box]]) -> Parts:
    shapes = [box.shape for boxes in gradients for box in boxes]
    largest = max(height for height, _ in shapes), max(width for _, width in shapes)
    pixels = sum(height * width for height, width in shapes) / len(gradients)
    return Parts(max(map(len, gradients)), largest, pixels, len(set(shapes)))


def silent_layers(job: Job, nodes: Iterable[Node], shape: Shape) -> tuple[str, ...]:
    """The layers of which nothing counts for an image (or a tile) of this shape.

    It is too small for them, or all of their cells are border.
    """
    nodes = tuple(nodes)
    shapes = activation_shapes(nodes, shape)

    def is_silent(layer: str) -> bool:
        cells = min(shapes[layer])
        without_place = shapes[layer] == (1, 1) and cell_stride(nodes, layer) == (0, 0)
        return cells <= (0 if without_place else 2 * job.recipe.border)

    layers = dict.fromkeys(term.layer for term in job.terms)
    return tuple(layer for layer in layers if is_silent(layer))


def peak_memory(
    job: Job,
    nodes: Iterable[Node],
    climb: Climb | None,
    shape: Shape,
    parts: Sequence[Parts],
    *,
    windows: bool,
) -> int:
    """Bytes that this process will have held at most when the dream is finished.

    Parameters
    ----------
    climb : the job's, or None where the network is not loaded
    shape : of the largest octave
    windows : whether the gradients are windows'
    """
    nodes = tuple(nodes)
    largest = max((part.shape for part in parts), key=math.prod)
    pixel_bytes = gradient_bytes(job, climb, windows=windows) or PIXEL_BYTES
    kept, working = Copies.of(job.recipe).bytes(shape)
    gradient = pixel_bytes * math.prod(largest) + _guide_bytes(job, nodes, largest)
    process = expected_memory() + (NETWORK_BYTES if climb is None else 0)
    kept_kernels = _kernel_bytes(job, nodes, sum(part.sizes for part in parts))
    return int(process + kept_kernels + SPARE * (kept + max(gradient, working)))


def _kernel_bytes(job: Job, nodes: tuple[Node, ...], sizes: int) -> int:
    """Of the code and the buffers that oneDNN keeps for convolutions of different sizes."""
    needed = needed_nodes(nodes, [term.layer for term in job.terms])
    kinds = [node.options.get("operation", node.op) for node in needed]
    convolutions = sum(kind.lower().startswith(("conv", "depthwise")) for kind in kinds)
    return KERNEL_BYTES * min(MOST_KERNELS, convolutions * sizes)


def _guide_bytes(job: Job, nodes: tuple[Node, ...], shape: Shape) -> int:
    """Of the products of each cell with each of the guide's."""
    if job.guide is None:
        return 0
    cells = activation_shapes(nodes, shape)
    guide = activation_shapes(nodes, shrunk(job.guide, GUIDE_SIZE).shape)
    layers = [term.layer for term in job.terms]
    return sum(8 * math.prod(cells[layer]) * math.prod(guide[layer]) for layer in layers)


def measured_speed(job: Job, smallest: int, in_windows: bool) -> tuple[float, float]:
    """Seconds of the first gradients, with their tracing, and seconds for each pixel after that.

    Parameters
    ----------
    smallest : how many pixels each way the network wants at least
    in_windows : whether the gradients will be put together from windows
    """
    start = time.perf_counter()
    climb = climb_for(job)
    import tensorflow as tf

    from ..core.gradient import draw

    side = max(SAMPLE, smallest)
    shape = (side, side)
    image = tf.constant(noise(shape, 0).image)
    draws = draw(job.recipe, shape, np.random.default_rng(0))
    windows = windows_for(job, side * side - 1)(shape, 0)() if in_windows else ()
    boxes = [window.box for window in windows] or [widened(b, shape, smallest) for b in draws.boxes]
    pixels = sum(math.prod(box.shape) for box in boxes) or side * side

    def timed() -> float:
        begun = time.perf_counter()
        float(climb(image, draws, job.recipe.sigma or 0.0, job.recipe.step, windows)[0])
        return time.perf_counter() - begun

    timed()
    first = time.perf_counter() - start
    return first, min(timed(), timed()) / pixels
