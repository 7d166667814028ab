"""graph → **claims**: whether what a stranger's graph says about itself is true, and can be had.

Counted from its text alone, before any of it is run: names and wires, calls of functions, numbers,
shapes and constants. Wherever TensorFlow would look further, it would already have begun.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from graphlib import CycleError, TopologicalSorter
from typing import Any

import tensorflow as tf

from ...errors import NetworkError
from .._limits import check_fits, check_proportion
from .operations import functions_called, functions_named, inputs_of

_MOST_NODES = 50_000
_LARGEST_NUMBER, _LARGEST_WINDOW, _LARGEST_SIZE = 2**16, 2**12, 2**31
_WINDOWS = ("ksize", "ksizes", "strides", "dilations", "rates", "block_size")
_SEEDS = ("seed", "seed2")
_MOST_DIMENSIONS = 16


def check_claims(graph: Any, name: str, limit: int | None = None) -> None:
    """Raise an error for a graph that cannot be what it says it is.

    Parameters
    ----------
    graph : GraphDef
    name : the file's, for the messages
    limit : as in `check_fits`

    Raises
    ------
    NetworkError, MemoryLimitError
    """
    if graph.versions.min_consumer > tf.version.GRAPH_DEF_VERSION:
        raise NetworkError(f"{name!r} is for a later TensorFlow than {tf.version.VERSION}.")
    functions = {function.signature.name: function for function in graph.library.function}
    if len(functions) != len(graph.library.function):
        raise NetworkError(f"{name!r} is damaged: two of its functions have one name.")
    _check_calls(graph.node, functions, name)
    for nodes in (graph.node, *(function.node_def for function in functions.values())):
        _check_called(nodes, functions, name)
    _check_wires(graph.node, (), name)
    for function in functions.values():
        _check_wires(function.node_def, [a.name for a in function.signature.input_arg], name)
    constants = 0
    for nodes in (graph.node, *(function.node_def for function in functions.values())):
        for node in nodes:
            constants += _checked_attributes(node, name)
    what = f"what {name!r} says of its constants"
    check_proportion(constants, graph.ByteSize(), what)
    check_fits(constants, what, limit)


def _check_calls(nodes: Iterable[Any], functions: dict[str, Any], name: str) -> None:
    """Raise a `NetworkError` for functions that call themselves, or together make too much."""
    calls = {
        key: [called for node in function.node_def for called in functions_called(node, functions)]
        for key, function in functions.items()
    }
    try:
        order = tuple(TopologicalSorter(calls).static_order())
    except CycleError as error:
        raise NetworkError(
            f"{name!r} holds a function that calls itself, {error.args[1][0]!r}."
        ) from None
    sizes: dict[str, int] = {}
    for key in order:
        sizes[key] = len(functions[key].node_def) + sum(sizes[called] for called in calls[key])
    nodes = list(nodes)
    called = [key for node in nodes for key in functions_called(node, functions)]
    if (count := len(nodes) + sum(sizes[key] for key in called)) > _MOST_NODES:
        raise NetworkError(
            f"{name!r} holds too many operations: at most {_MOST_NODES:,}. Received: {count:,}"
        )


def _check_called(nodes: Iterable[Any], functions: Collection[str], name: str) -> None:
    """Raise a `NetworkError` for a call of a function that is not there."""
    for node in nodes:
        for function in functions_named(node):
            if function.name not in functions:
                raise NetworkError(
                    f"{name!r} is damaged: {node.name!r} calls the function {function.name!r}, "
                    "which is not there."
                )


def _check_wires(nodes: Collection[Any], arguments: Iterable[str], name: str) -> None:
    """Raise a `NetworkError` for names that are given twice or to nothing, and for circles."""
    wires: dict[str, list[str]] = {argument: [] for argument in arguments}
    for node in nodes:
        if node.name in wires or not node.name:
            raise NetworkError(f"{name!r} is damaged: it holds two nodes {node.name!r}.")
        wires[node.name] = inputs_of(node)
    for node_name, inputs in wires.items():
        if missing := [wire for wire in inputs if wire not in wires]:
            raise NetworkError(
                f"{name!r} is damaged: {node_name!r} takes {missing[0]!r}, which is not there."
            )
    try:
        TopologicalSorter(wires).prepare()
    except CycleError as error:
        raise NetworkError(f"{name!r} goes in a circle, at {error.args[1][0]!r}.") from None


def _checked_attributes(node: Any, name: str) -> int:
    """The bytes of a node's constants, if all of its attributes can be meant."""
    size = 0
    if node.op == "Const" and not _has_value(node.attr):
        raise NetworkError(f"{name!r} is damaged, at 'value' of {node.name!r}.")
    for key, value in node.attr.items():
        try:
            size += _attribute_bytes(key, value)
        except (ValueError, TypeError):
            raise NetworkError(f"{name!r} is damaged, at {key!r} of {node.name!r}.") from None
    return size


def _has_value(attributes: Any) -> bool:
    """Whether a constant has a value of the type that it says it has."""
    if "value" not in attributes or "dtype" not in attributes:
        return False
    value, kind = attributes["value"], attributes["dtype"]
    given_by_call = bool(kind.placeholder or value.placeholder)
    return given_by_call or (bool(kind.type) and kind.type == value.tensor.dtype)


def _attribute_bytes(key: str, value: Any) -> int:
    """The bytes of an attribute's constants; a `ValueError` or `TypeError` if it is not meant."""
    if value.HasField("list"):
        numbers, types = value.list.i, value.list.type
        shapes, tensors = value.list.shape, value.list.tensor
    else:
        numbers = [value.i] if value.WhichOneof("value") == "i" else []
        types = [value.type] if value.type else []
        shapes, tensors = [value.shape], [value.tensor]
    window = key in _WINDOWS
    least, most = (1, _LARGEST_WINDOW) if window else (-_LARGEST_NUMBER, _LARGEST_NUMBER)
    if key not in _SEEDS and not all(least <= number <= most for number in numbers):
        raise ValueError
    for kind in types:
        tf.as_dtype(kind)
    for shape in shapes:
        _elements(shape, -1)
    return sum(map(_tensor_bytes, tensors))


def _elements(shape: Any, least: int) -> int:
    """How many numbers a shape has, unknown dimensions left out; each is at least `least`."""
    sizes = [dimension.size for dimension in shape.dim]
    count = math.prod(size for size in sizes if size >= 0)
    fine = len(sizes) <= _MOST_DIMENSIONS and count < _LARGEST_SIZE**2
    if not fine or not all(least <= size < _LARGEST_SIZE for size in sizes):
        raise ValueError
    return count


_VALUES = (
    "half_val float_val double_val int_val string_val int64_val bool_val uint32_val uint64_val "
    "scomplex_val dcomplex_val resource_handle_val variant_val float8_val"
).split()


def _tensor_bytes(tensor: Any) -> int:
    """What a constant takes, if it can have the values that it brings."""
    if not tensor.dtype:
        return 0
    size, item = _elements(tensor.tensor_shape, 0), tf.as_dtype(tensor.dtype).size
    if tensor.tensor_shape.unknown_rank:
        raise ValueError
    if tensor.tensor_content:
        if size * item != len(tensor.tensor_content):
            raise ValueError
    elif max(len(getattr(tensor, key, ())) for key in _VALUES) > 2 * size:
        raise ValueError
    return size * item
