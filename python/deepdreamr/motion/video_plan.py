"""film → **plan**: what a clip's dream would take, by a few frames, before it is dreamed."""

from __future__ import annotations

import dataclasses
import datetime
import time
from collections.abc import Sequence

import numpy as np

from ..many.lanes import OWN_IN_FLIGHT, shares
from ..runs.checking import check, unheard
from ..runs.planning import plan_request
from ..runs.request import Request
from .filming import Film
from .following import follows
from .sampling import Sample, coded, sampled
from .states import disk_of


@dataclasses.dataclass(frozen=True)
class VideoPlan:
    """What a clip's dream would do.

    Attributes
    ----------
    frames, done : how many there are, None where that is not known, and how many are dreamed
    shape : (height, width) of its frames in pixels
    duration : in seconds, or None
    seconds : how long it would take; a scene's first frame may take longer than the others
    first, each : seconds that a scene's first frame takes, and every other; None if not measured
    disk : bytes of all frames, which are kept until the clip is there, and of the clip
    memory, allowed : bytes that it would use at its peak, and may use; None where that is not known
    notes : lines for the user
    """

    frames: int | None
    done: int
    shape: tuple[int, int]
    duration: float | None
    seconds: float | None
    first: float | None
    each: float | None
    disk: int | None
    memory: int | None
    allowed: int | None
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        height, width = self.shape
        number = "an unknown number of" if self.frames is None else str(self.frames)
        rows = [f"{number} frames of {width}x{height}, {self.done} done before"]
        if self.seconds is not None and self.first is not None and self.each is not None:
            span = datetime.timedelta(seconds=max(1, round(self.seconds)))
            rows.append(
                f"about {span}: {self.first:.2f} s for a scene's first frame, {self.each:.2f} s "
                "for every other"
            )
        if self.disk is not None:
            rows.append(f"{self.disk / 1e6:.1f} MB of frames and the clip, until it is finished")
        if self.memory is not None and self.allowed is not None:
            rows.append(
                f"{self.memory / 1e9:.2f} GB of {self.allowed / 1e9:.2f} GB that may be used"
            )
        return "\n".join([*rows, *self.notes])


def plan_video(film: Film, *, measure: bool = True, dreams: bool = True) -> VideoPlan:
    """What a clip's dream would do.

    Parameters
    ----------
    measure : whether the time is found out
    dreams : whether that is done by its first three frames, which are dreamed, timed and encoded;
        or else in a second or two, by one small gradient, and without what motion takes
    """
    done, frames, shape = len(film.files().done()), film.info.frames, film.info.shape
    request = dataclasses.replace(film.request(film.course.moments[0], 0), image=film.first)
    plan = plan_request(request, measure=False)
    begun = time.perf_counter()
    with unheard():
        sample = (sampled(film) if dreams else _guessed(film, request)) if measure else None
    seconds = time.perf_counter() - begun
    if sample:
        left = (max(1, (frames or 1) - done) - 1) / _workers(film, request, done) - 1
        seconds = (seconds if dreams else sample.first + sample.each) + sample.each * left
    return VideoPlan(
        frames=frames,
        done=done,
        shape=shape,
        duration=None if film.info.duration is None else float(film.info.duration),
        seconds=seconds if sample and frames is not None else None,
        first=sample and sample.first,
        each=sample and sample.each,
        disk=None if frames is None else _disk(film, frames, sample.pixels if sample else ()),
        memory=plan.memory,
        allowed=plan.allowed,
        notes=tuple(dict.fromkeys(film.notes)),
    )


def _guessed(film: Film, request: Request) -> Sample | None:
    """What the first frames would take, by a small gradient."""
    plan_request(request)  # now everything is loaded
    seconds = plan_request(request).seconds
    if seconds is None:
        return None
    most = check(request).recipe.iterations
    steps = film.asked.iterations or most
    return Sample(seconds, seconds * min(1, steps / most) if follows(film.asked) else seconds, [])


def _workers(film: Film, request: Request, done: int) -> int:
    """How many frames are dreamed at once."""
    if film.asked.motion != "none":
        return 1
    return shares(request, film.asked.workers, max(1, (film.info.frames or 1) - done))[1]


def _disk(film: Film, frames: int, pixels: Sequence[np.ndarray]) -> int:
    """Bytes of all frames and of the clip."""
    clip = coded(film.output, film.info, frames, pixels)
    return disk_of(film.info.shape, frames, _scenes(film)) + clip


def _scenes(film: Film) -> int:
    """How many scenes are dreamed at once; none where frames do not follow one another."""
    workers = film.asked.workers or 1
    if film.asked.motion == "none":
        return 0
    return 1 if workers == 1 else OWN_IN_FLIGHT * workers
