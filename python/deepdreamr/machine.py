"""machine → **bytes**, cores: the memory that this process holds and can have, and its cores."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from .errors import DeepDreamError

CGROUPS, OWN_CGROUPS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
_VERSION_2 = "memory.max", "memory.current", "inactive_file"
_VERSION_1 = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
_UNLIMITED = 2**60  # version 1 says that there is no limit by a number about as large as it can be

shortages = list[str]()
"""What was said each time that there was too little memory for what this process computed."""

_NO_ROOM = re.compile(r"cannot allocate memory|failed to map segment", re.IGNORECASE)


def is_shortage(error: BaseException | None) -> bool:
    """Whether an error comes of want of memory: TensorFlow and the system have their own for it.

    One of ours that says that something would not fit does not.
    """
    while error is not None:
        ours = isinstance(error, DeepDreamError)
        known = isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"
        if (known or _NO_ROOM.search(str(error))) and not ours:
            return True
        error = error.__cause__ or error.__context__
    return False


def usable_cores() -> int:
    """How many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def used_memory() -> int:
    """Bytes that this process holds now; 0 where that cannot be told."""
    import psutil

    try:
        return int(psutil.Process().memory_info().rss)
    except (psutil.Error, OSError):  # no /proc
        return 0


def free_memory() -> int | None:
    """Bytes that programs can still use, on this machine and in its container's limit; or None."""
    import psutil

    try:
        free = [int(psutil.virtual_memory().available)]
    except (OSError, RuntimeError, ValueError):
        free = []
    return min([*free, *(left for _, left in _limits(CGROUPS, OWN_CGROUPS))], default=None)


def usable_memory() -> int | None:
    """Bytes that this process may hold in all: what it holds and what is free; or None.

    Some of what it holds may be shared with others, so that a container's limit is less.
    """
    free = free_memory()
    limits = [limit for limit, _ in _limits(CGROUPS, OWN_CGROUPS)]
    return None if free is None else min([used_memory() + free, *limits])


def _limits(root: Path, own: Path) -> Iterator[tuple[int, int]]:
    """The limit of each control group around this process that has one, and what is left of it.

    Parameters
    ----------
    root : where version 2's groups are mounted, and version 1's under `memory`
    own : the file that names the groups of this process
    """
    for line in _text(own).splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0":
            top, names = root, _VERSION_2
        elif "memory" in controllers.split(","):
            top, names = root / "memory", _VERSION_1
        else:
            continue
        for folder in _groups(top, path):
            limit, usage = _number(folder / names[0]), _number(folder / names[1]) or 0
            if limit is not None and limit < _UNLIMITED:
                yield limit, max(0, limit - max(0, usage - _cache(folder, names[2])))


def _groups(top: Path, path: str) -> list[Path]:
    """A group's folder and all above it; in a container its own group is mounted at the top."""
    inner = PurePosixPath(path.lstrip("/"))
    return [top.joinpath(part) for part in (inner, *inner.parents) if ".." not in part.parts]


def _cache(folder: Path, name: str) -> int:
    """Bytes of files that are kept in memory and given up when it is needed."""
    for line in _text(folder / "memory.stat").splitlines():
        key, _, value = line.partition(" ")
        if key == name and value.strip().isdecimal():
            return int(value)
    return 0


def _number(file: Path) -> int | None:
    text = _text(file).strip()
    return int(text) if text.isdecimal() else None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
