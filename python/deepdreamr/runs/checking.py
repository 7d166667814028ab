"""request + network → **checks** → job: before TensorFlow is imported if that can be.

All checks of a call are made here, once.
"""

from __future__ import annotations

import contextlib
import dataclasses
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..backend import check_precision, usable_precision
from ..errors import ArgumentError, DeepDreamError, DeepDreamWarning, received, unknown_name
from ..networks.activations import check_engine
from ..networks.loaded import loaded_network
from ..networks.loading import known_nodes
from ..networks.nodes import layer_names
from ..networks.sizes import smallest_size
from ..networks.sources import Source, find_network
from ..pictures.animations import check_animation
from ..pictures.files import check_free
from ..pictures.picture import Picture, noise, shrunk
from ..pictures.reading import named, read_picture
from ..recipes.published import find_recipe
from ..recipes.schedule import octave_shapes
from ..recipes.settings import SETTINGS
from ..recipes.terms import check_missing, known_terms, layer_terms, unknown_layers
from ..values import in_range, whole_number
from ._fitting import window_pixels
from ._sizes import check_sizes
from .animating import frame_interval
from .checkpoints import Checkpoint, find_checkpoint
from .job import Job
from .limits import settled
from .memory import parse_memory
from .objectives import check_objectives
from .places import find_place
from .request import ARGUMENTS, Request, files_read
from .saving import check_files, check_folder, octave_paths

Refuse = Callable[[DeepDreamError], None]
"""What is done about a dream that cannot run: raise the error, or note it and go on."""


def _raise(error: DeepDreamError) -> None:
    raise error


@contextlib.contextmanager
def _refused(refuse: Refuse) -> Iterator[None]:
    try:
        yield
    except DeepDreamError as error:
        refuse(error)


@contextlib.contextmanager
def unheard() -> Iterator[None]:
    """Our own warnings are not given here, as those who dream afterwards give them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeepDreamWarning)
        yield


def check(request: Request, refuse: Refuse = _raise, source: Source | None = None) -> Job:
    """The job of a request.

    Parameters
    ----------
    refuse : called with why a dream of this picture cannot run, as far as that is known before a
        network with parameters of its own is loaded: none of the layers, an octave that is too
        small, too little memory
    source : where the network comes from, if not from where the request says

    Raises
    ------
    ArgumentError, ImageError, NetworkError, WeightsError, OutputError
        If an argument is wrong.
    """
    job = _placed(_asked(request, source))
    nodes, problems = job.nodes, list[DeepDreamError]()

    def note(error: DeepDreamError) -> None:
        problems.append(error)
        refuse(error)

    names, terms = layer_names(nodes), job.terms
    with _refused(note):
        check_objectives(job, names)
        known_terms(terms, job.source.name, names, request.missing, hint=_layers_hint(job))
        job = dataclasses.replace(job, place=job.place.known(names, job.source.name))
    job = dataclasses.replace(
        job,
        terms=tuple(term for term in terms if term.of_image or term.layer in names),
        unknown=unknown_layers(terms, names),
        shapes=octave_shapes(job.picture.shape, job.recipe),
    )
    job = settled(job)
    with _refused(note):
        job = dataclasses.replace(job, smallest=smallest_size(nodes, job.layers))
        check_sizes(job)
    job = dataclasses.replace(job, precision=_precision(job))
    if known_nodes(job.source) and not problems:
        with _refused(note):
            window_pixels(job, None)
    return dataclasses.replace(job, folder=_octaves_folder(job), animation=_animation(job))


def _layers_hint(job: Job) -> str | None:
    """Where layers that nobody named come from."""
    if job.request.layers is not None or job.request.masks is not None:
        return None
    whose = f"Those are the layers of the recipe {job.recipe.name}"
    return f"{whose}: name the network's own with `layers`; `layer_names` lists them."


def _asked(request: Request, source: Source | None) -> Job:
    """The arguments, checked one by one."""
    _check_words(request)
    _check_files(request)
    kept = find_checkpoint(request.checkpoint)
    training = in_range("training", request.training, bool)
    recipe = find_recipe(request.recipe).replace(**request.settings)
    layers = recipe.layers if request.layers is None else request.layers
    seed = _checked_seed(kept.seed if kept and request.seed is None else request.seed)
    memory = None if request.max_memory is None else parse_memory(request.max_memory)
    source = dataclasses.replace(source or _own_source(request, seed), max_memory=memory)
    check_engine(request.engine, check_precision(request.precision), source)
    return Job(
        request=request,
        recipe=recipe,
        terms=() if request.masks is not None else layer_terms(layers),  # they have their own
        source=source,
        engine=request.engine,
        training=training,
        precision=request.precision,
        seed=seed,
        guide=_guide(request),
        memory=memory,
        picture=_first_picture(request, seed),
        checkpoint=kept,
    )


def _placed(job: Job) -> Job:
    place = find_place(job.request, job.picture)
    return dataclasses.replace(job, place=place, terms=place.terms or job.terms)


def _own_source(request: Request, seed: int) -> Source:
    weights, convention = request.weights, request.convention
    return find_network(request.network, weights=weights, convention=convention, seed=seed)


def _check_words(request: Request) -> None:
    """Names of settings, and arguments that are no more than a word."""
    for name in request.settings:
        if name not in SETTINGS:
            raise ArgumentError(unknown_name("argument", name, [*ARGUMENTS, *SETTINGS]))
    if callable(request.settings.get("objective")):
        hint = 'Such as `LayerTerm("mixed3", objective=f)`.'
        raise ArgumentError("`objective` as a function is that of a term, not of the call.", hint)
    check_missing(request.missing)
    in_range("overwrite", request.overwrite, bool)
    in_range("every", request.every, int, optional=True, least=1)


def _check_files(request: Request) -> None:
    """Raise an `ArgumentError` if a file that is written would be another one of the call's."""
    kept = request.checkpoint
    written = {
        "checkpoint": kept.path if isinstance(kept, Checkpoint) else kept,
        "save_steps": request.save_steps,
    }
    check_files(files_read(request), written, request.save_octaves)


