"""zoom → **plan**: what it would take, by a measured sample, before it is dreamed."""

from __future__ import annotations

import dataclasses
import datetime
import time

import numpy as np

from ..runs.planning import Plan, plan_request
from ..runs.request import Request
from .between import mixed
from .keys import later
from .looks import look_of
from .zooming import Zoom

_SAMPLE = 0.37  # of an interval: a moment like any other


@dataclasses.dataclass(frozen=True)
class ZoomPlan:
    """What a zoom would do.

    Attributes
    ----------
    frames, dreams, done : how many frames and key frames it has, and how many of these are there
    shape, key_shape : (height, width) of frames, and of key frames
    duration : of the clip, in seconds
    seconds : how long it would take at most, without the writing of the clip
    disk : bytes of all key frames, which are kept until the clip is there, at most
    memory, allowed : bytes that it would use at its peak, and may use; None where that is not known
    """

    frames: int
    dreams: int
    done: int
    shape: tuple[int, int]
    key_shape: tuple[int, int]
    duration: float
    seconds: float | None
    disk: int
    memory: int | None
    allowed: int | None

    def __str__(self) -> str:
        (height, width), (key_height, key_width) = self.shape, self.key_shape
        rows = [
            f"{self.duration:g} s of {width}x{height}: {self.frames} frames of {self.dreams} "
            f"dreams of {key_width}x{key_height}, {self.done} done before"
        ]
        if self.seconds is not None:
            rows.append(f"about {datetime.timedelta(seconds=max(1, round(self.seconds)))} at most")
        rows.append(f"{self.disk / 1e6:.1f} MB of key frames at most, until it is finished")
        if self.memory is not None and self.allowed is not None:
            rows.append(
                f"{self.memory / 1e9:.2f} GB of {self.allowed / 1e9:.2f} GB that may be used"
            )
        return "\n".join(rows)


def plan_zoom(zoom: Zoom, *, measure: bool = True) -> ZoomPlan:
    """What a zoom would do; nothing is dreamed.

    Parameters
    ----------
    measure : whether a small gradient and a frame are timed
    """
    shape, done = zoom.place.shape, zoom.workplace().done()
    still = dataclasses.replace(zoom.request(0, 0), size=shape)
    first = plan_request(still, measure=measure)
    left = [number for number in range(zoom.count) if number not in done]
    seconds = _seconds(still, first, len(left) - (0 in left))
    return ZoomPlan(
        frames=zoom.frames,
        dreams=zoom.count,
        done=zoom.count - len(left),
        shape=zoom.camera.shape,
        key_shape=shape,
        duration=float(zoom.frames / zoom.timing.rate),
        seconds=None if seconds is None else seconds + zoom.frames * _seconds_of_frame(zoom),
        disk=zoom.count * shape[0] * shape[1] * 3,
        memory=first.memory,
        allowed=first.allowed,
    )


def _seconds(still: Request, first: Plan, others: int) -> float | None:
    """How long the dream of the first key frame takes, and those of others."""
    if first.seconds is None:
        return None
    other = plan_request(later(still)).seconds  # everything is loaded
    return first.seconds + (other or 0) * others


def _seconds_of_frame(zoom: Zoom) -> float:
    """How long a frame takes, without its writing."""
    noise = np.random.default_rng(0).integers(0, 256, (*zoom.place.shape, 3), np.uint8)
    look, since = look_of(noise, zoom.place.inner), _SAMPLE * zoom.interval
    mixed(zoom, (noise, noise), since, _SAMPLE, look)
    start = time.perf_counter()
    mixed(zoom, (noise, noise), since, _SAMPLE, look)
    return time.perf_counter() - start
