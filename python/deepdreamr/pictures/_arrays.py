"""array → **Picture**: which shapes, types and ranges of numbers are a picture."""

from __future__ import annotations

import numpy as np

from ..errors import ImageError, ImageWarning, warn
from ._depths import Depth, check_brightness, deep_loss
from .picture import Picture


def from_array(array: np.ndarray) -> Picture:
    """An array as a picture of its own memory; `load_image` says which arrays there may be.

    Raises
    ------
    ImageError
        If the shape, the type or the range of values is another.
    """
    if array.ndim == 4 and array.shape[0] == 1 and array.shape[3] == 3:
        return _from_image(array)
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4):
        raise ImageError(
            "an array must have the shape (height, width) or (height, width, colours), "
            "with 1, 3 or 4 colours. "
            f"Received: shape={array.shape}"
        )
    _check_pixels(array)
    array = _uint8_or_unit(array)
    alpha = None
    if array.shape[2] == 4:
        alpha = array[..., 3].copy()
        if alpha.dtype != np.uint8:
            alpha = np.rint(alpha * 255).astype(np.uint8)
    rgb = np.repeat(array, 3, axis=2) if array.shape[2] == 1 else array[..., :3]
    notes = ("grey: becomes RGB",) if array.shape[2] == 1 else ()
    return Picture(_values(rgb), alpha, notes=notes)


def _from_image(array: np.ndarray) -> Picture:
    """Of one that `load_image` has returned, or that lies in [-1, 1] as those do."""
    shape = "an image of shape (1, height, width, 3) must be float in [-1, 1]"
    if not np.issubdtype(array.dtype, np.floating):
        raise ImageError(f"{shape}. Received: dtype={array.dtype}", "Give its only picture, [0].")
    _check_pixels(array)
    low, high = array.min(), array.max()
    if not (low >= -1 and high <= 1):  # also where there is a NaN
        raise ImageError(f"{shape}. Received: values from {low:g} to {high:g}")
    if low >= 0 and high > 0 and not _is_bright(array):
        raise ImageError(
            f"{shape}, and this one has no value below 0.",
            "Give array[0] if it lies in [0, 1], and (array[0] + 1) / 2 if in [-1, 1].",
        )
    return Picture(np.array(array[0], np.float32))


def _is_bright(array: np.ndarray) -> bool:
    """Whether values without a negative one are the 8 or 16 bits of a picture in [-1, 1].

    Those of a picture in [0, 1] are not: half of them lie between two steps.
    """
    for steps in (255, 65535):
        values = (array.astype(np.float64) + 1) * steps / 2
        if np.allclose(values, np.rint(values), rtol=0, atol=0.02):
            return True
    return False


def _check_pixels(array: np.ndarray) -> None:
    if array.size == 0:
        raise ImageError(f"a picture must have pixels. Received: shape={array.shape}")


def _uint8_or_unit(array: np.ndarray) -> np.ndarray:
    """The array as uint8, or as float in [0, 1]."""
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if np.issubdtype(array.dtype, np.uint16):  # of either byte order
        check_brightness(array.max() / 65535, Depth(16), "the array")
        warn(ImageWarning(deep_loss(16)))
        return array / 65535
    if not np.issubdtype(array.dtype, np.floating):
        raise ImageError(
            "an array must be uint8, uint16, bool or float in [0, 1]. "
            f"Received: dtype={array.dtype}"
        )
    low, high = array.min(), array.max()
    if not (low >= 0 and high <= 1):  # also where there is a NaN
        raise ImageError(
            f"a float array must lie in [0, 1]. Received: values from {low:g} to {high:g}"
        )
    return array


def _values(rgb: np.ndarray) -> np.ndarray:
    """uint8 copied, float in [0, 1] as float32 in [-1, 1]."""
    if rgb.dtype == np.uint8:
        return rgb.copy()
    rgb = rgb.astype(np.promote_types(rgb.dtype, np.float32))  # NumPy 1 computes in float16
    return (rgb / np.float32(0.5) - np.float32(1)).astype(np.float32)
