"""module → **process**: a fresh one of the Python in use, whose memory and time are watched.

Never a fork, which TensorFlow does not survive. Resident memory is what is watched, since
TensorFlow reserves much that it never uses. It is the same on Linux, macOS and Windows.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from ..interpreter import command
from ..interpreter import environment as own_environment

_POLL_SECONDS = 0.01
_CALL = "from importlib import import_module; import_module(sys.argv[2]).main(sys.argv[3])"
_WINDOWS: Mapping[str, Any] = {"creationflags": 0x08000200}  # no window, and no Ctrl-C of ours


class Process:
    """A process that calls a module's `main` with a text; it is ended at the end of its `with`.

    It answers in lines of JSON on its standard output; its standard input ends when this process
    does.

    Parameters
    ----------
    module : name of a module of this package
    text : for its `main`
    environment : variables that it gets besides those of this process
    """

    def __init__(self, module: str, text: str, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [*command(_CALL), module, text],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**own_environment(), **environment},
            **(_WINDOWS if os.name == "nt" else {"start_new_session": True}),
        )
        self._lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()  # type: ignore[union-attr]

    def _read(self) -> None:
        with self._process.stdout as answers:  # type: ignore[union-attr]
            for line in answers:
                self._lines.put(line)
        self._lines.put(b"")

    def tell(self, line: str) -> None:
        """Write a line to it; one that has ended does not hear it."""
        try:
            os.write(self._process.stdin.fileno(), f"{line}\n".encode())  # type: ignore[union-attr]
        except OSError:
            pass

    def answer(self, seconds: float, memory: int = sys.maxsize) -> Any:
        """Its next answer; None if it ended without one.

        Raises
        ------
        TimeoutError
            If it does not answer within the seconds.
        MemoryError
            If it takes more than these bytes of memory.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                line = self._lines.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                if self._memory() > memory:
                    raise MemoryError from None
                continue
            return json.loads(line) if line else None
        raise TimeoutError

    def _memory(self) -> int:
        import psutil

        try:
            return int(psutil.Process(self._process.pid).memory_info().rss)
        except (psutil.Error, OSError):  # it has just ended
            return 0

    def end(self) -> str:
        """How it ended, when it has."""
        code = self._process.wait()
        try:
            return signal.Signals(-code).name
        except ValueError:
            return f"exit status {code}"
