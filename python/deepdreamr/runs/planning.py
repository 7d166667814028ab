"""job + estimates → **plan**: what a dream would do, take and leave out, before it is dreamed."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import DeepDreamError, DeepDreamWarning, ImageError, NetworkError, UnknownLayerError
from .estimates import Parts, measured_speed, octave_parts, peak_memory, silent_layers
from ..pictures.images import Picture, Shape, shrunk
from .job import (
    Job,
    check_job,
    climb_for,
    first_picture,
    job_precision,
    nodes_for,
    window_pixels,
)
from ..recipes.terms import known_terms
from .memory import free_memory, used_memory
from ..networks.loading import known_nodes
from ..networks.nodes import Node, layer_names, smallest_size
from ..core.octaves import check_octaves, octave_shapes
from .plans import OctavePlan, Plan, size_text
from ..recipes.settings import Recipe
from ..networks.sources import Source
from ..networks.weights import BUNDLED, BUNDLED_TEXT


def plan(
    image: Any = None,
    layers: Any = None,
    *,
    recipe: str | Recipe = "rblog",
    network: Any = "inception_v3",
    weights: str | os.PathLike[str] = "auto",
    convention: str | None = None,
    guide: Any = None,
    size: Shape | None = None,
    max_size: int | None = None,
    missing: str = "warn",
    training: bool = False,
    seed: int | None = None,
    precision: str = "float32",
    max_memory: int | str | None = None,
    measure: bool = True,
    **settings: Any,
) -> Plan:
    """Find out what `dream` would do with the same arguments, without dreaming.

    Parameters
    ----------
    image, layers, ... : as for `dream`. Nothing is downloaded: where ImageNet's parameters would
        be, random ones take their place here
    measure : whether the network is loaded and one small gradient timed. Otherwise TensorFlow is
        not even imported for inception_v3, and there is no prediction of the time

    Returns
    -------
    Plan
        With its `problems`: what `dream` would raise because of the picture's size, the layers or
        the memory is listed there.

    Raises
    ------
    ImageError, ArgumentError, NetworkError, WeightsError
        If not even the picture, the arguments or the network can be read.

    Examples
    --------
    >>> from deepdreamr import plan, sample_image
    >>> small = plan(sample_image("jelly"), max_size=200, measure=False)
    >>> small.problems[0].split(":")[0]
    'the picture is too small for octaves=6'
    """
    notes: list[str] = []
    with _warnings_as(notes):
        job = check_job(
            layers,
            recipe=recipe,
            network=network,
            weights=weights,
            convention=convention,
            missing=missing,
            training=training,
            seed=seed,
            precision=precision,
            max_memory=max_memory,
            guide=guide,
            settings=settings,
        )
        original = first_picture(image, size, None, job.seed)
    picture = original if max_size is None else shrunk(original, max_size)
    notes = [*_treatment(picture, original.shape), *notes]
    return _planned(job, picture, measure, notes)


def _treatment(picture: Picture, original: Shape) -> list[str]:
    notes = list(picture.notes)
    if picture.shape != original:
        notes.append(
            f"scaled down by max_size, from {size_text(original)} to {size_text(picture.shape)}"
        )
    if picture.alpha is not None:
        notes.append("the transparency is kept and put back (JPEG files have none)")
    if picture.icc_profile is not None:
        notes.append("the colour profile is kept")
    return notes


def _planned(job: Job, picture: Picture, measure: bool, notes: list[str]) -> Plan:
    start, problems = time.perf_counter(), list[str]()
    weights, loads = _parameters(job.source)
    job = dataclasses.replace(job, source=_stand_in(job.source))
    nodes = nodes_for(job)
    names = layer_names(nodes)
    with _warnings_as(notes), _errors_as(problems, UnknownLayerError):
        known_terms(job.terms, job.network, names, job.missing)
    unknown = tuple(dict.fromkeys(t.layer for t in job.terms if t.layer not in names))
    job = dataclasses.replace(job, terms=tuple(t for t in job.terms if t.layer in names))
    shapes, smallest = octave_shapes(picture.shape, job.recipe), 1
    with _errors_as(problems, ImageError, NetworkError):
        smallest = smallest_size(nodes, [term.layer for term in job.terms])
        check_octaves(picture.shape, job.recipe, smallest)
    parts, memory, seconds = [Parts(0, (0, 0), 0)] * len(shapes), None, None
    if not problems:
        with _errors_as(problems, DeepDreamError):
            parts, memory, seconds = _estimated(job, nodes, shapes, smallest, measure, start)
    octaves = []
    for shape, part in zip(shapes, parts, strict=True):
        seen = part.shape if job.recipe.tile_size is not None and part.most else shape
        silent = silent_layers(job, nodes, seen)
        octaves.append(OctavePlan(shape, part.most, part.shape, silent))
    return Plan(
        source=picture.name,
        shape=picture.shape,
        octaves=tuple(octaves),
        layers=job.terms,
        unknown=unknown,
        notes=(*notes, *_of_the_run(job, memory)),
        problems=tuple(problems),
        memory=memory,
        seconds=seconds,
        recipe=job.recipe.name,
        network=job.network,
        weights=weights,
        loads=loads,
    )


def _estimated(
    job: Job,
    nodes: tuple[Node, ...],
    shapes: tuple[Shape, ...],
    smallest: int,
    measure: bool,
    start: float,
) -> tuple[list[Parts], int, float | None]:
    """The parts of each octave's gradient, the peak of memory in bytes, and the seconds."""
    loads = measure or known_nodes(job.source) is None
    precision = job_precision(job) if loads or job.precision != "auto" else "float32"
    job = dataclasses.replace(job, precision=precision)
    climb = climb_for(job) if loads else None
    limit = window_pixels(job, climb, max(shapes))
    parts = [octave_parts(job, s, i, limit, smallest) for i, s in enumerate(shapes)]
    seconds = None
    if measure:
        loading = time.perf_counter() - start
        first, speed = measured_speed(job, smallest, limit is not None)
        gradients = job.recipe.iterations * sum(part.pixels for part in parts)
        seconds = loading + first + speed * gradients
    memory = peak_memory(job, nodes, climb, max(shapes), parts, windows=limit is not None)
    return parts, memory, seconds


