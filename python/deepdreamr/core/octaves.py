"""ascent → **octaves** → dream: the whole algorithm, over a pyramid of growing sizes.

    dream:   for each octave, the smallest first: enter it, ascend, put lost detail back
    ascend:  for each iteration: roll, gradient, smooth, normalise, step     (ascent.py)
    loss:    sum over layers of weight x what the layer responds              (loss.py)

An `image` is float32 (1, height, width, 3) in [-1, 1].
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from ..recipes.schedule import Shape
from ..recipes.settings import Recipe
from .ascent import Ascent, AscentStep, OnStep, ascend
from .gradient import Gradient
from .smoothing import by_rows, gaussian_blur


@dataclasses.dataclass(frozen=True)
class State:
    """A dream after one of its octaves: all that the next one needs.

    Attributes
    ----------
    image : float32 (1, H, W, 3), at the octave's size
    octave : how many octaves are done
    steps : the iterations so far
    random : state of the generator that rolls and tiles are drawn from
    stopped : None, or why the dream ends here
    """

    image: tf.Tensor
    octave: int = 0
    steps: tuple[AscentStep, ...] = ()
    random: Any = None
    stopped: str | None = None


def resized(image: tf.Tensor, shape: Shape, method: str) -> tf.Tensor:
    """Bilinear resizing on the float image, without antialiasing.

    Parameters
    ----------
    shape : the new (height, width)
    method : "aligned" puts corner pixels on corner pixels (as `scipy.ndimage.zoom` does),
        "half_pixel" corners of pixel areas on each other (as `tf.image.resize` does)
    """
    aligned = method == "aligned"
    return tf.raw_ops.ResizeBilinear(
        images=image, size=list(shape), align_corners=aligned, half_pixel_centers=not aligned
    )


@dataclasses.dataclass(frozen=True)
class Pyramid:
    """The original at the sizes of the octaves, and what goes from one to the next.

    Attributes
    ----------
    original : makes the image; it may be large, so it is made anew each time and not kept
    shapes : of the octaves, the smallest first
    recipe : how they are made and what is carried over
    resize : from (image, shape, the recipe's `resize`) to the image in that shape
    """

    original: Callable[[], tf.Tensor]
    shapes: Sequence[Shape]
    recipe: Recipe
    resize: Callable[[tf.Tensor, Shape, str], tf.Tensor] = resized

    def base(self, index: int) -> tf.Tensor:
        """The original at an octave, from 0: from the original, or chained down octave by octave."""
        original = image = self.original()
        size = (int(original.shape[1]), int(original.shape[2]))
        chain = self.shapes[index:] if self.recipe.octave_chain else [self.shapes[index]]
        for shape in reversed(chain):
            shrinks = shape[0] < size[0] or shape[1] < size[1]
            source = image if shrinks else original
            if shrinks and self.recipe.octave_sigma:
                source = _blurred(source, self.recipe.octave_sigma)
            image = original if shape == size else self._at(source, shape)
        return image

    def entered(self, state: State) -> tf.Tensor:
        """What the ascent at the next octave starts from."""
        index, recipe = state.octave, self.recipe
        if index == 0:
            return state.image
        shape = self.shapes[index]
        if recipe.carry == "detail":
            return self.base(index) + self._at(state.image - self.base(index - 1), shape)
        grown = self._at(state.image, shape)
        if recipe.carry == "blend":
            return recipe.blend * self.base(index) + (1 - recipe.blend) * grown
        return grown

    def lost_detail(self, index: int) -> tf.Tensor:
        """What the original lost when it was shrunk to the octave before."""
        return self.base(index) - self._at(self.base(index - 1), self.shapes[index])

    def _at(self, image: tf.Tensor, shape: Shape) -> tf.Tensor:
        return self.resize(image, shape, self.recipe.resize)


def _blurred(image: tf.Tensor, sigma: float) -> tf.Tensor:
    return by_rows(lambda rows: gaussian_blur(image, sigma, rows=rows), image)


def dream(
    pyramid: Pyramid,
    gradient: Gradient,
    random: np.random.Generator,
    *,
    state: State | None = None,
    on_step: OnStep | None = None,
) -> Iterator[State]:
    """Dream octave by octave; yields the state after each.

    Where the dream is stopped, lost detail is still put back at the remaining sizes, so that the
    last state has the size of the largest octave.

    Parameters
    ----------
    gradient : of the loss that is to grow
    random : rolls and tiles are drawn from it
    state : of an earlier run of the same dream, to go on from
    on_step : called after each iteration; the dream is stopped when it returns False
    """
    recipe, octaves = pyramid.recipe, len(pyramid.shapes)
    state = state or State(pyramid.base(0))
    if state.random is not None:
        random.bit_generator.state = state.random
    for index in range(state.octave, octaves):
        if state.stopped is None:
            number = {"octave": index + 1, "octaves": octaves}
            ascent = ascend(  # what it starts from is a large image: in no variable here
                pyramid.entered(state), gradient, recipe, random, on_step=on_step, **number
            )
        else:
            ascent = Ascent(pyramid.entered(state), stopped=state.stopped)
        image, steps, stopped = ascent.image, state.steps + ascent.steps, ascent.stopped
        del ascent  # a large image
        if index and recipe.carry == "lost_detail":
            image += pyramid.lost_detail(index)
        state = State(image, index + 1, steps, random.bit_generator.state, stopped)
        del image
        yield state
