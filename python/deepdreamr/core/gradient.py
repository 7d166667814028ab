"""loss → **gradient** → ascent: with respect to the image, of the whole or of a recipe's tiles."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import tensorflow as tf

from ..backend import traced
from ..errors import NetworkError
from ..recipes.schedule import Box, draw_tiles, widened
from ..recipes.settings import Recipe
from ..recipes.terms import LayerTerm
from .loss import Activations, Guides, total_loss

IMAGE = tf.TensorSpec((1, None, None, 3), tf.float32)
_BOX = tf.TensorSpec((4,), tf.int32)


class Gradient(Protocol):
    """How a dream asks for its direction, however it is found."""

    def __call__(
        self, image: tf.Tensor, random: np.random.Generator
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """The loss of an image (1, H, W, 3), and the loss's gradient, shaped like the image."""
        ...


class LossGradient:
    """The gradient of a loss: of the whole image, or tile by tile where the recipe has tiles.

    It is traced once and serves images of every size.

    Parameters
    ----------
    activations : the network, cut at the layers of the terms
    terms : what the loss is made of
    recipe : its objective, border and tiles
    guides : for each term, or None
    smallest : pixels that the network needs each way; smaller tiles see what is around them
    """

    def __init__(
        self,
        activations: Activations,
        terms: Sequence[LayerTerm],
        recipe: Recipe,
        *,
        guides: Guides | None = None,
        smallest: int = 1,
    ) -> None:
        self.activations, self.terms, self.recipe = activations, tuple(terms), recipe
        self.guides = guides or (None,) * len(self.terms)
        self.smallest = smallest
        self.whole = traced(self.of, (IMAGE,))
        self._tile = traced(self._of_tile, (IMAGE, _BOX, _BOX))

    def __call__(
        self, image: tf.Tensor, random: np.random.Generator
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """As `Gradient` says; where there are tiles, the loss is their mean, by pixels."""
        shape = (int(image.shape[1]), int(image.shape[2]))
        tiles = draw_tiles(shape, self.recipe, random)
        if not tiles:
            return self.whole(image)
        loss, rows = tf.constant(0.0), []
        for _, row in itertools.groupby(tiles, lambda box: box.top):
            parts = []
            for box in row:
                around = widened(box, shape, self.smallest)
                tile_loss, part = self._tile(image, tf.constant(around), tf.constant(box))
                loss += tile_loss * (np.prod(box.shape) / (shape[0] * shape[1]))
                parts.append(part)
            rows.append(tf.concat(parts, axis=2))
        return loss, tf.concat(rows, axis=1)

    def of(
        self, image: tf.Tensor, cells: tf.Tensor | None = None, sizes: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Loss and gradient of an image, or of a part with the cells of it that count.

        For use in a graph; `cells` and `sizes` are those of `total_loss`.
        """
        activations = self.activations(image)
        loss = total_loss(activations, self.terms, self.recipe, self.guides, cells, sizes)
        (gradient,) = tf.gradients(loss, image)
        if gradient is None:
            raise NetworkError("the loss does not depend on the image; no gradient can be taken.")
        return loss, gradient

    def _of_tile(
        self, image: tf.Tensor, around: tf.Tensor, box: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Loss of what a tile sees, and the gradient of the tile within."""
        loss, gradient = self.of(cropped(image, around))
        if self.recipe.tile_normalize:
            gradient = normalize_gradient(gradient, "std", self.recipe.epsilon)
        return loss, cropped(gradient, box - tf.gather(around, (0, 0, 2, 2)))


def cropped(image: tf.Tensor, box: Box | tf.Tensor) -> tf.Tensor:
    """The part of an image within a box (top, bottom, left, right)."""
    return image[:, box[0] : box[1], box[2] : box[3]]


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
