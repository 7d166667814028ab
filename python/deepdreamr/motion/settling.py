"""clip or zoom → **settled** → every call: what it goes on with, however often it is begun."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from ..backend import compute_threads, import_tensorflow
from ..errors import ArgumentError, CheckpointWarning, warn
from ..many.asking import check_network
from ..many.lanes import shares
from ..many.machines import kind
from ..many.pools import check_sendable
from ..runs.checking import check, unheard
from ..runs.request import Request
from ..runs.settling import Windows, settled_windows
from .filming import Film
from .keyframes import Course, Seconds
from .states import FrameFiles
from .strongest import Channels, strongest_channels


class Settled(NamedTuple):
    """What all calls that make one clip have in common.

    Attributes
    ----------
    seed : where none was asked for
    workers : how many processes dream; 1 for this one
    memory : bytes that each of several may use; None for what was asked for
    windows : in each part of the course
    strongest : the channels that terms mean by that
    """

    seed: int
    workers: int = 1
    memory: int | None = None
    windows: tuple[Windows, ...] = ()
    strongest: Channels = MappingProxyType({})

    def windows_at(self, course: Course, seconds: Seconds) -> Windows | None:
        """What windows a dream has at a moment; None where nothing is settled."""
        return self.windows[course.part(seconds)] if self.windows else None


def settle(film: Film, files: FrameFiles) -> Settled:
    """What earlier calls have settled for a clip, or a new one.

    Raises
    ------
    OutputError
        If something is at the output, and not all frames are dreamed.
    """
    film.check_output(files)
    before, request = files.settled, film.course.at(film.course.moments[0])
    memory, workers = _shares(film, request, before)
    here = _machine(film.asked.threads if workers > 1 else None)
    if before and before.get("machine") != here:
        warn(CheckpointWarning("the clip goes on on another machine: pixels may differ"))
    parts = [dataclasses.replace(each, image=film.first) for each in film.course.parts()]
    now = {
        "machine": before.get("machine", here),
        "seed": before.get("seed", request.seed if request.seed is not None else new_seed()),
        "workers": workers,
        "memory": memory,
        "windows": windows_of(parts, before, memory if workers > 1 else None),
        "strongest": strongest_channels(parts, before),
    }
    if now != before:
        files.settle(now)
    windows = tuple(map(Windows, now["windows"]))
    return Settled(now["seed"], workers, memory, windows, now["strongest"])


def new_seed() -> int:
    """A seed that nobody asked for."""
    return int(np.random.default_rng().integers(2**31))


def windows_of(
    requests: Iterable[Request], before: Mapping[str, Any], memory: int | None = None
) -> list[int | None]:
    """The windows that a first call has settled; else those of each request, now.

    Where the user says how much memory there is, what does not fit into that is not kept.

    Parameters
    ----------
    before : what a first call has settled
    memory : bytes that each of several processes may use
    """
    known, found = before.get("windows"), list[int | None]()
    for number, request in enumerate(requests):
        if known is not None and request.max_memory is None:
            return list(known)
        told: dict[str, Any] = {} if memory is None else {"max_memory": memory}
        with unheard():
            job = check(dataclasses.replace(request, **told))
        windows = settled_windows(job, None if known is None else Windows(known[number]))
        found.append(windows.limit)
    return found


def _shares(film: Film, request: Request, before: Mapping[str, Any]) -> tuple[int | None, int]:
    """The bytes that each worker may use, and how many there are."""
    asked = film.asked.workers if film.asked.motion == "none" else film.asked.workers or 1
    if asked == 1:
        return None, 1
    try:
        check_network(request.network)
        check_sendable(film.course)
    except ArgumentError:
        if asked is not None:
            raise
        return None, 1
    if before.get("workers") and asked in (None, before["workers"]) and request.max_memory is None:
        return before.get("memory"), before["workers"]
    return shares(request, asked or before.get("workers"), film.info.frames or 2**31)


def _machine(threads: int | None) -> dict[str, Any]:
    """What pixels depend on besides the call.

    Parameters
    ----------
    threads : of each worker; None where there are none
    """
    import_tensorflow()
    return {**kind(), "threads": threads or compute_threads()}
