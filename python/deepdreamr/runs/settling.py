"""job → **settled** → several dreams: what windows they have, whatever memory there is later."""

from __future__ import annotations

import math

from ._fitting import Windows as Windows
from ._fitting import fitting_limit, window_pixels
from .gradients import gradient_for
from .job import Job
from .memory import PRECISE_PIXELS


def settled_windows(job: Job, before: Windows | None = None) -> Windows:
    """What windows a job has with the memory that there is now.

    Parameters
    ----------
    before : what was settled, of which only what fits is kept, with a `CheckpointWarning`
    """
    pixels = math.prod(job.largest)
    limits = [window_pixels(part, _activations(part)) for part in job.parts]
    now = min(filter(None, limits), default=None)
    if before is not None:
        return Windows(fitting_limit(before.limit, now, pixels))
    return Windows(now if now and now < pixels else None)


def _activations(job: Job) -> object:
    """Those of a job whose gradients are measured precisely, else None."""
    return gradient_for(job).activations if math.prod(job.largest) > PRECISE_PIXELS else None
