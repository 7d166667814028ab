"""items → **tasks** → dreams: what is dreamed next, what came of it, and what is written down."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import hashlib
import itertools
import os
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path
from typing import Any

from ..errors import (
    ArgumentError,
    DeepDreamError,
    ImageError,
    NetworkError,
    OutputError,
    WeightsError,
    WorkerError,
    said_with_class,
)
from ..pictures.files import make_folder, whole_file
from ..pictures.writing import FORMATS
from .journal import Journal
from .lanes import AGAIN, ENDED, Lanes
from .summary import Outcome
from .workers import Made, Task
from .works import Work, by_size, is_done, stamp

WINDOW = 1000  # pictures that are put in the order of their sizes together
OF_ONE = frozenset(
    getattr(errno, name)
    for name in "ENAMETOOLONG ENOTDIR EISDIR EEXIST EACCES EPERM ELOOP EINVAL EILSEQ".split()
)
"""Errors of writing that are of one place; others, such as of a full disk, are of all."""

OF_PICTURES = (ArgumentError, ImageError, NetworkError, WeightsError)
"""What is wrong with one picture or its arguments, and stops no other."""

MOST_LOSSES = 2  # workers that a picture may end before it is set aside


@dataclasses.dataclass
class Run:
    """A run over many pictures.

    Attributes
    ----------
    lanes : where they are dreamed
    journal : of the output's folder, or None where dreams are not written
    threads, expected : of the workers; see `workers.machine`
    overwrite, strip_metadata, verify : as for `dream_many`
    """

    lanes: Lanes
    journal: Journal | None
    threads: int
    expected: dict[str, Any] | None
    overwrite: bool = False
    strip_metadata: bool = False
    verify: bool = False

    def outcomes(self, works: Iterator[Work]) -> Iterator[Outcome]:
        """What comes of each picture, in the order in which they get ready."""
        while window := list(itertools.islice(works, WINDOW)):
            left = list[Work]()
            for work in window:
                if is_done(work, self._entry(work), self.verify):
                    yield self._outcome(work, "skipped")
                else:
                    left.append(work)
            yield from self._dreamed(iter(by_size(left)))

    def _dreamed(self, works: Iterator[Work]) -> Iterator[Outcome]:
        flying: dict[Future[Made], Work] = {}
        again = list[Work]()
        while True:
            while len(flying) < self.lanes.room:
                work = again.pop() if again else next(works, None)
                if work is None:
                    break
                try:
                    flying[self._submitted(work)] = work
                except OF_PICTURES as error:  # it cannot be read here
                    yield self._outcome(work, "failed", str(error))
            if not flying:
                return
            done = self.lanes.finished(flying)
            for future in [future for future in flying if future in done]:  # as they were asked for
                work = flying.pop(future)
                made = self._made(future, work)
                if made is None:
                    again.append(work)
                else:
                    yield self._kept(work, made)

    def _submitted(self, work: Work) -> Future[Made]:
        task = self._task(work)
        try:
            return self.lanes.submit(task)
        except RuntimeError as error:  # such as `BrokenExecutor`
            raise WorkerError(f"the executor takes no more: {error}.", AGAIN) from None
        except Exception as error:  # it cannot be pickled
            future: Future[Made] = Future()
            future.set_exception(error)
            return future

    def _task(self, work: Work) -> Task:
        item, name, image = work.item, None, work.item.image
        if item.is_path:
            name = Path(image).name
            work.size, work.time = stamp(image) or (None, None)
            image = self.lanes.picture(image)
        return Task(
            image=image,
            name=name,
            request=self.lanes.request(work.request),
            format=None if work.output is None else FORMATS[work.output.suffix.lower()],
            strip_metadata=self.strip_metadata,
            threads=self.threads,
            expected=self.expected,
        )

    def _made(self, future: Future[Made], work: Work) -> Made | None:
        """What came of a task; None if it is to be tried again."""
        try:
            return future.result()
        except BrokenExecutor:
            if not self.lanes.replaced:
                raise WorkerError(ENDED, AGAIN) from None
        except DeepDreamError:
            raise
        except Exception as error:  # such as that the picture or an answer cannot be sent
            return Made(error=("unexpected", said_with_class(error)))
        work.losses += 1
        if work.losses < MOST_LOSSES:
            return None
        why = f"{MOST_LOSSES} workers ended over it, as for want of memory; it is set aside"
        return Made(error=("worker lost", why))

    def _kept(self, work: Work, made: Made) -> Outcome:
        """Write a dream and its line."""
        if made.error is not None:
            kind, why = made.error
            if kind == "worker":
                raise WorkerError(
                    why,
                    "Its programs, processor or threads differ, and so pixels would: allow it with "
                    "`allow_mixed`.",
                )
            if self.journal:
                self.journal.note({"failed": work.item.title(work.number), "why": why})
            return self._outcome(work, "failed", why)
        if work.output is None:
            outcome = self._outcome(work, "done", None, made)
            return outcome._replace(dream=made.content)
        try:
            self._write(work, work.output, made)
        except OutputError as error:
            if isinstance(error.__context__, OSError) and error.__context__.errno in OF_ONE:
                return self._outcome(work, "failed", str(error))
            raise
        return self._outcome(work, "done", None, made)

    def _write(self, work: Work, output: Path, made: Made) -> None:
        known = self._entry(work) is not None
        make_folder(output.parent)
        try:
            self._write_whole(work, output, made, self.overwrite or known)
        except OutputError:
            if self.journal and not known:
                with contextlib.suppress(OutputError):
                    self.journal.forget(output)
            raise

    def _write_whole(self, work: Work, output: Path, made: Made, overwrite: bool) -> None:
        with whole_file(output, overwrite) as file:
            file.write(made.content)
            file.flush()
            line = {
                "input": work.item.title(work.number),
                "input_size": work.size,
                "input_time": work.time,
                "input_sha256": made.source_sha256,
                "asked": work.asked,
                "record_sha256": made.record_sha256,
                "size": len(made.content),
                "time": os.fstat(file.fileno()).st_mtime_ns,
                "sha256": hashlib.sha256(made.content).hexdigest(),
            }
            if self.journal:
                self.journal.add(output, line)

    def _entry(self, work: Work) -> dict[str, Any] | None:
        return self.journal.entry(work.output) if self.journal else None

    def _outcome(
        self, work: Work, status: str, why: str | None = None, made: Made | None = None
    ) -> Outcome:
        told = (made.seconds, made.warnings) if made else (0.0, ())
        return Outcome(work.item.title(work.number), work.output, status, why, *told)
