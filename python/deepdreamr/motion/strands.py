"""film → **strands** → frames: what must be dreamed one after the other, and what need not."""

from __future__ import annotations

from collections.abc import Iterator

from .carrying import Carried
from .filming import Film
from .following import FrameDream, FrameTask, follows, linked, task_of
from .frames import Frame
from .scenes import is_cut
from .settling import Settled
from .states import FrameFiles


class Strand:
    """Frames each of which goes on from the one before: those of a scene.

    Where no frame follows another, each is a strand.

    Parameters
    ----------
    first : its first frame
    scene : its number, from 1
    """

    def __init__(
        self, film: Film, settled: Settled, files: FrameFiles, first: Frame, scene: int
    ) -> None:
        self.scene = scene
        self._film, self._settled, self._files = film, settled, files
        self._first = first
        self._carried: Carried | None = None
        self._tasks = self._of_scene() if follows(film.asked) else self._of_frame()

    def next(self) -> FrameTask | None:
        """The next frame to dream, when the last one is kept; None at the end."""
        return next(self._tasks, None)

    def keep(self, number: int, dream: FrameDream) -> None:
        """Keep the dream of a frame."""
        self._files.keep(number, dream.pixels, dream.carried, since=self._first.number)
        self._carried = dream.carried

    def _of_frame(self) -> Iterator[FrameTask]:
        if not self._files.has(self._first.number):
            yield task_of(self._film, self._settled, self._first)

    def _of_scene(self) -> Iterator[FrameTask]:
        begin, before, number = self._begin(), None, self._first.number
        if begin is None:
            return
        for frame in self._frames():
            number = frame.number
            if number >= begin and before is None:
                yield task_of(self._film, self._settled, frame)
            elif number >= begin:
                carried = self._carried or self._files.carried(number - 1)
                yield task_of(self._film, self._settled, frame, before, carried)
            before = frame.pixels
        self._files.forget(number)

    def _begin(self) -> int | None:
        """The frame to go on with; None where all are there."""
        first = self._first.number
        missing = self._files.next(first, followed=False)
        if missing == first or any(frame.number == missing for frame in self._frames()):
            return self._files.next(first, followed=True)
        return None

    def _frames(self) -> Iterator[Frame]:
        before = None
        for frame in self._film.frames_from(self._first):
            if before is not None and is_cut(before, frame.pixels):
                return
            yield frame
            before = frame.pixels


def strands(film: Film, settled: Settled, files: FrameFiles) -> Iterator[Strand | None]:
    """For each frame of a film, whose time is noted there, the strand that begins with it."""
    scene = 0
    for frame, before in linked(film):
        scene += before is None
        yield Strand(film, settled, files, frame, scene) if before is None else None
