"""dream → **files**: the picture after each octave, and whether each file has one role only."""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ArgumentError, CheckpointWarning, ImageError, OutputError, warn
from ..paths import as_path
from ..pictures.files import make_folder, write_whole
from ..pictures.picture import picture_uint8
from ..pictures.reading import read_picture
from ..pictures.writing import FORMATS, check_output, encode
from ..recipes.schedule import Shape
from ..values import in_range
from .record import Record, show

if TYPE_CHECKING:
    import numpy as np

    from .job import Job


_OCTAVE = re.compile(r"at_scale_\d+x\d+(_\d+)?\.png")


def check_folder(folder: str | os.PathLike[str] | None, name: str = "folder") -> Path | None:
    """The folder, made if need be; `name` is what the argument is called.

    Raises
    ------
    OutputError
        If it cannot be made, or nothing can be written there.
    """
    if folder is None:
        return None
    path = as_path(name, folder)
    make_folder(path)
    check_output(path / "at_scale.png", overwrite=True)
    return path


def octave_paths(folder: Path, shapes: Sequence[Shape]) -> list[Path]:
    """A file for each octave, named by its size; of one size the second has a 2 in its name."""
    paths, seen = [], Counter[Shape]()
    for height, width in shapes:
        seen[height, width] += 1
        number = seen[height, width]
        again = f"_{number}" if number > 1 else ""
        paths.append(folder / f"at_scale_{height}x{width}{again}.png")
    return paths


def write_octave(
    job: Job, pixels: Callable[[], np.ndarray], record: Record, again: bool = False
) -> None:
    """Write an octave's picture, which says how it was made, into the job's folder.

    `pixels` makes it, uint8 (height, width, 3), where it is to be written.

    A dream that goes on does this `again` for the octave of its checkpoint, and leaves it if it is
    there: a dream that was killed may have written the one and not the other. A dream whose octave
    cannot be written goes on, as it may have taken hours.
    """
    if job.folder is None:
        return
    path = octave_paths(job.folder, job.shapes)[record.octave - 1]
    if not (again and path.exists() and not job.request.overwrite):
        content = encode(pixels(), note=record.note())
        try:
            write_whole(path, content, job.request.overwrite)
        except OutputError as error:
            warn(CheckpointWarning(f"no picture of octave {record.octave}: {error}"))


def save_png(
    content: bytes,
    path: str | os.PathLike[str],
    *,
    quality: int | None = None,
    overwrite: bool = False,
) -> Path:
    """Write the content of a PNG file in the format of the path, with what it says of itself.

    Raises
    ------
    OutputError
        If it cannot be written, or the file exists and `overwrite` is false.
    ArgumentError
        If `quality` is not a whole number from 0 to 100.
    """
    quality = in_range("quality", quality, int, optional=True, least=0, most=100)
    overwrite = in_range("overwrite", overwrite, bool)
    path = check_output(path, overwrite)
    if (format := FORMATS[path.suffix.lower()]) != "PNG":
        picture, note = read_picture(content), None
        with contextlib.suppress(ImageError):  # a sheet does not say how it was made
            note = show(content).note()
        content = encode(
            picture_uint8(picture),
            format,
            alpha=picture.alpha,
            icc_profile=picture.icc_profile,
            note=note,
            quality=quality,
        )
    write_whole(path, content, overwrite)
    return path


# ---- One role for each file ----------------------------------------------------------------------


def check_files(
    read: Mapping[str, Any],
    written: Mapping[str, Any],
    octaves: str | os.PathLike[str] | None = None,
) -> None:
    """Whether no file that a call writes is another one of its files.

    Files are told apart however their paths are spelled: through links, through another name of
    their folder, in other capitals where the system takes them for the same.

    Parameters
    ----------
    read, written : files by what the argument is called; whatever is no path is left out
    octaves : a folder for octaves' pictures

    Raises
    ------
    ArgumentError
        If one is.
    """
    inputs = {name: path for name, path in _paths(read).items() if os.path.exists(path)}
    outputs = _paths(written)
    for name, path in outputs.items():
        for other, another in [*inputs.items(), *outputs.items()]:
            if name != other and _same_file(path, another):
                raise _one_file(other, name, path)
    for folder in _paths({"save_octaves": octaves}).values():
        for name, path in [*inputs.items(), *outputs.items()]:
            for place in _octave_files(folder, path):
                if _same_file(place, path):
                    raise _one_file(name, "save_octaves", path)


def _one_file(one: str, other: str, path: str) -> ArgumentError:
    return ArgumentError(
        f"`{one}` and `{other}` would be one file, {path!r}.", "Give each a file of its own."
    )


def _paths(files: Mapping[str, Any]) -> dict[str, str]:
    """The paths among the values; of an open file or picture that which it was opened from."""
    found = {}
    for name, value in files.items():
        if hasattr(value, "read") or hasattr(value, "filename"):
            value = getattr(value, "filename", None) or getattr(value, "name", None)
        if isinstance(value, str | os.PathLike):
            with contextlib.suppress(ArgumentError):  # that is said where it is read or written
                found[name] = str(as_path(name, value))
    return found


def _octave_files(folder: str, path: str) -> list[str]:
    """Octaves' pictures in a folder: those that are there, and the one named as a path is."""
    try:
        names = [*os.listdir(folder), os.path.basename(os.path.realpath(path)).lower()]
    except (OSError, ValueError):  # nothing can be there
        return []
    return [os.path.join(folder, name) for name in names if _OCTAVE.fullmatch(name)]


def _same_file(one: str, other: str) -> bool:
    try:
        if os.path.exists(one) or os.path.exists(other):
            return os.path.samefile(one, other)
        one, other = os.path.realpath(one), os.path.realpath(other)
        folders, names = zip(os.path.split(one), os.path.split(other), strict=True)
        alike = [unicodedata.normalize("NFC", name).casefold() for name in names]
        return alike[0] == alike[1] and os.path.samefile(*folders)
    except (OSError, ValueError):  # one of them is not there, or can never be
        return False
