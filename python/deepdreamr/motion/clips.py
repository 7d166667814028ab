"""files ↔ **clips**: what dreams that move are read from and written to."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ArgumentError, OutputError, received, unknown_name
from ..many.inputs import SUFFIXES
from ..paths import as_path
from ..pictures.files import check_target
from ._animations import AnimatedPicture
from ._decoding import VideoFile
from ._encoding import KINDS, write_video
from ._folders import PictureFiles, check_folder, write_folder
from ._loops import write_gif, write_webp
from ._spacing import squared, timed
from ._spans import span_of
from .extra import needed
from .frames import Clip as Clip
from .frames import ClipInfo as ClipInfo
from .frames import Colors as Colors
from .frames import Frame as Frame
from .times import rate_of

Source = str | os.PathLike[str]
LOOPS = {".gif": write_gif, ".webp": write_webp}
_SQUARE = (".webm", *LOOPS)
RATE = 25  # frames a second of a folder of pictures, unless told


def open_clip(
    source: Source, *, start: Any = None, end: Any = None, every: int = 1, rate: Any = None
) -> Clip:
    """Open a clip for reading.

    Parameters
    ----------
    source : a video file, an animated GIF, WebP or APNG, a folder of pictures, or a glob
        (`frames/*.png`); pictures are read in the order of the numbers in their names
    start : the first moment that is read: seconds, or a text such as "10s" or "1:02.5"
    end : the moment before which reading ends
    every : 2 for every second frame
    rate : frames a second of a folder or glob; None for 25. A file knows its own.

    Returns
    -------
    The clip, a context manager: `info` says what it is, `frames()` reads it, `notes` are lines
    for the user.

    Raises
    ------
    ClipError
        If it cannot be read, has no frame there, or PyAV is not installed.
    ArgumentError
        If `start`, `end`, `every` or `rate` is out of its range.

    Examples
    --------
    ::

        with open_clip("in.mp4", end="2s") as clip:
            times = [frame.time for frame in clip.frames()]
    """
    path, span = as_path("clip", source), span_of(start, end, every)
    if os.path.isdir(path) or (glob.has_magic(str(path)) and not os.path.lexists(path)):
        return PictureFiles(path, rate_of("rate", RATE if rate is None else rate), span)
    if rate is not None:
        raise ArgumentError(f"`rate` is only for folders of pictures. {received('rate', rate)}")
    if _is_animation(path):
        return AnimatedPicture(path, span)
    return VideoFile(path, span)


def write_clip(
    output: Source,
    info: ClipInfo,
    frames: Iterable[tuple[np.ndarray, Fraction]],
    *,
    source: Source | None = None,
    start: Any = None,
    end: Any = None,
    overwrite: bool = False,
) -> list[str]:
    """Write a clip, whole or not at all.

    Parameters
    ----------
    output : its ending names the kind: .mp4 .mkv .webm .gif .webp; without one it is a folder of
        PNG files
    info : what the clip is, as `open_clip` says it
    frames : (pixels, time) each: uint8 (height, width, 3), and seconds from the clip's start
    source : the clip whose sound and subtitles are copied, as it was opened with `start` and `end`
    overwrite : whether a file that exists may be replaced

    Returns
    -------
    Lines for the user: what is not as in the source.

    Raises
    ------
    OutputError
        If it cannot be written; what was there before stays as it was.
    ArgumentError
        If a frame is not of the clip's size, or not later than the one before.
    """
    path, span = check_clip(output, overwrite), span_of(start, end, 1)
    given, spaced = None if source is None else as_path("source", source), timed(frames, info)
    kind, notes = path.suffix.lower(), list[str]()
    if kind in _SQUARE and info.pixel_aspect != 1:
        notes.append(f"its pixels are made square, as those of every {kind[1:]} file are")
        spaced, info = squared(spaced, info)
    if kind in KINDS:
        heard = given if given is not None and _has_sound(given) else None
        return notes + write_video(path, info, spaced, source=heard, span=span, overwrite=overwrite)
    if info.has_sound:
        notes.append("the sound is left out: such a clip has none")
    writer = LOOPS.get(kind)
    if writer:
        return notes + writer(path, info, spaced, overwrite)
    return notes + write_folder(path, spaced, overwrite)


def _is_animation(path: Path) -> bool:
    """Whether a file is one of a picture, which may move."""
    return path.suffix.lower() in SUFFIXES


def _has_sound(path: Path) -> bool:
    """Whether a clip may have sound, which folders and pictures do not."""
    return path.is_file() and not _is_animation(path)


def check_clip(output: Source, overwrite: bool = False) -> Path:
    """The path, its home folder expanded, if a clip can be written there.

    Raises
    ------
    OutputError
        If its ending is none of a clip, its folder is missing or cannot be written to, or the file
        exists and `overwrite` is false.
    ClipError
        If what writes it is not installed.
    """
    path, known = as_path("output", output), (*KINDS, *LOOPS)
    kind = path.suffix.lower()
    if not kind or (os.path.isdir(path) and kind not in known):
        return check_folder(path, overwrite)
    if kind not in known:
        reason = unknown_name("kind of clip", path.suffix, known)
        hint = "The name of a folder of pictures has no ending."
        raise OutputError(f"cannot write {str(path)!r}: {reason}", hint)
    needed("av")
    return check_target(path, overwrite)
