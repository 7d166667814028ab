"""Keras call → **function**: what a call in a model does, of tensors of any size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from inspect import signature
from typing import Any

import keras
import tensorflow as tf

from ...errors import NetworkError


def filled(call: Any, values: Sequence[Any]) -> tuple[Any, Any]:
    """The arguments of a call in a model, with values for the tensors that it was made with."""
    by_id = dict(zip(map(id, call.input_tensors), values, strict=True))

    def value(x: Any) -> Any:
        return by_id[id(x)] if isinstance(x, keras.KerasTensor) else x

    args, kwargs = tf.nest.map_structure(value, (call.arguments.args, call.arguments.kwargs))
    return args, {name: x for name, x in kwargs.items() if name != "training"}


def ordered(tensors: Iterable[Any], known: dict[int, str]) -> list[tuple[Any, Any]]:
    """The calls that lead to tensors, inputs first, leaving out those whose result is known."""
    order: list[tuple[Any, Any]] = []
    seen = set(known)
    stack = [(tensor, False) for tensor in reversed(list(tensors))]
    while stack:
        current, ready = stack.pop()
        if id(current) in seen:
            continue
        history = current._keras_history
        call = history.operation._inbound_nodes[history.node_index]
        if ready:
            seen.update(id(output) for output in call.output_tensors)
            order.append((history.operation, call))
        elif not call.input_tensors:
            raise NetworkError(f"layer {history.operation.name!r} is a second input of the model.")
        else:
            stack.append((current, True))
            stack.extend((source, False) for source in reversed(call.input_tensors))
    return order


def _resized(layer: Any, image: Any) -> Any:
    """What an upsampling gives, also at sizes not known yet, which Keras's does not take."""
    size = tf.shape(image)[1:3] * layer.size
    given = tf.image.resize(image, size, layer.interpolation)
    known = [n and n * factor for n, factor in zip(image.shape[1:3], layer.size, strict=True)]
    return tf.ensure_shape(tf.cast(given, image.dtype), (1, *known, image.shape[3]))


def caller(operation: Any, call: Any) -> Callable[..., Any]:
    """A function of the tensors of a call in a model that does what the call does."""
    if type(operation) is keras.layers.UpSampling2D and operation.interpolation != "nearest":
        return partial(_resized, operation)
    phases = (
        isinstance(operation, keras.Layer) and "training" in signature(operation.call).parameters
    )
    phase = {"training": False} if phases else {}

    def run(*tensors: Any) -> Any:
        args, kwargs = filled(call, tensors)
        return operation(*args, **kwargs, **phase)

    return run
