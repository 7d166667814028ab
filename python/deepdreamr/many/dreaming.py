"""arguments → request → run → **summary**: `dream_many`, spelled out for its reader."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import weakref
from collections.abc import Generator
from typing import Any

from .progress import OnOutcome
from .request import MANY_ARGUMENTS, ManyRequest
from .running import ManyRun
from .summary import Outcome


def dream_many(
    images: Any,
    layers: Any = None,
    *,
    output: str | os.PathLike[str] | None,
    each: Any = None,
    workers: int | None = None,
    threads: int = 1,
    executor: Any = None,
    cluster: Any = None,
    insecure_cluster: bool = False,
    shared_disk: bool = False,
    allow_mixed: bool = False,
    verify: bool = False,
    overwrite: bool = False,
    strip_metadata: bool = False,
    progress: bool | OnOutcome | None = None,
    **options: Any,
) -> Any:
    """Dream of many pictures, each as `dream` does, with several at once.

    Parameters
    ----------
    images : a path, a folder with all within it, a glob (`photos/**/*.jpg`), or an iterable of
        these and of anything that `dream` takes
    layers : as for `dream`
    output : a folder, in which the inputs' tree is kept, for PNG files; or a pattern with `{stem}`,
        `{name}`, `{folder}`, `{parent}` or `{number}`, such as "{parent}/{stem}-dream.jpg"; or
        None: the dreams are given as they get ready, and not written
    each : arguments of its own for each picture: a function of its path that returns them by name,
        a CSV file, a data frame or a list of mappings with a column `image`
    workers : how many processes dream at once; default: as many as there are cores, or as the
        memory is enough for
    threads : how many threads each computes with; pixels depend on it in their last bits
    executor : what they run in instead of processes of our own: a `concurrent.futures.Executor`,
        with `workers` workers
    cluster : a Dask cluster to run on: the address of its scheduler, such as "tls://node1:8786",
        whose certificates are those of Dask's configuration; "local" for one of `workers` processes
        on this machine; or a `distributed.Client`, or a cluster object such as a `SLURMCluster`.
        `workers` is how many are waited for, at first
    insecure_cluster : whether an address that is not encrypted is allowed: whoever reaches such a
        scheduler can run programs on its workers and here
    shared_disk : whether the cluster's workers find all files by the same paths; otherwise
        pictures, parameters, guides and masks are sent to them
    allow_mixed : whether workers may differ in processor, device or versions, and the run may go on
        with others than it began with
    verify : whether what is done is told by checksums, and not by size and time first
    overwrite : whether files that are there and are not of an earlier run may be replaced
    strip_metadata : whether the files do not say how they were made
    progress : a bar, a function that is called with each `Outcome`, or False for neither; default:
        a bar on a terminal
    **options : any other argument of `dream`, and any setting of a recipe. `seed`, where it is not
        given, is drawn once for all; `max_memory` is what all workers together may use

    Returns
    -------
    Summary, or with `output=None` an iterator of `Outcome`, each with its `dream`
        What is done is kept in `.deepdreamr/journal.jsonl` in the output's folder: the same call
        goes on where an earlier one ended, however it ended.

    Raises
    ------
    ArgumentError, OutputError, WorkerError
        If nothing can be begun, a file cannot be written, or workers are lost or not alike. A
        picture that fails stops no other: see `Summary.failures`.
    ManyInterrupted
        A KeyboardInterrupt with the `summary` of what is done.
    """
    given = locals()  # by name, so that the arguments are not written a third time
    run = ManyRun(ManyRequest(**{name: given[name] for name in MANY_ARGUMENTS}))
    if output is None:
        return _closed_at_exit(iter(run))
    return run.finished(progress)


def _closed_at_exit(outcomes: Generator[Outcome, None, None]) -> Generator[Outcome, None, None]:
    """An iterator that ends what it has started also where the program ends in the middle of it.

    It does so while what it needs for that is still there.
    """
    left = weakref.ref(outcomes)

    def close() -> None:
        if (still := left()) is not None:
            logging.disable()  # of what comes too late for threads that have ended
            with contextlib.suppress(ValueError):  # it is running, in another thread
                still.close()
            logging.disable(logging.NOTSET)

    atexit.register(close)
    return outcomes
