"""Keras layer → **layout**: what wants its channels first, computed with its channels last.

An activation whose channels come first, (1, C, H, W), is kept as (1, H, W, C): a `Permute` that
only moves the channels does nothing then, and a layer gets a twin that has its channels last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from ...errors import NetworkError
from ..conventions import TO_FIRST, TO_LAST
from .layers import computes_plainly, does_nothing

_BY_AXIS = (keras.layers.BatchNormalization, keras.layers.Concatenate)
_BY_ELEMENT = (keras.layers.ReLU, keras.layers.Add, keras.layers.Multiply)
_ACROSS = ("softmax", "log_softmax", "sparsemax", "glu")


def with_channels_last(layer: Any, first: Sequence[bool], shapes: Sequence[Any]) -> Any:
    """The layer, or its twin for the same activations with their channels last; None if neither.

    Parameters
    ----------
    layer : a layer, or an operation of `keras.ops`
    first : whether the channels of each of its inputs come first
    shapes : those of the inputs, as the layer takes them

    Raises
    ------
    NetworkError
        If the layer wants its channels first and cannot be had otherwise.
    """
    wants = getattr(layer, "data_format", "channels_last") == "channels_first"
    by_axis = type(layer) in _BY_AXIS and layer.axis in (1, [1])
    if not (wants or any(first)):
        return layer
    whole = all(first) and bool(first)
    if whole and (wants or by_axis) and _has_a_twin(layer):
        return _twin(layer, [_moved(shape, TO_LAST) for shape in shapes])
    if wants:
        raise NetworkError(
            f"layer {layer.name!r} wants its channels first, which is not supported here."
        )
    return layer if whole and _is_by_element(layer) else None


def _is_by_element(layer: Any) -> bool:
    """Whether it does the same to every number, wherever it lies."""
    if type(layer) is keras.layers.Activation:
        return getattr(layer.activation, "__name__", None) not in _ACROSS
    return type(layer) in _BY_ELEMENT or does_nothing(layer)


def _has_a_twin(layer: Any) -> bool:
    return type(layer).__module__.startswith("keras.src.layers.") and computes_plainly(layer)


def _twin(layer: Any, shapes: list[Any]) -> Any:
    config = layer.get_config()
    change: dict[str, Any] = {"axis": -1} if "axis" in config else {}
    if "data_format" in config:
        change["data_format"] = "channels_last"
    twin = type(layer).from_config({**config, **change})
    if layer.weights or not twin.built:
        twin.build(shapes if len(shapes) > 1 else shapes[0])
    twin.set_weights(layer.get_weights())
    return twin


def _moved(shape: Sequence[Any], order: Sequence[int]) -> tuple[Any, ...]:
    return tuple(shape[axis] for axis in order)


def around(
    run: Callable[..., Any], inputs: Sequence[bool], outputs: Sequence[bool]
) -> Callable[..., Any]:
    """A call that takes and gives channels last, where `run` has them first."""

    def turned(*tensors: Any) -> Any:
        pairs = zip(tensors, inputs, strict=True)
        given = run(*(_turn(x, TO_FIRST) if first else x for x, first in pairs))
        flat = tf.nest.flatten(given)
        flat = [_turn(x, TO_LAST) if first else x for x, first in zip(flat, outputs, strict=True)]
        return tf.nest.pack_sequence_as(given, flat)

    return turned if any(inputs) or any(outputs) else run


def _turn(tensor: Any, order: Sequence[int]) -> Any:
    return tf.transpose(tensor, order)


def only_moves_channels(operation: Any, first: Sequence[bool], gives: Sequence[bool]) -> bool:
    """Whether it is a `Permute` between the two layouts, which does nothing to what is kept."""
    if type(operation) is not keras.layers.Permute or first == gives:
        return False
    return tuple(operation.dims) == ((2, 3, 1) if first[0] else (3, 1, 2))
