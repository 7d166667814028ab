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
import keras

from ...errors import NetworkError
from .configs import check_config, plain_config

_LARGEST_CONFIG = 64 * 2**20


def load_keras_file(path: Path, limit: int | None = None) -> Any:
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
        model = keras.saving.deserialize_keras_object(plain_config(config), safe_mode=True)
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
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copyfile(path, Path(folder) / "model.h5"))
        check_hdf5(copy, path.name)
        with h5py.File(copy, "r+") as file:
            text = file.attrs.get("model_config")
            if text is None:
                raise NetworkError(
                    f"{path.name!r} holds no model, only parameters at most.",
                    "Give it as `weights`, with the network's name as `network`.",
                )
            config = _parsed(text, path.name)
            check_config(config, path.name)
            file.attrs["model_config"] = json.dumps(plain_config(config)).encode()
        return keras.models.load_model(copy, compile=False, safe_mode=True)


def _parsed(text: str | bytes, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise NetworkError(f"the configuration in {name!r} is no JSON.") from None


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
