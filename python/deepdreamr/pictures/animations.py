"""pictures → **animation**: pictures of one size, one after another, in one file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..errors import ImageWarning, OutputError, unknown_name, warn
from ..paths import as_path
from .files import check_target, whole_file
from .metadata import Note, metadata_options
from .picture import Shape, shape_within

ANIMATED = {".gif": "GIF", ".webp": "WEBP", ".png": "PNG", ".apng": "PNG"}
LONGEST = 640  # pixels of a frame's longer side at most
MOST_FRAMES = 100
_SHOWN, _SHOWN_LAST = 80, 1600  # milliseconds
_OPTIONS: dict[str, dict[str, Any]] = {"WEBP": {"quality": 90}}


def check_animation(name: str, path: str | os.PathLike[str], overwrite: bool = False) -> Path:
    """The path, its home folder expanded, if an animation can be written there.

    Parameters
    ----------
    name : what the argument is called

    Raises
    ------
    OutputError
        If the suffix is not one of `ANIMATED`, the folder is missing or cannot be written to, or
        the file exists and `overwrite` is false.
    """
    path = as_path(name, path)
    if path.suffix.lower() not in ANIMATED:
        raise OutputError(
            f"cannot write {str(path)!r}: {unknown_name('format', path.suffix, ANIMATED)}"
        )
    return check_target(path, overwrite)


def frame_of(pixels: np.ndarray, shape: Shape) -> np.ndarray:
    """A copy of a picture as a frame of the animation of a picture.

    Parameters
    ----------
    pixels : uint8 (height, width, 3), or without colours
    shape : height and width of that picture, which is scaled down to 640 pixels at most
    """
    height, width = shape_within(shape, LONGEST)
    if pixels.shape[:2] == (height, width):
        return pixels.copy()
    return np.array(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC))


def write_animation(
    frames: Sequence[np.ndarray],
    path: Path,
    *,
    overwrite: bool = False,
    alpha: np.ndarray | None = None,
    icc_profile: bytes | None = None,
    note: Note | None = None,
) -> None:
    """Write an animation that is shown over and over; its last frame stays for a while.

    Frames that follow an equal one may become one with it, which is shown for longer. A GIF has
    256 colours for each frame, a WebP is of quality 90, a PNG has the frames as they are.

    Parameters
    ----------
    frames : uint8 (height, width, 3) each, of one size
    path : as `check_animation` gives it; its suffix names the format
    overwrite : whether a file that exists may be replaced
    alpha : uint8 (height, width), of all frames
    icc_profile : RGB colour profile
    note : how it was made; a GIF has no place for it

    Raises
    ------
    OutputError
        If it cannot be written; what was there before stays as it was.

    Warns
    -----
    ImageWarning
        If the format cannot hold the colour profile; it is left out.
    """
    format = ANIMATED[path.suffix.lower()]
    first, *others = (_with_alpha(frame, alpha) for frame in frames)
    options = dict(_OPTIONS.get(format, {}))
    if format != "GIF":
        options |= metadata_options(note, format) if note else {}
        options |= {"icc_profile": icc_profile} if icc_profile else {}
    elif icc_profile:
        warn(ImageWarning(f"the colour profile is left out: {format} files have none"))
    shown = [_SHOWN] * len(others) + [_SHOWN_LAST]
    with whole_file(path, overwrite) as file:
        first.save(
            file, format, save_all=True, append_images=others, duration=shown, loop=0, **options
        )


def _with_alpha(frame: np.ndarray, alpha: np.ndarray | None) -> Image.Image:
    picture = Image.fromarray(frame)
    if alpha is not None:
        picture.putalpha(Image.fromarray(alpha))
    return picture
