"""Keras call → **size**: what a call in a model gives for pictures of other sizes than its own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from ..nodes import Measure
from .calls import filled
from .inputs import channels_of, has_channels_first, held_shape

if TYPE_CHECKING:
    from ...pictures.picture import Shape

SIZES = ((1023, 1025), (770, 934), (841, 1004))
"""Of pictures to try. Halved again and again, 1023 is always rounded down and 1025 always up; the
others become odd at other times."""


class Trial:
    """What each Keras tensor would be for a picture of some size, to see what fits."""

    def __init__(self, inputs: Sequence[Any], size: Shape) -> None:
        image, channels = inputs[0], channels_of(inputs[0])
        shape = (1, channels, *size) if has_channels_first(image) else (1, *size, channels)
        shapes = [shape, *map(held_shape, inputs[1:])]
        self._tensors: dict[int, Any] = {
            id(tensor): keras.KerasTensor(shape, tensor.dtype)
            for tensor, shape in zip(inputs, shapes, strict=True)
        }

    def shape(self, tensor: Any) -> tuple[int | None, ...]:
        """That of a tensor of the model at this size."""
        return tuple(self._tensors[id(tensor)].shape)

    def copy(self, tensor: Any, other: Any) -> None:
        """`other` is the same as `tensor`."""
        self._tensors[id(other)] = self._tensors[id(tensor)]

    def run(self, operation: Any, call: Any, joins: bool) -> tuple[bool, bool]:
        """Whether a call works only at the model's own size; whether its inputs must be cut."""
        inputs = [self._tensors[id(tensor)] for tensor in call.input_tensors]
        cut = _cut(inputs) if joins else inputs
        sized = _has_sized_weights(operation, call) or _has_an_axis_of_places(operation, call, cut)
        outputs = None if sized else _outputs(operation, call, cut)
        fixed = outputs is None or not all(
            _has_its_channels(new.shape, old.shape)
            for new, old in zip(outputs, call.output_tensors, strict=True)
        )
        for new, old in zip(outputs or call.output_tensors, call.output_tensors, strict=True):
            self._tensors[id(old)] = old if fixed else new
        return fixed, cut is not inputs


def _has_its_channels(new: Any, old: Any) -> bool:
    """Whether they are as many at another size; they may come first, or be one that was taken."""
    if not old or len(old) == 3:
        return True
    return old[-1] in (None, new[-1]) or (len(old) == 4 and old[1] == new[1])


class History:
    """What leads to the tensors of a model, to be tried again for a picture of any size."""

    def __init__(self, inputs: Sequence[Any]) -> None:
        self._inputs = inputs
        self._steps: list[tuple[list[Any], list[Any], Callable[[Trial], bool]]] = []

    def add(self, sources: list[Any], results: list[Any], step: Callable[[Trial], bool]) -> None:
        """`step` gives the results of the sources in a trial; it says whether it cannot."""
        self._steps.append((sources, results, step))

    def measure(self, tensor: Any, axis: int) -> Measure:
        """The size of a tensor whose height lies along `axis`."""
        last = len(self._steps)

        @functools.cache
        def steps() -> list[Callable[[Trial], bool]]:
            return self._leading_to(tensor, last)

        @functools.cache
        def tried(image: Shape) -> Shape:
            trial = Trial(self._inputs, image)
            if any(step(trial) for step in steps()):
                return (0, 0)
            height, width = trial.shape(tensor)[axis : axis + 2]
            return height or image[0], width or image[1]

        return lambda image, _: tried(image)

    def _leading_to(self, tensor: Any, last: int) -> list[Callable[[Trial], bool]]:
        needed, found = {id(tensor)}, []
        for sources, results, step in reversed(self._steps[:last]):
            if any(id(result) in needed for result in results):
                needed.update(map(id, sources))
                found.append(step)
        return found[::-1]


def _cut(inputs: list[Any]) -> list[Any]:
    """Inputs of several heights or widths, all of the smallest; the list itself if they agree."""
    if any(len(tensor.shape) != 4 for tensor in inputs):
        return inputs
    sizes = [{tensor.shape[axis] for tensor in inputs} - {1, None} for axis in (1, 2)]
    if all(len(size) <= 1 for size in sizes):
        return inputs
    height, width = (min(size) if size else 1 for size in sizes)
    return [
        keras.KerasTensor(
            (1, min(height, shape[1]), min(width, shape[2]), shape[3]), dtype=tensor.dtype
        )
        for tensor in inputs
        for shape in (tensor.shape,)
    ]


def _has_sized_weights(operation: Any, call: Any) -> bool:
    """Whether it has a parameter for each place of its input, as a position embedding has."""
    shapes = [tuple(weight.shape) for weight in getattr(operation, "weights", ())]
    return any(
        shape in (tuple(tensor.shape[1:]), (1, *tensor.shape[1:]))
        for tensor in call.input_tensors
        if len(tensor.shape) > 2 and None not in tensor.shape[1:]
        if np.prod(tensor.shape[1:-1]) > 1
        for shape in shapes
    )


def _has_an_axis_of_places(operation: Any, call: Any, inputs: Sequence[Any]) -> bool:
    """Whether it has a parameter for each row or column, as a norm along the height has."""
    axis = getattr(operation, "axis", None)
    if not isinstance(axis, int) or not getattr(operation, "weights", ()):
        return False
    pairs = zip(call.input_tensors, inputs, strict=True)
    return any(old.shape[axis] not in (None, new.shape[axis]) for old, new in pairs)


def _outputs(operation: Any, call: Any, inputs: Sequence[Any]) -> list[Any] | None:
    """What an operation would give for inputs of other sizes: Keras tensors; None if it cannot."""
    args, kwargs = filled(call, inputs)
    try:
        return list(tf.nest.flatten(operation.compute_output_spec(*args, **kwargs)))
    except Exception:  # whatever a layer says to a size that it does not take
        return None


def measured_by(operation: Any, call: Any) -> Measure:
    """The size of an activation with its channels last, of others such; asked of Keras."""

    def measure(_: Shape, inputs: tuple[Shape, ...]) -> Shape:
        tensors = [
            keras.KerasTensor((1, *shape, *tensor.shape[3:]), tensor.dtype)
            if len(tensor.shape) == 4
            else tensor
            for tensor, shape in zip(call.input_tensors, inputs, strict=True)
        ]
        outputs = _outputs(operation, call, tensors)
        if outputs is None:
            return (0, 0)
        if len(outputs[0].shape) != 4:
            return (1, 1)
        height, width = outputs[0].shape[1:3]
        return height or max(inputs)[0], width or max(inputs)[1]

    return measure
