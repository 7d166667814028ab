"""graph → **laid open**: what is in its functions stands where they were called."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2
from tensorflow.python.grappler import tf_optimizer

from .operations import functions_called, name_functions_apart, sources_of

_KEEPING_APART = ("_XlaMustCompile", "_noinline", "api_implements")
_CHOOSING = ("If", "StatelessIf", "Case", "StatelessCase")


def laid_open(graph: Any) -> Any:
    """A copy without calls of functions, as far as TensorFlow can do without; each node stays."""
    body = tf.compat.v1.GraphDef()
    body.CopyFrom(graph)
    open_up(body)
    _wait_for_calls(body)
    with tf.Graph().as_default() as whole:
        tf.graph_util.import_graph_def(body, name="")
    meta = meta_graph_pb2.MetaGraphDef(graph_def=whole.as_graph_def())
    meta.collection_def["train_op"].node_list.value.extend(node.name for node in body.node)
    config = tf.compat.v1.ConfigProto()
    config.graph_options.rewrite_options.min_graph_nodes = -1
    config.graph_options.rewrite_options.optimizers.append("function")
    return tf_optimizer.OptimizeGraph(config, meta)


def open_up(graph: Any) -> None:
    """Take the marks off that keep functions from being replaced by what is in them.

    What chooses between functions is to become switches.
    """
    functions = list(graph.library.function)
    nodes = [*graph.node, *(node for function in functions for node in function.node_def)]
    for holder in (*functions, *nodes):
        for mark in _KEEPING_APART:
            holder.attr.pop(mark, None)
    for node in nodes:
        node.attr.pop("_class", None)  # with whom it was to lie
        if node.op in _CHOOSING:
            node.attr["_lower_using_switch_merge"].b = True
    name_functions_apart(graph)


def _wait_for_calls(graph: Any) -> None:
    """Let what takes something of a call wait for all of it: else TensorFlow leaves it a call."""
    functions = {function.signature.name: function for function in graph.library.function}
    calls = {node.name for node in graph.node if any(functions_called(node, functions))}
    for node in graph.node if calls else ():
        node.input.extend(f"^{name}" for name in sorted(calls.intersection(sources_of(node))))
