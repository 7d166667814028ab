"""record → **consent** → replay: what a picture asks for, before it is fetched, drawn or run.

Anybody may have written the picture, and nobody here has seen what it asks for.
"""

from __future__ import annotations

import math

from ..errors import ConsentError
from ..networks.applications import imagenet_is_kept
from ..networks.sources import find_network
from ..recipes.chain import Smooth
from ..recipes.schedule import Shape
from ..recipes.settings import Recipe
from ..recipes.transforms import Rotate
from .job import Job
from .request import Request

MOST_PIXELS = 2**25
MOST_WORK = 3_600_000_000  # pixels of gradients; about an hour, at PIXELS_PER_SECOND
PIXELS_PER_SECOND = 1_000_000  # of InceptionV3, on a few cores
MOST_TERMS = 1000  # of a loss; more than the layers of any network
TAPS = 400  # of blurs, that take about as long as a gradient
TURNS = 2  # rotations, that take about as long as a gradient
UNITS = 10  # other units of transforms and of a chain, that take as long at most
_ENDLESS = 10**30  # pixels: more than anybody waits for, and less than a float can hold
LEAST_STEP = 10_000  # pixels; the gradient of fewer takes as long
_HOW = "`consent=True` (in the shell --consent) does it all the same."


def check_fetched(request: Request) -> None:
    """Raise a `ConsentError` if a network's parameters would have to be downloaded."""
    source = find_network(request.network, weights=request.weights, convention=request.convention)
    if source.weights == "imagenet" and not imagenet_is_kept(source.name):
        raise ConsentError(
            f"the picture was made with ImageNet's parameters of {source.name}, which Keras would "
            "download.",
            _HOW,
        )


def check_noise(request: Request) -> None:
    """Raise a `ConsentError` if more noise would be drawn than a usual picture has."""
    if request.size is not None:
        _check_pixels(request.size, "starts from noise of")


def check_work(job: Job) -> None:
    """Raise a `ConsentError` if a loss or an octave is unusually large, or it may take hours."""
    if len(job.terms) > MOST_TERMS:
        raise ConsentError(f"the picture asks for a loss of {len(job.terms):,} terms.", _HOW)
    largest = job.largest
    if math.prod(largest) > math.prod(job.picture.shape):
        _check_pixels(largest, "asks for an octave of")
    iterations = job.recipe.iterations
    pixels = iterations * sum(_pixels(job, octave) for octave in range(len(job.shapes)))
    work = min(pixels, _ENDLESS) * (len(job.parts) + _besides(job.recipe))
    if work > MOST_WORK:
        hours = work / PIXELS_PER_SECOND / 3600
        height, width = largest
        raise ConsentError(
            f"the picture asks for {len(job.shapes) * iterations:,} iterations, at up to "
            f"{height}x{width} pixels: about {hours:,.0f} hours on a few cores.",
            _HOW,
        )


def _check_pixels(shape: Shape, what: str) -> None:
    height, width = shape
    if height * width > MOST_PIXELS:
        raise ConsentError(
            f"the picture {what} {height}x{width} pixels: {height * width / 1e6:,.0f} megapixels, "
            f"more than {MOST_PIXELS / 1e6:,.0f}.",
            _HOW,
        )


def _besides(recipe: Recipe) -> float:
    """How many gradients take as long as what is done to the image and to its gradient."""
    units = (*recipe.units(), *recipe.shown())
    turns = sum(isinstance(unit, Rotate) for unit in units)
    return _taps(recipe) / TAPS + turns / TURNS + (len(units) - turns) / UNITS


def _taps(recipe: Recipe) -> float:
    """Of all blurs of a gradient, which are three each, at their widest."""
    last = recipe.iterations
    blurs = [unit for unit in recipe.units() if isinstance(unit, Smooth)]
    widest = (blur.width or 8 * max(blur.at(0, last), blur.at(last, last)) for blur in blurs)
    return 3.5 * sum(widest)


def _pixels(job: Job, octave: int) -> int:
    """Of one gradient at an octave: of its tiles, each with all that it sees."""
    tile = job.recipe.tile_size
    tiles, pixels = 1, 1
    for length in job.shown(octave):
        tiles *= 1 if tile is None else -(-length // tile)
        pixels *= length if tile is None else min(length, max(tile, job.smallest))
    return tiles * max(pixels, LEAST_STEP)
