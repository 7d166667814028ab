"""call → **answer** → envelope: what several functions of R's bridge say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..backend import import_tensorflow
from ..errors import DreamInterrupted

if TYPE_CHECKING:
    from ..runs.result import Dream


def devices_of_tensorflow() -> list[str]:
    """The names of its devices."""
    import_tensorflow()
    import tensorflow as tf

    return [device.name for device in tf.config.list_physical_devices()]


def dreamed(make: Callable[[], Dream]) -> dict[str, Any]:
    """A dream's answer; that of an interrupted one has the picture so far, and says so."""
    try:
        result = make()
    except DreamInterrupted as interrupt:
        result = interrupt.dream
        if not result.losses:
            raise
    fields = ("octave", "iteration", "loss")
    return {
        "png": result.png(),
        "size": result.shape,
        "losses": {name: [getattr(loss, name) for loss in result.losses] for name in fields},
        "seconds": result.seconds,
        "record": result.record,
    }
