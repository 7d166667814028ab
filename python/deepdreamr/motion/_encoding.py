"""pixels and times → **video file**: the same bytes for the same frames."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

from ..errors import OutputError, system_said
from ..pictures.files import whole_file
from ._colors import ToVideo
from ._sound import Sound, Takes
from ._spacing import Timed
from ._spans import WHOLE, Span
from .extra import needed
from .frames import ClipInfo

_THREADS = "4"  # a fixed number: an encoder's bytes depend on it
_FINEST = 10**6  # ticks a second at most
_TICK = Fraction(1, 90_000)


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of video file: FFmpeg's names of what writes it, and whether it takes odd sizes."""

    container: str
    codec: str
    options: tuple[tuple[str, str], ...]
    takes: Takes
    odd: bool = False


_X264 = (("preset", "medium"), ("crf", "16"), ("x264-params", "chroma-qp-offset=-4"))
"""Dreams are strongly coloured: less loss in colours, so that a flat one is within 3 of 255."""
_VP9 = (
    *(("crf", "20"), ("b", "0"), ("deadline", "good"), ("cpu-used", "4")),
    *(("lag-in-frames", "16"), ("row-mt", "0"), ("tile-columns", "2")),
)
_MP4 = Takes(  # not all that its muxer takes: PCM in it is played nowhere
    sound=frozenset("aac mp3 mp3float mp2 mp2float ac3 eac3 opus libopus flac alac".split()),
    anew="aac",
    subtitles=frozenset(["mov_text"]),
)
_WEBM = Takes(frozenset("opus libopus vorbis".split()), "libopus", frozenset(["webvtt"]))
KINDS = {
    ".mp4": Kind("mp4", "libx264", _X264, _MP4),
    ".mkv": Kind("matroska", "libx264", _X264, Takes(None, "libopus", None)),
    ".webm": Kind("webm", "libvpx-vp9", _VP9, _WEBM, odd=True),
}
_MUXER = {"fflags": "+bitexact", "avoid_negative_ts": "disabled"}
"""Of all muxers. Sound that begins a little before the picture moves no picture's time."""
_IN_FRONT = {"movflags": "+faststart"}  # the index, so that browsers play it while they load it


def write_video(
    path: Path,
    info: ClipInfo,
    frames: Iterable[Timed],
    *,
    source: Path | None = None,
    span: Span = WHOLE,
    overwrite: bool = False,
) -> list[str]:
    """Write a video file, whole or not at all; its ending names the kind.

    Parameters
    ----------
    source : the file whose sound and subtitles are copied, or None
    span : which part of it was read

    Returns
    -------
    Lines for the user.
    """
    kind, notes = KINDS[path.suffix.lower()], list[str]()
    with whole_file(path, overwrite) as file, errors_of(path), contextlib.ExitStack() as stack:
        place, options = (file, {}) if kind.container != "mp4" else (_place(file), _IN_FRONT)
        how = {"format": kind.container, "options": _MUXER | options}
        output = needed("av").open(place, "w", **how)
        stack.enter_context(contextlib.closing(output))
        video, sound = Video(output, kind, info, notes), Sound(output, kind.takes, notes)
        stack.enter_context(contextlib.closing(sound))
        if source is not None:
            sound.add(source, info.origin, span)
        for frame in frames:
            sound.write_until(frame.time)
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        sound.write_until(None)
    return notes


def _place(file: IO[bytes]) -> str:
    """The path of a file, which may have no name, for FFmpeg: it reads what it has written."""
    return f"/proc/self/fd/{file.fileno()}" if isinstance(file.name, int) else file.name


class Video:
    """The moving picture of a file that is written.

    Parameters
    ----------
    output : PyAV's container
    notes : gets lines for the user
    """

    def __init__(self, output: Any, kind: Kind, info: ClipInfo, notes: list[str]) -> None:
        odd = bool(info.shape[0] % 2 or info.shape[1] % 2) and not kind.odd
        format = "yuv444p" if odd or info.fine_chroma else "yuv420p"
        if format == "yuv444p":
            why = "an odd size" if odd else "the source's fine colours"
            notes.append(f"for {why} it is written as 4:4:4, which some browsers do not play")
        options = dict(kind.options) | {"threads": _THREADS, "flags": "+bitexact"}
        self._stream = output.add_stream(kind.codec, rate=info.rate, options=options)
        self._tick, self._last, self._end, self._lasts = _tick(info), -1, 0, dict[int, int]()
        self._held = list[Any]()
        self._start: int | None = None
        self._begin: int | None = None
        self._counts_decoding = kind.container == "mp4"
        self._convert = ToVideo(info.shape, format, info.colors)
        self._prepare(self._stream.codec_context, info, format)
        self._stream.time_base = self._tick

    def _prepare(self, context: Any, info: ClipInfo, format: str) -> None:
        context.height, context.width = info.shape
        context.pix_fmt, context.time_base = format, self._tick
        context.sample_aspect_ratio = info.pixel_aspect
        context.color_range = 2 if info.colors.full_range else 1
        context.colorspace = info.colors.matrix
        context.color_primaries = info.colors.primaries
        context.color_trc = info.colors.transfer

    def encode(self, frame: Timed | None) -> list[Any]:
        """Packets that a frame makes ready; None for the end."""
        if frame is None:
            packets = [*self._held, *self._timed(self._stream.encode(None))]
            if packets and self._counts_decoding:
                self._end_rightly(packets[-1])
            return packets
        picture = self._convert(frame.pixels)
        self._last = max(self._last + 1, round(frame.time / self._tick))
        self._start = self._last if self._start is None else self._start
        picture.pts, picture.time_base = self._last, self._tick
        self._lasts[self._last] = lasts = max(1, round(frame.lasts / self._tick))
        self._end = self._last + lasts
        self._held += self._timed(self._stream.encode(picture))
        ready, self._held = self._held[:-1], self._held[-1:]
        return ready

    def _timed(self, packets: Iterable[Any]) -> list[Any]:
        """Packets that know how long their frame is shown, which not all encoders tell."""
        made = list(packets)
        for packet in made:
            packet.duration = self._lasts.pop(packet.pts, packet.duration)
            self._begin = packet.dts if self._begin is None else self._begin
        return made

    def _end_rightly(self, packet: Any) -> None:
        """Let the last packet last until the end, in the order of decoding: so MP4 counts."""
        if packet.dts is not None and self._begin is not None and self._start is not None:
            shown, decoded = self._end - self._start, packet.dts - self._begin
            packet.duration = max(1, shown - decoded)


def _tick(info: ClipInfo) -> Fraction:
    """Seconds of which all times are written as multiples."""
    tick = info.time_base or 1 / info.rate
    fine = tick <= Fraction(1, 1000) or info.time_base is None
    return tick if fine and tick.denominator <= _FINEST and tick.numerator <= _FINEST else _TICK


@contextlib.contextmanager
def errors_of(path: Path) -> Iterator[None]:
    """Turn what FFmpeg raises into an `OutputError`."""
    av = needed("av")
    try:
        yield
    except av.FFmpegError as error:
        raise OutputError(f"cannot write {str(path)!r}: {system_said(error)}.") from None
