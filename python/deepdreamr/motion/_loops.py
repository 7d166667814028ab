"""pixels and times → **animated picture**: GIF and WebP, one frame after another, over and over."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..errors import OutputError
from ..pictures.files import whole_file
from ._colors import ToVideo, to_palette
from ._encoding import errors_of
from ._spacing import Timed
from .extra import needed
from .frames import ClipInfo

_CENTISECOND, _MILLISECOND = Fraction(1, 100), Fraction(1, 1000)
_SHORTEST = 2  # hundredths that a frame of a GIF is shown at least: browsers show less for ten
_WEBP = {"quality": "90", "compression_level": "4"}
LARGEST = {".gif": 65535, ".webp": 16383}  # pixels of a side


def write_gif(
    path: Path, info: ClipInfo, frames: Iterable[Timed], overwrite: bool = False
) -> list[str]:
    """Write an animated GIF, each frame in the 256 colours that suit it; lines for the user."""
    _check_size(path, info)
    notes = list[str]()
    options = {"fflags": "+bitexact", "loop": "0"}
    with whole_file(path, overwrite) as file, errors_of(path):
        output = needed("av").open(file, "w", format="gif", options=options)
        with contextlib.closing(output):
            stream = output.add_stream("gif", rate=info.rate, options={"flags": "+bitexact"})
            stream.height, stream.width = info.shape
            stream.pix_fmt = "pal8"
            stream.codec_context.time_base = stream.time_base = _CENTISECOND
            for pixels, at, lasts in _spaced(frames, notes):
                picture = to_palette(pixels)
                picture.pts, picture.time_base = at, _CENTISECOND
                for packet in stream.encode(picture):
                    packet.duration = lasts
                    output.mux(packet)
            output.mux(stream.encode(None))
    return notes


def _spaced(frames: Iterable[Timed], notes: list[str]) -> Iterator[tuple[Any, int, int]]:
    """Frames as a GIF can show them: pixels, and when and how long in hundredths of a second."""
    waiting: tuple[Any, int] | None = None
    left_out = end = 0
    for frame in frames:
        at, end = (round(time / _CENTISECOND) for time in (frame.time, frame.time + frame.lasts))
        if waiting is not None and at - waiting[1] < _SHORTEST:
            left_out += 1
            continue
        if waiting is not None:
            yield *waiting, at - waiting[1]
        waiting = frame.pixels, at
    if waiting is not None:
        yield *waiting, max(_SHORTEST, end - waiting[1])
    if left_out:
        notes.append(f"a GIF shows at most 50 frames a second: {left_out} frames are left out")


def write_webp(
    path: Path, info: ClipInfo, frames: Iterable[Timed], overwrite: bool = False
) -> list[str]:
    """Write an animated WebP of quality 90; lines for the user.

    Its encoder gives all bytes at the end: until then they are in memory.
    """
    _check_size(path, info)
    with errors_of(path):
        encoder = needed("av").CodecContext.create("libwebp_anim", "w")
        encoder.height, encoder.width = info.shape
        encoder.pix_fmt, encoder.time_base = "bgra", _MILLISECOND
        encoder.options, to_video = _WEBP, ToVideo(info.shape, "bgra", info.colors)
        made, at, lasts = list[Any](), -1, 0
        for frame in frames:
            picture = to_video(frame.pixels)
            at, lasts = max(at + 1, round(frame.time * 1000)), round(frame.lasts * 1000)
            picture.pts, picture.time_base = at, _MILLISECOND
            made.extend(encoder.encode(picture))
        made.extend(encoder.encode(None))
        content = bytearray(b"".join(map(bytes, made)))
    _set_last_duration(content, lasts)
    with whole_file(path, overwrite) as file:
        file.write(content)
    return []


def _set_last_duration(content: bytearray, milliseconds: int) -> None:
    """Say how long the last frame is shown, which FFmpeg does not; frames are ANMF chunks."""
    place, last = 12, None
    while place + 8 <= len(content):
        if content[place : place + 4] == b"ANMF":
            last = place
        size = int.from_bytes(content[place + 4 : place + 8], "little")
        place += 8 + size + size % 2
    if last is not None:
        content[last + 20 : last + 23] = min(milliseconds, 2**24 - 1).to_bytes(3, "little")


def _check_size(path: Path, info: ClipInfo) -> None:
    most = LARGEST[path.suffix.lower()]
    if max(info.shape) > most:
        height, width = info.shape
        raise OutputError(
            f"cannot write {str(path)!r}: a side has at most {most:,} pixels there, a frame has "
            f"{width}x{height}."
        )
