"""request + picture → **place** → dream: where it grows, with which layers, how much is seen.

Two things make it so. While the image is ascended, a step is taken only where a mask is not black
(`steps`), and goes where the regions' own layers lead (`shares`). At the end the picture is put
together, in 8 bits: the original, and as much of the dream as the mask says (`finished`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ArgumentError, UnknownLayerError
from ..pictures.masks import read_mask, sized
from ..pictures.mixing import mixed, recolored
from ..pictures.picture import Picture
from ..recipes.schedule import Shape
from ..recipes.terms import LayerTerm, layer_terms, unknown_layers, unknown_layers_message
from ..values import in_range
from .request import ARGUMENTS, Request, mask_pairs

if TYPE_CHECKING:
    import tensorflow as tf


@dataclasses.dataclass(frozen=True, eq=False)
class Region:
    """Where layers of its own make the dream: a mask, and the terms of its loss."""

    mask: np.ndarray
    terms: tuple[LayerTerm, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class Place:
    """Where a dream grows, and how much of it is seen.

    Attributes
    ----------
    mask : float32 (height, width) at the picture's size, or None for everywhere; with regions the
        largest of theirs
    regions : those with layers of their own
    keep_colors, strength : as for `dream`
    """

    mask: np.ndarray | None = None
    regions: tuple[Region, ...] = ()
    keep_colors: bool = False
    strength: float = 1.0

    @property
    def terms(self) -> tuple[LayerTerm, ...]:
        """Those of all regions."""
        return tuple(term for region in self.regions for term in region.terms)

    def steps(self, shape: Shape) -> tf.Tensor | None:
        """What a step at an octave is multiplied by: 1 where the mask is not black, 0 where it is.

        float32 (1, height, width, 1), between the two at the edges; None where it is 1 everywhere.
        """
        if self.mask is None or self.mask.min() > 0:
            return None
        return _as_tensor(sized((self.mask > 0).astype(np.float32), shape))

    def shares(self, shape: Shape) -> list[tf.Tensor]:
        """How much of each region's direction is taken at an octave, which adds up to 1.

        float32 (1, height, width, 1) each; where all masks are black, all have as much.
        """
        masks = [sized(region.mask, shape) for region in self.regions]
        total = np.sum(masks, axis=0)
        lit = total > 0
        parts = [np.where(lit, mask, 1) / np.where(lit, total, len(masks)) for mask in masks]
        return [_as_tensor(part) for part in parts]

    def finished(self, pixels: np.ndarray, original: Callable[[], np.ndarray]) -> np.ndarray:
        """What is seen of a dream: uint8 (height, width, 3).

        Parameters
        ----------
        pixels : the dream, in 8 bits
        original : makes the original in 8 bits, at the same size
        """
        if self.mask is None and not self.keep_colors and self.strength == 1:
            return pixels
        before = original()
        if self.mask is not None:
            pixels = mixed(before, pixels, sized(self.mask, pixels.shape[:2]))
        if self.keep_colors:
            pixels = recolored(before, pixels)
        return mixed(before, pixels, self.strength) if self.strength < 1 else pixels

    def known(self, names: Collection[str], network: str) -> Place:
        """The place without terms of layers that a network does not have.

        Raises
        ------
        UnknownLayerError
            If a region has no other.
        """
        regions = []
        for region in self.regions:
            terms = tuple(term for term in region.terms if term.of_image or term.layer in names)
            if all(term.of_image for term in terms):
                unknown = unknown_layers(region.terms, list(names))
                raise UnknownLayerError(unknown_layers_message(network, unknown, list(names)))
            regions.append(Region(region.mask, terms))
        return dataclasses.replace(self, regions=tuple(regions))


def _as_tensor(mask: np.ndarray) -> tf.Tensor:
    import tensorflow as tf

    return tf.constant(mask[None, :, :, None], tf.float32)


def find_place(request: Request, picture: Picture) -> Place:
    """The place that a request says, read and checked.

    Raises
    ------
    ArgumentError
        If arguments of it exclude each other, or there is no picture but noise.
    ImageError
        If a mask cannot be read.
    """
    finish = {
        "keep_colors": in_range("keep_colors", request.keep_colors, bool),
        "strength": in_range("strength", request.strength, float, least=0, most=1),
    }
    given = [name for name in ("mask", "masks") if getattr(request, name) is not None]
    changed = [name for name, value in finish.items() if value != ARGUMENTS[name].default]
    if request.size is not None and (given or changed):
        raise ArgumentError(
            f"`{[*given, *changed][0]}` needs a picture: in noise there is no original to keep."
        )
    if len(given) > 1:
        raise ArgumentError("`mask` and `masks` cannot both be given.")
    if given == ["mask"]:
        return Place(read_mask(request.mask, picture), **finish)
    return _of_regions(mask_pairs(request.masks), request, picture, finish)


def _of_regions(
    pairs: Sequence[tuple[Any, Any]], request: Request, picture: Picture, finish: dict[str, Any]
) -> Place:
    if not pairs:
        return Place(**finish)
    if request.layers is not None:
        raise ArgumentError("`layers` and `masks`, which have their own, cannot both be given.")
    regions = [Region(read_mask(m, picture, "masks"), layer_terms(layers)) for m, layers in pairs]
    largest = np.max([region.mask for region in regions], axis=0)
    return Place(largest, tuple(regions), **finish)
