"""folder or glob of pictures ↔ **clip**: one picture a frame, in the order that people mean."""

from __future__ import annotations

import glob
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

from ..errors import ClipError, OutputError, system_said
from ..many.inputs import SUFFIXES
from ..pictures.files import check_target
from ..pictures.picture import Picture, picture_uint8
from ..pictures.reading import read_picture, read_shape
from ..pictures.writing import encode
from ._spacing import Timed
from ._spans import Span, no_frame
from .frames import Clip, ClipInfo, Frame

_FRAME = re.compile(r"frame-\d{6,}\.png")


def natural(name: str) -> tuple[tuple[str, int], ...]:
    """A key to sort names by, in which 10 comes after 9.

    >>> sorted(["b10", "b9", "b010"], key=natural)
    ['b9', 'b010', 'b10']
    """
    parts = re.findall(r"(\D*)(\d*)", name)
    return tuple((text.casefold(), int(digits or -1)) for text, digits in parts) + ((name, 0),)


def pictures_of(source: Path) -> list[Path]:
    """The pictures of a folder or a glob, by their names' numbers."""
    if source.is_dir():
        paths = [Path(entry.path) for entry in os.scandir(source) if entry.is_file()]
    else:
        paths = [Path(path) for path in glob.glob(str(source), recursive=True)]
    found = [path for path in paths if path.suffix.lower() in SUFFIXES and path.name[0] != "."]
    if not found:
        what = "folder" if source.is_dir() else "glob"
        raise ClipError(f"the {what} {str(source)!r} has no picture.")
    return sorted(found, key=lambda path: natural(str(path)))


class PictureFiles(Clip):
    """Pictures as the frames of a clip.

    Parameters
    ----------
    source : a folder, or a glob
    rate : frames a second
    span : which part is read

    Raises
    ------
    ClipError
        If there is none.
    """

    def __init__(self, source: Path, rate: Fraction, span: Span) -> None:
        self.notes = []
        numbered = list(enumerate(pictures_of(source)))
        kept = [
            (n / rate, path)
            for n, path in numbered
            if not span.starts_after(n / rate) and not span.ends_before(n / rate)
        ]
        end = len(numbered) / rate
        if not kept:
            raise no_frame(source, span, end)
        end = end if span.end is None else min(end, span.end)
        origin = kept[0][0]
        self._kept = [(time - origin, path) for time, path in kept[:: span.every]]
        self.info = ClipInfo(
            shape=self._read(self._kept[0][1]).shape,
            rate=rate / span.every,
            frames=len(self._kept),
            duration=end - origin,
            origin=origin,
            offset=origin,
        )

    def frames(self) -> Iterator[Frame]:
        """See `Clip.frames`."""
        for number, (time, path) in enumerate(self._kept):
            yield Frame(number, time, picture_uint8(self._frame(path)))

    def check_frames(self) -> None:
        """Raise an error if a picture has another size than the first; see `Clip.check_frames`.

        What their files say of their sizes is looked at, and where that is not as it should be the
        picture itself.
        """
        for _, path in self._kept:
            if read_shape(path) != self.info.shape:
                self._frame(path)

    def _frame(self, path: Path) -> Picture:
        """A picture of the clip's size."""
        picture = self._read(path)
        if picture.shape != self.info.shape:
            (height, width), other = self.info.shape, picture.shape
            raise ClipError(
                f"the picture {path.name!r} has {other[1]}x{other[0]} pixels, the first one "
                f"{width}x{height}.",
                "All frames of a clip have one size.",
            )
        return picture

    def _read(self, path: Path) -> Picture:
        picture = read_picture(path)
        if picture.alpha is not None and picture.alpha.min() < 255:
            self.note("transparency is left out")
        return picture


def check_folder(path: Path, overwrite: bool = False) -> Path:
    """The path, if a folder of frames can be written there.

    Raises
    ------
    OutputError
        If something else is there, its folder is missing, it has frames and `overwrite` is false,
        or it has files that are no frames.
    """
    name = repr(str(path))
    if not os.path.isdir(path):
        check_target(path)
        return path
    try:
        names = os.listdir(path)
    except OSError as error:
        raise OutputError(f"{name} cannot be read: {system_said(error)}.") from None
    if strange := [one for one in names if not _FRAME.fullmatch(one)]:
        raise OutputError(
            f"the folder {name} has other files than frames, such as {strange[0]!r}.",
            "Name an empty or a new one.",
        )
    if names and not overwrite:
        raise OutputError(f"the folder {name} has frames.", "Allow it with `overwrite`.")
    return path


def write_folder(path: Path, frames: Iterable[Timed], overwrite: bool = False) -> list[str]:
    """Write a PNG file for each frame into a folder, which is there whole or not at all."""
    path = Path(os.path.realpath(path))
    temporary = path.with_name(f".dream-{secrets.token_hex(8)}.frames")
    try:
        temporary.mkdir()
        for number, frame in enumerate(frames):
            (temporary / f"frame-{number:06d}.png").write_bytes(encode(frame.pixels))
        _put(temporary, check_folder(path, overwrite))
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"cannot write {str(path)!r}: {system_said(error)}.") from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return ["a folder of pictures keeps no frame times"]


def _put(temporary: Path, path: Path) -> None:
    """Give a finished folder its name, in place of the frames that are there."""
    old = path.with_name(temporary.name + ".old")
    if path.exists():
        path.rename(old)
    try:
        temporary.rename(path)
    except OSError:
        if old.exists():
            old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)
