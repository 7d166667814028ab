"""job → **sizes**: whether the picture's octaves and the guide are what the network takes."""

from __future__ import annotations

from ..errors import ImageError, received
from ..networks.sizes import only_size
from ..pictures.picture import shrunk
from ..recipes.schedule import Shape, largest_shape, octave_shapes, shown_shapes
from ..recipes.settings import Recipe
from .job import GUIDE_SIZE, Job

LARGEST = 2**29  # pixels: TensorFlow counts the values of an image in 32 bits


def check_sizes(job: Job) -> None:
    """Raise an `ImageError` if an octave or the guide has no size that the layers can be had at."""
    if only := only_size(job.nodes, job.layers):
        _check_only(job, only)
    else:
        check_octaves(job.picture.shape, job.recipe, job.smallest)
        _check_guide(job)


def _check_only(job: Job, only: Shape) -> None:
    """The same for layers that can be had at one size of picture, as behind a flattening."""
    size, given = "{}x{}".format(*only), job.picture.shape
    if any(shown_shapes(shape, job.recipe) != (shape, shape) for shape in job.shapes):
        raise ImageError(
            f"these layers work only for pictures of {size}, the size that the model was saved "
            "with: the transforms must not change that. "
            f"{received('transforms', list(job.recipe.transforms))}"
        )
    wrong = next((shape for shape in job.shapes if shape != only), None)
    if wrong is not None:
        octave = "" if wrong == given else ", of which an octave is {}x{}".format(*wrong)
        raise ImageError(
            f"these layers work only for pictures of {size}, the size that the model was saved "
            f"with. Received: {given[0]}x{given[1]}{octave}",
            f"Give a picture of {size} and octaves=1, or choose an earlier layer.",
        )
    if job.guide is not None and shrunk(job.guide, GUIDE_SIZE).shape != only:
        height, width = job.guide.shape
        raise ImageError(
            f"the guide must have the only size that these layers work for, {size}. "
            f"Received: {height}x{width}"
        )


def _check_guide(job: Job) -> None:
    """Raise an `ImageError` if the guide is smaller than the layers need."""
    if job.guide is None:
        return
    (height, width), given = shrunk(job.guide, GUIDE_SIZE).shape, job.guide.shape
    if min(height, width) < job.smallest:
        small = "" if (height, width) == given else f", scaled down to {height}x{width}"
        raise ImageError(
            f"the guide is too small: these layers need at least {job.smallest} pixels each way. "
            f"Received: {given[0]}x{given[1]}{small}"
        )


def _is_seen(shape: Shape, recipe: Recipe, smallest: int) -> bool:
    """Whether the network is always shown enough of an image of that shape."""
    return min(shown_shapes(shape, recipe)[0]) >= smallest


def _check_transforms(shape: Shape, recipe: Recipe, smallest: int) -> None:
    """Raise an `ImageError` if it is the transforms that leave too little of an octave."""
    if min(shape) >= smallest:
        (height, width), (least, across) = shape, shown_shapes(shape, recipe)[0]
        raise ImageError(
            f"the transforms leave too little of an octave of {height}x{width}: {least}x{across} "
            f"at least, and these layers need at least {smallest} pixels each way.",
            "Take a larger picture, fewer octaves, or a smaller crop or scale.",
        )


def _fitting(shape: Shape, recipe: Recipe, smallest: int) -> int:
    """How many octaves are large enough, or 0."""
    for count in range(recipe.octaves, recipe.octaves_above, -1):
        fewer = recipe.replace(octaves=count)
        if _is_seen(octave_shapes(shape, fewer)[0], recipe, smallest):
            return count
    return 0


def check_octaves(shape: Shape, recipe: Recipe, smallest: int) -> None:
    """Whether every octave is large enough for the network.

    Raises
    ------
    ImageError
        If one is not; the message says how many octaves fit. Or if one is too large for anything.
    """
    shapes = octave_shapes(shape, recipe)
    height, width = largest_shape(shapes[-1], recipe)
    if height * width > LARGEST:
        raise ImageError(
            f"the largest octave must have at most {LARGEST:,} pixels. "
            f"Received: {height:.4g}x{width:.4g}"
        )
    if _is_seen(shapes[0], recipe, smallest):
        return
    _check_transforms(shapes[0], recipe, smallest)
    fit = _fitting(shape, recipe, smallest)
    if fit == 0:
        raise ImageError(
            f"the picture is too small: these layers need at least {smallest} pixels each way. "
            f"Received: {shape[0]}x{shape[1]}",
            "Take a larger picture or lower layers.",
        )
    height, width = shapes[0]
    raise ImageError(
        f"the picture is too small for octaves={recipe.octaves}: {shape[0]}x{shape[1]} shrinks to "
        f"{height}x{width}, and these layers need at least {smallest} pixels each way.",
        f"octaves={fit} {'fits' if fit == 1 else 'fit'}.",
    )
