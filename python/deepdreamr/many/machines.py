"""workers → **machines**: whether what pixels depend on is alike, here and there, then and now."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from ..backend import device_name, instruction_set
from ..errors import WorkerError
from ..runs.describing import versions
from ..version import version

_MIXED = "Pixels may differ: allow it with `allow_mixed`"


@functools.lru_cache(maxsize=1)
def kind() -> dict[str, Any]:
    """What pixels depend on of this machine that does not change while a process runs."""
    return {"versions": programs(), "device": device_name(), "processor": instruction_set()}


def programs() -> dict[str, str]:
    """The versions of what makes pixels, which Python itself does not."""
    found = {"deepdreamr": version(), **versions()}
    return {name: number for name, number in found.items() if name != "python"}


def alike(found: Mapping[str, dict[str, Any]], threads: int, mixed: bool) -> dict[str, Any]:
    """What the first of some workers is like.

    Parameters
    ----------
    found : what each worker is like, by its name: see `workers.machine`
    threads : how many each should compute with
    mixed : whether they may differ

    Raises
    ------
    WorkerError
        If one has other programs than this process, or another number of threads, or is not like
        the first.
    """
    for name, machine in found.items():
        _check_threads(name, machine, threads)
        _check_versions(name, machine["versions"], mixed)
    (first, here), *others = found.items()
    for name, there in others:
        if there != here and not mixed:
            raise WorkerError(f"{name} is not like {first}: {_difference(here, there)}.", _MIXED)
    return here


def check_before(before: Mapping[str, Any], now: Mapping[str, Any], mixed: bool) -> None:
    """Raise a `WorkerError` if workers are not like those that a run began with."""
    if before != now and not mixed:
        raise WorkerError(
            f"the run began on another machine: {_difference(before, now)}.",
            f"{_MIXED}, or take a new folder.",
        )


def _check_threads(name: str, machine: Mapping[str, Any], threads: int) -> None:
    if machine["threads"] != threads:
        raise WorkerError(
            f"{name} computes with {machine['threads']} threads already, not with {threads}.",
            "Give that number as `threads`, or fresh processes.",
        )


def _check_versions(name: str, there: Mapping[str, str], mixed: bool) -> None:
    """Raise a `WorkerError` for programs unlike ours."""
    own = {"deepdreamr": version()} if mixed else programs()
    for program, ours in own.items():
        if there.get(program) != ours:
            raise WorkerError(
                f"{name} has {program} {there.get(program)}, and this is {ours}.",
                f"Install {program} {ours} there, or the same here.",
            )


def _difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The first thing that differs."""
    for name in now:
        old, new = before.get(name), now[name]
        if isinstance(new, Mapping) and isinstance(old, Mapping) and old != new:
            return _difference(old, new)
        if old != new:
            return f"{name} was {old}, is {new}"
    return "it is unknown"
