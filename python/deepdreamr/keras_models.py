"""Keras model → **nodes**: any functional or sequential Keras model becomes plain data.

Nested models are laid open, so that their inner layers can be named; layers without an operation
in `trunk.py` stay Keras layers and are called as they are.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import keras

from .errors import NetworkError
from .nodes import Network, Node, Parameters

_INFERENCE_IDENTITY = (
    keras.layers.Dropout,
    keras.layers.SpatialDropout2D,
    keras.layers.GaussianNoise,
    keras.layers.GaussianDropout,
    keras.layers.AlphaDropout,
    keras.layers.ActivityRegularization,
)


class _Walk:
    """Collects the nodes of a model by walking back from its outputs."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.layers: dict[str, Any] = {}
        self._names: dict[tuple[str, int], str] = {}
        self._taken: Counter[str] = Counter()

    def visit(self, model: Any, inputs: dict[int, str], scope: str) -> list[str]:
        """Add the nodes behind the model's outputs; returns their names."""
        for tensor in _outputs(model):
            for operation, node in _ordered(tensor, inputs):
                self._add(operation, node, inputs, scope)
        return [inputs[id(tensor)] for tensor in _outputs(model)]

    def _add(self, operation: Any, node: Any, inputs: dict[int, str], scope: str) -> None:
        sources = [inputs[id(tensor)] for tensor in node.input_tensors]
        if len(node.output_tensors) > 1:
            raise NetworkError(
                f"layer {operation.name!r} has several outputs, which is not supported."
            )
        output = id(node.output_tensors[0])
        if _is_model(operation):
            inner = dict(zip(map(id, operation.inputs), sources, strict=True))
            inputs[output] = self.visit(operation, inner, f"{scope}{operation.name}/")[0]
            return
        name = self._unique(operation.name, scope)
        op, options = describe(operation)
        if op == "separable":
            name = self._add_separable(name, operation, sources[0], options)
        else:
            if op == "keras":
                options["arguments"] = (node.arguments, tuple(map(id, node.input_tensors)))
            self.nodes.append(Node(name, op, tuple(sources), options, operation))
            self.layers[name] = operation
        inputs[output] = name

    def _add_separable(self, name: str, layer: Any, source: str, options: dict[str, Any]) -> str:
        depthwise = f"{name}/depthwise"
        first = {k: options[k] for k in ("kernel_size", "strides", "padding", "dilation_rate")}
        second = {"kernel_size": (1, 1), "strides": (1, 1), "padding": "valid"}
        self.nodes.append(Node(depthwise, "depthwise", (source,), first, layer))
        self.nodes.append(
            Node(name, "conv", (depthwise,), second | {"activation": options["activation"]}, layer)
        )
        self.layers |= {depthwise: layer, name: layer}
        return name

    def _unique(self, name: str, scope: str) -> str:
        if self._taken[name] and scope:
            name = scope + name
        self._taken[name] += 1
        return name if self._taken[name] == 1 else f"{name}/{self._taken[name]}"


def model_nodes(model: Any) -> tuple[tuple[Node, ...], Callable[[str], Parameters]]:
    """The nodes of a Keras model, and the arrays of each.

    Raises
    ------
    NetworkError
        If the model is no graph of layers with one picture as input.
    """
    if not _is_model(model):
        raise NetworkError(
            "a model must be functional or sequential, and built. "
            f"Received: {type(model).__name__} {getattr(model, 'name', '')!r}"
        )
    if len(model.inputs) != 1 or len(model.inputs[0].shape) != 4 or model.inputs[0].shape[3] != 3:
        shapes = ", ".join(str(tuple(tensor.shape)) for tensor in model.inputs)
        raise NetworkError(f"a model must take one picture, (1, H, W, 3). Received: {shapes}")
    walk = _Walk()
    walk.nodes.append(Node("input", "input"))
    walk.visit(model, {id(model.inputs[0]): "input"}, "")
    return tuple(walk.nodes), lambda name: layer_parameters(name, walk.layers[name])


def _is_model(operation: Any) -> bool:
    return (
        isinstance(operation, keras.Model)
        and bool(getattr(operation, "inputs", None))
        and bool(getattr(operation, "outputs", None))
        and all(hasattr(tensor, "_keras_history") for tensor in operation.outputs)
    )


def _outputs(model: Any) -> list[Any]:
    return list(model.outputs)


def _ordered(tensor: Any, known: dict[int, str]) -> list[tuple[Any, Any]]:
    """The calls that lead to a tensor, inputs first, leaving out those whose result is known."""
    order: list[tuple[Any, Any]] = []
    seen = set(known)
    stack = [(tensor, False)]
    while stack:
        current, ready = stack.pop()
        if id(current) in seen:
            continue
        history = current._keras_history
        node = history.operation._inbound_nodes[history.node_index]
        if ready:
            seen.update(id(output) for output in node.output_tensors)
            order.append((history.operation, node))
        elif not node.input_tensors:
            raise NetworkError(f"layer {history.operation.name!r} is a second input of the model.")
        else:
            stack.append((current, True))
            stack.extend((source, False) for source in reversed(node.input_tensors))
    return order


