"""step → **bar** → terminal, notebook: how far dreams are, for whoever looks on."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..errors import ArgumentError, received
from .job import Job
from .notebooks import in_notebook
from .steps import check_every, check_on_step

if TYPE_CHECKING:
    from tqdm import tqdm

Progress = bool | Callable[[Any], Any] | None
"""A bar (True), none (False), one where somebody looks on (None), or what is called instead."""

_FORMAT = "{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}"


def check_progress(progress: Any) -> None:
    """Raise an `ArgumentError` if it says nothing about a bar."""
    if not (progress is None or isinstance(progress, bool) or callable(progress)):
        form = "`progress` must be True, False, None or a function."
        raise ArgumentError(f"{form} {received('progress', progress)}")


def check_watching(on_step: Any, progress: Any, every: Any, save_steps: Any) -> None:
    """Raise an `ArgumentError` if one of them is none of what it may be, or does nothing."""
    check_on_step(on_step)
    check_progress(progress)
    check_every(every, on_step, callable(progress), save_steps)


def looked_at() -> bool:
    """Whether standard error is a terminal, or Python runs in a notebook."""
    if in_notebook():
        return True
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):  # it is closed, or there is none
        return False


@contextlib.contextmanager
def shown(
    progress: Progress, on_step: Callable[[Any], Any] | None, job: Job
) -> Iterator[Callable[[Any], Any] | None]:
    """A callback that shows each step before `on_step` gets it, whose answer counts.

    What `progress` answers does not. Steps are those of a dream or of a sheet of them.
    """
    bar = None
    if progress is True or (progress is None and looked_at()):
        bar = progress = Bar(job)
    if not callable(progress):
        yield on_step
        return
    show = progress

    def call(step: Any) -> Any:
        show(step)
        return on_step(step) if on_step else None

    try:
        yield call
    finally:
        if bar:
            bar.close()


@contextlib.contextmanager
def watched(progress: Progress, bar: Callable[[], Any]) -> Iterator[Callable[[Any], Any]]:
    """What is called with each step of something long while the `with` block runs.

    Parameters
    ----------
    progress : True for a bar, False for nothing, None for a bar on a terminal, or a function
    bar : makes the bar, which is called with each step, and closed at the end

    Raises
    ------
    ArgumentError
        If `progress` is something else.
    """
    check_progress(progress)
    if callable(progress):
        yield progress
        return
    if not (looked_at() if progress is None else progress):
        yield lambda step: None
        return
    with contextlib.closing(bar()) as show:
        yield show


class AnyBar:
    """A bar of tqdm's, once there is one."""

    _bar: tqdm[Any] | None = None

    def close(self) -> None:
        """End it; a terminal that was closed ends nothing."""
        with contextlib.suppress(OSError):
            if self._bar is not None:
                self._bar.close()


class Bar(AnyBar):
    """A bar over the iterations of all octaves, called with each step.

    It grows with the pixels that are done: the time left counts the large octaves as what they are.
    """

    def __init__(self, job: Job) -> None:
        before, self._ends = 0, []
        for height, width in job.shapes:
            before += height * width * job.recipe.iterations
            self._ends.append(before)

    def __call__(self, step: Any) -> None:
        """Show an `AscentStep` or a `LayerStep`. A terminal that was closed ends nothing."""
        one, dreams = getattr(step, "step", step), getattr(step, "layers", 1)
        pixels = one.shape[0] * one.shape[1]
        done = self._ends[one.octave - 1] - pixels * (one.iterations - one.iteration)
        done += self._ends[-1] * (getattr(step, "number", 1) - 1)
        title = f"{step.number}/{dreams} {step.layer}, " if one is not step else ""
        title += f"octave {one.octave}/{one.octaves}, step {one.iteration}/{one.iterations}"
        with contextlib.suppress(OSError):
            if self._bar is None:  # of a dream that goes on, what was done before took no time
                total = self._ends[-1] * dreams
                how = {"leave": False, "bar_format": _FORMAT, "dynamic_ncols": True}
                self._bar = new_bar(total=total, initial=done - pixels, desc=title, **how)
            self._bar.set_description_str(title, refresh=False)
            self._bar.set_postfix_str(f"loss {one.loss:.3f}", refresh=False)
            if not self._bar.update(done - self._bar.n):  # tqdm leaves out what follows soon
                self._bar.refresh()


def new_bar(**how: Any) -> Any:
    """A bar of tqdm's on standard error, or in a notebook that has ipywidgets."""
    with warnings.catch_warnings():  # of a notebook without them
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm

        return tqdm(file=sys.stderr, **how)