def _octaves_folder(job: Job) -> Path | None:
    """The folder for octaves' pictures; those of the octaves to come must not be there."""
    request, kept = job.request, job.checkpoint
    folder = check_folder(request.save_octaves, "save_octaves")
    if folder is not None:
        done = kept.saved.octave if kept and kept.saved else 0
        for path in octave_paths(folder, job.shapes)[done:]:
            check_free(path, request.overwrite)
    return folder


def _animation(job: Job) -> Path | None:
    """The file for the ascent's animation, which must not be there."""
    if (path := job.request.save_steps) is None:
        return None
    frame_interval(job)
    return check_animation("save_steps", path, job.request.overwrite)


def _checked_seed(seed: Any) -> int:
    if seed is None:
        return int(np.random.default_rng().integers(2**31))
    number = whole_number(seed, 0)
    if number is None:
        raise ArgumentError(f"`seed` must be a whole number >= 0. {received('seed', seed)}")
    if number >= 2**128:
        raise ArgumentError(f"`seed` must be < 2^128. {received('seed', seed)}")
    return number


def _guide(request: Request) -> Picture | None:
    with named("guide"):
        return None if request.guide is None else read_picture(request.guide, "guide")


def _first_picture(request: Request, seed: int) -> Picture:
    """What a dream starts from: the picture, or noise of a size."""
    image, size = request.image, request.size
    if (image is None) == (size is None):
        raise ArgumentError(
            "either a picture or `size` must be given. "
            f"Received: {'neither' if image is None else 'both'}"
        )
    picture = noise(size, seed) if size is not None else read_picture(image, "image")
    return picture if request.max_size is None else shrunk(picture, request.max_size)


def _precision(job: Job) -> str:
    """The job's precision, "auto" resolved; a frozen graph and plain Keras have only one."""
    if job.precision == "auto":
        if job.engine == "keras":
            return "float32"
        if known_nodes(job.source) is None and loaded_network(job.source).cut is not None:
            return "float32"
    return usable_precision(job.precision)
