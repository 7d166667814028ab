"""Functions that a pool's processes are asked to call."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any


def process() -> int:
    """The number of the process."""
    return os.getpid()


def killed() -> None:
    """End the process as the system does when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)


def printed(text: str) -> str:
    """Print and return a text."""
    print(text, flush=True)
    os.write(1, text.encode())
    return text


def failed() -> None:
    """Raise an error."""
    raise ValueError("as asked")


def slept(path: str) -> None:
    """Write the number of the process to a file, and sleep."""
    Path(path).write_text(str(os.getpid()))
    time.sleep(600)


class Deadly:
    """A picture over which a worker ends."""

    def read_picture(self) -> None:
        """Begin to read it."""
        killed()


def first_ends(path: Any) -> Any:
    """The process's number; the first that is asked ends, and leaves a file."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return os.getpid()
    os._exit(1)
