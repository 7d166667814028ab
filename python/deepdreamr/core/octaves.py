"""ascent → **octaves** → dream: the whole algorithm, over a pyramid of growing sizes.

    dream:   for each octave, the smallest first: enter it, ascend, put lost detail back
    ascend:  for each iteration: roll, gradient, its chain, step              (ascent.py)
    loss:    sum over layers of weight x what the layer responds              (loss.py)

An `image` is float32 (1, height, width, 3) in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import tensorflow as tf
from numpy.random import Generator

from ..recipes.schedule import Shape
from ..recipes.settings import Recipe
from .ascent import OnStep, Step, ascend
from .gradient import Gradient
from .loss import Image
from .smoothing import gaussian_blur


class State(NamedTuple):
    """A dream after one of its octaves: all that the next one needs.

    Attributes
    ----------
    image : float32 (1, H, W, 3), at the octave's size
    octave : how many octaves are done
    steps : the iterations so far
    random : state of the generator that rolls and tiles are drawn from
    stopped : None, or why the dream ends here
    """

    image: Image
    octave: int = 0
    steps: tuple[Step, ...] = ()
    random: Any = None
    stopped: str | None = None


def dream(
    pyramid: Pyramid, gradient: Gradient, random: Generator, state: State, on_step: OnStep = None
) -> Iterator[State]:
    """Dream octave by octave; yields the state after each.

    Where the dream is stopped, the remaining octaves are entered but not climbed, so that the last
    state has the size of the largest octave.

    Parameters
    ----------
    pyramid : the original at the sizes of the octaves, and the recipe
    gradient : of the loss that is to grow
    random : rolls and tiles are drawn from it; set to where it was at `state`
    state : `State(pyramid.base(0))`, or of an earlier run of the same dream, to go on from
    on_step : called after each iteration, with its image; the dream stops when it returns False
    """
    if state.random is not None:
        random.bit_generator.state = state.random
    recipe = pyramid.recipe
    for index in range(state.octave, len(pyramid.shapes)):
        if state.stopped is None:
            mask = pyramid.mask(pyramid.shapes[index])
            image, steps, stopped = ascend(
                pyramid.entered(state), gradient, recipe, random, index + 1, on_step, mask=mask
            )
        else:
            image, steps, stopped = pyramid.entered(state), (), state.stopped
        if index and recipe.carry == "lost_detail":
            image += pyramid.lost_detail(index)
        state = State(image, index + 1, state.steps + steps, random.bit_generator.state, stopped)
        del image  # large ones are not kept longer than needed
        yield state


def resized(image: Image, shape: Shape, method: str) -> Image:
    """Bilinear resizing to (height, width) on the float image, without antialiasing.

    `method` "aligned" puts corner pixels on corner pixels (as `scipy.ndimage.zoom` does),
    "half_pixel" corners of pixel areas on each other (as `tf.image.resize` does).
    """
    corners = {"align_corners": method == "aligned", "half_pixel_centers": method == "half_pixel"}
    return tf.raw_ops.ResizeBilinear(images=image, size=list(shape), **corners)


class Pyramid(NamedTuple):
    """The original at the sizes of the octaves, and what goes from one to the next.

    Attributes
    ----------
    original : makes the image; it may be large, so it is made anew each time and not kept
    shapes : of the octaves, the smallest first
    recipe : how they are made and what is carried over
    resize : from an image, a shape and the recipe's `resize` to the image in that shape; another
        than `resized` is handed in for "lanczos", which needs Pillow
    mask : from a shape to what steps are multiplied by, (1, height, width, 1); None for nothing
    """

    original: Callable[[], Image]
    shapes: Sequence[Shape]
    recipe: Recipe
    resize: Callable[[Image, Shape, str], Image] = resized
    mask: Callable[[Shape], tf.Tensor | None] = lambda shape: None

    def base(self, index: int) -> Image:
        """The original at an octave, from 0; shrunk from octave to octave if the recipe says so."""
        original = image = self.original()
        height, width = original.shape[1:3]
        chain = self.shapes[index:] if self.recipe.octave_chain else [self.shapes[index]]
        for shape in reversed(chain):
            shrinks = shape[0] < height or shape[1] < width
            source = image if shrinks else original
            if shrinks and self.recipe.octave_sigma:
                source = gaussian_blur(source, self.recipe.octave_sigma, (1.0,))
            image = original if shape == (height, width) else self._at(source, shape)
        return image

    def entered(self, state: State) -> Image:
        """What the ascent at the octave after a state starts from."""
        index, recipe = state.octave, self.recipe
        if index == 0:
            return state.image
        if recipe.carry == "detail":
            detail = state.image - self.base(index - 1)
            return self.base(index) + self._at(detail, self.shapes[index])
        grown = self._at(state.image, self.shapes[index])
        if recipe.carry == "blend":
            return recipe.blend * self.base(index) + (1 - recipe.blend) * grown
        return grown

    def lost_detail(self, index: int) -> Image:
        """What the original lost when it was shrunk to the octave before."""
        return self.base(index) - self._at(self.base(index - 1), self.shapes[index])

    def _at(self, image: Image, shape: Shape) -> Image:
        return self.resize(image, shape, self.recipe.resize)
