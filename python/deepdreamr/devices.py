"""machine → **precision** → trunk: what TensorFlow computes on, and how precisely it is fast."""

from __future__ import annotations

from pathlib import Path

from .errors import ArgumentError
from .quiet import import_tensorflow

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
