"""TensorFlow: imported without its start-up lines, on which device it computes, how precisely."""

from __future__ import annotations

import functools
import importlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import ArgumentError


def import_tensorflow() -> None:
    """Import TensorFlow quietly, if it is not imported yet; errors are raised as ever."""
    if "tensorflow" not in sys.modules:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        with _without_stderr():
            tensorflow = importlib.import_module("tensorflow")
            tensorflow.config.list_physical_devices()  # looks for GPUs, and tells of failures


@contextmanager
def _without_stderr() -> Iterator[None]:
    """Send what native code writes to file descriptor 2 nowhere."""
    try:
        kept = os.dup(2)
    except OSError:  # no stderr at all, as under pythonw
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


PRECISIONS = ("float32", "bfloat16", "float16", "auto")
_CPU_INFO = Path("/proc/cpuinfo")
_BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}


def check_precision(precision: str) -> str:
    """The precision, if it is one of `PRECISIONS`.

    Raises
    ------
    ArgumentError
        If it is not.
    """
    if precision not in PRECISIONS:
        raise ArgumentError(
            f"`precision` must be one of {', '.join(PRECISIONS)}. Received: precision={precision!r}"
        )
    return precision


def usable_precision(precision: str) -> str:
    """The precision, "auto" resolved: bfloat16 where the GPU or the processor has it."""
    if precision != "auto":
        return precision
    fast = _gpu_has_bfloat16()
    if fast is None:
        fast = bool(_BFLOAT16_FLAGS & _processor_flags())
    return "bfloat16" if fast else "float32"


def _processor_flags() -> set[str]:
    try:
        return set(_CPU_INFO.read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        return set()


def _gpu_has_bfloat16() -> bool | None:
    """Whether the first GPU does; None where there is no GPU."""
    import_tensorflow()
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return None
    details = tf.config.experimental.get_device_details(gpus[0])
    return tuple(details.get("compute_capability", (0, 0))) >= (8, 0)


def device_name() -> str:
    """What TensorFlow computes on: "CPU", or a GPU with its name."""
    import_tensorflow()
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return "CPU"
    details = tf.config.experimental.get_device_details(gpus[0])
    return f"GPU {details.get('device_name', gpus[0].name)}"


def traced(function: Callable[..., Any], signature: Sequence[Any]) -> Callable[..., Any]:
    """A function of tensors as one graph, traced at its first call; it serves images of every size.

    The graph is called itself: a `tf.function` warns when many of one name are traced, as they are
    for a sheet of many layers. AutoGraph would wrap our errors.

    Parameters
    ----------
    signature : a `tf.TensorSpec` for each argument
    """
    import tensorflow as tf

    graph = functools.cache(tf.function(function, signature, autograph=False).get_concrete_function)
    return lambda *values: graph()(*values)
