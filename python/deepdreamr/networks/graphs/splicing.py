"""function of tensors → **nodes** of a graph: how a graph is given what it was not saved with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

MADE = "/made/"
"""Stands in the names of nodes that a graph did not have."""


def splice(
    graph: Any, name: str, taken: Mapping[str, tf.DType], build: Callable[..., tf.Tensor]
) -> str:
    """Add nodes that compute something of a graph's tensors; the name of the one with the result.

    Parameters
    ----------
    graph : GraphDef, changed
    name : of the nodes, unlike any other's
    taken : names of the tensors and their types
    build : from those tensors, of unknown shapes, to the result
    """
    part = tf.Graph()
    with part.as_default():
        tensors = [tf.compat.v1.placeholder(kind) for kind in taken.values()]
        names = {
            x.op.name: tensor.removesuffix(":0") for x, tensor in zip(tensors, taken, strict=True)
        }
        result = build(*tensors)
    for node in part.as_graph_def().node:
        if node.name in names:
            continue
        inputs = [_renamed(wire, names, name) for wire in node.input]
        del node.input[:]
        node.input.extend(inputs)
        node.name = f"{name}/{node.name}"
        graph.node.append(node)
    return f"{name}/{result.op.name}"


def _renamed(wire: str, names: Mapping[str, str], scope: str) -> str:
    return names.get(wire) or f"{scope}/{wire}"


def become(node: Any, source: str, kind: tf.DType = tf.float32) -> None:
    """Make a node give what another gives; it waits for what it waited for."""
    waits = [wire for wire in node.input if wire.startswith("^")]
    node.op = "Identity"
    node.attr.clear()
    node.attr["T"].type = kind.as_datatype_enum
    del node.input[:]
    node.input.extend([source, *waits])
