"""film → **dreams of its frames** → files: several strands at once, by workers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future
from typing import Any

from ..errors import DeepDreamWarning, WorkerError, warn
from ..many.lanes import Lanes, lanes_of
from ..many.machines import alike
from ..many.workers import Made
from .filming import Film
from .following import FrameTask, follows, work
from .settling import Settled
from .states import FrameFiles
from .strands import Strand, strands
from .watching import VideoStep, Watch


class Apart:
    """A film whose frames are dreamed by workers: scenes, or each by itself, at once.

    Parameters
    ----------
    settled : number of workers, memory of each, and what dreams depend on

    Attributes
    ----------
    count : how many scenes have begun; each frame is one where it does not follow another
    """

    def __init__(self, film: Film, files: FrameFiles, settled: Settled) -> None:
        self.count = 0
        self._film, self._files, self._settled = film, files, settled
        self._done = len(files.done())
        self._watch, self._told = Watch(film.info.frames), set[str]()
        self._flying = dict["Future[Made]", tuple[Strand, FrameTask]]()

    def dreamed(self) -> Iterator[VideoStep]:
        """A step for each frame that is dreamed, when it is kept."""
        settled, flying, threads = self._settled, self._flying, self._film.asked.threads
        with lanes_of(None, settled.workers, settled.memory) as lanes:
            self._how: tuple[Any, ...] = threads, alike(lanes.machines(threads), threads, False)
            for strand in strands(self._film, settled, self._files):
                if strand:
                    self.count += 1
                    self._send(lanes, strand)
                while len(flying) >= lanes.room or any(future.done() for future in flying):
                    yield from self._landed(lanes)
            while flying:
                yield from self._landed(lanes)

    def _send(self, lanes: Lanes, strand: Strand) -> None:
        """Have the next frame of a strand dreamed, if there is one."""
        if task := strand.next():
            self._flying[lanes.call(work, task, *self._how)] = strand, task

    def _landed(self, lanes: Lanes) -> Iterator[VideoStep]:
        for future in lanes.finished(self._flying):
            strand, task = self._flying.pop(future)
            dream = self._dream(task, self._made(future, lanes, task))
            strand.keep(task.number, dream)
            self._send(lanes, strand)
            self._done += 1
            scene = strand.scene if follows(self._film.asked) else None
            yield self._watch.step(task.number, self._done, scene, dream.loss)

    def _made(self, future: Future[Made], lanes: Lanes, task: FrameTask) -> Made:
        """What came of a task, tried once more where a worker was lost."""
        try:
            return future.result()
        except BrokenExecutor:
            try:
                return lanes.call(work, task, *self._how).result()
            except BrokenExecutor as error:
                why = f"workers end over a frame, as for want of memory: {error}."
                raise WorkerError(why, "Take fewer `workers`, or a smaller `max_size`.") from None

    def _dream(self, task: FrameTask, made: Made) -> Any:
        if made.error is not None:
            raise WorkerError(f"frame {task.number + 1} failed: {made.error[1]}")
        for text in made.warnings:
            if text not in self._told:
                self._told.add(text)
                warn(DeepDreamWarning(text))
        return made.content
