"""key frame → **resampled** → frame: what is seen of it at another moment, in one step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..pictures.picture import Shape
from .extra import needed

_LOBES = 3  # of the kernel that takes away what is too fine


def resampled(
    pixels: np.ndarray, shape: Shape, factor: complex, offset: complex, middles: tuple[complex, ...]
) -> np.ndarray:
    """A picture moved, in one Lanczos step over 8 by 8 pixels.

    Where it is made smaller, what is too fine to be seen there is taken away first, by a Lanczos
    kernel of that scale: OpenCV's own step reads as many pixels whatever the scale is, and what is
    too fine would flicker. Beyond its edges the picture is mirrored.

    Parameters
    ----------
    pixels : float32 (height, width, 3)
    shape : (height, width) of the result
    factor, offset : what takes a point of the picture, from its middle, to where it is in the
        result, from that one's middle
    middles : of the picture, and of the result: x + yi, in pixels

    Returns
    -------
    float32 (height, width, 3)
    """
    cv2: Any = needed("cv2")
    if (scale := abs(factor)) < 1:
        kernel = _kernel(scale)
        pixels = cv2.sepFilter2D(pixels, -1, kernel, kernel, borderType=cv2.BORDER_REFLECT_101)
    back = 1 / factor
    start = middles[0] - (middles[1] + offset) * back
    matrix = np.array([[back.real, -back.imag, start.real], [back.imag, back.real, start.imag]])
    flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        pixels, matrix, shape[::-1], flags=flags, borderMode=cv2.BORDER_REFLECT_101
    )


def _kernel(scale: float) -> np.ndarray:
    """What leaves of a row what can be seen of it at a scale < 1; at 1 all."""
    reach = math.ceil(_LOBES / scale)
    x = np.arange(-reach, reach + 1) * scale
    values = np.where(np.abs(x) < _LOBES, np.sinc(x) * np.sinc(x / _LOBES), 0)
    return (values / values.sum()).astype(np.float32)
