"""job → **description** → record: the record of a dream that has not begun, with its checksums."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backend import compute_threads, device_name, instruction_set
from ..checksums import blocks
from ..networks.loaded import loaded_network
from ..networks.nodes import Network, Node, needed_nodes
from ..networks.sources import Source
from ..networks.weights import BUNDLED_SHA256
from ..pictures.picture import Picture, row_blocks
from ..recipes.objectives import as_text
from ..recipes.terms import LayerTerm
from ..version import installed_version, version
from ._skipping import ended_by
from .job import Job
from .places import Place
from .record import Record, Term

if TYPE_CHECKING:
    from ..core.octaves import State

PROGRAMS = ("tensorflow", "keras", "numpy", "pillow")


def describe(job: Job) -> Record:
    """The record of a dream that has not begun; the network is loaded for it."""
    request, source, picture = job.request, job.source, job.picture
    layers = tuple(job.layers)
    return Record(  # long: a line for each field
        deepdreamr=version(),
        recipe=job.recipe.name,
        settings=job.recipe.settings(),
        layers=[plain_term(term) for term in job.terms],
        network=source.name,
        weights=loaded_network(source).weights,
        weights_from=source.weights,  # type: ignore[arg-type]
        weights_sha256=parameters_checksum(source, layers),
        convention=source.convention,
        training=job.training,
        precision=job.precision,
        seed=job.seed,
        source=picture.name,
        source_size=picture.shape,
        source_sha256=picture_checksum(picture),
        guide_sha256=None if job.guide is None else picture_checksum(job.guide),
        **_place(job.place),
        size=None if request.size is None else picture.shape,
        max_size=None if request.max_size is None else min(int(request.max_size), 2**31),
        window_pixels=None,
        octaves=list(job.shapes),
        octave=len(job.shapes),
        steps=0,
        last_step=None,
        stopped=None,
        device=device_name(),
        versions=versions(),
        engine=job.engine,  # type: ignore[arg-type]
        threads=compute_threads(),
        processor=instruction_set(),
    )


def reached(record: Record, state: State, window_pixels: int | None) -> Record:
    """The record, with how far the dream came."""
    last = state.steps[-1] if state.steps else None
    return dataclasses.replace(
        record,
        octave=state.octave,
        last_step=last and (last.octave, last.iteration),
        steps=len(state.steps),
        stopped=state.stopped or ended_by(record, state.octave),
        window_pixels=window_pixels,
    )


def _place(place: Place) -> dict[str, Any]:
    """What a record says of a place."""
    masks = [
        {"mask_sha256": mask_checksum(r.mask), "layers": [plain_term(t) for t in r.terms]}
        for r in place.regions
    ]
    alone = None if masks or place.mask is None else mask_checksum(place.mask)
    finish = {"keep_colors": place.keep_colors, "strength": place.strength}
    return {"mask_sha256": alone, "masks": masks, **finish}


def plain_term(term: LayerTerm) -> Term:
    """A term as plain data."""
    channels = None if term.channels is None else list(term.channels)
    plain: Term = {"layer": term.layer, "weight": term.weight, "channels": channels}
    if term.objective is not None:
        plain["objective"] = as_text(term.objective)
    return plain


def versions() -> dict[str, str]:
    """Of Python, and of the packages whose arithmetic makes the pixels."""
    return {"python": platform.python_version()} | {
        name: found for name in PROGRAMS if (found := installed_version(name))
    }


def mask_checksum(mask: np.ndarray) -> str:
    """sha256 of a mask's size and numbers."""
    digest = hashlib.sha256(repr(mask.shape).encode())
    digest.update(np.ascontiguousarray(mask, "<f4").data)
    return digest.hexdigest()


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
            yield from blocks(file)


def _arrays(network: Network, node: Node) -> list[Any]:
    from ..networks.engine.operations import WITH_PARAMETERS  # imports TensorFlow

    if node.op in WITH_PARAMETERS:
        arrays = network.parameters(node.name)
        return [np.asarray(arrays[name]) for name in sorted(arrays)]
    return node.layer.get_weights() if hasattr(node.layer, "get_weights") else []
