"""weights file → **application**: parameters from a file for one of the networks known by name."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from ...errors import MemoryLimitError, WeightsError, said
from .._refusals import first_line
from .files import load_keras_file
from .hdf5 import check_hdf5
from .models import model_nodes


class _Saved(NamedTuple):
    """A layer's parameters as they lie in a file."""

    name: str
    arrays: list[np.ndarray]


def load_parameters(model: Any, path: Path) -> None:
    """Fill an application's model from a `.weights.h5`, an older `.h5`, or a whole saved model.

    Layers are taken in their order, whatever their names; what a file has beyond the model's
    layers, such as a classifier, is left.

    Raises
    ------
    WeightsError
        If the file cannot be read, or does not fit; the message names the first layer that differs.
    """
    try:
        if zipfile.is_zipfile(path):
            _fill(model, _saved_in_model(path), path.name)
            return
        check_hdf5(path, path.name)
        kind = _kind(path)
        if kind == "keras 3":
            _load_keras3(model, path)
        else:
            saved = _saved_in_model(path) if kind == "model" else _saved_in_order(path)
            _fill(model, saved, path.name)
    except (WeightsError, MemoryLimitError):
        raise
    except Exception as error:  # whatever Keras, h5py or NumPy meet in a file
        raise WeightsError(f"cannot read parameters from {path.name!r}: {said(error)}") from error


def _kind(path: Path) -> str:
    with h5py.File(path, "r") as file:
        if "model_config" in file.attrs:
            return "model"
        if "layer_names" in file.attrs or "layer_names" in _weights_group(file).attrs:
            return "in order"
        if "layers" in file or "_layer_checkpoint_dependencies" in file:
            return "keras 3"
    raise WeightsError(f"{path.name!r} holds no parameters that Keras would have saved.")


def _load_keras3(model: Any, path: Path) -> None:
    if not path.name.endswith(".weights.h5"):
        raise WeightsError(f"{path.name!r} must end in .weights.h5.", "Rename it.")
    try:
        model.load_weights(path)
    except Exception as error:  # whatever Keras meets in it
        message = f"{path.name!r} does not fit {model.name}: {first_line(error)}"
        raise WeightsError(message) from error


def _weights_group(file: Any) -> Any:
    return file["model_weights"] if "model_weights" in file else file


def _saved_in_order(path: Path) -> Iterator[_Saved]:
    """The layers of a file of Keras 1 or 2, which lists them in their order."""
    with h5py.File(path, "r") as file:
        group = _weights_group(file)
        for name in _names(group.attrs, "layer_names"):
            names = _names(group[name].attrs, "weight_names")
            if names:
                yield _Saved(name, [np.asarray(group[name][weight]) for weight in names])


def _names(attributes: Any, key: str) -> list[str]:
    """A list of names; a long one is saved in pieces."""
    values = list(attributes.get(key, ()))
    piece = 0
    while f"{key}{piece}" in attributes:
        values.extend(attributes[f"{key}{piece}"])
        piece += 1
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values]


def _saved_in_model(path: Path) -> Iterator[_Saved]:
    nodes, _ = model_nodes(load_keras_file(path))
    for layer in _with_weights(node.layer for node in nodes):
        yield _Saved(layer.name, layer.get_weights())


def _with_weights(layers: Iterable[Any]) -> list[Any]:
    """Those layers that have parameters, each once."""
    return [layer for layer in dict.fromkeys(layers) if getattr(layer, "weights", None)]


def _fill(model: Any, saved: Iterable[_Saved], name: str) -> None:
    found = list(saved)
    in_graph = [node.layer for node in model_nodes(model)[0]]
    for order in (in_graph, model.layers):
        layers = _with_weights(order)
        misfit = _first_misfit(layers, found)
        if misfit is None:
            for layer, item in zip(layers, found, strict=False):
                layer.set_weights(item.arrays)
            return
    raise WeightsError(f"{name!r} does not fit {model.name}: {misfit}.")


def _first_misfit(layers: list[Any], found: list[_Saved]) -> str | None:
    for layer, item in zip(layers, found, strict=False):
        wanted = [tuple(weight.shape) for weight in layer.weights]
        given = [tuple(array.shape) for array in item.arrays]
        if wanted != given:
            return f"{layer.name} has parameters of {wanted}, the file's {item.name} has {given}"
    if len(found) < len(layers):
        return f"the file has nothing for {layers[len(found)].name}"
    return None
