"""two frames → **cut**: whether another scene begins."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..pictures.picture import shape_within
from .extra import needed
from .flow import flow_between

_LONGEST = 160  # pixels at which frames are compared
_DIFFERENCE, _RELIABLE = 0.12, 0.5


def is_cut(before: np.ndarray, now: np.ndarray) -> bool:
    """Whether a frame shows something else than the one before; uint8 (height, width, 3) each.

    That is so where the two differ by more than an eighth of white on average, and motion explains
    less than half of the frame. A fade is no cut, a flash is one.
    """
    before, now = _small(before), _small(now)
    difference = np.abs(before.astype(np.float32) - now).mean() / 255
    if difference < _DIFFERENCE:
        return False
    return bool(flow_between(before, now).reliable.mean() < _RELIABLE)


def _small(pixels: np.ndarray) -> np.ndarray:
    cv2: Any = needed("cv2")
    height, width = shape_within(pixels.shape[:2], _LONGEST)
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
