"""picture → **mask**: where a dream grows, as numbers from 0 (nowhere) to 1 (fully)."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from PIL import Image

from ..errors import ArgumentError, ImageError, ImageWarning, warn
from .mixing import brightness
from .picture import Picture, Shape, row_blocks
from .reading import named, read_picture

ALPHA = "alpha"
"""The word for the transparency of the picture that is dreamed on."""
_FAINT = 0.05  # of a mask that is nowhere lighter, hardly anything is seen
_STRETCHED = 0.02  # of a side; thumbnails are rounded by less


def read_mask(source: Any, picture: Picture, name: str = "mask") -> np.ndarray:
    """A mask at the size of a picture: float32 (height, width) from 0 to 1.

    Parameters
    ----------
    source : a picture, as for `load_image`: its transparency where it has some (what is opaque
        grows), else its brightness; or "alpha" for the transparency of `picture`. It is a fraction
        of the picture, whatever its size
    name : what the argument is called

    Raises
    ------
    ImageError
        If there is no such picture, or it is black everywhere.
    ArgumentError
        If it is "alpha", and the picture has no transparency.

    Warns
    -----
    ImageWarning
        If it is of other proportions than the picture, but for one row or column, or nearly black.
    """
    if isinstance(source, str) and source == ALPHA:
        if picture.alpha is None:
            raise ArgumentError(f"`{name}` is 'alpha', and the picture has no transparency.")
        mask = picture.alpha / np.float32(255)
    else:
        with warnings.catch_warnings(), named(name):
            warnings.simplefilter("ignore", ImageWarning)  # of colours, which a mask has not
            mask = _values(read_picture(source, name))
    (height, width), (rows, columns) = picture.shape, mask.shape
    expected = rows * width / height
    if min(rows, columns) > 1 and abs(expected - columns) > max(1, _STRETCHED * columns):
        sizes = f"it has {rows}x{columns}, the picture {height}x{width}"
        warn(ImageWarning(f"`{name}` is stretched, as its proportions are others: {sizes}"))
    mask = sized(mask, picture.shape)
    if (most := float(mask.max())) == 0:
        raise ImageError(f"`{name}` is black everywhere: nothing could be dreamed.")
    if most < _FAINT:
        warn(ImageWarning(f"`{name}` is nearly black: at most {most * 255:.2g} of 255"))
    return mask


def _values(picture: Picture) -> np.ndarray:
    if picture.alpha is not None and picture.alpha.min() < 255:
        return picture.alpha / np.float32(255)
    mask = np.empty(picture.shape, np.float32)
    for rows in row_blocks(len(mask)):
        part = brightness(picture.values[rows].astype(np.float64))
        mask[rows] = part / 255 if picture.values.dtype == np.uint8 else (part + 1) / 2
    return mask


def sized(mask: np.ndarray, shape: Shape) -> np.ndarray:
    """A mask at another size; where it shrinks, its numbers are means over areas."""
    if mask.shape == shape:
        return mask
    height, width = shape
    resized = Image.fromarray(mask).resize((width, height), Image.Resampling.BILINEAR)
    return np.clip(np.asarray(resized), 0, 1)