def _of_the_run(job: Job, memory: int | None) -> list[str]:
    notes, free = [], free_memory()
    if job.recipe.max_loss is not None:
        notes.append(f"an octave ends early when its loss is above {job.recipe.max_loss:g}")
    allowed = job.memory or (None if free is None else used_memory() + free)
    if memory is not None and allowed is not None and memory > allowed:
        whose = "is allowed" if job.memory else "is free"
        notes.append(f"more memory may be needed than the {allowed / 1e9:.2f} GB that {whose}")
    return notes


def _stand_in(source: Source) -> Source:
    """The same network with random parameters where its own would have to be downloaded."""
    if source.kind == "application" and source.weights == "imagenet":
        return dataclasses.replace(source, weights="untrained", seed=0)
    return source


def _parameters(source: Source) -> tuple[str, str]:
    """What the parameters are, and what is loaded for them."""
    if source.weights == "bundled":
        return BUNDLED_TEXT, f"TensorFlow, {_file(BUNDLED)}"
    if source.weights == "imagenet":
        return "imagenet: Keras's own", "TensorFlow, Keras's ImageNet file (downloaded unless kept)"
    if source.weights == "untrained":
        return f"untrained: random, seed {source.seed}", "TensorFlow alone"
    if source.path is None:
        loads = "TensorFlow, the model given" if source.model is not None else "TensorFlow, a file"
        return f"own: {source.name}", loads
    return f"file: {source.path.name}", f"TensorFlow, {_file(source.path)}"


def _file(path: Path) -> str:
    files = path.rglob("*") if path.is_dir() else [path]
    return f"{path.name} ({sum(file.stat().st_size for file in files) / 1e6:.1f} MB)"


@contextlib.contextmanager
def _errors_as(problems: list[str], *kinds: type[DeepDreamError]) -> Iterator[None]:
    try:
        yield
    except kinds as error:
        problems.append(str(error))


@contextlib.contextmanager
def _warnings_as(notes: list[str]) -> Iterator[None]:
    """Our own warnings as notes; others as ever."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DeepDreamWarning)
        yield
    for w in caught:
        if issubclass(w.category, DeepDreamWarning):
            notes.append(str(w.message))
        else:
            warnings.warn_explicit(w.message, w.category, w.filename, w.lineno)
