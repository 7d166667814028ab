"""loss → **gradient** → ascent: with respect to the image, of the whole or of a recipe's tiles."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import tensorflow as tf
from numpy.random import Generator

from ..backend import traced
from ..errors import NetworkError
from ..recipes.chain import Normalize
from ..recipes.schedule import Shape, draw_tiles, neuron_places, tile_share, widened
from ..recipes.settings import Recipe
from ..recipes.terms import LayerTerm
from .chain import normalized
from .loss import IMAGE, INTEGERS, PLACES, Activations, Guides, Image, total_loss

Gradient = Callable[[Image, Generator, Shape], tuple[tf.Tensor, tf.Tensor]]
"""How a dream asks for its direction: image, random, shift → the loss, a float32 scalar, and its
gradient, shaped like the image. Whatever is drawn for it is drawn from `random`; the image has been
rolled by `shift`, pixels down and to the right, which moves what has a place in it."""


class LossGradient:
    """A `Gradient`: of the whole image, or tile by tile where the recipe has tiles.

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
        guides: Guides | None = None,
        smallest: int = 1,
    ) -> None:
        self.activations, self.terms, self.recipe = activations, tuple(terms), recipe
        self.guides, self.smallest = guides or (None,) * len(self.terms), smallest
        self._whole = traced(self.of, (IMAGE, PLACES))
        self._tile = traced(self._of_tile, (IMAGE, INTEGERS, INTEGERS, PLACES))

    def __call__(
        self, image: Image, random: Generator, shift: Shape = (0, 0)
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Loss and gradient; where there are tiles, the loss is their mean, by pixels."""
        shape = int(image.shape[1]), int(image.shape[2])
        tiles = draw_tiles(shape, self.recipe, random)
        if not tiles:
            return self.whole(image, shift)
        loss, columns = tf.constant(0.0), []
        for _, column in itertools.groupby(tiles, lambda tile: tile.left):
            parts = []
            for tile in column:
                seen = widened(tile, shape, self.smallest)
                places = tf.constant(neuron_places(self.terms, shape, shift, tile, seen))
                tile_loss, part = self._tile(image, tf.constant(seen), tf.constant(tile), places)
                loss += tile_loss * (tile.pixels / (shape[0] * shape[1]))
                parts.append(part * tile_share(tile, shape, self.recipe, self.terms))
            columns.append(tf.concat(parts, axis=1))
        return loss, tf.concat(columns, axis=2)

    def whole(self, image: Image, shift: Shape = (0, 0)) -> tuple[tf.Tensor, tf.Tensor]:
        """Loss and gradient of the whole image, whatever tiles the recipe has."""
        shape = int(image.shape[1]), int(image.shape[2])
        return self._whole(image, tf.constant(neuron_places(self.terms, shape, shift)))

    def of(self, image: Image, places: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Loss and gradient of an image; to be called in a graph."""
        loss = total_loss(self.activations(image), self.terms, self.recipe, self.guides, places)
        return loss, gradient_of(loss, image)

    def _of_tile(
        self, image: Image, seen: tf.Tensor, tile: tf.Tensor, places: tf.Tensor
    ) -> tuple[tf.Tensor, Image]:
        """Loss of what a tile sees, and the gradient of the tile within."""
        loss, gradient = self.of(cropped(image, seen), places)
        if self.recipe.tile_normalize:
            gradient = normalized(gradient, Normalize("std", self.recipe.epsilon))
        return loss, cropped(gradient, tile - tf.gather(seen, (0, 0, 2, 2)))  # where it lies within


def gradient_of(loss: tf.Tensor, image: Image) -> tf.Tensor:
    """The gradient of a loss with respect to the image; an error where it does not depend on it."""
    (gradient,) = tf.gradients(loss, image)
    if gradient is None:
        raise NetworkError("the loss does not depend on the image; no gradient can be taken.")
    return gradient


def cropped(image: Image, box: tf.Tensor) -> Image:
    """The part of an image within a box (top, bottom, left, right)."""
    return image[:, box[0] : box[1], box[2] : box[3]]
