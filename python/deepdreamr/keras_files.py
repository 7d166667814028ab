"""Keras file → **model**, safely: what a `.keras` or `.h5` file may contain, and how it is read.

A file from a stranger is data. Its configuration is read first, and refused by name if it holds
anything but Keras's own layers for pictures; nothing is unpickled, and no other file is opened.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import keras

from .errors import NetworkError

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
_OPERATIONS = tuple(f"keras.src.ops.{room}" for room in ("numpy", "nn", "image", "math", "linalg"))
_LARGEST_CONFIG = 64 * 2**20
_TRUST = (
    "If you trust the file, load it yourself with keras.models.load_model and give the model "
    "object as `network`."
)


def load_keras_file(path: Path) -> Any:
    """The Keras model in a `.keras` or `.h5` file.

    Raises
    ------
    NetworkError
        If the file holds something that could run code or read other files, named in the message;
        or if Keras cannot read it.
    """
    read = _load_archive if zipfile.is_zipfile(path) else _load_hdf5
    try:
        return read(path)
    except NetworkError:
        raise
    except Exception as error:  # whatever Keras, h5py or zipfile meet in a file
        raise NetworkError(f"Keras cannot read {path.name!r}: {_short(error)}") from error


def _short(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:300]


def _load_archive(path: Path) -> Any:
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        config = _parsed(_member(archive, "config.json", _LARGEST_CONFIG), path.name)
        check_config(config, path.name)
        model = keras.saving.deserialize_keras_object(_uncompiled(config), safe_mode=True)
        weights = Path(folder) / "model.weights.h5"
        weights.write_bytes(_member(archive, "model.weights.h5"))
        check_hdf5(weights, path.name)
        model.load_weights(weights)
        return model


def _member(archive: zipfile.ZipFile, name: str, most: int = 2**34) -> bytes:
    """The content of one member, read in memory, however much its header says it is."""
    with archive.open(name) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise NetworkError(f"{name} in the file is larger than {most} bytes.")
    return content


def _load_hdf5(path: Path) -> Any:
    check_hdf5(path, path.name)
    with h5py.File(path, "r") as file:
        text = file.attrs.get("model_config")
    if text is None:
        raise NetworkError(
            f"{path.name!r} holds no model, only parameters at most.",
            'Give it as `weights`, with the network\'s name as `network`, like network="vgg16".',
        )
    check_config(_parsed(text, path.name), path.name)
    with tempfile.TemporaryDirectory() as folder:
        if path.suffix not in (".h5", ".hdf5"):  # which is what Keras goes by
            path = Path(shutil.copy(path, Path(folder) / "model.h5"))
        return keras.models.load_model(path, compile=False, safe_mode=True)


def _parsed(text: str | bytes, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise NetworkError(f"the configuration in {name!r} is no JSON.") from None


def _uncompiled(config: Any) -> Any:
    """The configuration without losses, metrics and optimizers, which a dream has no use for."""
    if isinstance(config, dict):
        return {key: _uncompiled(x) for key, x in config.items() if key != "compile_config"}
    return [_uncompiled(x) for x in config] if isinstance(config, list) else config


def check_config(config: Any, name: str) -> None:
    """Raise a `NetworkError` if a model's configuration names anything but Keras's own layers."""
    for item in _objects(config):
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


def _is_known(kind: str, module: Any) -> bool:
    if kind in _PLAIN:
        return True
    if module is None or module in ("keras", "keras.layers"):
        return kind in _LAYERS or (module is None and _is_setting(kind))
    if not isinstance(module, str):
        return False
    if module in ("keras.initializers", "keras.regularizers", "keras.constraints"):
        return _is_setting(kind)
    own = any(module.startswith(room) and kind in names for room, names in _OWN.items())
    return own or (module in _OPERATIONS and kind.isidentifier())


def _is_setting(kind: str) -> bool:
    rooms = (keras.initializers, keras.regularizers, keras.constraints)
    return any(isinstance(getattr(room, kind, None), type) for room in rooms)


def _is_activation(name: str) -> bool:
    return not name.startswith("_") and callable(getattr(keras.activations, name, None))


def check_hdf5(path: Path, name: str) -> None:
    """Raise a `NetworkError` if an HDF5 file would have other files read."""
    with h5py.File(path, "r") as file:
        groups, seen = [file["/"]], set()
        while groups:
            group = groups.pop()
            for key in group:
                if not isinstance(group.get(key, getlink=True), h5py.HardLink):
                    raise NetworkError(f"{name!r} holds a link to elsewhere, at {key!r}.")
                item = group[key]
                if isinstance(item, h5py.Dataset) and (item.external or item.is_virtual):
                    raise NetworkError(f"{name!r} takes {key!r} from another file.")
                address = h5py.h5o.get_info(item.id).addr
                if isinstance(item, h5py.Group) and address not in seen:
                    seen.add(address)
                    groups.append(item)
