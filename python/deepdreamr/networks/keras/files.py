"""Keras file → **model**, safely: what a `.keras` or `.h5` file may contain, and how it is read.

A file from a stranger is data. Its configuration is read first, and refused by name if it holds
anything but Keras's own layers for pictures; nothing is unpickled, and no other file is opened.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import h5py

from ...errors import DeepDreamError, NetworkError
from .._limits import read_member
from .._refusals import first_line
from .building import Stored, built
from .configs import check_config, plain_config
from .earlier import of_today
from .hdf5 import check_hdf5

_LARGEST_CONFIG = 16 * 2**20


def load_keras_file(path: Path, limit: int | None = None) -> Any:
    """The Keras model in a `.keras` or `.h5` file.

    Parameters
    ----------
    path : of the file
    limit : bytes that the process may hold in all; None for what the machine has

    Raises
    ------
    NetworkError
        If the file holds something that could run code or read other files, named in the message;
        or if Keras cannot read it.
    MemoryLimitError
        If it asks for more memory than there is.
    """
    read = _load_archive if zipfile.is_zipfile(path) else _load_hdf5
    try:
        with tempfile.TemporaryDirectory() as folder:
            return read(path, Path(folder), limit)
    except (DeepDreamError, MemoryError):
        raise
    except Exception as error:  # whatever Keras, h5py or zipfile meet in a file
        raise NetworkError(f"Keras cannot read {path.name!r}: {first_line(error)}") from error


def _load_archive(path: Path, folder: Path, limit: int | None) -> Any:
    weights = folder / "model.weights.h5"
    with zipfile.ZipFile(path) as archive:
        _check_length(archive.getinfo("config.json").file_size, path.name)
        config = _parsed(read_member(archive, "config.json", path.name, limit), path.name)
        weights.write_bytes(read_member(archive, weights.name, path.name, limit))
    model = built(config, Stored(path.name, check_hdf5(weights, path.name, limit), limit))
    model.load_weights(weights)
    return model


def _load_hdf5(path: Path, folder: Path, limit: int | None) -> Any:
    copy = Path(shutil.copyfile(path, folder / "model.h5"))
    stored = check_hdf5(copy, path.name, limit)
    with h5py.File(copy, "r") as file:
        text = file.attrs.get("model_config")
    if text is None:
        raise NetworkError(
            f"{path.name!r} holds no model, only parameters at most.",
            "Give it as `weights`, with the network's name as `network`.",
        )
    _check_length(len(text), path.name)
    model = built(_parsed(text, path.name), Stored(path.name, stored, limit))
    model.load_weights(copy)
    return model


def _check_length(length: int, name: str) -> None:
    if length > _LARGEST_CONFIG:
        raise NetworkError(f"the configuration in {name!r} is longer than any network's.")


def _parsed(text: str | bytes, name: str) -> Any:
    """The configuration, checked and as it is handed to Keras."""
    try:
        config = json.loads(text)
    except (ValueError, RecursionError):
        raise NetworkError(f"the configuration in {name!r} is no JSON.") from None
    config = of_today(config)
    check_config(config, name)
    return plain_config(config)
