"""Keras configuration → **checked configuration**: what a model's JSON may name.

Only Keras's own layers for pictures; what a dream has no use for, or Keras 3 no longer takes, is
left out before the model is built.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from typing import Any

import keras

from ...errors import NetworkError

_LAYERS = frozenset(
    "InputLayer Functional Model Sequential Conv2D Conv2DTranspose DepthwiseConv2D "
    "SeparableConv2D Dense EinsumDense BatchNormalization LayerNormalization GroupNormalization "
    "RMSNormalization UnitNormalization SpectralNormalization Normalization Rescaling "
    "MaxPooling2D AveragePooling2D AdaptiveMaxPooling2D AdaptiveAveragePooling2D "
    "GlobalAveragePooling2D GlobalMaxPooling2D "
    "Activation ReLU LeakyReLU PReLU ELU Softmax Add Subtract Multiply Average Maximum Minimum "
    "Concatenate Dot ZeroPadding2D Cropping2D UpSampling2D Resizing CenterCrop Flatten Reshape "
    "Permute RepeatVector Identity Dropout SpatialDropout2D GaussianNoise GaussianDropout "
    "AlphaDropout ActivityRegularization MultiHeadAttention GroupQueryAttention Attention "
    "Embedding RandomFlip RandomRotation RandomZoom RandomContrast RandomBrightness RandomCrop "
    "RandomTranslation RandomShear RandomHue RandomSaturation RandomSharpness RandomErasing "
    "RandomGrayscale RandomInvert RandomPosterization RandomGaussianBlur RandomColorJitter "
    "RandomColorDegeneration RandomPerspective RandomElasticTransform".split()
)
_OWN = {
    "keras.src.applications.": frozenset(("LayerScale", "CustomScaleLayer")),
    "keras.src.models.": frozenset(("Functional", "Sequential", "Model")),
}
_PLAIN = frozenset(
    "__keras_tensor__ __tensor__ __numpy__ __tuple__ __ellipsis__ __slice__ "
    "DTypePolicy FloatDTypePolicy Policy TensorShape".split()
)
_OPERATIONS = tuple(
    f"keras.src.ops.{module}" for module in ("numpy", "nn", "image", "math", "linalg")
)
_TRUST = (
    "If you trust the file, load it yourself with keras.models.load_model and give the model "
    "object as `network`."
)


def check_config(config: Any, name: str) -> None:
    """Raise a `NetworkError` if a model's configuration names anything but Keras's own layers."""
    for item in (*_objects(config), *_named_functions(config)):
        kind, module = item["class_name"], item.get("module")
        registered = item.get("registered_name")
        if kind == "function":
            kind = str(item.get("config"))
            known = module in (None, "builtins", "keras.activations") and _is_activation(kind)
        else:
            known = registered in (None, kind) and _is_known(kind, module)
        if not known:
            what = registered if registered and registered != "function" else kind
            where = f" of {module}" if module and not str(module).startswith("keras") else ""
            raise NetworkError(
                f"{name!r} holds {str(what)!r}{where}, which is none of Keras's own layers for "
                "pictures and is not loaded from a file: it could run code or read other files.",
                _TRUST,
            )


def _objects(config: Any) -> Iterator[dict[str, Any]]:
    """Every part of a configuration that stands for an object, at any depth."""
    parts = [config]
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            if isinstance(part.get("class_name"), str):
                yield part
            parts.extend(value for key, value in part.items() if key != "compile_config")
        elif isinstance(part, list):
            parts.extend(part)


def _named_functions(config: Any) -> Iterator[dict[str, Any]]:
    """The activations that layers name by a text, in the form of the others."""
    for item in _objects(config):
        settings = item.get("config")
        for key, value in settings.items() if isinstance(settings, dict) else ():
            if key.endswith("activation") and isinstance(value, str):
                yield {"class_name": "function", "config": value}


def _is_known(kind: str, module: Any) -> bool:
    if kind in _PLAIN:
        return True
    if module is None or module in ("keras", "keras.layers"):
        return kind in _LAYERS or (module is None and _is_setting(kind))
    if not isinstance(module, str):
        return False
    if module in ("keras.initializers", "keras.regularizers", "keras.constraints"):
        return _is_setting(kind)
    own = any(module.startswith(start) and kind in names for start, names in _OWN.items())
    return own or (module in _OPERATIONS and kind.isidentifier())


def _is_setting(kind: str) -> bool:
    modules = (keras.initializers, keras.regularizers, keras.constraints)
    return any(isinstance(getattr(module, kind, None), type) for module in modules)


def _is_activation(name: str) -> bool:
    return not name.startswith("_") and callable(getattr(keras.activations, name, None))


_UNUSED = ("_initializer", "_regularizer", "_constraint")
_NEUTRAL: tuple[Any, ...] = (None, False, 0, 1, [], {}, "channels_last")


def plain_config(config: Any) -> Any:
    """A configuration as far as it matters to a dream.

    Losses, metrics, optimizers, initializers, regularizers and constraints are left out; so are
    settings that Keras 3 does not know any more, if they say nothing (`groups=1`, `ragged=False`).
    """
    if isinstance(config, list):
        return [plain_config(part) for part in config]
    if not isinstance(config, dict):
        return config
    plain = {key: plain_config(x) for key, x in config.items() if key != "compile_config"}
    if isinstance(plain.get("config"), dict):
        known = _settings_of(plain.get("class_name"))
        plain["config"] = {
            key: x
            for key, x in plain["config"].items()
            if not (known and (key.endswith(_UNUSED) or (key not in known and x in _NEUTRAL)))
        }
        axis = plain["config"].get("axis")
        if plain.get("class_name") == "BatchNormalization" and isinstance(axis, list):
            plain["config"]["axis"] = axis[0]
    return plain


@functools.cache
def _settings_of(kind: Any) -> frozenset[str]:
    """The names of what a layer's class takes; empty for what is no layer."""
    layer = getattr(keras.layers, kind, None) if isinstance(kind, str) else None
    if kind not in _LAYERS or not isinstance(layer, type):
        return frozenset()
    makers = [vars(base)["__init__"] for base in layer.__mro__[:-1] if "__init__" in vars(base)]
    names = [name for make in makers for name in inspect.signature(make).parameters]
    return frozenset((*names, "name", "dtype", "trainable"))
