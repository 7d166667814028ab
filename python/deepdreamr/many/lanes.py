"""tasks → **lanes** → what came of them: whatever runs them, as one thing with an end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from typing import Any

from ..errors import ArgumentError, WorkerError, received
from ..machine import free_memory, usable_cores
from ..runs.memory import parse_memory
from ..runs.request import Request
from .pools import Pool
from .workers import Made, Task, machine, work

LEAST_MEMORY = 1_200_000_000  # bytes of a worker
ENDED = "a worker of the executor ended, and with it the executor."
AGAIN = "Start again with a new one: what is done is kept."
LOCAL = "local"
"""The cluster of our own on this machine."""

CLUSTER_MISSING = (
    "a cluster needs the packages distributed and cryptography.",
    'Install them: pip install "deepdreamr[cluster]"',
)
IN_FLIGHT = 4  # tasks for each worker of somebody else's, so that it is never without one
OWN_IN_FLIGHT = 2


class Lanes:
    """Where tasks run: an executor with workers.

    Parameters
    ----------
    executor : anything with the interface of `concurrent.futures.Executor`
    in_flight : how many tasks a worker is given at once

    Attributes
    ----------
    workers : how many it has, as far as that is known
    memory : bytes that each may use, or None for what it finds
    replaced : whether a worker that dies is replaced
    """

    replaced = False

    def __init__(self, executor: Any, workers: int, memory: int | None, in_flight: int) -> None:
        self.workers = workers
        self.memory = memory
        self._executor = executor
        self._in_flight = in_flight

    @property
    def room(self) -> int:
        """How many tasks are given to it at once."""
        return self._in_flight * self.workers

    def machines(self, threads: int) -> dict[str, dict[str, Any]]:
        """What each worker is like, by its name: see `workers.machine`."""
        try:
            return self._machines(threads)
        except BrokenExecutor:
            if not self.replaced:
                raise WorkerError(ENDED, AGAIN) from None
        try:  # those that were lost have been replaced
            return self._machines(threads)
        except BrokenExecutor as error:
            raise WorkerError(f"no worker can be started: {error}.") from None

    def _machines(self, threads: int) -> dict[str, dict[str, Any]]:
        asked = [self._executor.submit(machine, threads) for _ in range(self.workers)]
        return {f"worker {number}": future.result() for number, future in enumerate(asked, 1)}

    def submit(self, task: Task) -> Future[Made]:
        """Have a task done."""
        return self._executor.submit(work, task)

    def call(self, function: Callable[..., Made], *args: Any) -> Future[Made]:
        """Have a function of a module called."""
        future: Future[Made] = self._executor.submit(function, *args)
        return future

    def finished(self, flying: Collection[Future[Made]]) -> set[Future[Made]]:
        """Tasks that are done; waits until there is one."""
        return wait(flying, return_when=FIRST_COMPLETED).done

    def picture(self, path: str) -> Any:
        """What workers get of a picture's file: its path, or its content."""
        return path

    def request(self, request: Request) -> Request:
        """What workers get of a request, whose files may lie elsewhere for them."""
        return request


class OwnLanes(Lanes):
    """A pool of our own."""

    replaced = True


@contextlib.contextmanager
def lanes_of(executor: Any, workers: int, memory: int | None) -> Iterator[Lanes]:
    """The lanes of a call: those of an executor of the caller's, or a pool of our own.

    That pool ends with the `with` block, at once where that is left by an error.

    Raises
    ------
    ArgumentError
        If it is no executor.
    """
    if executor is not None:
        if not callable(getattr(executor, "submit", None)):
            raise ArgumentError(
                "`executor` must be a concurrent.futures.Executor. "
                f"{received('executor', executor)}"
            )
        yield Lanes(executor, workers, memory, IN_FLIGHT)
        return
    pool = Pool(workers)
    try:
        yield OwnLanes(pool, workers, memory, OWN_IN_FLIGHT)
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()


def shares(request: Request, workers: int | None, pictures: int) -> tuple[int | None, int]:
    """The bytes that each worker may use, and how many workers there are."""
    whole = request.max_memory
    total = parse_memory(whole) if whole is not None else (free_memory() or 0) // 2
    if workers is None:
        most = max(1, total // LEAST_MEMORY) if total else 1
        workers = max(1, min(usable_cores(), most, pictures))
    return (total // workers or None), workers
