"""bytes → **file**: written whole or not at all; and whether a place can be written to."""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ..errors import OutputError, system_said
from ..values import in_range

CLIPS = (".mp4", ".mkv", ".webm", ".mov", ".m4v", ".avi", ".mpg", ".mpeg")
"""Endings of files that are no pictures, but what other functions make and take."""

_OFTEN = 600  # seconds
_ROOM = 2**20  # bytes that a folder must have room for


def check_target(path: Path, overwrite: bool = False) -> Path:
    """The path, if a file can be written there, whatever its suffix.

    Raises
    ------
    OutputError
        If it is a folder or a device, its folder is missing or cannot be written to, or the file
        exists and `overwrite` is false.
    """
    in_range("overwrite", overwrite, bool)
    check_free(path, overwrite)
    name = repr(str(path))
    if not path.parent.is_dir():
        raise OutputError(f"there is no folder {str(path.parent)!r}.", "Make it first.")
    try:
        with tempfile.TemporaryFile(dir=path.parent) as file:
            file.write(bytes(_ROOM))
    except OSError as error:
        reason = system_said(error)
        raise OutputError(f"cannot write into {str(path.parent)!r}: {reason}.") from None
    try:
        path.lstat()
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:  # such as a name that is too long
        raise OutputError(f"cannot write {name}: {system_said(error)}.") from None
    return path


def check_free(path: Path, overwrite: bool = False) -> None:
    """Raise an `OutputError` if what is at a path, if anything is, may not be replaced by a file.

    That is a folder, a device, a pipe, and, unless `overwrite` is true, a file.
    """
    name = repr(str(path))
    if os.path.isdir(path):
        raise OutputError(f"{name} is a folder, not a file.")
    if os.path.exists(path) and not stat.S_ISREG(path.stat().st_mode):
        raise OutputError(f"{name} is a device or a pipe, not a file.")
    if os.path.exists(path) and not overwrite:
        raise _exists(path)


def _exists(path: Path) -> OutputError:
    hint = "Allow it with `overwrite`, or name another."
    return OutputError(f"{str(path)!r} exists already.", hint)


def make_folder(path: Path) -> None:
    """Make a folder and those above it, where they are missing, or raise an `OutputError`."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:  # such as a name that no file can have
        reason = system_said(error)
        raise OutputError(f"cannot make the folder {str(path)!r}: {reason}.") from None


def write_whole(path: Path, content: bytes, overwrite: bool = False) -> None:
    """Write a file so that it is there whole or not at all; see `whole_file`."""
    with whole_file(path, overwrite) as file:
        file.write(content)


@contextlib.contextmanager
def whole_file(path: Path, overwrite: bool = False) -> Iterator[IO[bytes]]:
    """A file to write into, which appears at `path` only when the `with` block has ended well.

    Where the system can, the file has no name until then, so that nothing is left of it even if
    the process is killed; elsewhere it is `.dream-*.partial` in the same folder. Such files that
    killed processes left more than an hour ago are deleted. A file that is replaced hands its
    rights and its owner on. Of several processes that write without `overwrite` one succeeds.

    Raises
    ------
    OutputError
        If it cannot be written, or a file is there and `overwrite` is false; what was at `path`
        before stays as it was.
    """
    path = Path(os.path.realpath(path))  # a link stays one
    temporary = path.with_name(f".dream-{secrets.token_hex(8)}.partial")
    _clean_up(path.parent, int(time.time() // _OFTEN))
    try:
        with _nameless(path.parent) or _private(temporary) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if not temporary.exists():
                _give_name(file, temporary)
        _hand_on_rights(path, temporary)
        _put(temporary, path, overwrite)
    except OutputError:  # of the block, which says what it is about
        raise
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:
        raise OutputError(f"cannot write {str(path)!r}: {system_said(error)}.") from None
    finally:
        with contextlib.suppress(OSError):  # such as that it is not there, or its folder
            temporary.unlink()


@functools.lru_cache(maxsize=1024)
def _clean_up(folder: Path, _: int) -> None:
    """Delete what was left behind in a folder; once in a while, as there may be very many files."""
    with contextlib.suppress(OSError):
        for left in folder.glob(".dream-*.partial"):
            if left.stat().st_mtime < time.time() - 3600:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


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
    except OSError:  # some file systems have nameless files that cannot get a name
        file.seek(0)
        with _private(path) as named:
            shutil.copyfileobj(file, named)
            os.fsync(named.fileno())
    finally:
        os.close(folder)


def _private(path: Path) -> IO[bytes]:
    """A new file that nobody else may read before it is finished."""
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600))


def _hand_on_rights(old: Path, new: Path) -> None:
    """Give a file the owner and rights of the one that it replaces, or those of any new file."""
    try:
        there = old.stat()
    except FileNotFoundError:
        new.chmod(0o666 & ~_umask())
        return
    with contextlib.suppress(OSError, AttributeError):  # only root may; Windows has no such thing
        os.chown(new, there.st_uid, there.st_gid)
    new.chmod(there.st_mode & 0o777)


def _put(temporary: Path, path: Path, overwrite: bool) -> None:
    """Give a finished file its name; without `overwrite` a name that nobody else has taken."""
    if overwrite:
        temporary.replace(path)
        return
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: an empty file keeps the place for a moment
        _private(path).close()
        try:
            temporary.replace(path)
        except BaseException:
            path.unlink()
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
