"""stranger's file → **rehearsal**: loaded and run in another process before it is in this one.

What a checked file can still make native code do, to crash, to fill the memory or never to end,
happens there (`_rehearsing`), and is one error here. A file that was fine is remembered by its
checksum in the folder of downloads. `DEEPDREAMR_REHEARSAL=off` is for files that are all one's own.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

from .. import errors
from ..backend import import_tensorflow
from ..checksums import sha256
from ..errors import DeepDreamError, MemoryLimitError, NetworkError, WeightsError
from ..machine import free_memory
from ..version import installed_version, version
from ._processes import Process
from .downloads import INCEPTION5H, cache_folder
from .sources import Source, files_of

_MOST_BYTES, _TIMES = 1_400_000_000, 14  # TensorFlow takes 0.6 GB; a graph is copied often
_START_SECONDS, _SECONDS, _BYTES_A_SECOND = 180, 10, 4_000_000
_OTHER = "deepdreamr.networks._rehearsing"
_ENVIRONMENT = {
    "DEEPDREAMR_REHEARSAL": "off",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
}
_HINT = "It may be damaged, or made to do harm; DEEPDREAMR_REHEARSAL=off loads it all the same."


def rehearse(source: Source) -> bool:
    """Load and run a stranger's network in another process, unless it is known to be fine.

    Returns
    -------
    Whether it has been: now, or before.

    Raises
    ------
    NetworkError, MemoryLimitError
        If that process ends, takes too much memory or too long.
    DeepDreamError
        What was raised there.
    """
    if os.environ.get("DEEPDREAMR_REHEARSAL") == "off" or _is_known(source):
        return False
    note = _note(source)
    if note is None or not note.exists():
        _rehearse(source)
        _remember(note)
    return True


def _is_known(source: Source) -> bool:
    """Whether it comes from Keras or this package, is in memory, or has a published checksum."""
    if source.path is None or source.weights not in ("own", "file"):
        return True
    return source.kind == "graph" and sha256(source.path) == INCEPTION5H.sha256


def _note(source: Source) -> Path | None:
    """Where it is noted that this file was fine with these versions; None if there is no place."""
    about: list[Any] = [version(), platform.python_version(), source.kind, source.name]
    about += [installed_version(package) for package in ("tensorflow", "keras", "h5py")]
    about += [sha256(file) for file in files_of(source.file())]
    try:
        folder = cache_folder() / "rehearsed"
    except WeightsError:  # there is no home
        return None
    return folder / hashlib.sha256(json.dumps(about).encode()).hexdigest()


def _remember(note: Path | None) -> None:
    try:
        if note is not None:
            note.parent.mkdir(parents=True, exist_ok=True)
            note.touch()
    except OSError:  # it is rehearsed again next time
        pass


def _rehearse(source: Source) -> None:
    stored = sum(file.stat().st_size for file in files_of(source.file()))
    most, free = source.max_memory or _MOST_BYTES + _TIMES * stored, free_memory()
    most = most if free is None else min(most, free)
    started = time.monotonic()
    try:
        with Process(_OTHER, _as_text(source, most), _ENVIRONMENT) as process:
            import_tensorflow()  # meanwhile, as it is needed here next
            if not process.answer(_START_SECONDS):
                raise OSError(f"Python ended with {process.end()}")
            waited = time.monotonic() - started  # how fast this machine is now
            seconds = int(_SECONDS + 2 * waited + stored / _BYTES_A_SECOND)
            process.tell(str(seconds))
            answer = process.answer(seconds, most)
            end = process.end() if answer is None else ""
    except TimeoutError:
        raise NetworkError(f"{source.name!r} is not read and run in time.", _HINT) from None
    except MemoryError:
        raise _too_much(source.name, most) from None
    except OSError as error:  # no process can be had
        message = f"no process can be started to try {source.name!r}: {error}"
        raise NetworkError(message, "DEEPDREAMR_REHEARSAL=off loads it without.") from error
    if answer is None:
        raise NetworkError(f"{source.name!r} ends the process that tries it ({end}).", _HINT)
    _raise_answer(answer)


def _as_text(source: Source, most: int) -> str:
    """What the other process is told: a source of the same network, with this limit of memory."""
    told = {key: getattr(source, key) for key in ("name", "kind", "weights", "convention", "seed")}
    return json.dumps({**told, "path": str(source.path), "max_memory": most})


def _too_much(name: str, most: int) -> MemoryLimitError:
    return MemoryLimitError(
        f"{name!r} takes more than {most / 1e9:.2f} GB of memory to be read and run.",
        "It may be damaged, or made to do harm; max_memory allows more.",
    )


def _raise_answer(answer: dict[str, str]) -> None:
    """Raise what was raised in the other process, if anything was."""
    if answer:
        kind = getattr(errors, answer["error"], NetworkError)
        error: DeepDreamError = kind(answer["message"], answer["hint"])
        raise error
