"""pictures of 8 bits → **mix** → picture of 8 bits: what is kept of the one, what of the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from .picture import row_blocks


def mixed(original: np.ndarray, changed: np.ndarray, share: Any) -> np.ndarray:
    """The original, and a share of how the other picture differs from it.

    Parameters
    ----------
    original, changed : uint8 (height, width, 3)
    share : from 0 (the original, bit for bit) to 1 (the other, bit for bit): a number, or float32
        (height, width)
    """
    result = np.empty_like(original)
    for rows in row_blocks(len(original)):
        here = share[rows, :, None] if np.ndim(share) else np.float32(share)
        before = original[rows].astype(np.float32)
        result[rows] = np.rint(before + here * (changed[rows] - before))
    return result


def recolored(original: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """The brightness of the one picture in the colours of the other, as YCbCr splits them.

    A change of Y alone is one of red, green and blue alike. What no screen can show is cut off.

    Parameters
    ----------
    original : uint8 (height, width, 3), whose colours (Cb and Cr) are kept
    changed : the same, whose brightness (Y) is taken
    """
    result = np.empty_like(original)
    for rows in row_blocks(len(original)):
        before = original[rows].astype(np.float64)
        lighter = brightness(changed[rows] - before)[..., None]
        result[rows] = np.rint(np.clip(before + lighter, 0, 255))
    return result


def brightness(pixels: np.ndarray) -> np.ndarray:
    """The luma Y of (..., 3), 0.299 R + 0.587 G + 0.114 B: JPEG's; that of a grey is exact."""
    red, green, blue = (pixels[..., i] for i in range(3))
    result: np.ndarray = green + 0.299 * (red - green) + 0.114 * (blue - green)
    return result
