"""frame + what the last one left → **dream** → what it leaves: one frame after another."""

from __future__ import annotations

import dataclasses

import numpy as np

from ..runs.request import Request
from ..runs.settling import Windows
from .carrying import Carried, Start, first_carried, flowing, image_of, moving, next_carried, still
from .filming import Film
from .frames import Frame
from .painting import Painted, Painter
from .settling import Settled


class Follower:
    """Dreams of a film's frames, each of which goes on from the one before unless a scene begins.

    Attributes
    ----------
    carried : what the last frame left; None where frames are dreamed each by itself
    pixels : what is seen of the last dream, uint8 (height, width, 3)
    """

    def __init__(self, film: Film, settled: Settled) -> None:
        self.carried: Carried | None = None
        self.pixels = film.first
        self._film, self._settled = film, settled
        self._painter = Painter()

    @property
    def follows(self) -> bool:
        """Whether any frame goes on from another."""
        return self._film.asked.motion != "none"

    def first(self, frame: Frame) -> Painted:
        """The dream of a scene's first frame."""
        request, windows = self._asked(frame)
        first = self._film.asked.first_iterations
        painted = self._painter.first(request, frame.pixels, first, windows)
        if self.follows:
            took = painted.steps, painted.step
            self.carried = first_carried(painted.image, frame.pixels, *took)
        self.pixels = painted.seen(painted.image, frame.pixels)
        return painted

    def next(self, frame: Frame, before: np.ndarray) -> Painted:
        """The dream of a frame that goes on from the one before, uint8 (height, width, 3)."""
        if self.carried is None:
            raise ValueError(f"frame {frame.number} has nothing to go on from")
        request, windows = self._asked(frame)
        seed = (int(request.seed or 0) + frame.number) % 2**31  # other tiles and rolls each time
        request = dataclasses.replace(request, seed=seed)
        start = self._start(self.carried, before, frame.pixels)
        iterations = self._film.asked.iterations
        painted = self._painter.next(request, start.image, iterations, windows, start.growth)
        self.carried = next_carried(
            self.carried,
            start,
            painted.image,
            frame.pixels,
            iterations=iterations or 1,
            step=painted.step,
        )
        image = image_of(frame.pixels) + self.carried.change
        self.pixels = painted.seen(image, frame.pixels)
        return painted

    def _asked(self, frame: Frame) -> tuple[Request, Windows | None]:
        film, settled = self._film, self._settled
        windows = settled.windows_at(film.course, frame.time)
        return film.request(frame.time, settled.seed), windows

    def _start(self, carried: Carried, before: np.ndarray, now: np.ndarray) -> Start:
        asked, decay = self._film.asked, float(self._film.asked.decay or 0)
        if asked.motion == "blend":
            return still(carried, before, now, decay=decay)
        if asked.motion == "delta":
            return moving(carried, before, now, decay=decay)
        iterations = asked.iterations or 1
        return flowing(
            carried, before, now, decay=decay, renewal=asked.renewal, iterations=iterations
        )
