"""film → **scenes** → dreams of its frames → files: one frame after another, in this process."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .carrying import Carried
from .filming import Film
from .following import FrameDream, dreamed, follows, linked, task_of
from .frames import Frame
from .painting import Painter
from .settling import Settled
from .states import FrameFiles
from .watching import VideoStep, Watch


class Scenes:
    """A film whose frames are dreamed in their order; a scene begins with a whole dream.

    Attributes
    ----------
    count : how many scenes have begun; each frame is one where it does not follow another
    """

    def __init__(self, film: Film, files: FrameFiles, settled: Settled) -> None:
        self.count = 0
        self._film, self._files, self._settled = film, files, settled
        self._painter = Painter()
        self._carried: Carried | None = None

    def dreamed(self) -> Iterator[VideoStep]:
        """A step for each frame that is dreamed, when it is kept."""
        film, together = self._film, follows(self._film.asked)
        first = self._files.next(followed=together)
        watch = Watch(film.info.frames)
        for frame, before in linked(film):
            self.count += before is None
            if frame.number >= first:
                dream = self._kept(frame, before)
                scene = self.count if together else None
                yield watch.step(frame.number, frame.number + 1, scene, dream.loss)

    def _kept(self, frame: Frame, before: np.ndarray | None) -> FrameDream:
        """Dream of a frame, and keep it; `before` is the frame that it goes on from."""
        carried = None
        if before is not None:
            carried = self._carried or self._files.carried(frame.number - 1)
        task = task_of(self._film, self._settled, frame, before, carried)
        dream = dreamed(task, self._painter)
        self._files.keep(frame.number, dream.pixels, dream.carried)
        self._carried = dream.carried
        return dream
