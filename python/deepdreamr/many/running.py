"""request → **run** → summary: a run over many pictures, checked before anything is dreamed."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
import os
import time
from collections.abc import Generator, Iterator, Mapping
from typing import Any

import numpy as np

from ..errors import ArgumentError, BackendError, OutputError
from ..runs.bars import watched
from ..runs.memory import parse_memory
from ..runs.request import Request
from ..values import in_range
from .asking import check_for_all, request_for_all, request_for_one
from .driving import Run
from .inputs import Item, check_there, items_of
from .journal import Journal
from .lanes import CLUSTER_MISSING, LOCAL, Lanes, lanes_of, shares
from .machines import alike, check_before
from .outputs import Outputs
from .pools import check_sendable
from .progress import Bar, OnOutcome
from .request import ManyRequest
from .summary import ManyInterrupted, Outcome, Summary
from .tables import own_settings
from .works import Work, is_done, works_of

_FLAGS = ("allow_mixed", "verify", "overwrite", "strip_metadata", "insecure_cluster", "shared_disk")


class ManyRun:
    """A run over many pictures, checked before anything is dreamed.

    Attributes
    ----------
    summary : what has come of it so far
    """

    def __init__(self, asked: ManyRequest) -> None:
        self.summary = Summary()
        self._asked = asked
        for name in _FLAGS:
            in_range(name, getattr(asked, name), bool)
        self.summary.threads = in_range("threads", asked.threads, int, least=1)
        workers = in_range("workers", asked.workers, int, optional=True, least=1)
        if asked.cluster is not None and asked.executor is not None:
            raise ArgumentError("`cluster` and `executor` cannot both be given.")
        if asked.cluster is not None:
            _dask("connecting").check_cluster(asked.cluster, asked.insecure_cluster)
        options = {**asked.options, "overwrite": asked.overwrite}
        self._request = request_for_all(asked.layers, options)
        if asked.executor is None and asked.cluster is None:
            check_sendable(self._request)
        self._outputs = None if asked.output is None else Outputs(asked.output)
        self._journal = Journal(self._outputs.root).look() if self._outputs else None
        check_for_all(self._request)
        self.items = self._found()
        self._own = own_settings(asked.each, self._request, self.items)
        self.summary.total = len(self.items)
        if workers is not None and asked.executor is None:
            workers = min(workers, len(self.items))  # what more there were had nothing to do
        self._memory, self.summary.workers = shares(self._request, workers, len(self.items))

    def _found(self) -> list[Item]:
        outputs, journal = self._outputs, self._journal
        own = None if outputs is None or not outputs.is_folder else str(outputs.root)
        items = list(items_of(self._asked.images, self.summary.ignore, own))
        if outputs and journal:
            items = self._without_dreams(items, outputs, journal)
            outputs.check(items)
            self.summary.output = outputs.root
        check_there(items)
        return items

    def _without_dreams(self, items: list[Item], outputs: Outputs, journal: Journal) -> list[Item]:
        """The items without the dreams of earlier runs into the same folder."""
        left = list[Item]()
        for item in items:
            if item.is_path and journal.has_dream(item.image):
                self.summary.ignore(item.image, "is a dream of an earlier run")
            else:
                left.append(item)
        if items and not left:
            raise OutputError(
                f"{items[0].image!r} is a dream of an earlier run into {str(outputs.root)!r}.",
                "Name another output for a dream of it.",
            )
        return left

    def finished(self, progress: bool | OnOutcome | None = None) -> Summary:
        """What came of it, when all is done."""
        with (
            watched(progress, functools.partial(Bar, len(self.items), True)) as show,
            contextlib.closing(self.__iter__()) as outcomes,
        ):
            try:
                for outcome in outcomes:
                    show(outcome)
            except KeyboardInterrupt:
                raise ManyInterrupted(self.summary) from None
        return self.summary

    def __iter__(self) -> Generator[Outcome, None, None]:
        start = time.perf_counter()
        try:
            for outcome in self._outcomes(start):
                self.summary.count(outcome)
                self.summary.seconds = time.perf_counter() - start
                yield outcome
        except KeyboardInterrupt:
            raise ManyInterrupted(self.summary) from None

    def _outcomes(self, start: float) -> Iterator[Outcome]:
        with contextlib.ExitStack() as stack:
            journal = self._journal
            if self._outputs and journal:
                stack.enter_context(journal)
                self._check_existing(self._outputs, journal)
            lanes = stack.enter_context(self._lanes())
            self.summary.workers = lanes.workers
            settled = self._settled(journal, lanes.memory)
            works = self._works(settled)
            expected = self._alike(lanes, journal, settled)
            self.summary.starting = time.perf_counter() - start
            asked = self._asked
            run = Run(
                lanes,
                journal,
                self.summary.threads,
                None if asked.allow_mixed else expected,
                overwrite=asked.overwrite,
                strip_metadata=asked.strip_metadata,
                verify=asked.verify,
            )
            yield from run.outcomes(works)

    @contextlib.contextmanager
    def works(self) -> Iterator[Iterator[Work]]:
        """What is to be done, for a plan; nothing is made."""
        kept = self._journal if self._journal and self._journal.path.exists() else None
        with kept or contextlib.nullcontext() as journal:
            if self._outputs is not None:
                self._check_existing(self._outputs, journal)
            works = self._works(self._settled(journal, self._memory))
            lines = ((work, journal.entry(work.output) if journal else None) for work in works)
            yield (work for work, line in lines if not is_done(work, line, self._asked.verify))

    def _check_existing(self, outputs: Outputs, journal: Journal | None) -> None:
        """Raise an `OutputError` if files are there that are not of an earlier run."""
        places = (outputs.path(item, number) for number, item in enumerate(self.items, 1))
        if self._asked.overwrite:
            inputs = {os.path.realpath(item.image) for item in self.items if item.is_path}
            if first := next((path for path in places if os.path.realpath(path) in inputs), None):
                raise OutputError(f"{str(first)!r} is a picture to dream of: name another output.")
            return
        known = journal.entry if journal else lambda path: None
        there = (path for path in places if os.path.lexists(path) and not known(path))
        if first := next(there, None):
            count = 1 + sum(1 for _ in there)
            more = f", and {count - 1} more" if count > 1 else ""
            raise OutputError(
                f"{str(first)!r}{more} exists already and is not of an earlier run.",
                "Allow it with `overwrite`, or name another folder.",
            )

    def workers(self) -> int:
        """How many workers there would be; a cluster that is somebody else's is asked."""
        if self._asked.cluster is None or self._asked.cluster == LOCAL:
            return self.summary.workers
        with self._lanes() as lanes:
            return lanes.workers

    def _lanes(self) -> contextlib.AbstractContextManager[Lanes]:
        asked = self._asked
        if asked.cluster is None:
            return lanes_of(asked.executor, self.summary.workers, self._memory)
        whole, of_ours = self._request.max_memory, asked.cluster == LOCAL
        return _dask("clusters").cluster_lanes(
            asked.cluster,
            workers=self.summary.workers if of_ours else asked.workers,
            memory=None if whole is None else parse_memory(whole),
            insecure=asked.insecure_cluster,
            shared_disk=asked.shared_disk,
        )

    def _settled(self, journal: Journal | None, memory: int | None) -> dict[str, Any]:
        """The seed and the memory of a worker, as they were when the first run began."""
        before = journal.header if journal else {}
        seed = self._request.seed
        if seed is None:
            seed = before.get("seed", int(np.random.default_rng().integers(2**31)))
        if self._request.max_memory is None:
            memory = before.get("max_memory", memory)
        self.summary.seed = seed
        return {"seed": seed, "max_memory": memory}

    def _works(self, settled: Mapping[str, Any]) -> Iterator[Work]:
        shared = dataclasses.replace(self._request, **settled)
        asked = self._asked

        def request_of(item: Item, number: int) -> Request:
            return request_for_one(shared, self._own(item, number))

        output_of = self._outputs.path if self._outputs else None
        more = {"threads": asked.threads, "strip_metadata": asked.strip_metadata}
        return works_of(self.items, request_of, output_of, **more)

    def _alike(
        self, lanes: Lanes, journal: Journal | None, settled: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What all workers must be like: the first one, and those that the run began with."""
        mixed = self._asked.allow_mixed
        here = alike(lanes.machines(self.summary.threads), self.summary.threads, mixed)
        if journal is not None:
            check_before(journal.header.get("machine", here), here, mixed)
            header = {**settled, "machine": here}
            if journal.header != header:
                journal.begin(header)
        return here


def _dask(name: str) -> Any:
    """A module that needs Dask.

    Raises
    ------
    BackendError
        If that is not there.
    """
    try:
        return importlib.import_module(f".{name}", __package__)
    except ModuleNotFoundError:
        raise BackendError(*CLUSTER_MISSING) from None
