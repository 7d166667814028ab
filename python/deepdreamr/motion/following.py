"""frame + what the last one left → **dream** → what it leaves: of any frame, in any process."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..many.workers import Made, told
from ..runs.request import Request
from ..runs.settling import Windows
from .carrying import Carried, Start, first_carried, flowing, image_of, moving, next_carried, still
from .filming import Film
from .frames import Frame
from .painting import Painter
from .scenes import is_cut
from .settling import Settled
from .strongest import with_channels
from .videos import VideoRequest


@dataclasses.dataclass(frozen=True)
class FrameTask:
    """A frame to dream, and all that its dream depends on.

    Attributes
    ----------
    number : of the frame, from 0
    pixels : uint8 (height, width, 3)
    request : what is asked for of it
    windows : what is settled of them
    how : the words and numbers of what was asked for of the clip
    before : the frame that it goes on from; None where a scene begins
    carried : what that one left
    """

    number: int
    pixels: np.ndarray
    request: Request
    windows: Windows | None
    how: VideoRequest
    before: np.ndarray | None = None
    carried: Carried | None = None


class FrameDream(NamedTuple):
    """The dream of a frame.

    Attributes
    ----------
    pixels : what is seen of it, uint8 (height, width, 3)
    carried : what it leaves; None where frames are dreamed each by itself
    loss : of the last step, or None where no step was taken
    """

    pixels: np.ndarray
    carried: Carried | None
    loss: float | None


def follows(asked: VideoRequest) -> bool:
    """Whether any frame goes on from another."""
    return asked.motion != "none"


def linked(film: Film) -> Iterator[tuple[Frame, np.ndarray | None]]:
    """All frames of a film, each with the pixels it goes on from; None where a scene begins."""
    last = None
    for frame in film.all_frames():
        goes_on = last is not None and follows(film.asked) and not is_cut(last, frame.pixels)
        yield frame, last if goes_on else None
        last = frame.pixels


def task_of(
    film: Film,
    settled: Settled,
    frame: Frame,
    before: np.ndarray | None = None,
    carried: Carried | None = None,
) -> FrameTask:
    """What there is to do for a frame of a film."""
    return FrameTask(
        number=frame.number,
        pixels=frame.pixels,
        request=with_channels(film.request(frame.time, settled.seed), settled.strongest),
        windows=settled.windows_at(film.course, frame.time),
        how=dataclasses.replace(film.asked, clip=None, layers=None, output=None, options={}),
        before=before,
        carried=carried,
    )


_own_painter = functools.lru_cache(maxsize=1)(Painter)


def work(task: FrameTask, threads: int, expected: dict[str, Any] | None = None) -> Made:
    """What a worker does with a frame; what fails is told, not raised.

    Parameters
    ----------
    threads, expected : how many it computes with, and what it must be like: see `many.workers`
    """
    return told(lambda: Made(dreamed(task, _own_painter())), threads, expected)


def dreamed(task: FrameTask, painter: Painter) -> FrameDream:
    """The dream of a frame."""
    return _first(task, painter) if task.before is None else _next(task, task.before, painter)


def _first(task: FrameTask, painter: Painter) -> FrameDream:
    """The dream of a scene's first frame, or of one that follows nothing."""
    frame, iterations = task.pixels, task.how.first_iterations
    painted = painter.first(task.request, frame, iterations, task.windows)
    carried = None
    if follows(task.how):
        carried = first_carried(painted.image, frame, painted.steps, painted.step)
    return FrameDream(painted.seen(painted.image, frame), carried, painted.loss)


def _next(task: FrameTask, before: np.ndarray, painter: Painter) -> FrameDream:
    """The dream of a frame that goes on from the one before."""
    if task.carried is None:
        raise ValueError(f"frame {task.number} has nothing to go on from")
    seed = (int(task.request.seed or 0) + task.number) % 2**31  # other tiles and rolls each time
    request = dataclasses.replace(task.request, seed=seed)
    start = _start(task.how, task.carried, before, task.pixels)
    iterations = task.how.iterations
    painted = painter.next(request, start.image, iterations, task.windows, start.growth)
    took: dict[str, Any] = {"iterations": iterations or 1, "step": painted.step}
    carried = next_carried(task.carried, start, painted.image, task.pixels, **took)
    image = image_of(task.pixels) + carried.change
    return FrameDream(painted.seen(image, task.pixels), carried, painted.loss)


def _start(how: VideoRequest, carried: Carried, before: np.ndarray, now: np.ndarray) -> Start:
    decay = float(how.decay or 0)
    if how.motion == "blend":
        return still(carried, before, now, decay=decay)
    if how.motion == "delta":
        return moving(carried, before, now, decay=decay)
    iterations = how.iterations or 1
    return flowing(carried, before, now, decay=decay, renewal=how.renewal, iterations=iterations)
