"""Keras model → **its inputs**: the picture, grey or in colour, and what else it takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...errors import NetworkError, NetworkWarning, warn
from ..conventions import CHANNELS
from ..nodes import Node


def inputs_of(model: Any) -> list[Any]:
    """The model's inputs, its picture first.

    Raises
    ------
    NetworkError
        If it takes no picture, or several.
    """
    inputs = list(model.inputs)
    pictures = [tensor for tensor in inputs if _has_channels(tensor, (3,))]
    pictures = pictures or [tensor for tensor in inputs if _has_channels(tensor, CHANNELS)]
    if len(pictures) != 1:
        received = ", ".join(str(tuple(tensor.shape)) for tensor in inputs)
        raise NetworkError(
            "a model must take one picture, (None, H, W, 3), or of 1 or 4 channels. "
            f"Received: {received}"
        )
    return pictures + [tensor for tensor in inputs if tensor is not pictures[0]]


def _has_channels(tensor: Any, channels: tuple[int, ...]) -> bool:
    shape = tensor.shape
    return len(shape) == 4 and bool({shape[1], shape[3]} & set(channels))


def has_channels_first(picture: Any) -> bool:
    """Whether a model's picture is (None, channels, H, W)."""
    return picture.shape[3] not in CHANNELS


def channels_of(picture: Any) -> int:
    """How many channels a model's picture has."""
    return int(picture.shape[1 if has_channels_first(picture) else 3])


def size_of(picture: Any) -> tuple[int | None, int | None]:
    """Height and width of a model's picture, where it has a size of its own."""
    height, width = picture.shape[2:4] if has_channels_first(picture) else picture.shape[1:3]
    return height, width


def held_shape(tensor: Any) -> tuple[int, ...]:
    """Of an input that is no picture, held at zero: the smallest that it takes."""
    return tuple(size or 1 for size in tensor.shape)


def held(tensors: Iterable[Any], model: str) -> list[Node]:
    """Nodes for the inputs that are no picture; that they are held at zero is a warning."""
    nodes = [_held(tensor) for tensor in tensors]
    if nodes:
        listed = ", ".join(node.name for node in nodes)
        warn(NetworkWarning(f"{model!r} takes more than a picture: {listed} is held at zero."))
    return nodes


def _held(tensor: Any) -> Node:
    shape = held_shape(tensor)
    size = shape[1:3] if len(shape) == 4 else (1, 1)
    return Node(
        tensor._keras_history.operation.name,
        "constant",
        options={"shape": shape, "dtype": tensor.dtype},
        tensor=tensor,
        measure=lambda *_: (size[0], size[1]),
        hidden=True,
    )
