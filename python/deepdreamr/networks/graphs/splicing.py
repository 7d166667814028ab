"""function of tensors → **nodes** of a graph: how a graph is given what it was not saved with."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
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
        take(node, [_renamed(wire, names, name) for wire in node.input])
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
    take(node, [source, *waits])


def take(node: Any, wires: Iterable[str]) -> None:
    """Give a node other inputs; they may be made of those that it has."""
    inputs = list(wires)
    del node.input[:]
    node.input.extend(inputs)


def wait_not_for(nodes: Iterable[Any], names: Container[str]) -> None:
    """Let none of the nodes wait for nodes of these names."""
    for node in nodes:
        take(node, [wire for wire in node.input if wire[:1] != "^" or wire[1:] not in names])
