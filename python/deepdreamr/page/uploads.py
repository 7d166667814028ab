"""body of a request → **file**: streamed into a folder that goes with the server, within quotas."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import stat
import tempfile
import time
import urllib.parse
from collections.abc import AsyncIterator
from pathlib import Path

from ..errors import DeepDreamError, system_said

PICTURE_BYTES = 2**26
MASK_BYTES = 2**24
CLIP_BYTES = 2**28
SESSION_BYTES = 2**30
ALL_BYTES = 2**32
PIXELS = 2**26
"""The most that is taken: bytes of a picture, a mask, a clip, of all files of a session and of all
sessions; pixels of a picture."""

_PREFIX = "deepdreamr-page-"
_LOCK = "lock"
_YOUNG = 60  # seconds, in which a folder may not be locked yet
_OFTEN = 2**22  # bytes after which the room is looked at again
_SPARE = 2**27  # bytes of the disk that are left to others
_LONGEST = 100  # characters of a name


def new_id() -> str:
    """A name that nobody guesses."""
    return secrets.token_urlsafe(9)


class NoRoom(DeepDreamError):
    """A file is not taken since there is no room for it."""

    kind = "room"


class Store:
    """The folder of all files of a page; it goes with the process.

    Parameters
    ----------
    session_bytes, all_bytes : how many there may be, of a session and in all
    """

    def __init__(self, session_bytes: int = SESSION_BYTES, all_bytes: int = ALL_BYTES) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._session_bytes, self._all_bytes = session_bytes, all_bytes

    def of(self, session: str) -> Path:
        """A session's folder."""
        folder = self.folder / session
        folder.mkdir(exist_ok=True)
        return folder

    async def take(self, session: str, chunks: AsyncIterator[bytes], suffix: str = ".in") -> Path:
        """Write what comes into a new file of a session.

        Raises
        ------
        NoRoom
            If there is no room for it; nothing of it is left then.
        """
        path, size, looked = self.of(session) / f"{new_id()}{suffix}", 0, -_OFTEN
        try:
            with path.open("xb") as file:
                async for chunk in chunks:
                    if size - looked >= _OFTEN:
                        self.check_room(session)
                        looked = size
                    file.write(chunk)
                    size += len(chunk)
            self.check_room(session)
        except BaseException as error:
            path.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise NoRoom(f"it cannot be kept here: {system_said(error)}.") from None
            raise
        return path

    def check_room(self, session: str) -> None:
        """Raise a `NoRoom` if a session, or all, have more than they may."""
        if bytes_in(self.of(session)) > self._session_bytes:
            most = f"{self._session_bytes / 1e6:.0f} MB"
            raise NoRoom(f"the files of this browser take more than {most}.", "Send smaller ones.")
        folders = [path for path in self.folder.iterdir() if path.is_dir()]
        if sum(map(bytes_in, folders)) > self._all_bytes or _free(self.folder) < _SPARE:
            raise NoRoom("there is no room for more files here.", "Try again later.")

    def over(self, session: str, more: int) -> bool:
        """Whether a session would have more than it may with so many bytes more."""
        return bytes_in(self.of(session)) + more > self._session_bytes

    def leave(self, session: str) -> None:
        """Delete the files of a session."""
        shutil.rmtree(self.folder / session, ignore_errors=True)

    def delete(self) -> None:
        """Delete all of it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def lock(self) -> object:
        """Mark the folder as in use by this process, and delete those that killed ones left."""
        from filelock import FileLock, Timeout

        kept = FileLock(self.folder / _LOCK)
        kept.acquire(timeout=0)
        for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
            with contextlib.suppress(OSError, Timeout):
                if folder != self.folder and _is_left(folder.lstat()):
                    with FileLock(folder / _LOCK, timeout=0):
                        pass
                    shutil.rmtree(folder)
        return kept


def _is_left(status: os.stat_result) -> bool:
    """Whether this is an old folder of this user's; what others have made is not looked into."""
    ours = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return ours and stat.S_ISDIR(status.st_mode) and status.st_mtime < time.time() - _YOUNG


def bytes_in(folder: Path) -> int:
    """Bytes of the files in a folder."""
    total = 0
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):  # it is gone meanwhile
                total += entry.stat().st_size
    return total


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def file_name(text: str | None, other: str = "picture") -> str:
    """A file's name from what a browser says, of whatever system: no folder, nothing unseen.

    >>> file_name("C%3A%5Cphotos%5Ccat%0A.jpg")
    'cat.jpg'
    """
    name = re.split(r"[/\\]", urllib.parse.unquote(text or "", errors="replace"))[-1]
    name = "".join(c for c in name if c.isprintable() and c != "\ufffd").strip()
    if len(name) > _LONGEST:
        stem, dot, suffix = name.rpartition(".")
        name = stem[: _LONGEST - 10] + dot + suffix[:9] if dot else name[:_LONGEST]
    return name if name.strip(". ") else other
