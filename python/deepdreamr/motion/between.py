"""key frames → **frames** → clip: what is seen at any moment, of the two key frames around it.

Each of the two is moved to where it is at that moment, in one Lanczos step, and the one is faded
into the other as evenly as the picture grows, in the logarithm of its scale.

The later one is the smaller then. It still covers what is seen, and no edge of it ever shows, since
key frames are larger than what is seen of them at their moment: 1.3 times each way where they grow
by 1.3, and more where they turn or drift. That costs two thirds more pixels than a soft mask over a
key frame of the size seen; but around such a mask there is nothing but the older one, enlarged and
blurred, and what is around it changes at once when the later one fills the frame.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from .keys import Keys
from .looks import Look, held
from .resampling import resampled
from .zooming import Zoom

_ALL = (slice(None), slice(None))


def frames_of(zoom: Zoom, keys: Keys) -> Iterator[tuple[np.ndarray, Fraction]]:
    """Each frame of a zoom, uint8 (height, width, 3), and when it is shown, in seconds."""
    for time, moment in zoom.times():
        yield frame_at(zoom, keys, float(moment)), time


def frame_at(zoom: Zoom, keys: Keys, moment: float) -> np.ndarray:
    """What is seen some seconds into a zoom: uint8 (height, width, 3)."""
    passed = min(math.floor(moment / zoom.interval + 1e-9), zoom.last - zoom.first - 1)
    since = max(0.0, moment - passed * zoom.interval)
    number, share = zoom.first + passed, since / zoom.interval
    later = number + 1
    if zoom.asked.loop and later == zoom.last:  # the two have nothing in common
        later = zoom.first
    pair = keys.read(number), keys.read(later) if share > 0 else keys.read(number)
    return mixed(zoom, pair, since, share, keys.look)


def mixed(
    zoom: Zoom, pair: tuple[np.ndarray, np.ndarray], since: float, share: float, look: Look
) -> np.ndarray:
    """A frame of the two key frames around it: uint8 (height, width, 3).

    Parameters
    ----------
    zoom : it is of
    pair : the earlier and the later key frame
    since : seconds from the moment of the earlier one
    share : of the later one
    look : at which its fine detail is held
    """
    image = _seen(zoom, pair[0], since)
    if share > 0:
        later = _seen(zoom, pair[1], since - zoom.interval)
        image = image + np.float32(share) * (later - image)
    return held(image, look, _ALL, fine=True)


def _seen(zoom: Zoom, key: np.ndarray, seconds: float) -> np.ndarray:
    """What is seen of a key frame some seconds after its moment: float32."""
    height, width = zoom.camera.shape
    middles = zoom.place.middle, complex((width - 1) / 2, (height - 1) / 2)
    moved = zoom.camera.moved(seconds)
    return resampled(key.astype(np.float32), (height, width), *moved, middles)
