"""orders → **worker** → answers: what a process of the page does, one of them with TensorFlow.

Each order is a line of JSON with what to `do`; an answer has its `number`, what is said of a job
has the job's name. A stop is heard while a dream is made.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import queue
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

from ..errors import DeepDreamError, DeepDreamWarning, said_with_class
from ..machine import is_shortage, shortages, used_memory
from . import filming, growing, viewing
from .uploads import PIXELS

Order = dict[str, Any]
GROWTH = 2**30  # bytes that the process which dreams may hold more than at its start
_JOBS: dict[str, Callable[..., dict[str, Any]]] = {"dream": growing.grow, "film": filming.make}
_DOES: dict[str, Callable[[Order], dict[str, Any]]] = {
    "examine": viewing.examine,
    "jpeg": viewing.write_jpeg,
    "rescue": viewing.rescue,
    "plan": growing.plan,
    "plan film": filming.plan,
}


def serve(dreams: bool) -> None:
    """Work on the orders of standard input until it ends.

    A process that dreams ends after an order that leaves it too large, for a fresh one to be
    started: TensorFlow keeps some of what each network and size of picture took.

    Parameters
    ----------
    dreams : whether this process dreams; it imports TensorFlow at once then
    """
    worker = Worker(os.fdopen(os.dup(1), "w", encoding="ascii"))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what libraries print is no answer
    threading.Thread(target=worker.read, args=(sys.stdin.buffer,), daemon=True).start()
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = PIXELS
    if dreams:
        with contextlib.suppress(Exception):  # the first dream says what is wrong
            growing.warm_up(worker.is_busy)
        worker.say({"is": "ready"})
    small = used_memory()
    while True:
        worker.work(worker.next())
        if dreams and used_memory() - small > GROWTH:
            os._exit(0)


class Worker:
    """Orders that wait, dreams before all others, and what is answered."""

    def __init__(self, answers: Any) -> None:
        self._answers = answers
        self._orders: queue.PriorityQueue[tuple[int, int, Order]] = queue.PriorityQueue()
        self._count = itertools.count()
        self._stopped: set[str | int] = set()

    def read(self, stream: Any) -> None:
        """Take orders as they come; when they end, so does the process."""
        for line in stream:
            order = json.loads(line)
            if order["do"] == "stop":
                self._stopped.add(order["job"])
            else:
                first = 0 if order["do"] in _JOBS else 1
                self._orders.put((first, next(self._count), order))
        os._exit(0)

    def is_busy(self) -> bool:
        """Whether an order waits."""
        return not self._orders.empty()

    def next(self) -> Order:
        """The next order."""
        return self._orders.get()[-1]

    def say(self, message: dict[str, Any]) -> None:
        """Write a line."""
        self._answers.write(json.dumps(message) + "\n")
        self._answers.flush()

    def work(self, order: Order) -> None:
        """Do what is ordered, and answer."""
        if order["do"] in _JOBS:
            job = order["job"]

            def tell(what: str, **content: Any) -> None:
                self.say({"is": what, "job": job, **content})

            if job in self._stopped:
                tell("stopped")
                return
            told = _done(lambda: _JOBS[order["do"]](order, tell, lambda: job in self._stopped))
            tell("failed" if "error" in told else "done", **told)
        elif order["number"] not in self._stopped:
            told = _done(lambda: _DOES[order["do"]](order))
            self.say({"is": "answer", "number": order["number"], **told})


def _done(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What came of it, with what was warned of; or the error, in words.

    `exhausted` says whether nothing came of it for want of memory, also where that is a plan's
    answer.
    """
    before = len(shortages)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", DeepDreamWarning)
        try:
            told = work()
        except Exception as error:
            told = _told(error)
            if is_shortage(error):
                shortages.append(told["error"])
    notes = [str(w.message) for w in caught if issubclass(w.category, DeepDreamWarning)]
    short = len(shortages) > before and not told.get("can_run", "error" not in told)
    return {**told, "exhausted": short, "warnings": list(dict.fromkeys(notes))}


def _told(error: Exception) -> dict[str, Any]:
    """An error in words."""
    if isinstance(error, DeepDreamError):
        return {"error": error.message, "hint": error.hint}
    return {"error": said_with_class(error)}
