"""TensorFlow and Keras: imported quietly, on which device they compute, how precisely."""

from __future__ import annotations

import functools
import importlib
import os
import platform
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import BackendError, DeepDreamError, MemoryLimitError, NetworkError, said
from .forks import refuse_fork
from .interpreter import uncollected
from .machine import is_shortage, shortages, usable_cores
from .values import in_range


def import_tensorflow() -> None:
    """Import TensorFlow quietly, if it is not imported yet, and Keras with it.

    Raises
    ------
    BackendError
        If it cannot be imported.
    ForkedError
        If it cannot be used here: see `refuse_fork`.
    """
    refuse_fork()
    if "tensorflow" not in sys.modules:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        with _without_stderr(), uncollected():
            tensorflow = _imported("tensorflow")
            tensorflow.config.list_physical_devices()  # looks for GPUs, and tells of failures


_NAMES = {"tensorflow": "TensorFlow", "keras": "Keras"}


def _imported(name: str) -> Any:
    """TensorFlow or Keras: Keras on TensorFlow, whatever the environment and `keras.json` say."""
    meanwhile = {"KERAS_BACKEND": "tensorflow"}
    if os.path.expanduser("~") == "~":  # no home: TensorFlow would make a folder of this name
        meanwhile["KERAS_HOME"] = str(keras_folder())
    before = {key: os.environ.get(key) for key in meanwhile}
    os.environ.update(meanwhile)
    try:
        return importlib.import_module(name)
    except Exception as error:
        settings = keras_folder() / "keras.json"
        if is_shortage(error):
            shortages.append(said(error))
        hint = f"If this comes of {str(settings)!r}, mend or delete that file."
        raise BackendError(
            f"{_NAMES[name]} cannot be imported: {said(error)}",
            hint if os.path.exists(settings) else None,
        ) from error
    finally:
        for key, value in before.items():
            del os.environ[key]
            if value is not None:
                os.environ[key] = value


def keras_folder() -> Path:
    """Keras's own: in /tmp where there is no home that can be written to."""
    home = os.path.expanduser("~")
    home = home if os.access(home, os.W_OK) else "/tmp"  # noqa: S108 - Keras's own rule
    return Path(os.environ.get("KERAS_HOME") or os.path.join(home, ".keras"))


def import_keras() -> Any:
    """Keras, imported on TensorFlow if it is not imported yet.

    Raises
    ------
    BackendError
        If it cannot be imported, or has been imported on something else.
    """
    import_tensorflow()
    keras = _imported("keras")
    if (found := keras.config.backend()) != "tensorflow":
        raise BackendError(
            f"Keras runs on {found} in this session, and deepdreamr needs it on TensorFlow.",
            'Start a new session with the environment variable KERAS_BACKEND="tensorflow".',
        )
    return keras


@contextmanager
def keras_defaults() -> Iterator[None]:
    """Keras's own defaults for what is built meanwhile, whatever this user has chosen.

    A `keras.json` or a session can have `channels_first`, another type of numbers or policy.

    Raises
    ------
    BackendError
        As `import_keras`.
    """
    config = import_keras().config
    settings = {"image_data_format": "channels_last", "floatx": "float32", "epsilon": 1e-7}
    settings |= {"dtype_policy": "float32"}
    before = {name: getattr(config, name)() for name in settings}
    try:
        for name, value in settings.items():
            getattr(config, f"set_{name}")(value)
        yield
    finally:
        for name, value in before.items():
            getattr(config, f"set_{name}")(value)


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
    checked: str = in_range("precision", precision, str, choices=PRECISIONS)
    return checked


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


_INSTRUCTIONS = "amx_bf16 avx512_bf16 avx512_vnni avx512f avx2 avx sve asimd".split()


def instruction_set() -> str:
    """The best of what the processor has that TensorFlow's kernels differ by; or its kind."""
    flags = _processor_flags()
    return next((name for name in _INSTRUCTIONS if name in flags), platform.machine() or "unknown")


def compute_threads() -> int:
    """How many threads TensorFlow computes an operation with."""
    import_tensorflow()
    import tensorflow as tf

    chosen: int = tf.config.threading.get_intra_op_parallelism_threads()
    return chosen or usable_cores()


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

    Raises
    ------
    NetworkError, MemoryLimitError
        By the function that is given back, if TensorFlow cannot compute it.
    """
    import tensorflow as tf

    graph = functools.cache(tf.function(function, signature, autograph=False).get_concrete_function)

    def run(*values: Any) -> Any:
        try:
            return graph()(*values)
        except DeepDreamError:
            raise
        except tf.errors.ResourceExhaustedError as error:
            shortages.append(_last_line(error))
            message = f"TensorFlow has too little memory: {shortages[-1]}"
            raise MemoryLimitError(message, "Take a smaller picture.") from None
        except (tf.errors.OpError, ValueError, TypeError) as error:
            message = f"TensorFlow cannot compute this network: {_last_line(error)}"
            raise NetworkError(message) from None

    return run


def _last_line(error: Exception) -> str:
    """What an operation says, without where in the graph it is: that is many lines."""
    lines = re.split(r"\n?\s*\[\[\{\{", str(error).strip(), maxsplit=1)[0].splitlines()
    return lines[-1][:300] if lines else said(error)
