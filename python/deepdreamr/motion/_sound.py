"""a source's **sound** and subtitles → the file that is written, in step with its picture."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from ._spans import Span
from ._streams import is_cover, opened_container, zero_of
from ._tracks import Anew, Copied, Subtitles, Track, Within
from .extra import needed

_NAMES = {"aac": "AAC", "libopus": "Opus"}
_BEFORE = 2  # seconds before the start at which the source is read, as sound lies beside pictures
_WHOLE = frozenset(["tta"])
"""Codecs of which a part cannot be played: where the last packet ends, the whole length says."""
Names = frozenset[str] | None


class Takes(NamedTuple):
    """What sound and subtitles a kind of file takes.

    Attributes
    ----------
    sound : FFmpeg's names of codecs that are copied; None for all that its muxer knows
    anew : the encoder for what is not copied
    subtitles : as `sound`
    """

    sound: Names
    anew: str
    subtitles: Names


class Sound:
    """The sound and the subtitles of a source, written in step with the picture.

    Parameters
    ----------
    output : PyAV's container that is written; its picture's stream is there already
    takes : what that kind of file takes
    notes : gets lines for the user
    """

    def __init__(self, output: Any, takes: Takes, notes: list[str]) -> None:
        self._output, self._takes, self._notes = output, takes, notes
        self._open = contextlib.ExitStack()
        self._tracks: dict[int, Track] = {}
        self._packets: Iterator[Any] = iter(())
        self._waiting: Any = None
        self._within: Within = (None, None)

    def add(self, source: Path, origin: Fraction, span: Span) -> None:
        """Make a track of each stream of the source that the file takes.

        Parameters
        ----------
        origin : the moment of time 0 in the source's clock
        span : which part of the source is written
        """
        container = self._open.enter_context(opened_container(source))
        videos = [stream for stream in container.streams.video if not is_cover(stream)]
        zero = zero_of(container, videos[0]) if videos else Fraction(0)
        start = None if span.start is None else Fraction(0)
        self._within = start, None if span.end is None else zero + span.end - origin
        for stream in container.streams:
            if stream.type in ("audio", "subtitle"):
                track = self._track(stream, origin)
                if track is not None:
                    self._tracks[stream.index] = track
        if self._tracks:
            self._packets = self._read(container, origin, span)

    def write_until(self, time: Fraction | None) -> None:
        """Write what begins before a time, in seconds; None for all that is left."""
        end = self._within[1]
        while self._tracks:
            packet = self._waiting if self._waiting is not None else next(self._packets, None)
            self._waiting = packet
            if packet is None:
                break
            track = self._tracks.get(packet.stream.index)
            begins = track.time(packet) if track else Fraction(0)
            if track and time is not None and begins >= time:
                return
            self._waiting = None
            if track and end is not None and begins >= end:
                self._finish(packet.stream.index)
            elif track:
                self._output.mux(track.packets(packet))
        for index in list(self._tracks):
            self._finish(index)

    def close(self) -> None:
        """Close the source."""
        self._open.close()

    def _track(self, stream: Any, origin: Fraction) -> Track | None:
        name = stream.codec_context.name if stream.codec_context else "of an unknown codec"
        is_sound = stream.type == "audio"
        kind, known = Copied if is_sound else Subtitles, self._takes[0 if is_sound else 2]
        is_whole = name not in _WHOLE or self._within == (None, None)
        if stream.codec_context and is_whole and (known is None or name in known):
            with contextlib.suppress(ValueError):  # PyAV says so if the container does not take it
                return kind(self._output, stream, origin)
        if is_sound and stream.codec_context:
            with contextlib.suppress(ValueError, needed("av").FFmpegError):
                track = Anew(self._output, stream, self._takes.anew, origin, self._within)
                mixed = ", in stereo" if track.is_mixed else ""
                self._note(f"the sound ({name}) is made anew as {_NAMES[self._takes.anew]}{mixed}")
                return track
        what = "sound" if is_sound else "subtitles"
        self._note(f"{what} ({name}) left out: this kind of file does not take such")
        return None

    def _note(self, line: str) -> None:
        if line not in self._notes:
            self._notes.append(line)

    def _read(self, container: Any, origin: Fraction, span: Span) -> Iterator[Any]:
        """The source's packets that are written, as they come."""
        av, before = needed("av"), dict[int, Any]()
        if span.start is not None:
            with contextlib.suppress(av.FFmpegError):
                container.seek(int(max(origin - _BEFORE, Fraction(0)) * av.time_base))
        streams = [stream for stream in container.streams if stream.index in self._tracks]
        with contextlib.suppress(av.FFmpegError):  # a file that was cut off
            for packet in container.demux(streams):
                track = self._tracks.get(packet.stream.index)
                if not track or not packet.size or (packet.pts is None and packet.dts is None):
                    continue
                last = before.pop(packet.stream.index, None)
                if last is not None and track.is_cut_before(last, packet):
                    yield last
                if span.start is None or track.is_in(packet):
                    yield packet
                else:
                    before[packet.stream.index] = packet

    def _finish(self, index: int) -> None:
        track = self._tracks.pop(index)
        self._output.mux(track.rest())
        if track.damaged:
            self._note(f"the sound is damaged: {track.damaged} of its packets were left out")
