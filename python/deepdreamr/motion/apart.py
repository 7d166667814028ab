"""film → **dreams of its frames** → files: several at once, where none goes on from another."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future
from typing import Any

from ..errors import DeepDreamWarning, WorkerError, warn
from ..many.lanes import Lanes, lanes_of
from ..many.machines import alike
from ..many.workers import Made, Task
from ..pictures.picture import Picture
from ..runs.request import Request
from .filming import Film
from .settling import Settled
from .states import FrameFiles
from .watching import VideoStep, Watch

_Flying = dict["Future[Made]", tuple[int, Task]]


class Apart:
    """A film whose frames are dreamed by workers, each by itself.

    Parameters
    ----------
    settled : seed, number of workers, and memory of each
    """

    def __init__(self, film: Film, files: FrameFiles, settled: Settled) -> None:
        self._film, self._files, self._settled = film, files, settled
        self._done = len(files.done())
        self._watch = Watch(film.info.frames)
        self._told = set[str]()

    def dreamed(self) -> Iterator[VideoStep]:
        """A step for each frame that is dreamed, when it is kept."""
        film, flying, settled = self._film, _Flying(), self._settled
        film.times.clear()
        lanes_made = lanes_of(None, settled.workers, settled.memory)
        with film.clip() as clip, lanes_made as lanes:
            expected = alike(lanes.machines(film.asked.threads), film.asked.threads, False)
            for frame in film.frames(clip):
                film.times.append(frame.time)
                if self._files.has(frame.number):
                    continue
                while len(flying) >= lanes.room:
                    yield from self._landed(lanes, flying)
                request = self._request(film.request(frame.time, settled.seed))
                task = Task(
                    Picture(frame.pixels), None, request, None, True, film.asked.threads, expected
                )
                flying[lanes.submit(task)] = frame.number, task
            while flying:
                yield from self._landed(lanes, flying)

    def _request(self, request: Request) -> Request:
        """That of a frame, which has a whole dream, within the memory of a worker."""
        settings, iterations = dict(request.settings), self._film.asked.first_iterations
        if iterations is not None:
            settings["iterations"] = iterations
        return dataclasses.replace(request, settings=settings, max_memory=self._settled.memory)

    def _landed(self, lanes: Lanes, flying: _Flying) -> Iterator[VideoStep]:
        for future in lanes.finished(flying):
            number, task = flying.pop(future)
            dream = self._dream(number, self._made(future, lanes, task))
            self._files.keep(number, dream.image)
            self._done += 1
            loss = dream.losses[-1].loss if dream.losses else None
            yield self._watch.step(number, self._done, None, loss)

    def _made(self, future: Future[Made], lanes: Lanes, task: Task) -> Made:
        """What came of a task, tried once more where a worker was lost."""
        try:
            return future.result()
        except BrokenExecutor:
            try:
                return lanes.submit(task).result()
            except BrokenExecutor as error:
                why = f"workers end over a frame, as for want of memory: {error}."
                raise WorkerError(why, "Take fewer `workers`, or a smaller `max_size`.") from None

    def _dream(self, number: int, made: Made) -> Any:
        if made.error is not None:
            raise WorkerError(f"frame {number + 1} failed: {made.error[1]}")
        for text in made.warnings:
            if text not in self._told:
                self._told.add(text)
                warn(DeepDreamWarning(text))
        return made.content
