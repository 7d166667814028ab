"""gradient → **gradient of what is shown** → ascent: transforms before the network, drawn anew."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

import tensorflow as tf

from ..backend import traced
from ..core.gradient import Gradient
from ..core.loss import IMAGE, Image
from ..core.transforms import shown
from ..recipes.schedule import Shape
from ..recipes.transforms import Transform

if TYPE_CHECKING:
    from numpy.random import Generator

_DRAWN = tf.TensorSpec((None,), tf.float32)


def through(gradient: Gradient, units: tuple[Transform, ...]) -> Gradient:
    """The gradient with respect to an image of the loss of what is shown of it.

    It is the gradient of what is shown, taken back through the transforms; so it may be that of
    tiles or windows, which are then those of what is shown. A neuron's place is in that, too.
    """
    if not units:
        return gradient
    there, back = _traced(units)

    def of_shown(
        image: Image, random: Generator, shift: Shape = (0, 0)
    ) -> tuple[tf.Tensor, tf.Tensor]:
        drawn = [tf.constant(unit.drawn(random), tf.float32) for unit in units]
        loss, direction = gradient(there(image, *drawn), random, shift)
        return loss, back(image, direction, *drawn)

    return of_shown


@functools.lru_cache(maxsize=8)
def _traced(units: tuple[Transform, ...]) -> tuple[Callable[..., Image], ...]:
    """Image, numbers → what is shown; and image, a gradient of that, numbers → the image's."""

    def there(image: Image, *drawn: tf.Tensor) -> Image:
        return functools.reduce(shown, zip(units, drawn, strict=True), image)

    def back(image: Image, gradient: tf.Tensor, *drawn: tf.Tensor) -> tf.Tensor:
        return tf.gradients(there(image, *drawn), image, gradient)[0]

    numbers = [_DRAWN] * len(units)
    return traced(there, (IMAGE, *numbers)), traced(back, (IMAGE, IMAGE, *numbers))
