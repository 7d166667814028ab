"""file → **streams**: a file opened with care, and what it says of its pictures' times."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image

from ..errors import ClipError, system_said
from ..paths import check_file
from ._cut import is_cut_off
from .extra import needed

_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegvideo,mpegts,flv,live_flv,ogg,asf,wtv,mxf,"
    "h264,hevc,m4v,ivf,obu,dv,rm,swf,nut,yuv4mpegpipe,gif,apng,mp3,aac,wav,flac,3dostr,amr,ac3"
)
"""Kinds of file that are read: none that names other files or addresses, as playlists do."""
_SOUND_BEFORE = (Fraction(1, 10), 10)
"""Seconds that sound begins before the first frame: less is for the decoder, more an error."""
_DEFAULT_RATE = Fraction(25)


@contextlib.contextmanager
def opened_container(path: Path) -> Iterator[Any]:
    """A file as PyAV has it.

    Raises
    ------
    ClipError
        If it is not there, or is no clip.
    """
    av = needed("av")
    size = check_file(path, ClipError, "a clip")
    if not size:
        raise ClipError(f"the file {path.name!r} is empty.")
    how: dict[str, Any] = {"options": {"max_pixels": str(most_pixels())}}
    how["container_options"] = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
    if int(av.__version__.partition(".")[0]) < 19:  # which no longer asks
        how["metadata_errors"] = "replace"
    try:
        container = av.open(str(path.absolute()), **how)
    except (av.FFmpegError, ValueError, UnicodeError) as error:
        if _told_pixels(path) > most_pixels():
            raise too_large(path) from None
        reason = "it was cut off" if is_cut_off(path) else system_said(error)
        raise ClipError(
            f"the file {path.name!r} is not a clip that can be read: {reason}."
        ) from None
    with container:
        yield container


def most_pixels() -> int:
    """Pixels that a frame may have."""
    return Image.MAX_IMAGE_PIXELS or 2**31 - 1


def too_large(path: Path) -> ClipError:
    """The error of a file with frames of more pixels than they may have."""
    return ClipError(
        f"a frame of {path.name!r} has more than {most_pixels():,} pixels.", "Scale it down first."
    )


def _told_pixels(path: Path) -> int:
    """Pixels of a frame by the header of a .y4m file, else 0.

    Where they are too many, FFmpeg opens none, and says something else.
    """
    with path.open("rb") as file:
        kind, *words = file.readline(1000).split() or [b""]
    sides = {word[:1]: int(word[1:]) for word in words if word[1:].isdigit()}
    return sides.get(b"W", 0) * sides.get(b"H", 0) if kind == b"YUV4MPEG2" else 0


def is_cover(stream: Any) -> bool:
    """Whether a stream is one picture, as the cover of an album is."""
    return "attached_pic" in str(getattr(stream, "disposition", ""))


def rate_of(stream: Any) -> Fraction:
    """Frames a second, on average."""
    for rate in (stream.average_rate, stream.guessed_rate):
        if rate and Fraction(1, 3600) <= rate <= 1000:
            return Fraction(rate)
    return _DEFAULT_RATE


def seconds_in(value: int | None, stream: Any) -> Fraction | None:
    """A time in a stream's own unit, in seconds."""
    return None if value is None else value * Fraction(stream.time_base)


def zero_of(container: Any, stream: Any) -> Fraction:
    """When the clip begins, in its file's clock: with its picture, or sound before that."""
    begins = seconds_in(stream.start_time, stream) or Fraction(0)
    sounds = (seconds_in(sound.start_time, sound) for sound in container.streams.audio)
    least, most = _SOUND_BEFORE
    near = [s for s in sounds if s is not None and least < begins - s < most]
    return min([begins, *near])


def end_of(container: Any, stream: Any) -> Fraction | None:
    """When the last frame ends, in the file's clock, as far as the file says it."""
    begins = seconds_in(stream.start_time, stream) or Fraction(0)
    lasts = seconds_in(stream.duration, stream)
    if lasts is None and container.duration is not None:
        lasts = Fraction(container.duration, needed("av").time_base)
    return begins + lasts if lasts is not None and lasts > 0 else None
