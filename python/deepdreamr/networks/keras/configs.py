"""Keras configuration → **checked configuration**: what a model's JSON may name.

Only Keras's own layers for pictures; what a dream has no use for, or Keras 3 no longer takes, is
left out before the model is built.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import itertools
from collections.abc import Iterable, Iterator
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
_MODELS = {
    "Functional": "keras.src.models.functional",
    "Model": "keras.src.models.model",
    "Sequential": "keras.src.models.sequential",
}
_OWN = {
    **_MODELS,
    "LayerScale": "keras.src.applications.convnext",
    "CustomScaleLayer": "keras.src.applications.inception_resnet_v2",
}
_POLICIES = ("DTypePolicy", "FloatDTypePolicy", "Policy")
_VALUES = ("__keras_tensor__", "__tensor__", "__numpy__", "__tuple__", "__ellipsis__", "__slice__")
_OPERATIONS = tuple(
    f"keras.src.ops.{module}" for module in ("numpy", "nn", "image", "math", "linalg")
)
_SETTINGS = ("keras.initializers", "keras.regularizers", "keras.constraints")
_MOST_OBJECTS = 100_000
_TRUST = (
    "If you trust the file, load it yourself with keras.models.load_model and give the model "
    "object as `network`."
)


def check_config(config: Any, name: str) -> None:
    """Raise a `NetworkError` if a model's configuration names anything but Keras's own layers."""
    objects = list(itertools.islice(_objects(config), _MOST_OBJECTS + 1))
    if len(objects) > _MOST_OBJECTS:
        raise NetworkError(f"{name!r} holds more than {_MOST_OBJECTS:,} layers and settings.")
    for item in (*objects, *_named_functions(objects)):
        kind, module = str(item["class_name"]), item.get("module")
        registered = item.get("registered_name")
        if kind == "function":
            kind = str(item.get("config"))
            known = module in (None, "builtins", "keras.activations") and _is_activation(kind)
        else:
            known = registered in (None, kind) and _module_of(kind, module) is not None
        if not known:
            what = registered if registered and registered != "function" else kind
            where = f" of {module}" if module and not str(module).startswith("keras") else ""
            raise NetworkError(
                f"{name!r} holds {str(what)[:200]!r}{where[:200]}, which is none of Keras's own "
                "layers for pictures and is not loaded from a file: it could run code or read "
                "other files.",
                _TRUST,
            )


def _objects(config: Any) -> Iterator[dict[str, Any]]:
    """Every part of a configuration that stands for an object, at any depth."""
    parts = [config]
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            if "class_name" in part:
                yield part
            parts.extend(value for key, value in part.items() if key != "compile_config")
        elif isinstance(part, list):
            parts.extend(part)


def _named_functions(objects: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The activations that layers name by a text, in the form of the others."""
    for item in objects:
        settings = item.get("config")
        for key, value in settings.items() if isinstance(settings, dict) else ():
            if key.endswith("activation") and isinstance(value, str):
                yield {"class_name": "function", "config": value}


def _module_of(kind: str, module: Any) -> str | None:
    """Where Keras is to find a class; None for what is not known, or said to be elsewhere."""
    if kind in _VALUES:
        return "builtins" if module is None else None
    if kind in _POLICIES or kind == "TensorShape":
        return "keras" if module is None or _is_keras(module) else None
    if kind in _OWN and _is_own(kind, module):
        return _OWN[kind]
    if kind in _LAYERS and module in (None, "keras", "keras.layers"):
        return "keras.layers"
    if module in (None, *_SETTINGS) and _is_setting(kind):
        return module or "keras.initializers"
    return module if module in _OPERATIONS and is_operation(kind, module) else None


def _is_keras(module: Any) -> bool:
    return isinstance(module, str) and module.partition(".")[0] == "keras"


def _is_own(kind: str, module: Any) -> bool:
    """Whether a model, or a layer of an application, is said to be where it is or once was."""
    if kind in _MODELS and module in (None, "keras", "keras.layers", "keras.models"):
        return True
    place = _OWN[kind].rpartition(".")[0]
    places = (None, _OWN[kind], place, f"keras.src.engine.{kind.lower()}")
    return module in places


def applications_own() -> dict[str, type]:
    """The layers of Keras's applications, which it does not find by their names alone."""
    names = _OWN.keys() - _MODELS.keys()
    return {name: getattr(importlib.import_module(_OWN[name]), name) for name in names}


def is_operation(kind: str, module: str) -> bool:
    """Whether a module of Keras has an operation of this name."""
    found = getattr(importlib.import_module(module), kind, None)
    return isinstance(found, type) and issubclass(found, keras.Operation)


def _is_setting(kind: str) -> bool:
    modules = (keras.initializers, keras.regularizers, keras.constraints)
    return any(isinstance(getattr(module, kind, None), type) for module in modules)


def _is_activation(name: str) -> bool:
    return not name.startswith("_") and callable(getattr(keras.activations, name, None))


_UNUSED = ("_initializer", "_regularizer", "_constraint")
_NEUTRAL: tuple[Any, ...] = (None, False, 0, 1, [], {}, "channels_last")


def plain_config(config: Any) -> Any:
    """A checked configuration as far as it matters to a dream, with names from here alone.

    Losses, metrics, optimizers, initializers, regularizers and constraints are left out; so are
    settings that Keras 3 does not know any more, if they say nothing (`groups=1`, `ragged=False`).
    """
    if isinstance(config, list):
        return [plain_config(part) for part in config]
    if not isinstance(config, dict):
        return config
    plain = {key: plain_config(x) for key, x in config.items() if key != "compile_config"}
    kind = plain.get("class_name")
    if kind in _POLICIES:
        return plain["config"]["name"]
    if kind in ("TensorShape", "__tuple__"):
        return tuple(plain["items"])
    if isinstance(plain.get("config"), dict):
        known = _settings_of(kind)
        plain["config"] = {
            key: x
            for key, x in plain["config"].items()
            if not (known and (key.endswith(_UNUSED) or (key not in known and x in _NEUTRAL)))
        }
        axis = plain["config"].get("axis")
        if kind == "BatchNormalization" and isinstance(axis, list):
            plain["config"]["axis"] = axis[0]
    return plain | _place_of(plain)


def _place_of(item: dict[str, Any]) -> dict[str, Any]:
    """Where Keras finds a class or function, if the configuration says a place for it at all."""
    kind = item.get("class_name")
    if "module" not in item or kind is None or kind in _VALUES:
        return {}
    if kind == "function":
        return {"module": "builtins", "registered_name": item["config"]}
    return {"module": _module_of(kind, item["module"]), "registered_name": None}


@functools.cache
def _settings_of(kind: Any) -> frozenset[str]:
    """The names of what a layer's class takes; empty for what is no layer."""
    layer = getattr(keras.layers, kind, None) if isinstance(kind, str) else None
    if kind not in _LAYERS or not isinstance(layer, type):
        return frozenset()
    makers = [vars(base)["__init__"] for base in layer.__mro__[:-1] if "__init__" in vars(base)]
    names = [name for make in makers for name in inspect.signature(make).parameters]
    return frozenset((*names, "name", "dtype", "trainable"))
