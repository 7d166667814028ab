"""trunk + loss → **gradient** → ascent: of the whole image or of tiles, smoothed and normalised.

Each function that TensorFlow traces serves images of every size.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from ..errors import ImageError, NetworkError
from ..pictures.images import Shape
from ..recipes.terms import LayerTerm, check_channels, term_loss
from ..recipes.settings import Recipe
from .smoothing import by_rows, smooth_gradient
from ..runs.windows import Box, Window, draw_boxes, draw_shift, widened

_IMAGE = tf.TensorSpec((1, None, None, 3), tf.float32)
_NUMBER = tf.TensorSpec((), tf.float32)
_PAIR = tf.TensorSpec((2,), tf.int32)
_BOX = tf.TensorSpec((4,), tf.int32)


def _traced(function: Callable[..., Any], signature: Sequence[tf.TensorSpec]) -> Callable[..., Any]:
    """The function as one graph, traced at its first call. AutoGraph would wrap our errors.

    The graph is called itself: a `tf.function` warns when many of one name are traced, as they are
    for a sheet of many layers.
    """
    traced = tf.function(function, signature, autograph=False)
    graph = functools.cache(traced.get_concrete_function)
    return lambda *values: graph()(*values)


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


def guide_features(trunk: Any, guide: np.ndarray, smallest: int) -> list[tf.Tensor]:
    """The feature vectors (n, channels) of a guide picture (1, H, W, 3), for each layer.

    Raises
    ------
    ImageError
        If the guide is smaller than the network accepts.
    """
    height, width = guide.shape[1:3]
    if min(height, width) < smallest:
        raise ImageError(
            f"the guide is too small: these layers need at least {smallest} pixels each way. "
            f"Received: {height}x{width}"
        )
    activations = trunk(tf.constant(guide))
    return [tf.reshape(activation, (-1, activation.shape[-1])) for activation in activations]


class Climb:
    """One iteration: the loss of an image, and the image one step further up.

    Parameters
    ----------
    trunk : image (1, H, W, 3) in [-1, 1] → an activation for each term; with `frugal=True` for a
        window, whose gradient is to take less memory
    terms : what the loss is made of
    recipe : how loss, gradient and step are made; its step and iterations are not used here
    guides : feature vectors (n, channels) for each term, or None
    smallest : the smallest image, in pixels, that the trunk accepts
    """

    def __init__(
        self,
        trunk: Any,
        terms: Sequence[LayerTerm],
        recipe: Recipe,
        *,
        guides: Iterable[tf.Tensor | None] | None = None,
        smallest: int = 1,
    ) -> None:
        self.trunk, self.terms, self.recipe, self.smallest = trunk, tuple(terms), recipe, smallest
        self.guides = tuple(guides) if guides else (None,) * len(self.terms)
        cells = tf.TensorSpec((len(self.terms), 4), tf.int32)
        sizes = tf.TensorSpec((len(self.terms),), tf.float32)
        self._whole = _traced(self._whole_step, (_IMAGE, _PAIR, _NUMBER, _NUMBER))
        self._tile = _traced(self._tile_gradient, (_IMAGE, _BOX, _BOX))
        self._window = _traced(self._window_gradient, (_IMAGE, _BOX, cells, sizes))
        self._roll = _traced(self._rolled, (_IMAGE, _PAIR))
        self._smooth = _traced(self._smoothed, (_IMAGE, _NUMBER, _PAIR))
        self._finish = _traced(self._step, (_IMAGE, _IMAGE, _PAIR, _NUMBER))
        self._gradient = _traced(self._loss_and_gradient, (_IMAGE,))

    def __call__(
        self,
        image: tf.Tensor,
        draws: Draws,
        sigma: float,
        step: float,
        windows: Sequence[Window] = (),
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """The loss of `image`, and the image one step further up; NaN if that is not finite.

        Where there are `windows`, the gradient of the whole image's loss is put together from them.
        """
        shift, length = tf.constant(draws.shift, tf.int32), tf.constant(step, tf.float32)
        if not draws.boxes and not windows:
            return self._whole(image, shift, tf.constant(sigma, tf.float32), length)
        rolled = self._roll(image, shift) if self.recipe.jitter else image
        if draws.boxes:
            loss, gradient = self._tiled(rolled, draws.boxes)
        else:
            loss, gradient = self._windowed(rolled, windows)
        del rolled  # a large image
        if self.recipe.sigma is not None:
            gradient = self._smooth_in_parts(gradient, sigma)
        further = self._finish(image, gradient, shift, length)
        return _checked(loss, further), further

    def loss_and_gradient(
        self, image: tf.Tensor, windows: Sequence[Window] = ()
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """The loss of an image and its gradient, not normalised."""
        image = tf.constant(image)
        return self._windowed(image, windows) if windows else self._gradient(image)

    def pixel_bytes(self, *, windows: bool = False) -> float | None:
        """Bytes that a gradient takes for each pixel of its image; None if unknown.

        Parameters
        ----------
        windows : whether of a window, whose gradient is the frugal one
        """
        if not hasattr(self.trunk, "gradient_bytes"):
            return None
        return self.trunk.gradient_bytes(max(256, self.smallest), frugal=windows)

    def _loss(self, image: tf.Tensor, cells: tf.Tensor | None, sizes: Any) -> tf.Tensor:
        """The weighted sum of the terms; of the given cells, or of all but the border."""
        total = tf.constant(0.0)
        border = self.recipe.border
        activations = self.trunk(image) if cells is None else self.trunk(image, frugal=True)
        for i, (term, activation) in enumerate(zip(self.terms, activations, strict=True)):
            check_channels(term, activation.shape[-1])
            if cells is None:
                spatial = activation.shape.rank == 4
                shape = tf.shape(activation)[1:3] if spatial else tf.ones(2, tf.int32)
                inner = (border, shape[0] - border, border, shape[1] - border)
                size = tf.reduce_prod(shape)
            else:
                inner, size = tuple(tf.unstack(cells[i])), sizes[i]
            total += term_loss(activation, term, self.recipe.objective, inner, size, self.guides[i])
        return total

    def _loss_and_gradient(
        self, image: tf.Tensor, cells: tf.Tensor | None = None, sizes: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        loss = self._loss(image, cells, sizes)
        (gradient,) = tf.gradients(loss, image)
        if gradient is None:
            raise NetworkError("the loss does not depend on the image; no gradient can be taken.")
        return loss, gradient

    def _whole_step(
        self, image: tf.Tensor, shift: tf.Tensor, sigma: tf.Tensor, step: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        loss, gradient = self._loss_and_gradient(self._rolled(image, shift))
        if self.recipe.sigma is not None:
            gradient = self._smoothed(gradient, sigma)
        further = self._step(image, gradient, shift, step)
        return _checked(loss, further), further

    def _rolled(self, image: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
        return tf.roll(image, shift, axis=(1, 2)) if self.recipe.jitter else image

    def _smoothed(
        self, gradient: tf.Tensor, sigma: tf.Tensor, rows: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The gradient, or some of its rows, smoothed as the recipe says."""
        color, width = self.recipe.smooth_color, self.recipe.smooth_kernel
        part = None if rows is None else (rows[0], rows[1])
        return smooth_gradient(gradient, sigma, color=color, width=width, rows=part)

    def _smooth_in_parts(self, gradient: tf.Tensor, sigma: float) -> tf.Tensor:
        """The same numbers, without a dozen copies of a large gradient at once."""
        width = tf.constant(sigma, tf.float32)
        return by_rows(lambda rows: self._smooth(gradient, width, tf.constant(rows)), gradient)

    def _step(
        self, image: tf.Tensor, gradient: tf.Tensor, shift: tf.Tensor, step: tf.Tensor
    ) -> tf.Tensor:
        """Normalise, step, clip; the gradient is that of the rolled image."""
        recipe = self.recipe
        gradient = normalize_gradient(gradient, recipe.normalize, recipe.epsilon)
        image = image + step * self._rolled(gradient, -shift)
        return tf.clip_by_value(image, -1.0, 1.0) if recipe.clip else image

    def _tiled(self, image: tf.Tensor, boxes: Sequence[Box]) -> tuple[tf.Tensor, tf.Tensor]:
        """Tiles with a loss of their own: their mean, by pixels, and the gradients side by side."""
        height, width = image.shape[1:3]
        loss: tf.Tensor = 0.0
        strips: list[tf.Tensor] = []
        for _, row in itertools.groupby(boxes, lambda box: box.top):
            parts: list[tf.Tensor] = []
            for box in row:
                around = widened(box, (height, width), self.smallest)
                tile_loss, part = self._tile(image, tf.constant(around), tf.constant(box))
                loss += tile_loss * (np.prod(box.shape) / (height * width))
                parts.append(part)
            strips.append(tf.concat(parts, axis=2))
        return loss, tf.concat(strips, axis=1)

    def _tile_gradient(
        self, image: tf.Tensor, around: tf.Tensor, box: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Loss of a crop, and the gradient of the tile within."""
        loss, gradient = self._loss_and_gradient(_cropped(image, around))
        if self.recipe.tile_normalize:
            gradient = normalize_gradient(gradient, "std", self.recipe.epsilon)
        return loss, _cropped(gradient, box - tf.gather(around, (0, 0, 2, 2)))

    def _windowed(self, image: tf.Tensor, windows: Sequence[Window]) -> tuple[tf.Tensor, tf.Tensor]:
        """Loss and gradient of the whole image, summed over windows."""
        loss: tf.Tensor = 0.0
        strips: list[tf.Tensor] = []
        tops: list[int] = []
        for top, row in itertools.groupby(windows, lambda window: window.box.top):
            parts: list[tf.Tensor] = []
            lefts: list[int] = []
            for window in row:
                part_loss, part = self._window(
                    image,
                    tf.constant(window.box),
                    tf.constant(window.cells, tf.int32),
                    tf.constant(window.sizes, tf.float32),
                )
                loss += part_loss
                parts.append(part)
                lefts.append(window.box.left)
            strips.append(overlap_add(parts, lefts, axis=2))
            tops.append(top)
        return loss, overlap_add(strips, tops, axis=1)

    def _window_gradient(
        self, image: tf.Tensor, box: tf.Tensor, cells: tf.Tensor, sizes: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        return self._loss_and_gradient(_cropped(image, box), cells, sizes)


def overlap_add(parts: Sequence[tf.Tensor], starts: Sequence[int], axis: int) -> tf.Tensor:
    """The sum of parts that lie along an axis, each from its start, and leave no gap."""
    if len(parts) == 1:
        return parts[0]
    spans = [(start, start + part.shape[axis]) for part, start in zip(parts, starts, strict=True)]
    edges = sorted({edge for span in spans for edge in span})
    pieces = []
    for low, high in itertools.pairwise(edges):
        there = [
            part[(slice(None),) * axis + (slice(low - start, high - start),)]
            for part, (start, end) in zip(parts, spans, strict=True)
            if start <= low < end
        ]
        pieces.append(tf.add_n(there))
    return tf.concat(pieces, axis)


def _checked(loss: tf.Tensor, further: tf.Tensor) -> tf.Tensor:
    """The loss, or NaN if the step leads nowhere: of such an image a network's loss may be finite,
    as its rectifiers can take NaN for 0."""
    return tf.where(tf.reduce_all(tf.math.is_finite(further)), loss, np.nan)


def _cropped(image: tf.Tensor, box: tf.Tensor) -> tf.Tensor:
    return image[:, box[0] : box[1], box[2] : box[3]]
