"""request → **film** → frames → clip: what a clip's dream comes to, checked before any dream."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..checksums import sha256
from ..errors import ClipError, OutputError
from ..many.asking import checksum
from ..paths import as_path
from ..pictures.picture import Picture, picture_uint8, shrunk
from ..runs.checking import check, unheard
from ..runs.request import Request
from ._folders import pictures_of
from .clips import LOOPS, check_clip, open_clip, write_clip
from .frames import Clip, Frame
from .keyframes import Course
from .states import FrameFiles
from .times import seconds_of
from .videos import VideoRequest, checked, frame_request
from .workplaces import checked_place

PREVIEW, LONGEST = 1, 320  # seconds, and pixels of the longer side

_OWN = (
    "motion iterations first_iterations decay renewal start end every rate preview threads"
).split()


class Film:
    """A clip's dream, checked before anything is dreamed.

    Attributes
    ----------
    asked : what was asked for, with its defaults
    output : where it is written
    info : what the clip is, with the size that the dream has
    first : the first frame
    times : of the frames that have been read, in seconds
    notes : lines for the user
    """

    def __init__(self, asked: VideoRequest) -> None:
        self.asked = checked(asked)
        self.output = self._checked_output()
        request = frame_request(self.asked)
        self._most = request.max_size
        if self.asked.preview:
            self._most = min(LONGEST, self._most or LONGEST)
        self._request = dataclasses.replace(request, max_size=None)
        self.course = Course(self._request)
        self.notes, self.times = list[str](), list[Fraction]()
        with self.clip() as clip:
            clip.check_frames()
            self.info = clip.info
            self.first = next(self.frames(clip)).pixels
            self.notes += clip.notes
        shape = self.first.shape[0], self.first.shape[1]
        self.info = dataclasses.replace(self.info, shape=shape)
        for moment in self.course.moments:
            with unheard():
                check(dataclasses.replace(self.course.at(moment), image=self.first))

    def _checked_output(self) -> Path:
        asked, clip = self.asked, as_path("clip", self.asked.clip)
        output = checked_place(asked.output, overwrite=asked.overwrite, preview=asked.preview)
        real = os.path.realpath(clip) if os.path.exists(clip) else None
        if real == os.path.realpath(output):
            raise OutputError(f"{str(output)!r} is the clip to dream of: name another output.")
        if output.suffix.lower() in LOOPS and real == os.path.realpath(output.parent):
            raise OutputError(f"{str(output)!r} would be one of the frames: name another output.")
        return output

    @property
    def span(self) -> dict[str, Any]:
        """Which part of the clip there is."""
        start, end = self.asked.start, self.asked.end
        if self.asked.preview:
            last = (Fraction(0) if start is None else seconds_of("start", start)) + PREVIEW
            end = last if end is None else min(last, seconds_of("end", end))
        return {"start": start, "end": end}

    def clip(self, **span: Any) -> Clip:
        """The clip, open for reading; `start` may be another."""
        how = {**self.span, "every": self.asked.every, "rate": self.asked.rate, **span}
        return open_clip(self.asked.clip, **how)

    def frames(self, clip: Clip) -> Iterator[Frame]:
        """The frames in the size in which they are dreamed."""
        for frame in clip.frames():
            pixels = frame.pixels
            if self._most is not None:
                pixels = picture_uint8(shrunk(Picture(pixels), self._most))
            yield frame._replace(pixels=pixels)

    def all_frames(self) -> Iterator[Frame]:
        """All frames; their times are noted here, and so is what turns out while they are read."""
        self.times.clear()
        with self.clip() as clip:
            for frame in self.frames(clip):
                self.times.append(frame.time)
                yield frame
            self.notes += clip.notes

    def frames_from(self, first: Frame) -> Iterator[Frame]:
        """The frames from one of them on, which is found by its time, or else by its number."""
        found = self._sought(first)
        with found or self.clip() as clip:
            number, time = (first.number, first.time) if found else (0, Fraction(0))
            for frame in self.frames(clip):
                if found or frame.number >= first.number:
                    yield frame._replace(number=frame.number + number, time=frame.time + time)

    def _sought(self, first: Frame) -> Clip | None:
        """The clip from a frame on; None where that is not found by its time."""
        with contextlib.suppress(ClipError):
            clip = self.clip(start=self.info.offset + first.time)
            if np.array_equal(next(self.frames(clip)).pixels, first.pixels):
                return clip
        return None

    def request(self, time: Fraction, seed: int) -> Request:
        """What is asked for of the frame at a moment.

        Parameters
        ----------
        seed : where none was asked for
        """
        request = self.course.at(time)
        return request if request.seed is not None else dataclasses.replace(request, seed=seed)

    def files(self) -> FrameFiles:
        """Where the frames are kept."""
        own = {name: str(getattr(self.asked, name)) for name in _OWN}
        clip = _checksum(as_path("clip", self.asked.clip))
        more = {"clip": clip, "shape": self.info.shape, "video": own}
        return FrameFiles(
            self.output, checksum(self._request, **more), self.asked.overwrite or self.asked.preview
        )

    def check_output(self, files: FrameFiles) -> None:
        """Raise an `OutputError` if something is at the output, and not all frames are dreamed."""
        if len(files.done()) < (self.info.frames or 2**31):
            check_clip(self.output, self.asked.overwrite or self.asked.preview)

    def write(self, files: FrameFiles) -> None:
        """Make the clip of its frames."""
        info = dataclasses.replace(self.info, frames=len(self.times))

        def write(path: Path, overwrite: bool) -> list[str]:
            frames = ((files.kept(number), time) for number, time in enumerate(self.times))
            how = {"source": self.asked.clip, "overwrite": overwrite, **self.span}
            return write_clip(path, info, frames, **how)

        self.notes += files.written(self.output, write)


def _checksum(clip: Path) -> str | list[Any]:
    """Which clip it is: its content; of several files, their names, sizes and times."""
    if clip.is_file():
        return sha256(clip)
    status = ((str(file), file.stat()) for file in pictures_of(clip))
    return [[name, found.st_size, found.st_mtime_ns] for name, found in status]
