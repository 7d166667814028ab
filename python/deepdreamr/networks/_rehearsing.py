"""The other process of a **rehearsal**: loads a network as the first will, and runs its ends once.

`main` says `true` when TensorFlow is there, waits for a line with the seconds that it may take, and
says what went wrong: an error as an object, or an empty object.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import threading
import time
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..backend import import_keras, import_tensorflow, traced
from ..errors import DeepDreamError, MemoryLimitError
from ._formats import is_keras_file
from .nodes import Network, needed_nodes
from .sources import Source

_EXERCISE_SECONDS = 2
_SIZE, _LARGEST = (75, 90), 600


def main(text: str) -> None:
    """Load and run what the text says; the process ends here."""
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="ascii")  # line by line
    os.dup2(2, 1)  # stderr goes nowhere
    warnings.simplefilter("ignore")
    _give_way()
    asked = json.loads(text)
    source = Source(**{**asked, "path": Path(asked["path"])})
    (import_tensorflow if _is_graph(source) else import_keras)()

    answers.write("true\n")
    seconds = int(sys.stdin.readline() or os._exit(1))
    faulthandler.dump_traceback_later(seconds + 60, exit=True)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    answers.write(json.dumps(_problem(source)) + "\n")
    os._exit(0)


def _is_graph(source: Source) -> bool:
    """Whether a network needs no Keras; if not sure, it is imported where it is needed."""
    path = source.path
    if path is None or source.kind == "application":
        return False
    try:
        return path.is_dir() or not is_keras_file(path)
    except (OSError, ValueError, zipfile.BadZipFile):  # a damaged zip
        return False


def _give_way() -> None:
    """Be the first to be ended when memory runs out, and leave no core file, where that can be."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        Path("/proc/self/oom_score_adj").write_text("1000")
    except (ImportError, OSError, ValueError):
        pass


def _end_with_parent() -> None:
    sys.stdin.read()  # ends with it
    os._exit(1)


def _problem(source: Source) -> dict[str, str | None]:
    """What is wrong with a network, as a class of `errors`, a message and a hint; empty if fine."""
    from .loading import load_source

    try:
        network = load_source(source)
        if source.kind != "application":
            _exercise(network)
    except DeepDreamError as error:
        return {"error": type(error).__name__, "message": error.message, "hint": error.hint}
    except MemoryError:
        message = f"{source.name!r} takes more memory than there is."
        return {"error": MemoryLimitError.__name__, "message": message, "hint": None}
    return {}


def _exercise(network: Network) -> None:
    """Run a network to each of its ends and back, at a small size; what they say is not asked."""
    end = time.monotonic() + _EXERCISE_SECONDS
    for layer in _ends(network):
        if time.monotonic() > end:
            return
        try:
            _climb(network, layer)
        except MemoryError:
            raise
        except Exception:  # noqa: S112 - it is said when somebody asks for this layer
            continue


def _ends(network: Network) -> Iterator[str]:
    """Layers that, one after the other, need all layers that any of them needs; the last first."""
    seen: set[str] = set()
    for layer in reversed(network.layer_names):
        if layer not in seen:
            seen |= {node.name for node in needed_nodes(network.nodes, (layer,))}
            yield layer


def _climb(network: Network, layer: str) -> Any:
    import tensorflow as tf

    from .activations import activations_of
    from .sizes import only_size, smallest_size

    smallest = smallest_size(network.nodes, (layer,))
    if smallest > _LARGEST:
        return None
    only = only_size(network.nodes, (layer,))
    image = tf.zeros((1, *(only or (max(size, smallest) for size in _SIZE)), 3))
    activations = activations_of(network, (layer,))

    def climbed(image: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = tf.add_n([tf.reduce_mean(tf.square(value)) for value in activations(image)])
        return tape.gradient(loss, image)

    return traced(climbed, [tf.TensorSpec(image.shape)])(image)
