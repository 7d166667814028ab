"""orders → **process** → answers: another Python that does the heavy work, and can be ended.

Orders and answers are lines of JSON on its standard input and output; it ends when its input does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Callable
from typing import Any

from ..errors import DeepDreamError
from ..interpreter import command, environment

DREAMER = "from deepdreamr.page.worker import serve; serve(True)"
READER = "from deepdreamr.page.worker import serve; serve(False)"
"""What starts the process that dreams, and the one that reads and writes pictures."""

_LONGEST = 2**24  # bytes of an answer
_WINDOWS: dict[str, Any] = {"creationflags": 0x08000200}  # no window, and no Ctrl-C of ours

Hear = Callable[[dict[str, Any]], None]


class Ended(DeepDreamError):
    """The process ended in the middle of its work."""

    kind = "worker"


class Helper:
    """A process that works on orders, and is started anew when it has ended.

    One that has too little memory for an order is ended by that.

    Parameters
    ----------
    call : what it does: Python that serves its standard input
    hear : called with what it says that is no answer to a question
    ended : called with how it ended, in words, when it does so unasked
    """

    def __init__(self, call: str, hear: Hear, ended: Callable[[str], None]) -> None:
        self._call, self._hear, self._ended = call, hear, ended
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._starting, self._count, self._closed = asyncio.Lock(), 0, False

    @property
    def pid(self) -> int | None:
        """Its number, if it runs."""
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Start it, unless it runs."""
        async with self._starting:
            if self._process is not None or self._closed:
                return
            self._process = await asyncio.create_subprocess_exec(
                *command(self._call),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=environment(),
                limit=_LONGEST,
                **(_WINDOWS if os.name == "nt" else {"start_new_session": True}),
            )
            self._reader = asyncio.create_task(self._read(self._process))

    async def send(self, order: dict[str, Any]) -> None:
        """Give it an order."""
        await self.start()
        if self._process is None or self._process.stdin is None:
            raise Ended("the page is closed.")
        with contextlib.suppress(OSError):  # that it has ended is noticed where it is read
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            await self._process.stdin.drain()

    async def ask(self, order: dict[str, Any], seconds: float = 60) -> dict[str, Any]:
        """Give it an order, and wait for the answer; what is given up is not begun any more.

        Raises
        ------
        Ended
            If it ends meanwhile, or takes too long: it is ended then.
        DeepDreamError
            What the answer says that was wrong.
        """
        self._count += 1
        number, future = self._count, asyncio.get_running_loop().create_future()
        self._asked[number] = future
        try:
            await self.send({**order, "number": number})
            answer: dict[str, Any] = await asyncio.wait_for(future, seconds)
        except (asyncio.TimeoutError, TimeoutError):
            self.kill()
            raise Ended("it took too long.") from None
        except asyncio.CancelledError:
            self._asked.pop(number, None)
            await self.send({"do": "stop", "job": number})
            raise
        finally:
            self._asked.pop(number, None)
        if "error" in answer:
            raise DeepDreamError(answer["error"], answer.get("hint"))
        return answer

    def kill(self) -> None:
        """End it now."""
        if self._process is not None:
            _kill(self._process)

    async def close(self) -> None:
        """End it for good."""
        self._closed = True
        self.kill()
        if self._reader is not None:
            await self._reader

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        stream: Any = process.stdout
        try:
            while line := await stream.readline():
                try:
                    said = json.loads(line)
                except ValueError:  # half a line of a process that was killed
                    continue
                future = self._asked.get(said.get("number", 0))
                if said.get("exhausted"):  # it may have none for the next order; a fresh one has
                    _kill(process)
                    break
                if future is None:
                    self._hear(said)
                elif not future.done():
                    future.set_result(said)
        except ValueError:  # a line without end
            _kill(process)
        how = in_words(await process.wait())
        self._process = None
        for future in list(self._asked.values()):
            if not future.done():
                future.set_exception(Ended(how))
        if not self._closed:
            self._ended(how)


def _kill(process: asyncio.subprocess.Process) -> None:
    """End a process; asyncio's own way takes the status of one that has ended from its watcher."""
    with contextlib.suppress(ProcessLookupError):
        if os.name == "nt":
            process.kill()
        elif process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)


def in_words(status: int) -> str:
    """How a process ended."""
    if status >= 0:
        return f"the worker ended with the status {status}."
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    memory = ", as it does for want of memory" if name == "SIGKILL" else ""
    return f"the worker was ended by {name}{memory}."
