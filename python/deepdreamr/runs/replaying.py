"""picture → record → **dream**: the same picture again, from what it says of itself."""

from __future__ import annotations

import os
from typing import Any

from ..errors import ArgumentError, DeepDreamError, MemoryLimitError, ReplayWarning, warn
from ..values import in_range
from ._asking import asked_again, network_again, pictures_again
from ._comparing import differences, version_differences
from ._consenting import check_fetched, check_noise, check_work
from .bars import Progress, check_watching, shown
from .checking import check
from .checkpoints import Checkpoint
from .describing import describe
from .job import Job
from .record import Record, show
from .request import Request
from .result import Dream
from .running import run_job
from .saving import check_files
from .steps import AscentStep, OnStep

ENDED = ("callback", "interrupted")
"""How a caller ends a dream early; whatever else ends one does so again."""


def replay(
    picture: Any,
    source: Any = None,
    *,
    network: Any = None,
    weights: str | os.PathLike[str] | None = None,
    engine: str | None = None,
    guide: Any = None,
    mask: Any = None,
    masks: Any = None,
    max_memory: int | str | None = None,
    save_octaves: str | os.PathLike[str] | None = None,
    save_steps: str | os.PathLike[str] | None = None,
    every: int | None = None,
    checkpoint: str | os.PathLike[str] | Checkpoint | None = None,
    overwrite: bool = False,
    consent: bool = False,
    layers: Any = None,
    on_step: OnStep | None = None,
    progress: Progress = None,
) -> Dream:
    """Make a picture again, from what it says of itself.

    Parameters
    ----------
    picture : path or bytes of a picture that deepdreamr saved, or a `Dream`
    source : the picture that it was dreamed from, as for `dream`; None if that was noise
    network, weights, guide, mask : as for `dream`; they must be given where they were files, since
        a picture does not say where a file is, and may be given otherwise
    masks : where there were several, all of them in their order, with or without their layers
    engine : as for `dream`; default: that of the picture
    max_memory, save_octaves, save_steps, every, checkpoint, overwrite, on_step,
        progress : as for `dream`
    consent : whether to make it whatever it takes. A picture may be a stranger's: without this,
        nothing is downloaded because of what it says, no more than 33 megapixels are drawn as noise
        or by octaves larger than the source, and nothing is begun that may take over an hour
    layers : as for `dream`, where an objective was a function, which no picture can hold

    Returns
    -------
    Dream
        With the same pixels, if nothing warns.

    Raises
    ------
    ImageError
        If the picture does not say how it was made.
    ArgumentError
        If a file is not given that it takes, or a setting is not known to this version.
    ConsentError
        If it asks for more than that; the message says for what.
    NetworkError, WeightsError, UnknownLayerError, OutputError, MemoryLimitError
        As `dream`.

    Warns
    -----
    ReplayWarning
        If something is not what it was: a program's version, the network's parameters, the size or
        the pixels of the source; or if the picture is that of an earlier octave.

    Examples
    --------
    >>> from deepdreamr import dream, replay, sample_image
    >>> first = dream(sample_image("jelly"), octaves=1, iterations=1, max_size=100)
    >>> bool((replay(first.png(), sample_image("jelly")).image == first.image).all())
    True
    """
    check_watching(on_step, progress, every, save_steps)
    kept = checkpoint.path if isinstance(checkpoint, Checkpoint) else checkpoint
    written = {"checkpoint": kept, "save_steps": save_steps}
    check_files({"picture": picture, "source": source}, written, save_octaves)
    record = show(picture)
    _check_source(record, source)
    request = Request(
        image=source,
        engine=record.engine if engine is None else engine,
        max_memory=max_memory,
        save_octaves=save_octaves,
        save_steps=save_steps,
        every=every,
        checkpoint=checkpoint,
        overwrite=overwrite,
        **pictures_again(record, guide, mask, masks),
        **network_again(record, network, weights),
        **asked_again(record, layers),
    )
    job = _checked(request, fetching=network is None and weights is None, consent=consent)
    _warn_of_differences(record, describe(job))
    result = _made(job, record, on_step, progress)
    if result.record.window_pixels != record.window_pixels:
        _warn("the memory allowed other windows than before: the pixels may differ a little")
    return result


def _made(job: Job, record: Record, on_step: OnStep | None, progress: Progress) -> Dream:
    with shown(progress, on_step, job) as report:
        return run_job(job, _until(record, report))


def _checked(request: Request, *, fetching: bool, consent: bool) -> Job:
    """The job of a request, if it asks for no more than anybody's picture may."""
    if in_range("consent", consent, bool):
        return check(request)
    if fetching:
        check_fetched(request)
    check_noise(request)
    problems: list[DeepDreamError] = []
    job = check(request, problems.append)
    if all(isinstance(problem, MemoryLimitError) for problem in problems):
        check_work(job)  # on every machine, however much memory it has
    for problem in problems:
        raise problem
    return job


def _check_source(record: Record, source: Any) -> None:
    height, width = record.source_size
    if record.size and source is not None:
        raise ArgumentError(f"the picture was made from noise of {height}x{width}: no `source`.")
    if not record.size and source is None:
        name = repr(record.source) if record.source else "a picture"
        raise ArgumentError(
            f"`source` must be given: the picture was made from {name}, {height}x{width} pixels."
        )
    if record.stopped in ENDED and not record.last_step:
        raise ArgumentError("the dream was stopped before its first step: there is nothing to do.")


def _warn_of_differences(record: Record, now: Record) -> None:
    """Before the dream, so that a mistake is noticed while it can be mended."""
    changed = differences(record, now) + version_differences(record, now)
    if changed:
        _warn(f"the pixels may differ, since these do: {', '.join(changed)}")
    octave, octaves = record.octave, len(record.octaves)
    if octave < octaves:
        _warn(f"the picture is that of octave {octave}/{octaves}; the dream is made to its end")


def _warn(message: str) -> None:
    warn(ReplayWarning(message))


def _until(record: Record, on_step: OnStep | None) -> OnStep | None:
    """A callback that ends the dream where it was ended before."""
    if record.stopped not in ENDED:
        return on_step
    last = record.last_step

    def call(step: AscentStep) -> Any:
        answer = on_step(step) if on_step else None
        return False if (step.octave, step.iteration) == last else answer

    return call
