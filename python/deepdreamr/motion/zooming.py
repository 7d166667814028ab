"""arguments → **zoom** → key frames → frames: what a zoom comes to, checked before any dream."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ..many.asking import checksum
from ..pictures.picture import Shape, noise, picture_uint8, shape_within, shrunk
from ..pictures.reading import read_picture
from ..runs.checking import check, unheard
from ..runs.request import Request
from .clips import ClipInfo, check_clip
from .keyframes import Course
from .workplaces import Workplace
from .zoom_checks import camera_of, check_zoom_words, dream_request, timing_of
from .zooms import ZoomRequest

SETTLING = 3  # key frames before the first one, where that is noise
PREVIEW, LONGEST = 1, 320  # seconds, and pixels of the longer side


class Zoom:
    """A zoom, checked before anything is dreamed.

    Attributes
    ----------
    asked : what was asked for
    output : where it is written
    start : what is seen at first, uint8 (height, width, 3); None for noise
    timing, camera : how long it is, and how it moves
    interval, place : seconds between two key frames, and what is seen of them
    first, last : numbers of the key frames that the clip begins and ends with; those before the
        first make something of noise, and the last of a loop is the first
    notes : lines for the user
    """

    def __init__(self, asked: ZoomRequest) -> None:
        self.asked, self.notes = asked, list[str]()
        self.output, self.timing = check_zoom_words(asked), timing_of(asked)
        self._request = dream_request(asked)
        self.start = self._picture()
        self.camera = camera_of(asked, self._shape())
        self.interval, intervals = self._intervals()
        self.place = self.camera.place(self.interval)
        self.first = SETTLING if self.start is None else 0
        self.last = self.first + intervals
        self.course = Course(self._request)
        grey = np.full((*self.place.shape, 3), 128, np.uint8)
        for moment in self.course.moments:
            with unheard():
                check(_of_key(self.course.at(moment), image=grey))

    @property
    def count(self) -> int:
        """How many dreams it takes."""
        count = self.last + (not self.asked.loop)
        if self.asked.preview:
            count = min(count, self.first + math.ceil(PREVIEW / self.interval - 1e-9) + 1)
        return count

    @property
    def frames(self) -> int:
        """How many frames it has."""
        timing, most = self.timing, math.ceil(PREVIEW * self.timing.rate)
        return min(timing.frames, most) if self.asked.preview else timing.frames

    @property
    def info(self) -> ClipInfo:
        """What its clip is."""
        return ClipInfo(self.camera.shape, rate=self.timing.rate, frames=self.frames)

    def _picture(self) -> np.ndarray | None:
        if self.asked.image is None:
            return None
        picture = read_picture(self.asked.image, "image")
        if picture.alpha is not None and picture.alpha.min() < 255:
            self.notes.append("transparency is left out")
        if self._request.max_size is not None:
            picture = shrunk(picture, self._request.max_size)
        return picture_uint8(shrunk(picture, LONGEST) if self.asked.preview else picture)

    def _shape(self) -> Shape:
        if self.start is not None:
            return self.start.shape[0], self.start.shape[1]
        shape = noise(self._request.size, 0).shape
        return shape_within(shape, LONGEST) if self.asked.preview else shape

    def _intervals(self) -> tuple[float, int]:
        """Seconds between two key frames, and how often that passes."""
        interval, seconds = self.camera.interval(self.asked.growth), float(self.timing.seconds)
        if self.asked.loop:
            number = max(1, math.ceil(seconds / interval - 1e-9))
            return seconds / number, number
        if self.asked.preview:
            seconds = min(seconds, PREVIEW)
        return interval, max(1, math.ceil(seconds / interval - 1e-9))

    def workplace(self) -> Workplace:
        """Where the key frames are kept; frames a second make no difference to them."""
        asked = self.asked
        said = [repr(self.camera), self.interval, asked.loop, asked.outward]
        if asked.outward and self.course.changes:
            said.append(float(self.timing.seconds))
        picture = None if self.start is None else checksum(Request(guide=self.start))
        request = _of_key(self._request)
        overwrite = asked.overwrite or asked.preview
        return Workplace(self.output, checksum(request, zoom=[said, picture]), overwrite)

    def check_output(self, workplace: Workplace) -> None:
        """Raise an `OutputError` if something is at the output, and key frames are missing."""
        if len(workplace.done()) < self.count:
            check_clip(self.output, self.asked.overwrite or self.asked.preview)

    def seed(self, number: int, drawn: int) -> int:
        """Of a key frame: what is asked for at its moment, or what was drawn for all."""
        asked = self.course.at(self.moment(number)).seed
        return drawn if asked is None else int(asked)

    def request(self, number: int, seed: int) -> Request:
        """What is asked of a key frame's dream, but for the picture.

        Parameters
        ----------
        number : of the key frame
        seed : of all of them, where none was asked for
        """
        request = self.course.at(self.moment(number))
        return _of_key(request, seed=(self.seed(number, seed) + number) % 2**31)

    def moment(self, number: int) -> float:
        """When a key frame is shown, in seconds of the clip."""
        moment = max(0.0, (number - self.first) * self.interval)
        return max(0.0, float(self.timing.seconds) - moment) if self.asked.outward else moment

    def parts(self) -> Iterator[Request]:
        """What is asked of a key frame in each part of the course."""
        grey = np.full((*self.place.shape, 3), 128, np.uint8)
        return (_of_key(request, image=grey) for request in self.course.parts())

    def times(self) -> Iterator[tuple[Fraction, Fraction]]:
        """When each frame is shown, and how far the zoom is then, both in seconds."""
        end = self.timing.seconds
        if self.asked.preview:
            end = min(end, Fraction(PREVIEW))
        for number in range(self.frames):
            time = self.timing.time(number)
            yield time, end - time if self.asked.outward else time


def _of_key(request: Request, **changed: Any) -> Request:
    """A request about a key frame, in whose size the picture is given."""
    given = {"image": None, "size": None, "max_size": None, **changed}
    return dataclasses.replace(request, **given)
