"""argument → **path** → regular file: whether there is one to read, or what there is instead."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import ArgumentError, received, system_said

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:/|data:", re.IGNORECASE)  # C:/ is a drive


def as_path(name: str, path: Any) -> Path:
    """A path, its home folder expanded.

    Parameters
    ----------
    name : the argument's, for the error

    Raises
    ------
    ArgumentError
        If it is not a path.
    """
    try:
        text = "" if isinstance(path, bytes) else os.fsdecode(path)
    except Exception:  # of another's class
        text = ""
    if not text.strip():
        raise ArgumentError(f"`{name}` must be a path. {received(name, path)}")
    return Path(os.path.expanduser(text))


def check_file(
    path: Path, refuse: Callable[[str, str | None], Exception], what: str, *, folder: bool = False
) -> int:
    """The bytes of a file that can be read to its end: a regular one, once links are followed.

    Parameters
    ----------
    refuse : the class of the error
    what : the file should be, in words, such as "a picture"
    folder : whether it may be a folder as well
    """
    name = repr(str(path))
    try:
        status = path.stat()
    except FileNotFoundError:
        raise refuse(*_missing(path)) from None
    except (OSError, ValueError) as error:
        if is_address(path):  # such as a picture's data
            raise refuse(*_missing(path)) from None
        raise refuse(f"{name} cannot be read: {system_said(error)}.", None) from None
    if stat.S_ISDIR(status.st_mode) and not folder:
        raise refuse(f"{name} is a folder, not {what}.", None)
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise refuse(  # reading one may never end
            f"{name} is a device or a pipe, not {what}.", "Only regular files are read."
        )
    return status.st_size


def is_address(path: str | Path) -> bool:
    """Whether it is an address, such as `https://example.com/a.jpg`, and no path."""
    return bool(_SCHEME.match(str(path)))


def _current_folder() -> str:
    try:
        return f"The current folder is {os.getcwd()!r}."
    except OSError:  # which somebody has deleted, or moved
        return "The current folder is not there any more."


def _missing(path: Path) -> tuple[str, str | None]:
    """What is said of a path where nothing is, and a hint."""
    text = str(path)
    if not is_address(path):
        return f"there is no file {text!r}.", _current_folder()
    local = text.lower().startswith("file:")
    slashes = ":///" if local else "://"  # which a path has lost
    text = text if text.startswith("data:") else re.sub(":/+", slashes, text, count=1)
    short = text if len(text) <= 100 else f"{text[:97]}..."
    hint = "Give the path alone." if local else "Download it, and give the path of the file."
    return f"{short!r} is an address, not a file.", hint