def describe(layer: Any) -> tuple[str, dict[str, Any]]:
    """The operation of a Keras layer and its options, or "keras" where it has none here."""
    kind = type(layer)
    if isinstance(layer, _INFERENCE_IDENTITY) or kind.__name__.startswith("Random"):
        return "identity", {}
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        raise NetworkError(
            f"layer {layer.name!r} wants its channels first, which is not supported."
        )
    reader = _READERS.get(kind)
    result = reader(layer) if reader else None
    return result or ("keras", _keras_options(layer))


def _conv(layer: Any) -> tuple[str, dict[str, Any]] | None:
    op = {"DepthwiseConv2D": "depthwise", "SeparableConv2D": "separable"}.get(
        type(layer).__name__, "conv"
    )
    if getattr(layer, "groups", 1) != 1 or (op != "conv" and layer.strides[0] != layer.strides[1]):
        return None
    options = {
        "kernel_size": tuple(layer.kernel_size),
        "strides": tuple(layer.strides),
        "padding": layer.padding,
        "dilation_rate": tuple(layer.dilation_rate),
    }
    return _with_activation(op, layer, options)


def _with_activation(
    op: str, layer: Any, options: dict[str, Any]
) -> tuple[str, dict[str, Any]] | None:
    name = getattr(layer.activation, "__name__", None)
    if name is None or keras.activations.get(name) is not layer.activation:
        return None
    return op, options | {"activation": name}


def _pool(op: str) -> Callable[[Any], tuple[str, dict[str, Any]]]:
    return lambda layer: (
        op,
        {
            "kernel_size": tuple(layer.pool_size),
            "strides": tuple(layer.strides),
            "padding": layer.padding,
        },
    )


def _activation(layer: Any) -> tuple[str, dict[str, Any]] | None:
    found = _with_activation("activation", layer, {})
    return found and ("activation", {"function": found[1]["activation"]})


_READERS: dict[type, Callable[[Any], tuple[str, dict[str, Any]] | None]] = {
    keras.layers.Conv2D: _conv,
    keras.layers.DepthwiseConv2D: _conv,
    keras.layers.SeparableConv2D: _conv,
    keras.layers.Dense: lambda layer: _with_activation("dense", layer, {}),
    keras.layers.BatchNormalization: lambda layer: (
        ("batch_norm", {"epsilon": layer.epsilon}) if layer.axis in (-1, 3) else None
    ),
    keras.layers.Activation: _activation,
    keras.layers.MaxPooling2D: _pool("max_pool"),
    keras.layers.AveragePooling2D: _pool("average_pool"),
    keras.layers.Concatenate: lambda layer: ("concat", {}) if layer.axis in (-1, 3) else None,
    keras.layers.Add: lambda layer: ("add", {}),
    keras.layers.ZeroPadding2D: lambda layer: ("zero_pad", {"pads": layer.padding}),
}


def _keras_options(layer: Any) -> dict[str, Any]:
    """How a layer that Keras runs changes the picture's size, as far as it is known."""
    name = type(layer).__name__
    if name.startswith("Global") or name in ("Flatten", "Reshape"):
        return {"global": True}
    if name == "UpSampling2D":
        return {"size": tuple(layer.size)}
    if name == "Conv2DTranspose":
        return {"size": tuple(layer.strides)}
    if name == "Cropping2D":
        return {"pads": tuple((-low, -high) for low, high in layer.cropping)}
    if hasattr(layer, "kernel_size") and hasattr(layer, "strides"):
        _, options = _conv(layer) or ("", None)
        return options or {}
    return {}


def layer_parameters(name: str, layer: Any) -> Parameters:
    """The arrays of a Keras layer by their names."""
    if isinstance(layer, keras.layers.SeparableConv2D):
        if name.endswith("/depthwise"):
            return {"kernel": layer.depthwise_kernel.numpy()}
        return _arrays(kernel=layer.pointwise_kernel, bias=layer.bias)
    if isinstance(layer, keras.layers.BatchNormalization):
        return _arrays(
            gamma=layer.gamma,
            beta=layer.beta,
            moving_mean=layer.moving_mean,
            moving_variance=layer.moving_variance,
        )
    return _arrays(kernel=layer.kernel, bias=layer.bias)


def _arrays(**variables: Any) -> Parameters:
    return {name: value.numpy() for name, value in variables.items() if value is not None}


def canonical_names(nodes: tuple[Node, ...]) -> dict[str, str]:
    """Names as in a fresh Keras session: `conv2d_97` of a second model is `conv2d_3` again."""
    numbered: dict[str, list[tuple[int, str]]] = {}
    for node in nodes:
        kind = type(node.layer).__name__
        stem = re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", kind))
        stem = stem.lower()
        match = re.fullmatch(rf"{stem}(?:_(\d+))?", node.name)
        if node.layer is not None and match:
            numbered.setdefault(stem, []).append((int(match[1] or 0), node.name))
    return {
        name: f"{stem}_{index}" if index else stem
        for stem, names in numbered.items()
        for index, (_, name) in enumerate(sorted(names))
    }


def application_network(name: str, model: Any, convention: str, weights: str) -> Network:
    """One of Keras's applications as a network, its layers named as in a fresh session."""
    nodes, parameters = model_nodes(model)
    names = canonical_names(nodes)
    back = {new: old for old, new in names.items()}
    renamed = tuple(
        dataclasses.replace(
            node,
            name=names.get(node.name, node.name),
            inputs=tuple(names.get(i, i) for i in node.inputs),
        )
        for node in nodes
    )
    return Network(name, renamed, lambda n: parameters(back.get(n, n)), convention, weights)
