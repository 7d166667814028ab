"""graph → **its inputs**: the picture, grey or in colour, and what else it takes, held constant."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from ...errors import NetworkError, NetworkWarning, warn
from ..conventions import CHANNELS
from .splicing import become

PLACEHOLDERS = ("Placeholder", "PlaceholderV2", "PlaceholderWithDefault")
_MOST_HELD = 2**20  # numbers of an input that is no picture


class Picture(NamedTuple):
    """A graph's input for pictures: how many channels it has, whether they come first, its size."""

    name: str
    channels: int = 3
    first: bool = False
    size: tuple[int, int] = (-1, -1)

    @property
    def shape(self) -> tuple[int | None, ...]:
        """As the graph takes it: of any size."""
        return self._with_channels(None, None)

    @property
    def own_shape(self) -> tuple[int | None, ...]:
        """As the graph was saved for it."""
        height, width = (size if size > 0 else None for size in self.size)
        return self._with_channels(height, width)

    def _with_channels(self, *size: int | None) -> tuple[int | None, ...]:
        return (None, self.channels, *size) if self.first else (None, *size, self.channels)


def picture_among(inputs: Mapping[str, tuple[int, Any]]) -> tuple[Picture | None, list[str]]:
    """The one input that is a picture, or None; and the names of those that could be.

    Parameters
    ----------
    inputs : type and shape of each, as TensorFlow's protocol buffers tell them
    """
    told = {
        name: picture
        for name, (kind, shape) in inputs.items()
        if kind == tf.float32.as_datatype_enum and (picture := _picture(name, shape))
    }
    known = {name: picture for name, picture in told.items() if _rank(inputs[name][1])}
    found = known or told
    colour = {name: p for name, p in found.items() if p.channels == 3}
    found = colour or found
    return (next(iter(found.values())) if len(found) == 1 else None), list(found)


def _rank(shape: Any) -> int:
    return 0 if shape.unknown_rank else len(shape.dim)


def _picture(name: str, shape: Any) -> Picture | None:
    if not _rank(shape):
        return Picture(name)
    sizes = [dim.size for dim in shape.dim]
    if len(sizes) != 4:
        return None
    if sizes[3] in (*CHANNELS, -1) and not (sizes[1] in (1, 3) and sizes[3] == -1):
        return Picture(name, sizes[3] if sizes[3] > 0 else 3, False, (sizes[1], sizes[2]))
    if sizes[1] in CHANNELS:
        return Picture(name, sizes[1], True, (sizes[2], sizes[3]))
    return None


def picture_of(graph: Any, name: str) -> Picture:
    """The one placeholder of a graph that is a picture.

    Raises
    ------
    NetworkError
        If there is none, or several.
    """
    inputs = {
        node.name: (node.attr["dtype"].type, node.attr["shape"].shape)
        for node in graph.node
        if node.op in PLACEHOLDERS and "dtype" in node.attr
    }
    picture, found = picture_among(inputs)
    if picture is None:
        names = ", ".join(found) or "none"
        raise NetworkError(
            "a frozen graph must have one Placeholder for a picture, float32 (None, H, W, 3), or "
            f"of 1 or 4 channels. Received: {name} with {names}"
        )
    return picture


def hold_others(graph: Any, picture: str, name: str) -> None:
    """Hold what a graph takes besides a picture at its default, or at zero, with a warning.

    Parameters
    ----------
    graph : GraphDef, changed
    picture : name of the picture's node
    name : the network's, for the messages

    Raises
    ------
    NetworkError
        If such an input is very large.
    """
    held: list[str] = []
    for node in graph.node:
        if node.name == picture or node.op not in PLACEHOLDERS:
            continue
        kind = tf.as_dtype(node.attr["dtype"].type)
        if node.op == "PlaceholderWithDefault":
            become(node, node.input[0], kind)
            continue
        shape = [max(dim.size, 1) for dim in node.attr["shape"].shape.dim]
        node.CopyFrom(_zeros(node.name, kind, shape))
        held.append(f"{node.name} at {_held_at(node.name)}")
    if held:
        warn(NetworkWarning(f"{name!r} takes more than a picture: held are {', '.join(held)}."))


def _held_at(name: str) -> int:
    """What is kept of activations in a dropout of TensorFlow 1 is all of them."""
    return int("keep_prob" in name)


def _zeros(name: str, kind: tf.DType, shape: Sequence[int]) -> Any:
    """A constant in the place of an input."""
    if math.prod(shape) > _MOST_HELD:
        raise NetworkError(f"the input {name!r}, of {tuple(shape)}, is too large to be held at 0.")
    constant = tf.compat.v1.NodeDef(name=name, op="Const")
    value = tf.make_tensor_proto(_held_at(name) if kind != tf.string else "", kind, shape)
    constant.attr["dtype"].type = kind.as_datatype_enum
    constant.attr["value"].tensor.CopyFrom(value)
    return constant
