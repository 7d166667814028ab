"""zoom → **plan**: what it would take, by its first two key frames, before it is dreamed."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..runs.checking import unheard
from ..runs.planning import plan_request
from ..runs.request import Request
from .between import frame_at, mixed
from .keys import Keys, later
from .looks import look_of
from .sampling import coded
from .workplaces import Workplace
from .zooming import Zoom

_MOST = 12  # frames that are made and encoded
_SAMPLE = 0.37  # of an interval: a moment like any other


@dataclasses.dataclass(frozen=True)
class ZoomPlan:
    """What a zoom would do.

    Attributes
    ----------
    frames, dreams, done : how many frames and key frames it has, and how many of these are there
    shape, key_shape : (height, width) of frames, and of key frames
    duration : of the clip, in seconds
    seconds : how long it would take, without the writing of the clip; None if not measured
    disk : bytes of all key frames, which are kept until the clip is there, and of the clip
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
            rows.append(f"about {datetime.timedelta(seconds=max(1, round(self.seconds)))}")
        rows.append(f"{self.disk / 1e6:.1f} MB of key frames and the clip, until it is finished")
        if self.memory is not None and self.allowed is not None:
            rows.append(
                f"{self.memory / 1e9:.2f} GB of {self.allowed / 1e9:.2f} GB that may be used"
            )
        return "\n".join(rows)


def plan_zoom(zoom: Zoom, *, measure: bool = True, dreams: bool = True) -> ZoomPlan:
    """What a zoom would do.

    Parameters
    ----------
    measure : whether the time is found out
    dreams : whether that is done by its first two key frames (five from noise, until there is
        something to see), which are dreamed, and some frames between them, which are made and
        encoded; nothing of it is kept. Or else in a second or two, by one small gradient
    """
    done = len(zoom.workplace().done())
    still = dataclasses.replace(zoom.request(0, 0), size=zoom.place.shape)
    plan = plan_request(still, measure=False)
    with unheard():
        sample = (_sampled(zoom) if dreams else _guessed(zoom, still)) if measure else None
    return ZoomPlan(
        frames=zoom.frames,
        dreams=zoom.count,
        done=done,
        shape=zoom.camera.shape,
        key_shape=zoom.place.shape,
        duration=float(zoom.frames / zoom.timing.rate),
        seconds=sample and _seconds(zoom, done, sample),
        disk=_disk(zoom, sample),
        memory=plan.memory,
        allowed=plan.allowed,
    )


class _Sample(NamedTuple):
    """What the first key frames took, and the frames between them.

    Attributes
    ----------
    first, key, frame : seconds of the first key frame, with all that is done but once, of another
        one, and of a frame
    key_bytes : of a key frame's file
    pixels : of frames, uint8 (height, width, 3) each
    """

    first: float
    key: float
    frame: float
    key_bytes: float
    pixels: list[np.ndarray]


def _sampled(zoom: Zoom) -> _Sample:
    """The first key frames of a zoom, dreamed in a folder of their own, and what is between."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Workplace(Path(folder) / "zoom", "sample") as workplace,
    ):
        times, keys = [time.perf_counter()], Keys(zoom, workplace)
        for _ in itertools.islice(keys.dreamed(), zoom.first + 2):
            times.append(time.perf_counter())
        took = [after - before for before, after in itertools.pairwise(times)]
        sizes = [workplace.file(n).stat().st_size for n in range(zoom.first, len(took))]
        moments = (float(zoom.timing.time(n)) for n in range(min(_MOST, zoom.frames)))
        seen = list(itertools.takewhile(lambda moment: moment < zoom.interval, moments))
        pixels = [frame_at(zoom, keys, moment) for moment in seen]
        frame = (time.perf_counter() - times[-1]) / len(pixels)
    return _Sample(took[0], min(took[1:] or took), frame, sum(sizes) / len(sizes), pixels)


def _guessed(zoom: Zoom, still: Request) -> _Sample | None:
    """What dreams and frames would take, by a small gradient and a frame of noise."""
    first = plan_request(still).seconds
    key = plan_request(later(still)).seconds  # everything is loaded
    if first is None or key is None:
        return None
    noise = np.random.default_rng(0).integers(0, 256, (*zoom.place.shape, 3), np.uint8)
    look, since = look_of(noise, zoom.place.inner), _SAMPLE * zoom.interval
    for _ in range(2):
        begun = time.perf_counter()
        mixed(zoom, (noise, noise), since, _SAMPLE, look)
        frame = time.perf_counter() - begun
    return _Sample(first, key, frame, noise.nbytes, [])


def _seconds(zoom: Zoom, done: int, sample: _Sample) -> float:
    left = max(0, zoom.count - done)
    dreams = sample.key * left + (0 if done else sample.first - sample.key)
    return dreams + zoom.frames * sample.frame


def _disk(zoom: Zoom, sample: _Sample | None) -> int:
    """Bytes of all key frames, as large as they can be if none is measured, and of the clip."""
    height, width = zoom.place.shape
    each = sample.key_bytes if sample else 3 * height * width
    pixels = sample.pixels if sample else ()
    return round(zoom.count * each) + coded(zoom.output, zoom.info, zoom.frames, pixels)
