"""task → **dream** → bytes: what a worker does with one picture, in a process of its own."""

from __future__ import annotations

import dataclasses
import hashlib
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..backend import compute_threads, import_tensorflow
from ..errors import DeepDreamError, DeepDreamWarning, MemoryLimitError, said_with_class
from ..machine import is_shortage
from ..pictures.reading import picture_from, read_content, read_picture
from ..runs.describing import picture_checksum
from ..runs.dreaming import run
from ..runs.request import Request
from .machines import kind


@dataclasses.dataclass(frozen=True)
class Task:
    """A picture to dream of.

    Attributes
    ----------
    image : its path, the content of its file, or whatever `dream` takes
    name : its file's name, where it is a file
    request : all else that is asked for
    format : of the dream's file, as Pillow calls it; None for the `Dream` itself
    strip_metadata : whether the file does not say how it was made
    threads : how many threads TensorFlow computes with
    expected : what the worker must be like: see `machine`
    """

    image: Any
    name: str | None
    request: Request
    format: str | None
    strip_metadata: bool
    threads: int
    expected: dict[str, Any] | None = None


@dataclasses.dataclass(frozen=True)
class Made:
    """What came of a task.

    Attributes
    ----------
    content : the dream's file, or the `Dream`; None where there is none
    source_sha256, record_sha256 : of the file's content (of what is no file, of its pixels), and
        of how the dream was made
    seconds : how long it took
    warnings : what was warned of
    error : a class's `kind` and a message, where it failed
    """

    content: Any = None
    source_sha256: str = ""
    record_sha256: str = ""
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    error: tuple[str, str] | None = None


def machine(threads: int) -> dict[str, Any]:
    """What pixels depend on besides the request, in this process.

    It computes with as many threads from now on; one that computes with another number already
    says so.

    Returns
    -------
    Its `versions`, `device`, `processor` and `threads`.
    """
    import_tensorflow()
    import tensorflow as tf

    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:  # it has computed before
        pass
    return {**kind(), "threads": compute_threads()}


def work(task: Task) -> Made:
    """Dream of a task's picture; what fails is told, not raised."""
    return told(lambda: _dreamed(task), task.threads, task.expected)


def told(make: Callable[[], Made], threads: int, expected: dict[str, Any] | None) -> Made:
    """What comes of a task, with what it warns of; what fails is told, not raised.

    Parameters
    ----------
    make : does it
    threads, expected : how many it computes with, and what this process must be like
    """
    start = time.perf_counter()
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", DeepDreamWarning)
            if (here := machine(threads)) != (expected or here):
                return Made(error=("worker", "a worker is of another kind than the first."))
            made = make()
        notes = [str(w.message) for w in caught if issubclass(w.category, DeepDreamWarning)]
        seconds = time.perf_counter() - start
        return dataclasses.replace(made, seconds=seconds, warnings=tuple(dict.fromkeys(notes)))
    except DeepDreamError as error:
        return Made(error=(error.kind, str(error)))
    except Exception as error:  # one picture does not stop the others
        if is_shortage(error):
            why = "there is too little memory for this picture."
            return Made(error=(MemoryLimitError.kind, why))
        return Made(error=("unexpected", said_with_class(error)))


def _dreamed(task: Task) -> Made:
    picture, checksum = _read(task)
    dream = run(dataclasses.replace(task.request, image=picture))
    record = hashlib.sha256(dream.record.json().encode()).hexdigest()
    content = dream if task.format is None else dream.encoded(task.format, task.strip_metadata)
    return Made(content, checksum, record)


def _read(task: Task) -> tuple[Any, str]:
    """The picture, and a checksum of what it was read from."""
    image = task.image
    if task.name is None:
        picture = read_picture(image)
        return picture, picture_checksum(picture)
    content = image if isinstance(image, bytes) else read_content(Path(image))
    return picture_from(content, task.name), hashlib.sha256(content).hexdigest()
