"""video file → **clip**: opened with care, found by time, decoded one frame after another."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..errors import ClipError
from ._colors import ToPixels, Turn, colors_of, turn_of
from ._cut import is_cut_off
from ._spans import SLACK, Span, no_frame
from ._streams import end_of, is_cover, most_pixels, opened_container, rate_of, too_large, zero_of
from .extra import needed
from .frames import Clip, ClipInfo, Frame

_LARGE = 2**24  # pixels of a frame, of which one is decoded at a time
_HDR = {16: "PQ", 18: "HLG"}
_TONE_MAPPING = (
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
)
"""Filters of FFmpeg that make a clip of what it is in HDR."""
_BACK = (0, 2, 10, 60)  # seconds that are gone back where a file finds a moment wrongly


class VideoFile(Clip):
    """A video file; it is open only while frames are read.

    Parameters
    ----------
    span : which part is read

    Raises
    ------
    ClipError
        If it cannot be read, has no frame there, or is of a kind that is not read.
    """

    def __init__(self, path: Path, span: Span) -> None:
        self._path, self._span, self.notes = path, span, []
        self._damaged, self._cut_off = 0, is_cut_off(path)
        with opened_container(path) as container:
            stream = self._stream(container)
            self._zero = zero_of(container, stream)
            found = next(self._timed(container, stream), None)
            if found is None:
                end = end_of(container, stream)
                raise no_frame(path, span, None if end is None else end - self._zero)
            time, first = found
            self._turn, self._colors = turn_of(first), colors_of(first, stream)
            self._check_hdr()
            self._coded = (first.height, first.width)
            self.info = self._info(container, stream, first, time)
        self._tell(first)

    def frames(self) -> Iterator[Frame]:
        """See `Clip.frames`."""
        self._damaged = 0
        to_pixels = ToPixels(self._coded, self._colors)
        with opened_container(self._path) as container:
            found = self._timed(container, self._stream(container))
            for number, (time, frame) in enumerate(found):
                if number % self._span.every:
                    continue
                if (frame.height, frame.width) != self._coded:
                    self.note("its frames change their size: all are made as large as the first")
                pixels = self._turn(to_pixels(frame))
                yield Frame(number // self._span.every, time - self.info.origin, pixels)
        if self._damaged and not self._cut_off:
            self.note(f"it is damaged: {self._damaged} of its packets were left out")

    def _stream(self, container: Any) -> Any:
        """The first stream of moving pictures, prepared."""
        streams = [s for s in container.streams.video if not is_cover(s)]
        if not streams:
            raise ClipError(f"the file {self._path.name!r} has no moving picture.")
        stream = streams[0]
        most = most_pixels()
        if stream.codec_context is None:
            raise ClipError(f"the clip {self._path.name!r} is of a codec that is not known.")
        if stream.width * stream.height > most:
            raise too_large(self._path)
        stream.codec_context.options = {"max_pixels": str(most)}
        is_large = stream.width * stream.height > _LARGE
        stream.thread_type = "SLICE" if is_large else "AUTO"
        return stream

    def _timed(self, container: Any, stream: Any) -> Iterator[tuple[Fraction, Any]]:
        """Frames of the span, each with its time in the file's clock; times grow."""
        start, step = self._zero + self._span.first, 1 / rate_of(stream)
        last, shift = None, Fraction(0)
        for frame in self._from(container, stream, start):
            if frame.pts is None:
                time = start if last is None else last + step
            else:
                time = frame.pts * Fraction(frame.time_base or stream.time_base) + shift
            if last is not None and time <= last:  # a clock that was set back
                shift += last + step - time
                time = last + step
            last = time
            if self._span.ends_before(time - self._zero):
                return
            if not self._span.starts_after(time - self._zero):
                yield time, frame

    def _from(self, container: Any, stream: Any, start: Fraction) -> Iterator[Any]:
        """Frames from one at or before a moment on."""
        if self._span.start is None:
            yield from self._decoded(container, stream)
            return
        av = needed("av")
        for back in (*_BACK, None):
            goal = 0 if back is None else max(start - back, Fraction(0))
            with contextlib.suppress(av.FFmpegError):
                container.seek(int(goal / stream.time_base), stream=stream)
            frames = self._decoded(container, stream)
            first = next(frames, None)
            if back is None or goal <= 0 or _is_before(first, stream, start):
                break
        if first is not None:
            yield first
        yield from frames

    def _decoded(self, container: Any, stream: Any) -> Iterator[Any]:
        """All frames that can be decoded; packets that cannot be are counted."""
        av = needed("av")
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError:  # such as a file that was cut off
                self._damaged, packet = self._damaged + 1, None
            try:
                yield from (stream.decode(None) if packet is None else packet.decode())
            except av.FFmpegError:
                self._damaged += 0 if packet is None else 1
            if packet is None:
                return

    def _check_hdr(self) -> None:
        kind = _HDR.get(self._colors.transfer)
        if kind:
            raise ClipError(
                f"the clip {self._path.name!r} is HDR ({kind}), which is not read.",
                f"Tone-map it first: ffmpeg -i IN -vf {_TONE_MAPPING} OUT",
            )

    def _info(self, container: Any, stream: Any, first: Any, time: Fraction) -> ClipInfo:
        shape = self._coded[::-1] if self._turn.swapped else self._coded
        aspect = Fraction(stream.sample_aspect_ratio or 1)
        origin = self._zero if self._span.start is None else time
        end = end_of(container, stream)
        if self._span.end is not None:
            last = self._zero + self._span.end
            end = last if end is None else min(end, last)
        rate = rate_of(stream)
        info = ClipInfo(
            shape=shape,
            rate=rate / self._span.every,
            duration=None if end is None else max(end - origin, 1 / rate),
            has_sound=bool(container.streams.audio),
            time_base=Fraction(stream.time_base),
            pixel_aspect=1 / aspect if self._turn.swapped and aspect else aspect or Fraction(1),
            colors=self._colors,
            fine_chroma=_has_fine_chroma(first),
            origin=origin,
            offset=origin - self._zero,
        )
        return dataclasses.replace(info, frames=self._count(stream, info, origin - time))

    def _count(self, stream: Any, info: ClipInfo, early: Fraction) -> int | None:
        """How many frames are read; a guess where the file does not say it."""
        if self._span.start is None and self._span.end is None and stream.frames > 0:
            return -(-int(stream.frames) // self._span.every)
        if info.duration is None:
            return None
        frames = math.ceil((info.duration + early - SLACK) * rate_of(stream))
        return max(1, -(-frames // self._span.every))

    def _tell(self, first: Any) -> None:
        if self._cut_off:
            self.note("the file was cut off: it is read as far as it goes")
        if self._turn != Turn():
            self.note("it was turned by its metadata: its pixels are turned now")
        if first.interlaced_frame:
            self.note("it is interlaced, and read as it is: two fields make one picture")
        deep = max((component.bits for component in first.format.components), default=8)
        if deep > 8:
            self.note(f"of {deep} bits a colour, 8 are used")


def _is_before(frame: Any, stream: Any, moment: Fraction) -> bool:
    if frame is None or frame.pts is None:
        return False
    return frame.pts * Fraction(frame.time_base or stream.time_base) <= moment + SLACK


def _has_fine_chroma(frame: Any) -> bool:
    """Whether colours have as many pixels as brightness."""
    name = frame.format.name
    return "444" in name and not frame.format.is_rgb
