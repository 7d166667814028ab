"""graph → **without chance**: what changes a picture at random for training is left out.

Keras exports augmentation as it is in training. A part of a graph is such a layer where one scope
of names holds what draws numbers and no parameters, takes one activation and gives one like it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import tensorflow as tf

from .splicing import become

_DRAWING = ("Random", "StatelessRandom", "StatelessTruncated", "TruncatedNormal", "Multinomial")
_LEARNT = frozenset(
    "BatchMatMul BatchMatMulV2 BatchMatMulV3 Conv2D Conv2DBackpropInput DepthwiseConv2dNative "
    "Einsum MatMul FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3".split()
)


def leave_chance_out(graph: Any, specs: Mapping[str, tf.TensorSpec]) -> bool:
    """Let layers that draw numbers give what they take; whether there were any.

    Parameters
    ----------
    graph : GraphDef, changed
    specs : its activations for some image
    """
    gone: set[str] = set()
    for node in [node for node in graph.node if node.op.startswith(_DRAWING)]:
        for scope in _scopes(node.name) if node.name not in gone else ():
            inside = [n for n in graph.node if n.name.startswith(scope)]
            if _LEARNT.intersection(n.op for n in inside):
                break
            ends = _ends(graph, scope, specs)
            if ends is not None:
                given, result = ends
                become(next(n for n in inside if n.name == result), given)
                gone.update(n.name for n in inside)
                break
    return bool(gone)


def _scopes(name: str) -> Iterator[str]:
    """The scopes that a name lies in, the innermost first."""
    while "/" in name:
        name = name.rpartition("/")[0]
        yield f"{name}/"


def _ends(graph: Any, scope: str, specs: Mapping[str, tf.TensorSpec]) -> tuple[str, str] | None:
    """What a scope takes, and the node that gives what it gives, where both are alike."""
    taken: set[str] = set()
    results: set[str] = set()
    for node in graph.node:
        within = node.name.startswith(scope)
        for wire in node.input:
            if not wire.startswith("^") and wire.startswith(scope) != within:
                (taken if within else results).add(wire.removesuffix(":0"))
    activations = [wire for wire in taken if _is_activation(specs.get(wire))]
    if len(activations) != 1 or len(results) != 1:
        return None
    (given,), (result,) = activations, results
    alike = _is_activation(specs.get(result)) and _fits(specs[given], specs[result])
    return (given, result) if alike else None


def _is_activation(spec: tf.TensorSpec | None) -> bool:
    return spec is not None and spec.shape.rank in (2, 3, 4) and spec.dtype == tf.float32


def _fits(given: tf.TensorSpec, result: tf.TensorSpec) -> bool:
    return bool(given.shape.is_compatible_with(result.shape))
