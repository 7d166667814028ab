"""job → **record** → picture file, checkpoint: all that makes a dream, as plain data to compare."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..backend import device_name
from ..pictures.images import Picture, Shape, row_blocks
from .job import Job, loaded_network, network_for
from ..recipes.terms import LayerTerm
from ..pictures.metadata import KEY, Record
from ..networks.nodes import Network, Node, needed_nodes
from ..networks.sources import Source
from ..version import installed_version, version
from ..networks.weights import BUNDLED_SHA256

PROGRAMS = ("tensorflow", "keras", "numpy", "pillow")
NAMES = {
    "settings": "setting",
    "layers": "layers",
    "network": "network",
    "weights_sha256": "the network's parameters",
    "convention": "convention",
    "training": "training",
    "precision": "precision",
    "seed": "seed",
    "source_size": "the picture's size",
    "source_sha256": "the picture's pixels",
    "guide_sha256": "the guide",
    "octaves": "octaves' sizes",
}
"""What a dream's pixels depend on, and how it is called in a sentence."""


def describe(
    job: Job,
    picture: Picture,
    shapes: Sequence[Shape],
    *,
    size: Shape | None = None,
    max_size: int | None = None,
) -> Record:
    """The record of a dream that has not begun; its fields are those of `metadata.FIELDS`.

    The network is loaded for it, unless it is the bundled one.
    """
    layers = tuple(term.layer for term in job.terms)
    return {
        KEY: version(),
        "recipe": job.recipe.name,
        "settings": job.recipe.settings(),
        "layers": [_plain_term(term) for term in job.terms],
        "network": job.network,
        "weights": network_for(job).weights,
        "weights_from": job.source.weights,
        "weights_sha256": parameters_checksum(job.source, layers),
        "convention": job.source.convention,
        "training": job.training,
        "precision": job.precision,
        "seed": job.seed,
        "source": picture.name,
        "source_size": list(picture.shape),
        "source_sha256": picture_checksum(picture),
        "guide_sha256": job.guide and picture_checksum(job.guide),
        "size": None if size is None else list(picture.shape),
        "max_size": None if max_size is None else min(int(max_size), 2**31),
        "window_pixels": None,
        "octaves": [list(shape) for shape in shapes],
        "octave": len(shapes),
        "steps": 0,
        "last_step": None,
        "stopped": None,
        "device": device_name(),
        "versions": versions(),
    }


def _plain_term(term: LayerTerm) -> dict[str, Any]:
    channels = None if term.channels is None else [list(pair) for pair in term.channels]
    return {"layer": term.layer, "weight": term.weight, "channels": channels}


def versions() -> dict[str, str]:
    """Of Python, and of the packages whose arithmetic makes the pixels."""
    return {"python": platform.python_version()} | {
        name: found for name in PROGRAMS if (found := installed_version(name))
    }


def picture_checksum(picture: Picture) -> str:
    """sha256 of a picture's size and pixels."""
    digest = hashlib.sha256(repr(picture.shape).encode())
    for rows in row_blocks(picture.shape[0]):
        part = dataclasses.replace(picture, values=picture.values[rows])
        digest.update(np.ascontiguousarray(part.pixels, "<f4").data)
    return digest.hexdigest()


@functools.lru_cache(maxsize=8)
def parameters_checksum(source: Source, layers: tuple[str, ...]) -> str:
    """sha256 of the parameters that some layers depend on; of a frozen graph, of its files."""
    if source.weights == "bundled":
        return BUNDLED_SHA256  # which the file has been held against
    network = loaded_network(source)
    digest = hashlib.sha256()
    if network.cut is not None and source.path is not None:
        for content in _contents(source.path):
            digest.update(content)
        return digest.hexdigest()
    for node in needed_nodes(network.nodes, layers):
        for array in _arrays(network, node):
            digest.update(repr(array.shape).encode())
            digest.update(np.ascontiguousarray(array, "<f4").data)
    return digest.hexdigest()


def _contents(path: Path) -> Iterable[bytes]:
    """What a file holds, or all files in a folder, piece by piece."""
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            with file.open("rb") as stream:
                while block := stream.read(2**20):
                    yield block


def _arrays(network: Network, node: Node) -> list[np.ndarray]:
    from ..networks.engine.operations import WITH_PARAMETERS  # imports TensorFlow

    if node.op in WITH_PARAMETERS:
        arrays = network.parameters(node.name)
        return [np.asarray(arrays[name]) for name in sorted(arrays)]
    return node.layer.get_weights() if hasattr(node.layer, "get_weights") else []


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What two records differ in that their pixels depend on, one phrase for each."""
    found = []
    for field, name in NAMES.items():
        if field == "settings":
            found += _changed("setting ", before[field], now[field])
        elif before[field] != now[field]:
            brief = not field.endswith("sha256") and len(str(before[field])) < 80
            found.append(f"{name} (was {before[field]!r}, is {now[field]!r})" if brief else name)
    return found


def version_differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Programs that are of another version now, and the device if it is another."""
    old, new = (
        {KEY: record[KEY], **record["versions"], "device": record["device"]}
        for record in (before, now)
    )
    return _changed("", old, new)


def _changed(prefix: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [
        f"{prefix}{name} (was {before.get(name)!r}, is {now.get(name)!r})"
        for name in dict.fromkeys([*before, *now])
        if before.get(name) != now.get(name)
    ]
