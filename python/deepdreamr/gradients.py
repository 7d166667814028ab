"""trunk + loss → **gradient** → ascent: of the whole image or of tiles, smoothed and normalised.

Each function that TensorFlow traces serves images of every size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from .errors import NetworkError
from .images import Shape
from .loss import LayerTerm, check_channels, term_loss
from .settings import Recipe
from .smoothing import smooth_gradient
from .tiling import Box, draw_boxes, draw_shift, widened

_IMAGE = tf.TensorSpec((1, None, None, 3), tf.float32)
_NUMBER = tf.TensorSpec((), tf.float32)
_BOX = tf.TensorSpec((4,), tf.int32)
_PAIR = tf.TensorSpec((2,), tf.int32)

Trunk = Callable[[tf.Tensor], Sequence[tf.Tensor]]


def image_loss(
    trunk: Trunk,
    terms: Sequence[LayerTerm],
    image: tf.Tensor,
    *,
    objective: str,
    border: int,
    guides: Sequence[tf.Tensor | None],
) -> tf.Tensor:
    """The weighted sum of the terms for an image."""
    activations = trunk(image)
    total = tf.constant(0.0)
    for term, activation, guide in zip(terms, activations, guides, strict=True):
        check_channels(term, activation.shape[-1])
        cells = tf.shape(activation)[1:3] if activation.shape.rank == 4 else tf.ones(2, tf.int32)
        inner = (border, cells[0] - border, border, cells[1] - border)
        total += term_loss(activation, term, objective, inner, tf.reduce_prod(cells), guide)
    return total


def normalize_gradient(gradient: tf.Tensor, how: str, epsilon: float) -> tf.Tensor:
    """A gradient of a length that no longer depends on the loss's.

    Parameters
    ----------
    how : "l1" divides by max(mean|g|, epsilon), "std" by std(g) + epsilon, "standardize" takes the
        mean off before that, "none" changes nothing
    """
    if how == "l1":
        return gradient / tf.maximum(tf.reduce_mean(tf.abs(gradient)), epsilon)
    if how == "none":
        return gradient
    mean, variance = tf.nn.moments(gradient, axes=(0, 1, 2, 3))
    centered = gradient - mean if how == "standardize" else gradient
    return centered / (tf.sqrt(variance) + epsilon)


class Draws(NamedTuple):
    """What chance decides about one gradient."""

    shift: Shape = (0, 0)
    boxes: tuple[Box, ...] = ()


def draw(recipe: Recipe, shape: Shape, random: np.random.Generator) -> Draws:
    """First the roll, then the tiles; a recipe without them draws nothing."""
    shift = draw_shift(recipe.jitter, random) if recipe.jitter else (0, 0)
    if recipe.tile_size is None:
        return Draws(shift)
    return Draws(shift, tuple(draw_boxes(shape, recipe.tile_size, recipe.tile_start, random)))


class Climb:
    """One iteration: the loss of an image, and the image one step further up.

    Parameters
    ----------
    trunk : image (1, H, W, 3) in [-1, 1] → an activation for each term
    terms : what the loss is made of
    recipe : how loss, gradient and step are made; its step and iterations are not used here
    guides : feature vectors (n, channels) for each term, or None
    smallest : the smallest image, in pixels, that the trunk accepts
    """

    def __init__(
        self,
        trunk: Trunk,
        terms: Sequence[LayerTerm],
        recipe: Recipe,
        *,
        guides: Iterable[tf.Tensor | None] | None = None,
        smallest: int = 1,
    ) -> None:
        self.trunk, self.terms, self.recipe, self.smallest = trunk, tuple(terms), recipe, smallest
        self.guides = tuple(guides) if guides else (None,) * len(self.terms)
        self._whole = tf.function(self._whole_step, (_IMAGE, _PAIR, _NUMBER, _NUMBER))
        self._tile = tf.function(self._tile_gradient, (_IMAGE, _PAIR, _BOX, _BOX))
        self._finish = tf.function(self._step, (_IMAGE, _IMAGE, _PAIR, _NUMBER, _NUMBER))
        self.loss_and_gradient = tf.function(self._loss_and_gradient, (_IMAGE,))

    def __call__(
        self, image: tf.Tensor, draws: Draws, sigma: float, step: float
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """The loss of `image`, and the image one step further up."""
        shift = tf.constant(draws.shift, tf.int32)
        numbers = tf.constant(sigma, tf.float32), tf.constant(step, tf.float32)
        if not draws.boxes:
            return self._whole(image, shift, *numbers)
        loss, gradient = self._tiled(image, shift, draws.boxes)
        return loss, self._finish(image, gradient, shift, *numbers)

    def _loss_and_gradient(self, image: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        recipe = self.recipe
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(image)
            loss = image_loss(
                self.trunk,
                self.terms,
                image,
                objective=recipe.objective,
                border=recipe.border,
                guides=self.guides,
            )
        gradient = tape.gradient(loss, image)
        if gradient is None:
            raise NetworkError("the loss does not depend on the image; no gradient can be taken.")
        return loss, gradient

    def _whole_step(
        self, image: tf.Tensor, shift: tf.Tensor, sigma: tf.Tensor, step: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        loss, gradient = self._loss_and_gradient(self._rolled(image, shift))
        return loss, self._step(image, gradient, shift, sigma, step)

    def _rolled(self, image: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
        return tf.roll(image, shift, axis=(1, 2)) if self.recipe.jitter else image

    def _step(
        self,
        image: tf.Tensor,
        gradient: tf.Tensor,
        shift: tf.Tensor,
        sigma: tf.Tensor,
        step: tf.Tensor,
    ) -> tf.Tensor:
        """Smooth, normalise, step, clip; the gradient is that of the rolled image."""
        recipe = self.recipe
        if recipe.sigma is not None:
            gradient = smooth_gradient(
                gradient, sigma, color=recipe.smooth_color, width=recipe.smooth_kernel
            )
        gradient = normalize_gradient(gradient, recipe.normalize, recipe.epsilon)
        image = image + step * self._rolled(gradient, -shift)
        return tf.clip_by_value(image, -1.0, 1.0) if recipe.clip else image

    def _tiled(
        self, image: tf.Tensor, shift: tf.Tensor, boxes: Sequence[Box]
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Loss (mean over the tiles, by pixels) and gradient of the rolled image, tile by tile."""
        height, width = image.shape[1:3]
        loss: tf.Tensor = 0.0
        rows: dict[int, list[tf.Tensor]] = {}
        for box in boxes:
            around = widened(box, (height, width), self.smallest)
            tile_loss, gradient = self._tile(image, shift, tf.constant(around), tf.constant(box))
            rows.setdefault(box.top, []).append(gradient)
            loss += tile_loss * (np.prod(box.shape) / (height * width))
        return loss, tf.concat([tf.concat(row, axis=2) for row in rows.values()], axis=1)

    def _tile_gradient(
        self, image: tf.Tensor, shift: tf.Tensor, around: tf.Tensor, box: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Loss of a crop, and the gradient of the tile within."""
        rolled = self._rolled(image, shift)
        loss, gradient = self._loss_and_gradient(
            rolled[:, around[0] : around[1], around[2] : around[3]]
        )
        if self.recipe.tile_normalize:
            gradient = normalize_gradient(gradient, "std", self.recipe.epsilon)
        box -= tf.gather(around, (0, 0, 2, 2))
        return loss, gradient[:, box[0] : box[1], box[2] : box[3]]
