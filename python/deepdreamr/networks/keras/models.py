"""Keras model → **nodes**: any functional or sequential Keras model becomes plain data.

Nested models are laid open, so that their inner layers can be named; layers without an operation
in `engine.operations` stay Keras layers and are called as they are.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import keras

from ...errors import NetworkError
from ..conventions import TO_LAST
from ..nodes import Measure, Node, Parameters
from ..sizes import comes_first
from .calls import caller, ordered
from .inputs import held, inputs_of, size_of
from .layers import describe, layer_parameters
from .layouts import around, only_moves_channels, with_channels_last
from .trial import SIZES, History, Trial, measured_by

_JOINS = ("concat", "add", "multiply")
_FLOATS = ("float64", "float32", "float16", "bfloat16")


def model_nodes(model: Any) -> tuple[tuple[Node, ...], Callable[[str], Parameters]]:
    """The nodes of a Keras model, and a function that gives the arrays of each.

    Raises
    ------
    NetworkError
        If the model is no graph of layers with one picture as input.
    """
    if not is_graph(model):
        raise NetworkError(
            "a Keras model must be functional or sequential, and built. "
            f"Received: {type(model).__name__} {getattr(model, 'name', '')!r}",
            "Another one can be exported as a SavedModel, and its folder given.",
        )
    inputs = inputs_of(model)
    walk = _Walk(inputs, held(inputs[1:], model.name))
    names = ("input", *(node.name for node in walk.nodes[1:]))
    walk.visit(model, {id(tensor): name for tensor, name in zip(inputs, names, strict=True)})
    nodes = _cut_everywhere(walk.nodes)
    return nodes, lambda name: layer_parameters(name, walk.layers[name])


def _cut_everywhere(nodes: list[Node]) -> tuple[Node, ...]:
    """The nodes; where inputs of one size had to be cut, those of another may have to elsewhere."""
    if not any(node.options.get("crop") for node in nodes):
        return tuple(nodes)
    return tuple(
        dataclasses.replace(node, options={**node.options, "crop": True})
        if node.op in _JOINS
        else node
        for node in nodes
    )


def is_graph(operation: Any) -> bool:
    """Whether it is a model whose layers and their connections can be read."""
    return (
        isinstance(operation, keras.Model)
        and operation.built
        and type(operation).call.__module__.startswith("keras.")
        and bool(getattr(operation, "inputs", None))
        and bool(getattr(operation, "outputs", None))
        and all(hasattr(tensor, "_keras_history") for tensor in operation.outputs)
    )


class _Walk:
    """Collects the nodes of a model by walking back from its outputs.

    `nodes` grow in forward order; `layers` are their Keras layers by the nodes' names. Nodes of
    nested models have no `tensor`: those in the nested graph do not lead back to the image.
    """

    def __init__(self, inputs: list[Any], others: list[Node]) -> None:
        self.nodes: list[Node] = [Node("input", "input", tensor=inputs[0]), *others]
        self.layers: dict[str, Any] = {}
        self._taken: Counter[str] = Counter(node.name for node in self.nodes)
        self._trials = [Trial(inputs, size) for size in SIZES]
        self._history = History(inputs)
        height, width = size_of(inputs[0])
        self._own_size = (height, width) if height and width else (0, 0)

    def visit(
        self, model: Any, names: dict[int, str], scope: str = "", phase: bool | None = None
    ) -> None:
        """Add the nodes behind the model's outputs.

        Parameters
        ----------
        model : functional or sequential
        names : the nodes' names by the id of their Keras tensor; at first the model's inputs
        scope : goes before a name that is taken already
        phase : the learning phase that an outer call gave to the model, if it did
        """
        for operation, call in ordered(model.outputs, names):
            explicit = call.arguments.kwargs.get("training")
            own_phase = phase if explicit is None else bool(explicit)
            if is_graph(operation):
                self._add_model(operation, call, names, scope, own_phase)
            else:
                self._add(operation, call, names, scope, own_phase)

    def _add_model(
        self, model: Any, call: Any, names: dict[int, str], scope: str, phase: bool | None
    ) -> None:
        """A nested model: its layers, then its own name for its first output."""
        inner: dict[int, str] = {}
        for own, tensor in zip(model.inputs, call.input_tensors, strict=True):
            inner[id(own)] = names[id(tensor)]
            self._same(tensor, own)
        self.visit(model, inner, f"{scope}{model.name}/", phase)
        for own, tensor in zip(model.outputs, call.output_tensors, strict=True):
            names[id(tensor)] = inner[id(own)]
            self._same(own, tensor)
        name = self._unique(model.name, scope)
        output = None if scope else self._kept(call.output_tensors[0])
        self.nodes.append(Node(name, "identity", (inner[id(model.outputs[0])],), tensor=output))

    def _add(
        self, operation: Any, call: Any, names: dict[int, str], scope: str, phase: bool | None
    ) -> None:
        sources = tuple(names[id(tensor)] for tensor in call.input_tensors)
        name = self._unique(operation.name, scope)
        first = self._first(call.input_tensors)
        layer = with_channels_last(operation, first, [x.shape for x in call.input_tensors])
        op, options = describe(layer, phase) if layer is not None else ("keras", {})
        fixed, crop = self._tried(operation, call, joins=op in _JOINS and not any(first))
        measure = None
        if op == "separable":
            sources = (self._add_depthwise(name, layer, sources, options),)
            op, options = "conv", options["pointwise"]
        elif op == "keras" and self._only_moves_channels(operation, call, first):
            op, options = "identity", {}
        elif op == "keras":
            options, measure = self._called(operation, layer, call, first)
        if crop:
            options = {**options, "crop": True}
        layer = operation if layer is None else layer
        size = self._own_size if fixed else None
        node = Node(name, op, sources, options, layer, measure=measure, fixed=size)
        self._add_outputs(node, call.output_tensors, names, nested=bool(scope))

    def _first(self, tensors: Iterable[Any]) -> list[bool]:
        """Whether the channels of each come first, as sizes tell."""
        return [comes_first([trial.shape(tensor) for trial in self._trials]) for tensor in tensors]

    def _kept(self, tensor: Any) -> Any:
        """The tensor with its channels last."""
        return keras.ops.transpose(tensor, TO_LAST) if self._first([tensor])[0] else tensor

    def _tried(self, operation: Any, call: Any, *, joins: bool) -> tuple[bool, bool]:
        """Whether a call works only at the model's own size; whether its inputs must be cut."""

        def step(trial: Trial) -> tuple[bool, bool]:
            return trial.run(operation, call, joins)

        self._history.add(call.input_tensors, call.output_tensors, lambda trial: step(trial)[0])
        fixed, crop = zip(*map(step, self._trials), strict=True)
        return any(fixed), any(crop)

    def _only_moves_channels(self, operation: Any, call: Any, first: list[bool]) -> bool:
        return only_moves_channels(operation, first, self._first(call.output_tensors))

    def _called(
        self, operation: Any, layer: Any, call: Any, first: list[bool]
    ) -> tuple[dict[str, Any], Measure]:
        """How Keras runs a call, and how large what it gives is."""
        gives = self._first(call.output_tensors)
        if layer not in (operation, None):
            return {"call": caller(layer, call)}, self._measure(call, gives)
        run = around(caller(operation, call), first, gives)
        plain = not any(first + gives) and all(len(x.shape) == 4 for x in call.input_tensors)
        return {"call": run}, measured_by(operation, call) if plain else self._measure(call, gives)

    def _measure(self, call: Any, gives: list[bool]) -> Measure:
        result = call.output_tensors[0]
        if len(result.shape) == 4:
            return self._history.measure(result, 2 if gives[0] else 1)
        return lambda *_: (1, 1)

    def _add_outputs(
        self, node: Node, tensors: list[Any], names: dict[int, str], *, nested: bool
    ) -> None:
        """A node; where it has several outputs, a hidden one, and a node for each of them."""
        several = len(tensors) > 1
        hidden = several or not _can_be_dreamed(tensors[0])
        whole = f"{node.name}:all" if several else node.name
        own = None if several or nested else self._kept(tensors[0])
        self._append(dataclasses.replace(node, name=whole, hidden=hidden, tensor=own))
        for index, tensor in enumerate(tensors):
            names[id(tensor)] = f"{node.name}:{index}" if index else node.name
            if several:
                item = Node(names[id(tensor)], "item", (whole,), {"index": index})
                hidden, own = not _can_be_dreamed(tensor), None if nested else self._kept(tensor)
                self.nodes.append(dataclasses.replace(item, hidden=hidden, tensor=own))

    def _same(self, tensor: Any, other: Any) -> None:
        def step(trial: Trial) -> bool:
            trial.copy(tensor, other)
            return False

        self._history.add([tensor], [other], step)
        for trial in self._trials:
            step(trial)

    def _append(self, node: Node) -> None:
        self.nodes.append(node)
        self.layers[node.name] = node.layer

    def _add_depthwise(
        self, name: str, layer: Any, sources: tuple[str, ...], options: dict[str, Any]
    ) -> str:
        """The first half of a separable convolution."""
        depthwise = f"{name}/depthwise"
        window = options["depthwise"]
        self._append(Node(depthwise, "depthwise", sources, window, layer, hidden=True))
        return depthwise

    def _unique(self, name: str, scope: str) -> str:
        if self._taken[name] and scope:
            name = scope + name
        self._taken[name] += 1
        return name if self._taken[name] == 1 else f"{name}/{self._taken[name]}"


def _can_be_dreamed(tensor: Any) -> bool:
    return len(tensor.shape) in (2, 3, 4) and str(tensor.dtype) in _FLOATS
