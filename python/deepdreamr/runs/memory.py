"""memory → **limit** → windows: how much a gradient takes, and how large a part fits."""

from __future__ import annotations

import math
import numbers
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..errors import ArgumentError, MemoryLimitError, received
from ..machine import free_memory, usable_memory, used_memory
from ..recipes.chain import Laplacian, Smooth
from ..recipes.objectives import Distance, TotalVariation
from ..recipes.schedule import Shape
from ..recipes.settings import Recipe
from ..recipes.terms import LayerTerm
from .places import Place

_MEMORY = re.compile(r"(\d+\.?\d*|\.\d+)\s*([kmgt]?)(i?)b?")
_MOST_MEMORY = 2**63  # bytes
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
WHOLE_PIXELS = 3_500_000
"""At most this many pixels have the gradient of the whole image, if the memory allows."""
SMALLEST_TILE = 192
_IMAGE_BYTES = 12  # of a pixel of a float image
PRECISE_PIXELS = 1_000_000
"""Of at most this many pixels it is not asked precisely what a gradient takes."""
PIXEL_BYTES = 1500.0
"""That a gradient takes for each pixel, where it is not known better."""
KERNEL_BYTES = 280_000
"""That oneDNN keeps for each convolution and each size of its input."""
MOST_KERNELS = 1700
"""How many are kept at once, as seen in runs with many sizes of tiles."""
_FEW_KERNELS = 150  # of a network of fifty convolutions, at three sizes
LOADED_BYTES = 640_000_000
"""What TensorFlow and a small network take, where they are not loaded yet."""


def parse_memory(value: Any) -> int:
    """Bytes, from a number or a text such as "2GB" or "512 MB".

    >>> parse_memory("2GB")
    2000000000
    """
    number: Any = math.nan
    if isinstance(value, str):
        match = _MEMORY.fullmatch(value.strip().lower())
        if match:
            number = float(match[1]) * (1024 if match[3] else 1000) ** _POWERS[match[2]]
    elif isinstance(value, numbers.Real) and not isinstance(value, bool):
        number = value
    if not 1 <= number < _MOST_MEMORY:
        raise ArgumentError(
            '`max_memory` must be bytes, or a text like "2GB". ' + received("max_memory", value)
        )
    return int(number)


class Copies(NamedTuple):
    """Float images of the picture's full size that exist at once, at most.

    Attributes
    ----------
    kept : all the time: the dream so far, the one a step before, the gradient put together so far,
        half a one for the octave before, and what becomes of the dream when it is written
    working : besides, while a step is taken, a penalty's gradient, or lost detail is put back: then
        the network has no gradient to take, and they lie where its activations lay
    """

    kept: float = 4.5
    working: float = 4

    @classmethod
    def of(
        cls, recipe: Recipe, place: Place | None = None, terms: Sequence[LayerTerm] = ()
    ) -> Copies:
        """Of a recipe, for a place and terms.

        A roll needs one more, and so do smoothing and a pyramid of bands, two Adam and one other
        parameters than pixels; transforms need several.
        A mask is a third of an image, and there twice: at the picture's size, and at the octave's.
        A penalty on the distance keeps the original; one on total variation has its differences.
        """
        kept, working = cls()
        kept += bool(recipe.jitter)
        kept += 2 * (recipe.optimizer == "adam") + (recipe.parameters != "pixels")
        working += any(isinstance(unit, Smooth | Laplacian) for unit in recipe.units())
        if recipe.transforms:
            kept, working = kept + 2, working + 6
        if place is not None and place.mask is not None:
            kept += 2 / 3 * (len(place.regions) + 1) + bool(place.regions)
            working += 1
        kinds = {type(term.unit) for term in terms}
        kept += Distance in kinds
        if TotalVariation in kinds:
            working = max(working, 7 + (Distance in kinds))
        return cls(kept, working)

    def bytes(self, shape: Shape) -> tuple[float, float]:
        """Of the kept and of the working ones, for a picture of this shape."""
        image = _IMAGE_BYTES * shape[0] * shape[1]
        return self.kept * image, self.working * image


def pixel_bytes(shape: Shape, known: Callable[[], float | None]) -> float:
    """About how many bytes a gradient takes for each pixel of an image of this shape.

    Parameters
    ----------
    known : tells how many they are; None if that is unknown
    """
    precise = known() if shape[0] * shape[1] > PRECISE_PIXELS else None
    return PIXEL_BYTES if precise is None else precise


def expected_memory() -> int:
    """Bytes that this process holds, or will hold once TensorFlow is loaded."""
    return used_memory() + (0 if "tensorflow" in sys.modules else LOADED_BYTES)


def tile_limit(
    shape: Shape,
    pixel_bytes: float,
    memory: int | None,
    *,
    window_bytes: float | None = None,
    copies: Copies = Copies(),  # noqa: B008  # a constant
    kernels: int = _FEW_KERNELS,
    tile: int | None = None,
) -> int | None:
    """The largest number of pixels of a window, or None if the whole image fits without windows.

    The usual limit is the same on every machine, so that the same call gives the same dream; it is
    lowered, step by step, only where there is less memory than it takes. As a window's gradient is
    more frugal, one window may hold the whole of an image that does not fit without.

    Parameters
    ----------
    shape : of the picture
    pixel_bytes : what a gradient takes for each of its pixels
    window_bytes : what a window's takes; default: as much
    memory : bytes allowed; default: half of what is free
    copies : of the picture that exist at once
    kernels : that oneDNN keeps
    tile : pixels of each gradient, where there is no choice: all of the picture's, or those of the
        recipe's own tiles

    Raises
    ------
    MemoryLimitError
        If not even the smallest tile fits.
    """
    pixels, allowed = shape[0] * shape[1], _allowed(memory)
    kept, working = copies.bytes(shape)
    fixed = expected_memory() + kept + kernels * KERNEL_BYTES
    room = allowed - fixed
    if (tile or pixels <= WHOLE_PIXELS) and max((tile or pixels) * pixel_bytes, working) <= room:
        return None
    if tile:
        limit, smallest, each = tile, tile, pixel_bytes
    else:
        limit, smallest = WHOLE_PIXELS, min(pixels, SMALLEST_TILE**2)
        each = pixel_bytes if window_bytes is None else window_bytes
    while max(limit * each, working) > room:
        limit = limit * 15 // 16
        if limit < smallest:
            needed = fixed + max(smallest * each, working)
            raise MemoryLimitError(
                f"a picture of {shape[0]}x{shape[1]} needs at least {needed / 1e9:.1f} GB. "
                f"Received: {allowed / 1e9:.1f} GB",
                "Allow more with max_memory, or take a smaller picture.",
            )
    return limit


def _allowed(memory: int | None) -> float:
    """Bytes that the process may hold."""
    if memory is not None:
        return memory
    free, usable = free_memory(), usable_memory()
    if free is None or usable is None:
        return math.inf
    return min(expected_memory() + free // 2, usable)
