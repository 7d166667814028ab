"""ascent → **octaves** → dream: sizes of the pyramid, and what goes from one octave to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import ImageError
from ..pictures.images import Shape, resize
from ..recipes.settings import Recipe

if TYPE_CHECKING:
    import tensorflow as tf

LARGEST = 2**29  # pixels: TensorFlow counts the values of an image in 32 bits


def octave_shapes(shape: Shape, recipe: Recipe) -> tuple[Shape, ...]:
    """The (height, width) of each octave, the smallest first.

    >>> from deepdreamr.recipes import RECIPES
    >>> octave_shapes((427, 640), RECIPES["rblog"])[0]
    (79, 118)
    """
    scale = recipe.octave_scale
    whole = int if recipe.octave_rounding == "floor" else round
    below = recipe.octaves - 1 - recipe.octaves_above
    smaller: list[Shape] = []
    for i in range(1, below + 1):
        base, factor = (shape, scale**i)
        if recipe.octave_chain:
            base, factor = (smaller[-1] if smaller else shape), scale
        smaller.append((whole(base[0] / factor), whole(base[1] / factor)))
    larger = [
        (whole(shape[0] * scale**i), whole(shape[1] * scale**i))
        for i in range(1, recipe.octaves_above + 1)
    ]
    return (*reversed(smaller), shape, *larger)


def fitting_octaves(shape: Shape, recipe: Recipe, smallest: int) -> int:
    """How many octaves fit when none may be below `smallest` pixels; 0 if none."""
    count = recipe.octaves
    while count > recipe.octaves_above:
        if min(octave_shapes(shape, recipe.replace(octaves=count))[0]) >= smallest:
            return count
        count -= 1
    return 0


def check_octaves(shape: Shape, recipe: Recipe, smallest: int) -> tuple[Shape, ...]:
    """The octaves' shapes, if all of them are large enough for the network.

    Raises
    ------
    ImageError
        If one is not; the message says how many octaves fit. Or if one is too large for anything.
    """
    shapes = octave_shapes(shape, recipe)
    if shapes[-1][0] * shapes[-1][1] > LARGEST:
        raise ImageError(
            f"the largest octave must have at most {LARGEST:,} pixels. "
            "Received: {:.4g}x{:.4g}".format(*shapes[-1])
        )
    if min(shapes[0]) >= smallest:
        return shapes
    fit = fitting_octaves(shape, recipe, smallest)
    size = "{}x{}".format(*shapes[0])
    if fit == 0:
        raise ImageError(
            f"the picture is too small: these layers need at least {smallest} pixels each way. "
            f"Received: {shape[0]}x{shape[1]}",
            "Take a larger picture or lower layers.",
        )
    raise ImageError(
        f"the picture is too small for octaves={recipe.octaves}: {shape[0]}x{shape[1]} shrinks to "
        f"{size}, and these layers need at least {smallest} pixels each way.",
        f"octaves={fit} {'fits' if fit == 1 else 'fit'}.",
    )


def octave_image(
    original: tf.Tensor, shapes: Sequence[Shape], index: int, recipe: Recipe
) -> tf.Tensor:
    """The original at one of the octaves' shapes (the smallest first).

    It is made from the original, or where the recipe chains them from the next larger one. Large
    pictures: no octave's is kept for later.

    Parameters
    ----------
    index : which octave, from 0
    """
    size = (int(original.shape[1]), int(original.shape[2]))
    image = original
    for shape in reversed(shapes[index:] if recipe.octave_chain else [shapes[index]]):
        shrinks = shape[0] < size[0] or shape[1] < size[1]
        source = image if shrinks else original
        if recipe.octave_sigma and shrinks:
            source = _blurred(source, recipe.octave_sigma)
        image = original if shape == size else resize(source, shape, recipe.resize)
    return image


def _blurred(image: tf.Tensor, sigma: float) -> tf.Tensor:
    from .smoothing import by_rows, gaussian_blur  # imports TensorFlow

    return by_rows(lambda rows: gaussian_blur(image, sigma, rows=rows), image)


def enter_octave(
    image: tf.Tensor, base: tf.Tensor, previous_base: tf.Tensor | None, recipe: Recipe
) -> tf.Tensor:
    """What the ascent at the next octave starts from.

    Parameters
    ----------
    image : the dream so far, at the previous octave's size
    base, previous_base : the original at the new and at the previous octave's size; the latter is
        needed only where the recipe carries detail
    """
    shape = (int(base.shape[1]), int(base.shape[2]))
    if recipe.carry == "detail":
        return base + resize(image - previous_base, shape, recipe.resize)
    grown = resize(image, shape, recipe.resize)
    if recipe.carry == "blend":
        return recipe.blend * base + (1 - recipe.blend) * grown
    return grown


def lost_detail(base: tf.Tensor, previous_base: tf.Tensor, recipe: Recipe) -> tf.Tensor:
    """What the original lost when it was shrunk to the previous octave's size."""
    shape = (int(base.shape[1]), int(base.shape[2]))
    return base - resize(previous_base, shape, recipe.resize)
