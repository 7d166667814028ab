"""picture → **zoom** → tile: scaled so that its pixels, or what they show, can be seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from ..values import in_range
from .picture import Shape

_MOST_ZOOM = 64


def check_zoom(zoom: Any) -> float | None:
    """The zoom as a float, or None.

    Raises
    ------
    ArgumentError
        If it is neither None nor a number > 0 and <= 64.
    """
    checked: float | None = in_range("zoom", zoom, float, optional=True, above=0, most=_MOST_ZOOM)
    return checked


def even_zoom(shape: Shape, count: int) -> float:
    """A zoom that makes tiles of about 128 pixels, or of about 256 where there are at most 12.

    It is a whole number, or one divided by a whole number, so that all pixels are treated alike.

    Parameters
    ----------
    shape : of a tile as it is
    count : number of tiles

    Examples
    --------
    >>> even_zoom((28, 38), 64), even_zoom((239, 319), 64)
    (3, 0.5)
    """
    share = (256 if count <= 12 else 128) / max(shape)
    return round(share) if share >= 1 else 1 / round(1 / share)


def zoomed(pixels: np.ndarray, zoom: float) -> np.ndarray:
    """A picture scaled up (each pixel becomes a square) or down (each is a mean over an area).

    Parameters
    ----------
    pixels : uint8 (height, width, 3), or float32 (height, width)
    zoom : new length of a side divided by the old one
    """
    height, width = (max(1, round(length * zoom)) for length in pixels.shape[:2])
    if (height, width) == pixels.shape[:2]:
        return pixels
    how = Image.Resampling.NEAREST if zoom > 1 else Image.Resampling.BOX
    return np.asarray(Image.fromarray(pixels).resize((width, height), how))
