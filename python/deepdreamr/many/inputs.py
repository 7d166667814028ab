"""folders, globs, pictures → **items**: which pictures there are, in a lasting order."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import ArgumentError, ImageError, received, system_said
from ..paths import as_path, check_file
from ..pictures.reading import is_stream

SUFFIXES = frozenset(
    ".png .apng .jpg .jpeg .jpe .jfif .webp .tif .tiff .gif .bmp .dib .avif .heic .heif .jp2 .j2k"
    " .ppm .pgm .pbm .pnm .qoi .mpo .psd .tga .sgi .pcx .ico".split()
)
"""Of the files that are taken from a folder; a file that is named itself may have any."""

DEEPEST = 200  # folders within one another
NO_PICTURE = "is no picture by its name"
Ignore = Callable[[str, str], None]
"""Called with a path and why it is passed over."""


class Item(NamedTuple):
    """A picture to dream of.

    Attributes
    ----------
    image : its path as text, or anything else that `dream` takes
    start : where in the path its place below the folder begins that it was found in
    """

    image: Any
    start: int = 0

    @property
    def is_path(self) -> bool:
        """Whether it is a file."""
        return isinstance(self.image, str)

    def place(self, number: int) -> str:
        """The path below the folder that it was found in; of what is no file, its number."""
        return self.image[self.start :] if self.is_path else f"picture-{number:05d}.png"

    def title(self, number: int) -> str:
        """What it is called in messages."""
        return self.image if self.is_path else f"picture {number}"


def items_of(images: Any, ignore: Ignore, own: str | None = None) -> Iterator[Item]:
    """The pictures of what was given, each once, in its order; those of a folder by their names.

    Parameters
    ----------
    images : a path, a folder, a glob (`photos/**/*.jpg`), or an iterable of these and of whatever
        `dream` takes
    ignore : told of what is passed over in folders
    own : a folder that is not read: the one that is written to

    Raises
    ------
    ArgumentError
        If it is none of these, or a folder or glob has no picture.
    """
    seen = set[str]()
    for image in _several(images):
        if not isinstance(image, str | os.PathLike):
            yield Item(image)
            continue
        for item in _files(os.fspath(as_path("images", image)), ignore, own):
            if item.image not in seen:
                seen.add(item.image)
                yield item


def check_there(items: Sequence[Item]) -> None:
    """Raise an `ImageError` if all are files, and none is there."""
    if not items or any(not item.is_path or os.path.lexists(item.image) for item in items):
        return
    try:
        check_file(Path(items[0].image), ImageError, "a picture")
    except ImageError as error:
        more = f", nor any of the {len(items) - 1} others" if len(items) > 1 else ""
        raise ImageError(f"{error.message.rstrip('.')}{more}.", error.hint) from None


def _several(images: Any) -> Iterable[Any]:
    single = (str, os.PathLike, bytes, bytearray, memoryview)
    if isinstance(images, single) or is_stream(images):
        return [images]
    if any(hasattr(images, name) for name in ("__array__", "im", "read_picture")):
        return [images]
    if isinstance(images, Iterable):
        return images
    raise ArgumentError(
        "`images` must be a path, a folder, a glob, or a list of these or of pictures. "
        f"{received('images', images)}"
    )


def _files(path: str, ignore: Ignore, own: str | None) -> Iterator[Item]:
    """The pictures of one path, folder or glob."""
    if os.path.isdir(path):
        found = (
            Item(file, len(path.rstrip(os.sep)) + 1)
            for file in _walk(path, ignore, own, _above(path))
        )
        yield from _some(found, f"the folder {path!r}")
    elif glob.has_magic(path) and not os.path.lexists(path):
        yield from _some(_of_glob(path, ignore, own), f"the glob {path!r}")
    else:
        yield Item(path, len(os.path.join(os.path.dirname(path), "")) if os.sep in path else 0)


def _of_glob(pattern: str, ignore: Ignore, own: str | None) -> Iterator[Item]:
    """The pictures of a glob, and of folders that it finds; no link to a folder is followed."""
    fixed = _fixed_part(pattern)
    start, suffix = len(os.path.join(fixed, "")), Path(pattern).suffix.lower()
    rest = os.path.relpath(pattern, fixed or ".")
    try:
        found = sorted(Path(fixed).glob(rest))
    except (OSError, ValueError, NotImplementedError, IndexError) as error:
        raise ArgumentError(f"the glob {pattern!r} cannot be read: {error}.") from None
    for path in found:
        file = str(path)
        if any(part.startswith(".") for part in Path(file[start:]).parts):
            continue
        if own is not None and _inside(file, own):
            continue
        if os.path.isdir(file):
            if "**" in rest and os.path.islink(file):  # which Python finds from 3.13 on
                continue
            yield from (Item(inner, start) for inner in _walk(file, ignore, own, _above(file)))
        elif path.suffix.lower() in (*SUFFIXES, suffix):
            yield Item(file, start)
        else:
            ignore(file, NO_PICTURE)


def _inside(path: str, folder: str) -> bool:
    real, top = os.path.realpath(path), os.path.realpath(folder)
    return real == top or real.startswith(os.path.join(top, ""))


def _some(found: Iterator[Item], where: str) -> Iterator[Item]:
    item = next(found, None)
    if item is None:
        raise ArgumentError(f"{where} has no picture.")
    yield item
    yield from found


def _fixed_part(pattern: str) -> str:
    """The folder in front of the first part of a glob that can be anything."""
    parts = Path(pattern).parts
    fixed = [part for n, part in enumerate(parts) if not any(map(glob.has_magic, parts[: n + 1]))]
    return os.path.join(*fixed) if fixed else ""


def _above(folder: str) -> tuple[tuple[int, int], ...]:
    """Device and number of each folder that one lies in."""
    stats = [above.stat() for above in Path(os.path.realpath(folder)).parents]
    return tuple((status.st_dev, status.st_ino) for status in stats)


def _walk(
    folder: str, ignore: Ignore, own: str | None, around: tuple[tuple[int, int], ...]
) -> Iterator[str]:
    """Pictures in a folder and in those within it, by name; hidden ones are passed over.

    Parameters
    ----------
    around : device and number of each folder around this one, so that no link leads in a circle
    """
    try:
        status = os.stat(folder)
        with os.scandir(folder) as entries:
            names = sorted(e.name for e in entries if not e.name.startswith("."))
    except OSError as error:
        ignore(folder, f"cannot be read: {system_said(error)}")
        return
    if len(around) > DEEPEST:
        ignore(folder, "lies too deep")
        return
    if (here := (status.st_dev, status.st_ino)) in around:
        ignore(folder, "is a link to a folder that it lies in")
        return
    for name in names:
        path = os.path.join(folder, name)
        if os.path.isdir(path):
            if own is None or not _same(path, own):
                yield from _walk(path, ignore, own, (*around, here))
        elif os.path.splitext(name)[1].lower() in SUFFIXES:
            yield path
        else:
            ignore(path, NO_PICTURE)


def _same(path: str, other: str) -> bool:
    try:
        return os.path.samefile(path, other)
    except OSError:
        return False
