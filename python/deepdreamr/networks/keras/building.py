"""checked configuration → **Keras model**, whose parameters are counted before there are any."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras
import numpy as np

from ...errors import NetworkError
from .._limits import check_fits
from .configs import applications_own

_BYTES = 4 * 2  # of a parameter: its first value is there while the file's is read
_UNSTORED = 2**20  # what a layer may make besides: of LoRA, for instance


class Stored(NamedTuple):
    """What is known of a file before its model is built.

    Attributes
    ----------
    name : of the file, for messages
    parameters : how many numbers are stored in it
    limit : bytes that the process may hold in all; None for what the machine has
    """

    name: str
    parameters: int
    limit: int | None


def built(config: Any, stored: Stored) -> Any:
    """The model of a configuration from `plain_config`, with parameters as Keras makes them.

    Raises
    ------
    NetworkError, MemoryLimitError
        If it would have more parameters than are stored, or than fit into the memory.
    """
    # Keras keeps for each thread which names its user has given to other classes, and which
    # parameters are still to be made: a thread of its own has none of either, and leaves none.
    with _nothing_registered(), ThreadPoolExecutor(1) as thread:
        return thread.submit(_build, config, stored).result()


@contextmanager
def _nothing_registered() -> Iterator[None]:
    """Hide the classes that this process's user has registered: a stranger's file means Keras's."""
    registered = keras.saving.get_custom_objects()
    before = dict(registered)
    registered.clear()
    try:
        yield
    finally:
        registered.update(before)


def _build(config: Any, stored: Stored) -> Any:
    scope = keras.StatelessScope()
    scope.__enter__()  # parameters have a shape here, and no values
    model = _made(config)
    _check_parameters(model, stored)
    scope.__exit__(None, None, None)  # now they are made; after an error they never are
    return model


def _made(config: Any) -> Any:
    if "module" in config:  # as Keras 3 writes it
        return keras.saving.deserialize_keras_object(config, safe_mode=True)
    make = keras.Sequential if config["class_name"] == "Sequential" else keras.Model
    return make.from_config(config["config"], custom_objects=applications_own())


def _check_parameters(model: Any, stored: Stored) -> None:
    sizes = [int(np.prod(weight.shape, dtype=object)) for weight in model.weights]
    if (wanted := sum(sizes)) > 2 * stored.parameters + _UNSTORED:
        raise NetworkError(
            f"{stored.name!r} is damaged: its layers have {wanted:,} parameters, and "
            f"{stored.parameters:,} are stored in it."
        )
    check_fits(_BYTES * wanted, repr(stored.name), stored.limit)
