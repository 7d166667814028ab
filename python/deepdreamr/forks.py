"""A forked process: TensorFlow would wait there for ever for the threads that it has lost."""

from __future__ import annotations

import os
import sys

from .errors import ForkedError


def refuse_fork() -> None:
    """Raise a `ForkedError` where TensorFlow would wait for ever for threads that a fork ended."""
    if _forked:
        raise ForkedError(
            "this process was forked from one in which TensorFlow had computed; it would hang.",
            'Start processes anew, as `multiprocessing.get_context("spawn")` does.',
        )


def _has_computed() -> bool:
    """Whether TensorFlow has computed here, or in the process that this one is a copy of."""
    context = getattr(sys.modules.get("tensorflow.python.eager.context"), "_context", None)
    return context is not None and getattr(context, "_initialized", True)


def _note_fork() -> None:
    global _forked
    _forked = _has_computed()


def _is_copy() -> bool:
    """Whether there was a fork before this module was imported: it leaves one thread of many."""
    if not _has_computed():
        return False
    import psutil

    return bool(psutil.Process().num_threads() == 1)


_forked = _is_copy()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)
