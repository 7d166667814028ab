"""Keras layer → **node's operation**: what a layer does, its options and its arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from ..nodes import Parameters

Description = tuple[str, dict[str, Any]]

_layers = keras.layers
_IDENTITIES = (
    _layers.Dropout,
    _layers.SpatialDropout2D,
    _layers.GaussianNoise,
    _layers.GaussianDropout,
    _layers.AlphaDropout,
    _layers.ActivityRegularization,
    _layers.Identity,
)


def describe(layer: Any, phase: bool | None = None) -> Description:
    """The operation of a Keras layer and its options; "keras" where the engine has none for it.

    Parameters
    ----------
    layer : a layer, or an operation of `keras.ops`
    phase : the learning phase that its call fixes, or None
    """
    if does_nothing(layer):
        return "identity", {}
    if type(layer) is _layers.BatchNormalization:
        return _batch_norm(layer, phase)
    reader = _READERS.get(type(layer)) if computes_plainly(layer) else None
    return (reader(layer) if reader else None) or ("keras", {})


def computes_plainly(layer: Any) -> bool:
    """Whether its class and its arrays tell what it does: not where it is quantised or patched."""
    return not getattr(layer, "quantization_mode", None) and "call" not in vars(layer)


def does_nothing(layer: Any) -> bool:
    """Whether it gives what it takes, but for training."""
    return type(layer) in _IDENTITIES or _is_augmentation(layer)


def _is_augmentation(layer: Any) -> bool:
    """Whether it changes pictures at random in training, and not at all otherwise."""
    kind = type(layer)
    return kind.__name__.startswith("Random") and kind.__module__.startswith("keras.")


def _batch_norm(layer: Any, phase: bool | None) -> Description:
    if layer.axis not in (-1, layer.input_spec.ndim - 1):
        return "keras", {}
    options: dict[str, Any] = {"epsilon": layer.epsilon}
    if phase is False or not layer.trainable:
        options["training"] = False
    elif phase:
        options["training"] = True
    return "batch_norm", options


def _conv(layer: Any) -> Description | None:
    op = {_layers.DepthwiseConv2D: "depthwise", _layers.SeparableConv2D: "separable"}.get(
        type(layer), "conv"
    )
    if op == "conv" and layer.groups > 1:
        if layer.kernel.shape[2] > 1:
            return None
        op = "depthwise"
    if op != "conv" and layer.strides[0] != layer.strides[1]:
        return None
    window = {
        "kernel_size": tuple(layer.kernel_size),
        "strides": tuple(layer.strides),
        "padding": layer.padding,
        "dilation_rate": tuple(layer.dilation_rate),
    }
    function = _known_function(layer)
    if function is None:
        return None
    if op == "separable":
        point = {"kernel_size": (1, 1), "strides": (1, 1), "padding": "valid"}
        return op, {"depthwise": window, "pointwise": point | function}
    return op, window | function


def _known_function(layer: Any) -> dict[str, Any] | None:
    """The layer's activation by its name, if Keras knows it by that name."""
    name = getattr(layer.activation, "__name__", None)
    if name is None or _keras_function(name) is not layer.activation:
        return None
    return {"activation": name}


def _keras_function(name: str) -> Any:
    try:
        return keras.activations.get(name)
    except ValueError:
        return None


def _dense(layer: Any) -> Description | None:
    function = _known_function(layer)
    return ("dense", function) if function is not None else None


def _activation(layer: Any) -> Description | None:
    function = _known_function(layer)
    return ("activation", {"function": function["activation"]}) if function is not None else None


def _relu(layer: Any) -> Description | None:
    name = {None: "relu", 6: "relu6"}.get(layer.max_value)
    if name is None or layer.negative_slope or layer.threshold:
        return None
    return "activation", {"function": name}


def _pool(op: str) -> Callable[[Any], Description]:
    return lambda layer: (
        op,
        {
            "kernel_size": tuple(layer.pool_size),
            "strides": tuple(layer.strides),
            "padding": layer.padding,
        },
    )


_READERS: dict[type, Callable[[Any], Description | None]] = {
    _layers.Conv2D: _conv,
    _layers.DepthwiseConv2D: _conv,
    _layers.SeparableConv2D: _conv,
    _layers.Dense: _dense,
    _layers.Activation: _activation,
    _layers.ReLU: _relu,
    _layers.MaxPooling2D: _pool("max_pool"),
    _layers.AveragePooling2D: _pool("average_pool"),
    _layers.Concatenate: lambda layer: ("concat", {}) if layer.axis in (-1, 3) else None,
    _layers.Add: lambda layer: ("add", {}),
    _layers.Multiply: lambda layer: ("multiply", {}),
    _layers.ZeroPadding2D: lambda layer: ("zero_pad", {"pads": layer.padding}),
}


def layer_parameters(name: str, layer: Any) -> Parameters:
    """The arrays of a Keras layer by their names; `name` is the node's."""
    if type(layer) is _layers.SeparableConv2D:
        if name.endswith("/depthwise"):
            return {"kernel": layer.depthwise_kernel.numpy()}
        return _arrays(kernel=layer.pointwise_kernel, bias=layer.bias)
    if type(layer) is _layers.BatchNormalization:
        names = ("gamma", "beta", "moving_mean", "moving_variance")
        return _arrays(**{name: getattr(layer, name, None) for name in names})
    arrays = _arrays(kernel=layer.kernel, bias=layer.bias)
    groups = getattr(layer, "groups", 1)
    if type(layer) is _layers.Conv2D and groups > 1:  # each channel by itself: a depthwise one
        kernel = arrays["kernel"]
        return {**arrays, "kernel": kernel.reshape((*kernel.shape[:2], groups, -1))}
    return arrays


def _arrays(**variables: Any) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in variables.items() if value is not None}
