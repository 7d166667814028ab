"""tasks → **lanes** → what came of them: whatever runs them, as one thing with an end."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
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
IN_FLIGHT = 4  # tasks for each worker of somebody else's, so that it is never without one


@dataclasses.dataclass
class Lanes:
    """Where tasks run.

    Attributes
    ----------
    executor : anything with the interface of `concurrent.futures.Executor`
    workers : how many it has, as far as that is known
    room : how many tasks are given to it at once
    by_content : whether pictures travel as bytes and not by their paths
    replaced : whether a worker that dies is replaced
    """

    executor: Executor
    workers: int
    room: int
    by_content: bool = False
    replaced: bool = False

    def machine(self, threads: int) -> dict[str, Any]:
        """What the workers are like, of which the first to answer tells."""
        try:
            return self._machine(threads)
        except BrokenExecutor:
            if not self.replaced:
                raise WorkerError(ENDED, AGAIN) from None
        try:  # those that were lost have been replaced
            return self._machine(threads)
        except BrokenExecutor as error:
            raise WorkerError(f"no worker can be started: {error}.") from None

    def _machine(self, threads: int) -> dict[str, Any]:
        asked = [self.executor.submit(machine, threads) for _ in range(self.workers)]
        return [future.result() for future in asked][0]

    def submit(self, task: Task) -> Future[Made]:
        """Have a task done."""
        return self.executor.submit(work, task)


@contextlib.contextmanager
def lanes_of(executor: Any, workers: int) -> Iterator[Lanes]:
    """The lanes of a call: those of an executor of the caller's, or a pool of our own, which ends
    with the `with` block, at once where that is left by an error.

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
        yield Lanes(executor, workers, IN_FLIGHT * workers)
        return
    pool = Pool(workers)
    try:
        yield Lanes(pool, workers, 2 * workers, replaced=True)
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
