"""dreams and frames → **progress**: how far a zoom is, for whoever looks on."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

from ..runs.bars import AnyBar, new_bar
from ..runs.steps import AscentStep
from .zooming import Zoom

_Frame = TypeVar("_Frame")


class ZoomStep(NamedTuple):
    """How far a zoom is.

    Attributes
    ----------
    key, keys : the key frame that is dreamed, from 1, or how many are; of how many
    frame, frames : how many frames are made, of how many
    step : the iteration of its dream, or None where none is dreamed now
    left : seconds that it takes still, as far as the last dreams and frames tell; None before them
    """

    key: int
    keys: int
    frame: int
    frames: int
    step: AscentStep | None
    left: float | None

    def __str__(self) -> str:
        left = "" if self.left is None else f", {_span(self.left)} left"
        if self.step is None:
            return f"frame {self.frame}/{self.frames}{left}"
        return f"key frame {self.key}/{self.keys}, {self.step}{left}"


OnZoom = Callable[[ZoomStep], Any]


class Telling:
    """Tells of each step of a dream, and of each frame.

    Parameters
    ----------
    zoom : what is made
    show : what is called
    """

    def __init__(self, zoom: Zoom, show: OnZoom) -> None:
        self._zoom, self._show = zoom, show
        self._start = time.monotonic()
        self._dreams: list[float] = []  # seconds that they took
        self._last = False  # whether the key frame at hand is dreamed, and was not there

    def step(self, number: int, step: AscentStep) -> None:
        """Tell of a step of a key frame's dream."""
        self._last = True
        left = None
        if len(self._dreams) > 1:  # the first one starts everything, and is a whole dream
            times = sorted(self._dreams[1:])
            left = times[len(times) // 2] * (self._zoom.count - number)
        self._show(ZoomStep(number + 1, self._zoom.count, 0, self._zoom.frames, step, left))

    def key(self, number: int) -> None:
        """Note that a key frame is there."""
        now = time.monotonic()
        if self._last:
            self._dreams.append(now - self._start)
        self._start, self._last = now, False

    def frames(self, frames: Iterable[_Frame]) -> Iterator[_Frame]:
        """The frames, each told of when it has been written."""
        begun, zoom = time.monotonic(), self._zoom
        for number, frame in enumerate(frames, 1):
            yield frame
            left = (time.monotonic() - begun) / number * (zoom.frames - number)
            self._show(ZoomStep(zoom.count, zoom.count, number, zoom.frames, None, left))


class ZoomBar(AnyBar):
    """A bar over the key frames, and then one over the frames; called with each `ZoomStep`."""

    def __init__(self) -> None:
        self._of_frames = False

    def __call__(self, step: ZoomStep) -> None:
        """Show how far it is. A terminal that was closed ends nothing."""
        of_frames = step.step is None
        with contextlib.suppress(OSError):
            if self._bar is None or of_frames != self._of_frames:
                self.close()
                self._of_frames, self._bar = of_frames, _bar(step)
            loss = f"loss {step.step.loss:.3f}" if step.step else ""
            left = "" if step.left is None else f"{_span(step.left)} left"
            self._bar.set_postfix_str(", ".join(filter(None, (loss, left))), refresh=False)
            done = step.frame if of_frames else step.key - 1
            if not self._bar.update(done - self._bar.n):
                self._bar.refresh()


def _bar(step: ZoomStep) -> Any:
    title, total = ("frames", step.frames) if step.step is None else ("key frames", step.keys)
    form = "{desc} {n_fmt}/{total_fmt}|{bar}| {elapsed}{postfix}"
    return new_bar(total=total, desc=title, bar_format=form, leave=False)


def _span(seconds: float) -> str:
    """Seconds in words of a clock: 75 as 1:15."""
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
