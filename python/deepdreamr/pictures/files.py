"""picture → **file**: formats by suffix, written whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image

from ..errors import ArgumentError, OutputError, unknown_name
from .images import picture_uint8, read_picture
from .metadata import metadata_options

FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"lossless": True, "exact": True},  # exact: colours under transparency too
    "TIFF": {"compression": "tiff_deflate"},
}
_ROOM = 2**20  # bytes that a folder must have room for


def check_output(path: str | os.PathLike[str], overwrite: bool = False) -> Path:
    """The path, if a picture can be written there.

    Raises
    ------
    OutputError
        If the suffix is not that of a format, the folder is missing or closed, or the file exists
        and `overwrite` is false.
    """
    path = as_path("path", path)
    if path.suffix.lower() not in FORMATS:
        raise OutputError(
            f"cannot write {str(path)!r}: {unknown_name('format', path.suffix, FORMATS)}"
        )
    return check_target(path, overwrite)


def as_path(name: str, path: Any) -> Path:
    """An argument as a path, its home expanded; an `ArgumentError` if it is none."""
    if not isinstance(path, str | os.PathLike):
        raise ArgumentError(f"`{name}` must be a path. Received: {name}={path!r}")
    return Path(os.path.expanduser(os.fsdecode(path)))


def check_target(path: Path, overwrite: bool = False) -> Path:
    """The path, if a file can be written there, whatever its suffix; see `check_output`."""
    name = repr(str(path))
    if os.path.isdir(path):
        raise OutputError(f"{name} is a folder, not a file.")
    if os.path.exists(path) and not stat.S_ISREG(path.stat().st_mode):
        raise OutputError(f"{name} is a device or a pipe, not a file.")
    if os.path.exists(path) and not overwrite:
        raise OutputError(f"{name} exists already.", "Allow it with overwrite, or name another.")
    if not path.parent.is_dir():
        raise OutputError(f"there is no folder {str(path.parent)!r}.", "Make it first.")
    try:
        with tempfile.TemporaryFile(dir=path.parent) as file:
            file.write(bytes(_ROOM))
    except OSError as error:
        raise OutputError(f"cannot write into {str(path.parent)!r}: {error.strerror}.") from None
    try:
        path.lstat()
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:  # such as a name that is too long
        reason = getattr(error, "strerror", error)
        raise OutputError(f"cannot write {name}: {reason}.") from None
    return path


def save_image(image: Any, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a picture; its suffix names the format (.png .jpg .jpeg .webp .tif .tiff).

    Parameters
    ----------
    image : anything that `load_image` takes
    path : where to
    overwrite : whether a file that exists may be replaced

    Raises
    ------
    OutputError
        If it cannot be written; nothing is left half-written.
    """
    path = check_output(path, overwrite)
    picture = read_picture(image)
    content = encode(
        picture_uint8(picture),
        FORMATS[path.suffix.lower()],
        alpha=picture.alpha,
        icc_profile=picture.icc_profile,
    )
    write_whole(path, content)
    return path


def encode(
    pixels: np.ndarray,
    format: str = "PNG",
    *,
    alpha: np.ndarray | None = None,
    icc_profile: bytes | None = None,
    record: Mapping[str, Any] | None = None,
) -> bytes:
    """A picture file's content. JPEG has no transparency: there `alpha` is left out.

    Parameters
    ----------
    pixels : uint8 (height, width, 3)
    format : Pillow's name of a format
    alpha : uint8 (height, width)
    record : how it was made; see `deepdreamr.metadata`

    Raises
    ------
    OutputError
        If the format takes no picture of this size.
    """
    picture = Image.fromarray(pixels)
    if alpha is not None and format != "JPEG":
        picture.putalpha(Image.fromarray(alpha))
    options = _OPTIONS.get(format, {}) | (metadata_options(record, format) if record else {})
    if icc_profile:
        options["icc_profile"] = icc_profile
    out = io.BytesIO()
    try:
        picture.save(out, format, **options)
    except (OSError, ValueError) as error:
        size = f"{picture.width}x{picture.height}"
        raise OutputError(f"a picture of {size} cannot be written as {format}: {error}.") from None
    return out.getvalue()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    with whole_file(path) as file:
        file.write(content)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write into that takes its place only when all is written.

    Where the system can, it has no name until then, so that nothing is left of it even if the
    process is killed; elsewhere it is `.dream-*.partial` beside its place. What killed processes
    left of that kind more than an hour ago is deleted.

    Raises
    ------
    OutputError
        If it cannot be written; what was there before stays.
    """
    path = Path(os.path.realpath(path))  # a link stays one
    temporary = path.with_name(f".dream-{secrets.token_hex(8)}.partial")
    _clean_up(path.parent)
    try:
        with _nameless(path.parent) or temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if not temporary.exists():
                _give_name(file, temporary)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {str(path)!r}: {error.strerror}.") from None
    finally:
        temporary.unlink(missing_ok=True)


def _clean_up(folder: Path) -> None:
    with contextlib.suppress(OSError):
        for left in folder.glob(".dream-*.partial"):
            if left.stat().st_mtime < time.time() - 3600:
                left.unlink()


def _nameless(folder: Path) -> IO[bytes] | None:
    """A new file without a name, or None where the system has no such thing."""
    if not (hasattr(os, "O_TMPFILE") and os.path.isdir("/proc/self/fd")):
        return None
    with contextlib.suppress(OSError):
        return os.fdopen(os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600), "w+b")
    return None


def _give_name(file: IO[bytes], path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    try:  # with a folder given, the link under /proc is followed
        os.link(f"/proc/self/fd/{file.fileno()}", path, src_dir_fd=folder)
    except OSError:  # where files without a name cannot get one
        file.seek(0)
        with path.open("xb") as named:
            shutil.copyfileobj(file, named)
            os.fsync(named.fileno())
    finally:
        os.close(folder)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
