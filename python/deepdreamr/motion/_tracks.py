"""a stream of sound or subtitles → **track** of another file: copied, or encoded anew."""

from __future__ import annotations

import abc
import math
from fractions import Fraction
from typing import Any

import numpy as np

from .extra import needed

_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
_OPUS_RATE = 48000
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
_TICK = Fraction(1, 10_000)  # seconds of which times are multiples at least
_BITS = {"aac": 96_000, "libopus": 64_000}  # a second and channel
Within = tuple[Fraction | None, Fraction | None]


class Track(abc.ABC):
    """A stream that is written.

    Parameters
    ----------
    origin : the moment of time 0 in the source's clock, in seconds

    Attributes
    ----------
    damaged : how many packets could not be read
    """

    def __init__(self, origin: Fraction) -> None:
        self._origin = origin
        self.damaged = 0

    def time(self, packet: Any) -> Fraction:
        """When a packet of the source begins, in seconds."""
        stamp = packet.pts if packet.pts is not None else packet.dts
        return (Fraction(0) if stamp is None else stamp * packet.time_base) - self._origin

    def is_in(self, packet: Any) -> bool:
        """Whether a packet is after a cut at time 0, which is made where the nearest begins."""
        return self.time(packet) + (packet.duration or 0) * packet.time_base / 2 >= 0

    def is_cut_before(self, packet: Any, following: Any) -> bool:
        """Whether a packet that does not say how long it lasts is nearer to a cut than the next."""
        return not packet.duration and -self.time(packet) <= self.time(following)

    @abc.abstractmethod
    def packets(self, packet: Any) -> list[Any]:
        """What is to be written for a packet of the source."""

    @abc.abstractmethod
    def rest(self) -> list[Any]:
        """What is still to be written at the end."""


class Copied(Track):
    """A stream whose packets are copied."""

    def __init__(self, output: Any, stream: Any, origin: Fraction) -> None:
        super().__init__(origin)
        self._target = output.add_stream_from_template(stream)
        self._last: int | None = None
        _name_language(stream, self._target)

    def packets(self, packet: Any) -> list[Any]:
        """The packet, at its new time."""
        self._let_last(packet)
        finer = max(1, math.ceil(packet.time_base / _TICK))
        packet.time_base /= finer  # an AVI counts sound in packets
        packet.duration = (packet.duration or 0) * finer
        shift = round(self._origin / packet.time_base)
        pts = packet.pts if packet.pts is not None else packet.dts
        dts = packet.dts if packet.dts is not None else packet.pts
        packet.pts, packet.dts = pts * finer - shift, dts * finer - shift
        packet.stream = self._target
        return [packet]

    def _let_last(self, packet: Any) -> None:
        """Let sound of no known length last as long as that before: MP4 drops the last one else."""
        if packet.stream.type == "audio" and not packet.duration and self._last is not None:
            packet.duration = max(0, (packet.pts or 0) - self._last)
        self._last = packet.pts

    def rest(self) -> list[Any]:
        """Nothing."""
        return []


class Subtitles(Copied):
    """Subtitles, copied; what is shown already at a cut is shown from there on."""

    def is_in(self, packet: Any) -> bool:
        """Whether a subtitle is still shown at time 0."""
        return self.time(packet) + (packet.duration or 0) * packet.time_base > 0

    def is_cut_before(self, packet: Any, following: Any) -> bool:
        """Never: what does not say how long it is shown may be over."""
        return False

    def packets(self, packet: Any) -> list[Any]:
        """The packet, at its new time."""
        (made,) = super().packets(packet)
        if made.pts < 0:
            made.duration = max(0, (made.duration or 0) + made.pts)
            made.pts = made.dts = 0
        return [made]


class Anew(Track):
    """Sound that is decoded, cut at any sample, and encoded anew.

    Parameters
    ----------
    encoder : FFmpeg's name of it: `aac` or `libopus`
    within : where the sound is cut, in seconds from time 0; None where it is not

    Attributes
    ----------
    is_mixed : whether it has fewer channels than the source
    """

    def __init__(
        self, output: Any, stream: Any, encoder: str, origin: Fraction, within: Within
    ) -> None:
        super().__init__(origin)
        self._within = within
        source = stream.codec_context
        rate = source.sample_rate if encoder == "aac" and source.sample_rate in _RATES else None
        options = {"flags": "+bitexact", "threads": "1"}
        self._target = output.add_stream(encoder, rate=rate or _OPUS_RATE, options=options)
        self._target.layout = _LAYOUTS.get(source.layout.nb_channels, "stereo")
        self.is_mixed = self._target.layout.nb_channels < source.layout.nb_channels
        self._target.bit_rate = _BITS[encoder] * self._target.layout.nb_channels
        _name_language(stream, self._target)

    def is_in(self, packet: Any) -> bool:
        """Whether a packet goes on after a cut at time 0."""
        return self.time(packet) + (packet.duration or 0) * packet.time_base > 0

    def is_cut_before(self, packet: Any, following: Any) -> bool:
        """Whether a packet that does not say how long it lasts is the last one before a cut."""
        return not packet.duration and self.time(following) > 0

    def packets(self, packet: Any) -> list[Any]:
        """What the packet's sound makes ready; damaged sound is passed over."""
        made: list[Any] = []
        try:
            for frame in packet.decode():
                if frame.pts is not None:
                    frame.pts -= round(self._origin / frame.time_base)
                part = _part_of(frame, self._within)
                made.extend([] if part is None else self._target.encode(part))
        except (needed("av").FFmpegError, ValueError):
            self.damaged += 1
        return made

    def rest(self) -> list[Any]:
        """What the encoder still holds."""
        return list(self._target.encode(None))


def _part_of(frame: Any, within: Within) -> Any:
    """The samples of a frame from one moment to another; None if there are none."""
    if frame.pts is None:
        return frame
    begins, (start, end) = frame.pts * frame.time_base, within
    first = 0 if start is None else max(0, math.ceil((start - begins) * frame.rate))
    last = frame.samples
    if end is not None:
        last = min(last, math.ceil((end - begins) * frame.rate))
    if last <= first:
        return None
    if last - first == frame.samples:
        return frame
    wide = 1 if frame.format.is_planar else frame.layout.nb_channels
    samples = np.ascontiguousarray(frame.to_ndarray()[:, first * wide : last * wide])
    part = needed("av").AudioFrame.from_ndarray(samples, frame.format.name, frame.layout.name)
    part.rate, part.time_base = frame.rate, frame.time_base
    part.pts = frame.pts + round(Fraction(first, frame.rate) / frame.time_base)
    return part


def _name_language(stream: Any, target: Any) -> None:
    if stream.metadata.get("language"):
        target.metadata["language"] = stream.metadata["language"]
