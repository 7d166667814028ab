"""request → job → **plan**: what a dream would do, take and leave out, before it is dreamed."""

from __future__ import annotations

import contextlib
import dataclasses
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import DeepDreamError, DeepDreamWarning
from ..machine import usable_memory
from ..networks.loading import known_nodes
from ..networks.sources import Source, find_network
from ..networks.weights import BUNDLED, BUNDLED_TEXT
from ..pictures.picture import Picture
from ..recipes.published import find_recipe
from ..recipes.schedule import Shape
from ..recipes.terms import LayerTerm
from ..values import in_range
from ._estimates import Parts, measured_speed, octave_parts, peak_memory, silent_layers
from ._fitting import window_pixels
from .checking import check
from .gradients import gradient_for
from .job import Job
from .limits import has_published_limit
from .request import Request


@dataclasses.dataclass(frozen=True)
class OctavePlan:
    """What would happen at one octave.

    Attributes
    ----------
    shape : (height, width) in pixels
    windows : of how many parts (windows or tiles) a gradient is put together, at most; 1 for the
        whole; 0 if the dream cannot run
    window_shape : (height, width) of the largest part
    silent : layers that get nothing here: the octave is too small for them, or all border
    """

    shape: Shape
    windows: int
    window_shape: Shape
    silent: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a dream would do, take and leave out.

    Attributes
    ----------
    source : the picture's file name, or None
    shape : (height, width) that it would be dreamed and returned at
    octaves : the smallest first
    layers : the terms of the loss that the network has the layers for
    unknown : layers that it does not have
    notes : how the picture is treated, and what else there is to know
    problems : why the dream cannot run; none if it can
    memory : bytes that the process would use at its peak; None where it cannot run
    seconds : how long it would take here at most, from the first import on, as far as this process
        has not done that before; None where it cannot run or nothing was measured
    recipe, network, weights : their names, and a description of the parameters
    loads : what would be loaded
    allowed : bytes that the process may use: `max_memory`, or what it holds and what is free for
        it on this machine or in its container; None where that cannot be told
    """

    source: str | None
    shape: Shape
    octaves: tuple[OctavePlan, ...]
    layers: tuple[LayerTerm, ...]
    unknown: tuple[str, ...]
    notes: tuple[str, ...]
    problems: tuple[str, ...]
    memory: int | None
    seconds: float | None
    recipe: str
    network: str
    weights: str
    loads: str
    allowed: int | None = None

    @property
    def can_run(self) -> bool:
        """Whether there is no problem."""
        return not self.problems


def plan_request(request: Request, *, measure: bool = True) -> Plan:
    """What `dream` would do with a request, without dreaming; nothing is downloaded.

    Parameters
    ----------
    measure : whether the network is loaded and one small gradient timed
    """
    start = time.perf_counter()
    in_range("measure", measure, bool)
    notes, problems = list[str](), list[str]()
    with _warnings_as(notes):
        network, weights, convention = request.network, request.weights, request.convention
        source = find_network(network, weights=weights, convention=convention)
        stand_in = _stand_in(source)
        if request.precision == "auto" and not measure and known_nodes(source):
            request = dataclasses.replace(request, precision="float32")  # TensorFlow would tell
        job = check(request, lambda error: problems.append(str(error)), stand_in)
    parts, memory, seconds = [Parts(0, (0, 0), 0)] * len(job.shapes), None, None
    if not problems:
        try:
            parts, memory, seconds = _estimated(job, measure, start)
        except DeepDreamError as error:
            problems.append(str(error))
    weights, loads = _parameters(source if stand_in else job.source)
    allowed = job.memory or usable_memory()
    return Plan(  # long: a line for each field
        source=job.picture.name,
        shape=job.picture.shape,
        octaves=_octave_plans(job, parts),
        layers=job.terms,
        unknown=job.unknown,
        notes=(*_treatment(job.picture), *notes, *_of_the_run(job, memory, allowed)),
        problems=tuple(problems),
        memory=memory,
        seconds=seconds,
        recipe=job.recipe.name,
        network=source.name,
        weights=weights,
        loads=loads,
        allowed=allowed,
    )


def _octave_plans(job: Job, parts: Sequence[Parts]) -> tuple[OctavePlan, ...]:
    plans = []
    for shape, part in zip(job.shapes, parts, strict=True):
        seen = part.shape if job.recipe.tile_size is not None and part.most else shape
        plans.append(OctavePlan(shape, part.most, part.shape, silent_layers(job, seen)))
    return tuple(plans)


def _treatment(picture: Picture) -> list[str]:
    notes = list(picture.notes)
    if picture.alpha is not None:
        notes.append("the transparency is kept and put back (JPEG and BMP files have none)")
    if picture.icc_profile is not None:
        notes.append("the colour profile is kept")
    return notes


def _estimated(job: Job, measure: bool, start: float) -> tuple[list[Parts], int, float | None]:
    """The parts of each octave's gradient, the peak of memory in bytes, and the seconds."""
    loads = measure or known_nodes(job.source) is None
    activations = gradient_for(job).activations if loads else None
    limit = window_pixels(job, activations)
    parts = [octave_parts(job, octave, limit) for octave in range(len(job.shapes))]
    seconds = None
    if measure:
        loading = time.perf_counter() - start
        first, speed = measured_speed(job, limit is not None)
        pixels = len(job.parts) * sum(p.pixels for p in parts)
        seconds = loading + first + speed * job.recipe.iterations * pixels
    memory = peak_memory(job, activations, parts, windows=limit is not None)
    return parts, memory, seconds


def _of_the_run(job: Job, memory: int | None, allowed: int | None) -> list[str]:
    notes = []
    if job.recipe.max_loss is not None:
        notes.append(f"an octave ends early when its loss is above {job.recipe.max_loss:g}")
    elif has_published_limit(dataclasses.replace(job, recipe=find_recipe(job.request.recipe))):
        notes.append("there is no max_loss: the recipe's own was published for another loss")
    if memory is not None and allowed is not None and memory > allowed:
        whose = "is allowed" if job.memory else "is free"
        notes.append(f"more memory may be needed than the {allowed / 1e9:.2f} GB that {whose}")
    return notes


def _stand_in(source: Source) -> Source | None:
    """The same network with random parameters where its own would have to be downloaded."""
    if source.kind == "application" and source.weights == "imagenet":
        return dataclasses.replace(source, weights="untrained", seed=0)
    return None


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
