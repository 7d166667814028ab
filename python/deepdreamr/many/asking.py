"""request → **text** → checksum: what makes two runs' dreams of a picture the same."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import json
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..checksums import sha256
from ..errors import ArgumentError, DeepDreamError, ImageWarning, MemoryLimitError
from ..pictures.picture import Picture, Shape
from ..pictures.reading import read_picture
from ..recipes.objectives import as_text
from ..recipes.settings import Recipe
from ..recipes.terms import LayerTerm
from ..runs.checking import check
from ..runs.describing import picture_checksum
from ..runs.request import READ, Request, mask_pairs, request_of
from .request import RUNNING

_LEFT_OUT = ("image", "max_memory", "overwrite")  # no pixel depends on them
_MANY = ("picture", "place", "loss", "network", "memory", "output")
_NOT_EACH = ("image", "size", "max_memory", "overwrite")


def request_for_all(layers: Any, options: Mapping[str, Any]) -> Request:
    """What is asked for of all pictures.

    Raises
    ------
    ArgumentError
        If an argument is not known, or is one that many dreams cannot share.
    """
    if options.get("size") is not None:
        raise ArgumentError("`size` is of a dream from noise: give `dream` that.")
    request = request_of(None, layers, options, _MANY, own=RUNNING)
    check_network(request.network)
    return request


def check_network(network: Any) -> None:
    """Raise an `ArgumentError` if other processes cannot have a network."""
    if _is_model(network):
        raise ArgumentError(
            "a model is in this process alone, and the pictures are dreamed in others.",
            "Save it, as a .keras file, and give that as `network`.",
        )


def check_for_all(request: Request) -> None:
    """Raise an error for all that is wrong whatever the picture is."""

    def refuse(problem: DeepDreamError) -> None:
        if not isinstance(problem, MemoryLimitError):
            raise problem

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImageWarning)  # such as that a mask has another size
        check(dataclasses.replace(request, image=stand_in((1024, 1024))), refuse)


def stand_in(shape: Shape) -> np.ndarray:
    """A picture that goes with every mask: uint8 (height, width, 4), its upper half transparent."""
    picture = np.full((*shape, 4), 255, np.uint8)
    picture[: shape[0] // 2, :, 3] = 0
    return picture


def _is_model(network: Any) -> bool:
    return not isinstance(network, str | os.PathLike)


def request_for_one(request: Request, own: Mapping[str, Any]) -> Request:
    """What is asked for of a picture that has arguments of its own."""
    if not own:
        return request
    for name in _NOT_EACH:
        if name in own:
            raise ArgumentError(f"`{name}` cannot be a picture's own.")
    options = {name: value for name, value in own.items() if name != "layers"}
    asked = request_of(None, own.get("layers", request.layers), options, _MANY)
    check_network(asked.network)
    given = {name: getattr(asked, name) for name in own if name in _fields(asked)}
    return dataclasses.replace(request, **given, settings={**request.settings, **asked.settings})


def _fields(request: Request) -> set[str]:
    return {field.name for field in dataclasses.fields(request)} - {"settings"}


def checksum(request: Request, **more: Any) -> str:
    """sha256 of all that a dream's pixels depend on besides its picture; files by their content."""
    said = {name: _of(request, name) for name in sorted(_fields(request)) if name not in _LEFT_OUT}
    said["settings"] = _plain(dict(sorted(request.settings.items())))
    return hashlib.sha256(json.dumps([said, more]).encode()).hexdigest()


def _of(request: Request, name: str) -> Any:
    """An argument as plain data; of what is read, a file's content counts and not its name."""
    value = getattr(request, name)
    if name in (*READ, "masks") and isinstance(value, Mapping):  # what it is at some moments
        moments = (dataclasses.replace(request, **{name: item}) for item in value.values())
        return [[str(key), _of(one, name)] for key, one in zip(value, moments, strict=True)]
    if name == "masks" and value is not None:
        return [[_read_from(mask), _plain(layers)] for mask, layers in mask_pairs(value)]
    if name in READ:
        return _read_from(value, folders=name == "network")
    return _plain(value)


def _read_from(value: Any, folders: bool = False) -> Any:
    """What is read from a value: of a file its content, of a picture its pixels."""
    if isinstance(value, str | os.PathLike):
        return _read(os.fspath(value), folders)
    if isinstance(value, Picture | Image.Image) or hasattr(value, "read_picture"):
        return picture_checksum(read_picture(value))
    return _plain(value)


def _plain(value: Any) -> Any:
    """A value as JSON has it, which tells it apart from others."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, os.PathLike):
        return _read(os.fspath(value))
    if isinstance(value, Mapping):
        return [[_plain(key), _plain(item)] for key, item in value.items()]
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, LayerTerm):
        objective = value.objective and as_text(value.objective)
        return [value.layer, value.weight, _plain(value.channels), objective]
    if isinstance(value, Recipe):
        return [value.name, _plain(value.layers), _plain(value.settings())]
    return _content_of(value)


def _content_of(value: Any) -> str:
    """A checksum of bytes and of arrays; whatever else as Python writes it."""
    if isinstance(value, bytes | bytearray | memoryview):
        return hashlib.sha256(value).hexdigest()
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        return repr(value.item())
    if hasattr(value, "__array__"):
        array = np.asarray(value)
        return hashlib.sha256(
            repr((array.shape, array.dtype)).encode() + array.tobytes()
        ).hexdigest()
    return repr(value)


def _read(path: str, folders: bool = False) -> str:
    """A checksum of what lies at a path; where nothing can be read, which a worker says, itself."""
    with contextlib.suppress(OSError, ValueError):
        found = os.path.expanduser(path)
        if os.path.isfile(found) or (folders and os.path.isdir(found)):
            return _checksum_at(found)
    return path


def _checksum_at(path: str) -> str:
    """A checksum of a file's content, or of all files in a folder."""
    files = sorted(Path(path).rglob("*")) if os.path.isdir(path) else [Path(path)]
    parts = []
    for file in files:
        if file.is_file():
            status = file.stat()
            parts.append(_of_file(str(file), status.st_size, status.st_mtime_ns))
    return hashlib.sha256("".join(parts).encode()).hexdigest()


@functools.lru_cache(maxsize=1024)
def _of_file(path: str, size: int, time: int) -> str:
    return sha256(path)
