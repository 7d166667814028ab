"""film → **dreams of its frames** → files: one after another, each from the one before."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from .filming import Film
from .following import Follower
from .frames import Frame
from .painting import Painted
from .scenes import is_cut
from .settling import Settled
from .states import FrameFiles
from .watching import VideoStep, Watch


class Scenes:
    """A film whose frames are dreamed in their order; a scene begins with a whole dream.

    Attributes
    ----------
    count : how many scenes have begun; each frame is one where it does not follow another
    """

    def __init__(self, film: Film, files: FrameFiles, settled: Settled) -> None:
        self.count = 0
        self._film, self._files = film, files
        self._follower = Follower(film, settled)

    def dreamed(self) -> Iterator[VideoStep]:
        """A step for each frame that is dreamed, when it is kept."""
        film, follows = self._film, self._follower.follows
        first, before = self._files.next(followed=follows), None
        watch = Watch(film.info.frames)
        film.times.clear()
        with film.clip() as clip:
            for frame in film.frames(clip):
                film.times.append(frame.time)
                cut = before is None or not follows or is_cut(before, frame.pixels)
                self.count += cut
                if frame.number >= first:
                    painted = self._kept(frame, None if cut else before)
                    scene = self.count if follows else None
                    yield watch.step(frame.number, frame.number + 1, scene, painted.loss)
                before = frame.pixels

    def _kept(self, frame: Frame, before: np.ndarray | None) -> Painted:
        """Dream of a frame, and keep it; `before` is the frame that it goes on from."""
        follower = self._follower
        if before is None:
            painted = follower.first(frame)
        else:
            follower.carried = follower.carried or self._files.carried(frame.number - 1)
            painted = follower.next(frame, before)
        self._files.keep(frame.number, follower.pixels, follower.carried)
        return painted


def paces(film: Film) -> tuple[float, float]:
    """Seconds that a scene's first frame takes, and every other, measured by two frames.

    What is done but once, such as the tracing of the network, is not counted.
    """
    follower, frame = Follower(film, Settled(seed=0)), Frame(0, film.course.moments[0], film.first)
    follower.first(frame)
    begun = time.perf_counter()
    follower.first(frame)
    first = time.perf_counter() - begun
    if not follower.follows:
        return first, first
    follower.next(frame, film.first)
    begun = time.perf_counter()
    follower.next(frame, film.first)
    return first, time.perf_counter() - begun
