"""dreams of frames → **progress**: how far a clip's dream is, for whoever looks on."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from ..runs.bars import AnyBar, new_bar

_RECENT = 20  # frames whose time tells how long the others take


class VideoStep(NamedTuple):
    """A frame that is dreamed.

    Attributes
    ----------
    frame, frames : its number, from 1, and how many there are; None where that is not known
    scene : its scene, from 1; None without motion
    loss : of its last step; None where no step was taken, or it was dreamed by a worker
    done : how many frames are dreamed, with those of earlier calls
    left : seconds that the others take, as far as the last ones tell; None before them
    """

    frame: int
    frames: int | None
    scene: int | None
    loss: float | None
    done: int
    left: float | None

    def __str__(self) -> str:
        of = "" if self.frames is None else f"/{self.frames}"
        loss = "" if self.loss is None else f", loss {self.loss:.3f}"
        left = "" if self.left is None else f", {self.left:.0f} s left"
        return f"frame {self.frame}{of}{loss}{left}"


OnVideo = Callable[[VideoStep], Any]


class Watch:
    """Tells how long the frames that are left take.

    Parameters
    ----------
    frames : how many there are, or None
    """

    def __init__(self, frames: int | None) -> None:
        self._frames, self._last = frames, time.monotonic()
        self._took: deque[float] = deque(maxlen=_RECENT)
        self._begun = False

    def step(self, frame: int, done: int, scene: int | None, loss: float | None) -> VideoStep:
        """The step of a frame that has just been kept; `frame` counts from 0."""
        now = time.monotonic()
        if self._begun:  # the first one starts everything, and is a whole dream
            self._took.append(now - self._last)
        self._last, self._begun, left = now, True, None
        if self._took and self._frames is not None:
            left = statistics.median(self._took) * max(0, self._frames - done)
        return VideoStep(frame + 1, self._frames, scene, loss, done, left)


class VideoBar(AnyBar):
    """A bar over all frames; called with each `VideoStep`."""

    def __call__(self, step: VideoStep) -> None:
        """Show how far it is. A terminal that was closed ends nothing."""
        with contextlib.suppress(OSError):
            if self._bar is None:
                how = {"total": step.frames, "initial": step.done - 1, "unit": "frame"}
                self._bar = new_bar(**how, leave=False, dynamic_ncols=True)
            loss = "" if step.loss is None else f"loss {step.loss:.3f}"
            left = "" if step.left is None else f"{step.left:.0f} s left"
            self._bar.set_postfix_str(", ".join(filter(None, (loss, left))), refresh=False)
            if not self._bar.update(step.done - self._bar.n):
                self._bar.refresh()
