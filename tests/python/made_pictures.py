"""Pictures of random pixels, as arrays and as files, for the tests of reading and writing."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image


def pixels(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Random uint8."""
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def as_unit(array: np.ndarray) -> np.ndarray:
    """uint8 as float in [-1, 1]."""
    return array.astype(np.float64) / 127.5 - 1


def written(picture: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    """The content of a picture file."""
    out = io.BytesIO()
    picture.save(out, format, **options)
    return out.getvalue()
