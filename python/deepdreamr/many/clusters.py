"""address → **cluster** → lanes: pictures dreamed by the workers of a Dask scheduler."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
import time
import uuid
from collections import Counter
from collections.abc import Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from pathlib import Path
from typing import Any

from distributed import Client, Event, KilledWorker, TimeoutError, get_client

from ..errors import WorkerError
from ..machine import free_memory
from ..pictures.reading import read_content
from ..runs.request import Request
from .connecting import AGAIN, WAITING, client_of, quiet, wait_for_workers
from .lanes import IN_FLIGHT, Lanes
from .pools import WorkerLost
from .sending import Files, Sender, absolute
from .workers import Made, Task, machine, work

COUNTING = 2.0  # seconds between two countings of the workers
LOST = "the cluster's scheduler is lost."
LOST_ONE = object()
GONE = "the cluster has no worker any more."


class ClusterLanes(Lanes):
    """The workers of a Dask cluster.

    Parameters
    ----------
    client : connected to its scheduler
    memory : bytes that all of them may use together; None for half of what each machine has free
    shared_disk : whether they find files by the same paths
    """

    replaced = True

    def __init__(self, client: Client, memory: int | None, shared_disk: bool) -> None:
        self._client = client
        self._shared = shared_disk
        self._sender = Sender(self._register)
        self._flying = set[Any]()
        self._plugins = list[str]()
        self._asked_at = 0.0
        super().__init__(None, 0, None, IN_FLIGHT)
        self._count()
        self.memory = self._share(memory)

    @property
    def room(self) -> int:
        """How many tasks are given to it at once; workers may come and go."""
        self._count()
        return IN_FLIGHT * max(1, self.workers)

    def _count(self) -> None:
        if time.monotonic() - self._asked_at > COUNTING:
            self.workers, self._asked_at = len(self._names()), time.monotonic()

    def machines(self, threads: int) -> dict[str, dict[str, Any]]:
        """What each worker is like, by its address."""
        return self._asked(machine, threads)

    def _share(self, memory: int | None) -> int | None:
        """What each may use: of machines with several workers, these have equal parts."""
        if memory is not None:
            return memory // max(1, self.workers)
        free = self._asked(free_memory)
        hosts = Counter(map(_host, free))
        found = [bytes // 2 // hosts[_host(name)] for name, bytes in free.items() if bytes]
        return min(found, default=None)

    def submit(self, task: Task) -> Future[Made]:
        """Have a task done by any worker."""
        token = f"deepdreamr-{uuid.uuid4().hex}"
        answer: Future[Made] = Future()
        sent = self._client.submit(work_there, task, token, key=token, pure=False)
        self._flying.add(sent)
        sent.add_done_callback(functools.partial(self._answered, answer, token))
        return answer

    def finished(self, flying: Collection[Future[Made]]) -> set[Future[Made]]:
        """Tasks that are done; waits until there is one."""
        left = time.monotonic()
        while not (done := wait(flying, timeout=1, return_when=FIRST_COMPLETED).done):
            self._count()
            if self.workers:
                left = time.monotonic()
            elif time.monotonic() - left > WAITING:
                raise WorkerError(GONE, AGAIN)
        return done

    def picture(self, path: str) -> Any:
        """The absolute path of a picture on a disk of all, or its content."""
        return os.path.abspath(path) if self._shared else read_content(Path(path))

    def request(self, request: Request) -> Request:
        """The request with absolute paths, or with what its files hold in place of them."""
        return absolute(request) if self._shared else self._sender.request(request)

    def _names(self) -> list[str]:
        """The addresses of its workers."""
        try:
            if self._client.status == "running":
                return sorted(self._client.nthreads())
        except OSError:  # the connection is gone
            pass
        raise WorkerError(LOST, AGAIN)

    def _asked(self, function: Any, *args: Any) -> dict[str, Any]:
        """What a function gives on each worker, by its address."""
        for _ in range(3):  # what is lost meanwhile may be replaced
            if found := self._answers(function, *args):
                return found
            wait_for_workers(self._client, 1)
        raise WorkerError(GONE, AGAIN)

    def _answers(self, function: Any, *args: Any) -> dict[str, Any]:
        """The same; without the workers that are lost meanwhile."""
        asked = {
            name: self._client.submit(
                function, *args, workers=[name], allow_other_workers=False, pure=False
            )
            for name in self._names()
        }
        try:
            answers = {name: self._told(name, future) for name, future in asked.items()}
        except WorkerError:
            raise
        except (ImportError, AttributeError) as error:
            raise WorkerError(
                f"a worker of the cluster cannot run this deepdreamr: {error}.",
                "Install the same version there.",
            ) from None
        except Exception as error:
            raise WorkerError(f"the cluster's workers do not answer: {error}.") from None
        return {name: answer for name, answer in answers.items() if answer is not LOST_ONE}

    def _told(self, name: str, asked: Any) -> Any:
        """What a worker has answered, or `LOST_ONE` if it is not there any more."""
        while True:
            try:
                return asked.result(timeout=COUNTING)
            except KilledWorker:
                return LOST_ONE
            except TimeoutError:
                if asked.status == "error":  # that of the function, not that it takes long
                    raise
            if name not in self._names():
                return LOST_ONE

    def _answered(self, answer: Future[Made], token: str, sent: Any) -> None:
        """Hand on what came of a task."""
        self._flying.discard(sent)
        try:
            made = sent.result()
        except BaseException as error:
            answer.set_exception(self._meant(error))
            lost = isinstance(error, KilledWorker)
        else:
            if lost := made is None:
                answer.set_exception(WorkerLost("a worker of the cluster ended"))
            else:
                answer.set_result(made)
        if lost:
            with contextlib.suppress(Exception):
                Event(token, client=self._client).clear()

    def _register(self, files: Files) -> None:
        """Send files to each worker there is, and to those to come."""
        self._plugins.append(files.name)
        try:
            self._client.register_plugin(files)
        except Exception as error:
            raise WorkerError(
                f"{files.sent.name!r} cannot be sent to the workers: {error}."
            ) from None

    def close(self) -> None:
        """Leave nothing on a cluster that goes on: neither what is not done, nor what was sent."""
        if self._client.status != "running":
            return
        with contextlib.suppress(Exception):
            self._client.cancel(list(self._flying))
        for name in self._plugins:
            with contextlib.suppress(Exception):
                self._client.unregister_worker_plugin(name)

    def _meant(self, error: BaseException) -> BaseException:
        """What an error of Dask's means."""
        if self._client.status != "running":
            return WorkerError(LOST, AGAIN)
        if isinstance(error, KilledWorker | CancelledError):
            return WorkerLost("a worker of the cluster ended")
        if isinstance(error, ImportError | AttributeError):
            return WorkerError(f"a worker of the cluster has another deepdreamr: {error}.")
        return error


_one = threading.Lock()  # a worker may have several threads, and TensorFlow is one


def work_there(task: Task, token: str) -> Made | None:
    """Do a task on a worker; None if it was begun before, by a worker that ended over it.

    A scheduler gives what a lost worker had to another, as often as its own settings say; which are
    not ours, so each beginning is noted there.
    """
    with _one:
        begun = Event(token, client=get_client())
        if begun.is_set():
            return None
        begun.set()
        made = work(task)
        begun.clear()
        return made


@contextlib.contextmanager
def cluster_lanes(
    cluster: Any, *, workers: int | None, memory: int | None, insecure: bool, shared_disk: bool
) -> Iterator[ClusterLanes]:
    """The lanes of a cluster; see `dream_many` for the arguments.

    Raises
    ------
    ArgumentError
        If it is no cluster, or its address is not encrypted.
    WorkerError
        If it does not answer, or has no workers.
    """
    with (
        quiet(),
        client_of(cluster, workers, insecure) as client,
        contextlib.closing(ClusterLanes(client, memory, shared_disk)) as lanes,
    ):
        yield lanes


def _host(name: str) -> str:
    """The machine of a worker's address."""
    return name.rpartition(":")[0]
