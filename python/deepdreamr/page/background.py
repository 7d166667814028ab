"""request → **process** → page: a page beside a program that goes on, such as R."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, DeepDreamError, PageError
from ..interpreter import command, environment
from .extra import check_extra
from .request import PageRequest, checked

_SERVE = "from deepdreamr.page.background import serve_line; serve_line()"
_WINDOWS: dict[str, Any] = {"creationflags": 0x08000200}  # no window, and no Ctrl-C of ours
_END = 10.0  # seconds


class Background:
    """A page in a process of its own, which ends when this one does.

    Parameters
    ----------
    asked : what is asked for

    Attributes
    ----------
    address : where it is, with its secret
    once : another address of it, which lets a browser in once
    folder : of its files

    Raises
    ------
    ArgumentError, PageError
        As `run`.
    """

    def __init__(self, asked: PageRequest) -> None:
        checked(asked)
        check_extra()
        self._process = subprocess.Popen(
            command(_SERVE),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
            **(_WINDOWS if os.name == "nt" else {"start_new_session": True}),
        )
        self._write(json.dumps({n: _plain(v) for n, v in vars(asked).items()}))
        told = self._read()
        if "error" in told:
            self.stop()
            kind = ArgumentError if told["kind"] == "argument" else PageError
            raise kind(told["error"], told["hint"])
        self.address: str = told["address"]
        self.once: str = told["once"]
        self.folder = Path(told["folder"])

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it is still there."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End it."""
        with contextlib.suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]
        try:
            self._process.wait(_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()  # type: ignore[union-attr]

    def _write(self, line: str) -> None:
        with contextlib.suppress(OSError):
            self._process.stdin.write(f"{line}\n".encode())  # type: ignore[union-attr]
            self._process.stdin.flush()  # type: ignore[union-attr]

    def _read(self) -> dict[str, Any]:
        line = self._process.stdout.readline()  # type: ignore[union-attr]
        if not line:
            return {"error": "the page's process ended before it began.", "hint": None, "kind": ""}
        told: dict[str, Any] = json.loads(line)
        return told


def _plain(value: Any) -> Any:
    if isinstance(value, os.PathLike):
        return os.path.abspath(value)
    return list(value) if isinstance(value, tuple) else value


def serve_line() -> None:
    """What the process does: serve what its first line asks for, until its input ends."""
    from .running import Serving

    asked = PageRequest(**json.loads(sys.stdin.readline()))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def tell(address: str) -> None:
        told = {"address": address, "once": page.once(), "folder": str(page.store.folder)}
        answers.write(json.dumps(told) + "\n")
        answers.flush()

    def wait() -> None:
        sys.stdin.read()
        page.end()

    try:
        page = Serving(asked, tell)
        threading.Thread(target=wait, daemon=True).start()
        page.run()
    except DeepDreamError as error:
        told = {"error": error.message, "hint": error.hint, "kind": error.kind}
        answers.write(json.dumps(told) + "\n")
        answers.flush()
