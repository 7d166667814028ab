"""task → **process** → what came of it: a pool of our own, and other people's executors.

A process of ours is a fresh Python, never a fork, and knows nothing of the program that it is
started from: a script needs no `if __name__ == "__main__"`, and R is no hindrance. It ends when the
process that started it does.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import IO, Any

from ..errors import ArgumentError
from ..interpreter import command, environment

_SERVE = "from deepdreamr.many.pools import serve; serve()"
_WINDOWS: dict[str, Any] = {"creationflags": 0x08000200}  # no window, and no Ctrl-C of ours
_OTHERS = "the pictures are dreamed in other processes"
_LENGTH = struct.Struct("<Q")


class WorkerLost(BrokenExecutor):
    """The process that had a task ended without an answer, such as for want of memory."""


class Pool(Executor):
    """Processes that call functions; one that dies fails its own task alone, and is replaced.

    Parameters
    ----------
    workers : how many there are
    """

    def __init__(self, workers: int) -> None:
        self._tasks: queue.SimpleQueue[tuple[Future[Any], bytes] | None] = queue.SimpleQueue()
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._ended = self._killed = False
        self._threads = [
            threading.Thread(target=self._serve, args=(number,), daemon=True)
            for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call a function of a module in one of the processes; its arguments are pickled."""
        if self._ended:
            raise RuntimeError("the pool has ended")
        future: Future[Any] = Future()
        self._tasks.put((future, pickle.dumps((fn, args, kwargs))))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes: when all tasks are done, or, with `cancel_futures`, now."""
        self._ended = True
        for _ in self._threads:
            self._tasks.put(None)
        if cancel_futures:
            self._killed = True
            for process in list(self._processes.values()):
                process.kill()
        if wait:
            for thread in self._threads:
                thread.join()

    def _serve(self, number: int) -> None:
        """Hand tasks to one process, started when it is needed."""
        while (task := self._tasks.get()) is not None:
            future, message = task
            if self._killed:
                future.cancel()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                good, value = self._asked(number, message)
                future.set_result(value) if good else future.set_exception(value)
            except BaseException as error:
                future.set_exception(error)
        if process := self._processes.pop(number, None):
            _end(process)

    def _asked(self, number: int, message: bytes) -> tuple[bool, Any]:
        process = self._processes.get(number)
        if process is None or process.poll() is not None:
            process = self._processes[number] = _started()
        if self._killed:
            process.kill()
        try:
            _send(process.stdin, message)
            return pickle.loads(_received(process.stdout))  # noqa: S301 - our own process
        except (OSError, EOFError):
            process.kill()
            del self._processes[number]
            raise WorkerLost(f"a worker ended ({_end(process)})") from None


def check_sendable(value: Any) -> None:
    """Raise an `ArgumentError` if a process of ours cannot be sent a value."""
    try:
        _Sender(io.BytesIO()).dump(value)
    except ArgumentError:
        raise
    except Exception as error:
        raise ArgumentError(f"{_OTHERS}, and this cannot be sent to them: {error}.") from None


class _Sender(pickle.Pickler):
    """Refuses what another process does not find by its name."""

    def reducer_override(self, value: Any) -> Any:
        if callable(value) and getattr(value, "__module__", None) == "__main__":
            raise ArgumentError(
                f"{_OTHERS}, which do not have {getattr(value, '__name__', 'it')!r}.",
                "Define it in a module of its own, and import it from there.",
            )
        return NotImplemented


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command(_SERVE),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        **(_WINDOWS if os.name == "nt" else {"start_new_session": True}),
    )


def _end(process: subprocess.Popen[bytes]) -> int:
    """Let a process see that nothing comes any more; its status."""
    with contextlib.suppress(OSError):  # what it did not read is still to be written
        process.stdin.close()  # type: ignore[union-attr]
    process.stdout.close()  # type: ignore[union-attr]
    return process.wait()


def _send(stream: Any, message: bytes) -> None:
    stream.write(_LENGTH.pack(len(message)))
    stream.write(message)
    stream.flush()


def _received(stream: Any) -> bytes:
    size = _LENGTH.unpack(_exactly(stream, _LENGTH.size))[0]
    return _exactly(stream, size)


def _exactly(stream: Any, size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        raise EOFError
    return bytes(content)


def serve() -> None:
    """What a process of a `Pool` does: call what comes on its standard input, and answer.

    It ends at once when its input does, also in the middle of a task.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what libraries print is no answer
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin.buffer, tasks), daemon=True).start()
    while True:
        try:
            function, args, kwargs = pickle.loads(tasks.get())  # noqa: S301 - of our parent
            answer = True, function(*args, **kwargs)
        except Exception as error:
            answer = False, error
        _send(answers, _pickled(answer))


def _pickled(answer: tuple[bool, Any]) -> bytes:
    try:
        return pickle.dumps(answer)
    except Exception as error:
        return pickle.dumps((False, RuntimeError(f"an answer cannot be sent: {error}")))


def _read(stream: IO[bytes], tasks: queue.SimpleQueue[bytes]) -> None:
    """Read ahead, so that the end of the input is seen whatever is being done."""
    while True:
        try:
            tasks.put(_received(stream))
        except (OSError, EOFError):
            os._exit(0)
