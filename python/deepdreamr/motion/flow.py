"""two frames → **flow** → image moved along: where each pixel of a frame was in the one before.

The flow is DIS (Kroeger et al., ECCV 2016), taken backward: from a frame to the one before, so that
what is moved has a value at each pixel. It is taken the other way too, and is not to be relied upon
where the two do not lead back, which is so where something comes into sight.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from .extra import needed

_LEAST = 24  # pixels of the shorter side, of which a flow can be found
_SMALL = 50_000  # pixels of a frame whose flow is taken at its full size, not at half of it
_SMOOTH = 0.8  # pixels of the gaussian that smooths where a flow can be relied upon


class Flow(NamedTuple):
    """Where the pixels of a frame were in the one before.

    Attributes
    ----------
    vectors : float32 (height, width, 2), to the right and down, in pixels
    reliable : float32 (height, width), from 0 (something new is seen) to 1
    """

    vectors: np.ndarray
    reliable: np.ndarray


def flow_between(before: np.ndarray, now: np.ndarray) -> Flow:
    """The flow from a frame back to the one before; uint8 (height, width, 3) each."""
    cv2: Any = needed("cv2")
    backward, forward = _dis(now, before), _dis(before, now)
    mask = consistent(backward, forward).astype(np.float32)
    return Flow(backward, cv2.GaussianBlur(mask, (0, 0), _SMOOTH))


def moved(image: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """An image of the frame before, moved to where things are now; bilinear."""
    cv2: Any = needed("cv2")
    places = _grid(vectors) + vectors
    return cv2.remap(image, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def consistent(backward: np.ndarray, forward: np.ndarray) -> np.ndarray:
    """Where the flow back and the flow there agree, within the frame.

    The limit is that of Ruder et al. (2016): |w + ŵ|² < 0.01 (|w|² + |ŵ|²) + 0.5.
    """
    there = moved(forward, backward)
    gap = np.square(backward + there).sum(-1)
    limit = 0.01 * (np.square(backward).sum(-1) + np.square(there).sum(-1)) + 0.5
    height, width = backward.shape[:2]
    x, y = np.moveaxis(_grid(backward) + backward, -1, 0)
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return (gap < limit) & inside


def _dis(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Where each pixel of one frame is in another, relative to where it is now."""
    cv2: Any = needed("cv2")
    if min(here.shape[:2]) < _LEAST:
        return np.zeros((*here.shape[:2], 2), np.float32)
    engine = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    if here.shape[0] * here.shape[1] < _SMALL:
        engine.setFinestScale(0)
    with _one_thread(cv2):
        return engine.calc(*(cv2.cvtColor(i, cv2.COLOR_RGB2GRAY) for i in (here, there)), None)


@contextlib.contextmanager
def _one_thread(cv2: Any) -> Iterator[None]:
    """OpenCV with one thread: each one of several would begin anew, and pixels would differ."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def _grid(vectors: np.ndarray) -> np.ndarray:
    """Each pixel's x and y."""
    height, width = vectors.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.stack((x, y), axis=-1)
