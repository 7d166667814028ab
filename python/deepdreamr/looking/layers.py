"""request → a dream for each layer → **layer sheet**: what each layer makes of a picture."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import ArgumentError
from ..networks.sizes import smallest_size
from ..pictures.files import write_whole
from ..pictures.picture import picture_uint8
from ..pictures.sheets import Label, Sheet, check_columns, contact_sheet
from ..pictures.writing import check_output, encode
from ..pictures.zoom import check_zoom, zoomed
from ..recipes.terms import LayerTerm
from ..runs.checking import check
from ..runs.job import Job
from ..runs.limits import limited
from ..runs.request import GROUPS, files_read, request_of
from ..runs.result import Dream
from ..runs.running import run_job
from ..runs.saving import check_files, check_folder
from ..runs.steps import AscentStep, OnStep, check_on_step
from ..values import in_range

ORIGINAL = "original"
LONGEST = 480  # pixels that a tile's longer side has at most on a layer sheet, unless asked


@dataclasses.dataclass(frozen=True, eq=False)
class LayerSheet(Sheet):
    """The same picture dreamed with each of several layers alone.

    Attributes
    ----------
    image : uint8 (height, width, 3), the tiles side by side with their names
    layers : the names on the tiles, without that of the untouched picture
    dreams : one for each layer
    """

    layers: tuple[str, ...]
    dreams: tuple[Dream, ...]

    def __repr__(self) -> str:
        height, width = self.shape
        first = self.dreams[0]
        return (
            f"<LayerSheet {width}x{height}: {', '.join(self.layers)}; recipe {first.recipe}; "
            f"{first.network}, {first.weights}>"
        )


class LayerStep(NamedTuple):
    """One iteration of one of a sheet's dreams, as the callback gets it.

    Attributes
    ----------
    layer : the tile's name
    number, layers : which layer, from 1, of how many
    step : the iteration
    """

    layer: str
    number: int
    layers: int
    step: AscentStep

    def __str__(self) -> str:
        return f"layer {self.number}/{self.layers} {self.layer}, {self.step}"


def layer_sheet(
    image: Any = None,
    layers: Any = None,
    *,
    folder: Any = None,
    overwrite: bool = False,
    columns: int | None = None,
    zoom: float | None = None,
    on_step: Callable[[LayerStep], Any] | None = None,
    **arguments: Any,
) -> LayerSheet:
    """Dream of the same picture with each layer alone, and show all of it in one picture.

    Parameters
    ----------
    image : as for `dream`
    layers : as for `dream`; each term becomes a tile of its own, with its weight
    folder : where to write a PNG file of each tile, in full size; made if need be
    overwrite : whether files there may be replaced
    columns : how many tiles stand in a row; None for a sheet of about 4:3
    zoom : size of a tile divided by the picture's; None to shrink large pictures to 480 pixels
    on_step : called with a `LayerStep` after each iteration; when it returns False the sheet ends
        with the dream as it is then
    **arguments : any other argument of `dream` but `save_octaves`, `save_steps` and `checkpoint`;
        one seed serves all layers

    Returns
    -------
    LayerSheet
        The untouched picture comes first.

    Raises
    ------
    ImageError, ArgumentError, UnknownLayerError, NetworkError, WeightsError, OutputError,
    MemoryLimitError
        As `dream`, before the first dream.
    DreamInterrupted
        A KeyboardInterrupt that has the dream of the layer at hand as `dream`.

    Warns
    -----
    UnknownLayerWarning
        Once, for all layers that are left out.
    ImageWarning, DreamStoppedWarning
        As `dream`.

    Examples
    --------
    >>> from deepdreamr import layer_sheet, sample_image
    >>> sheet = layer_sheet(sample_image("jelly"), ["mixed0"], octaves=1, iterations=1)
    >>> sheet.layers
    ('mixed0',)
    """
    columns, zoom = check_columns(columns), check_zoom(zoom)
    in_range("overwrite", overwrite, bool)
    job = _checked(image, layers, on_step, arguments)
    labels = [_label(term) for term in job.terms]
    names, read = [ORIGINAL, *(label.name for label in labels)], files_read(job.request)
    paths = _checked_paths(folder, names, overwrite, read)
    original = picture_uint8(job.picture)
    if paths:
        alpha, icc_profile = job.picture.alpha, job.picture.icc_profile
        write_whole(paths[0], encode(original, alpha=alpha, icc_profile=icc_profile), overwrite)
    dreams: list[Dream] = []
    for number, (term, label) in enumerate(zip(job.terms, labels, strict=True), start=1):
        report = on_step and _reporter(on_step, label.name, number, len(labels))
        dreams.append(_dream_of(job, term, report))
        if paths:
            dreams[-1].save(paths[number], overwrite=overwrite)
        if dreams[-1].stopped == "callback":
            break
    labels = labels[: len(dreams)]
    return LayerSheet(
        image=_tiled(original, dreams, labels, columns, zoom),
        layers=tuple(label.name for label in labels),
        dreams=tuple(dreams),
    )


def _checked(image: Any, layers: Any, on_step: Any, arguments: Mapping[str, Any]) -> Job:
    """The job of all layers together; none of them is dreamed if one cannot be."""
    check_on_step(on_step)
    request = request_of(image, layers, arguments, GROUPS)
    for name in ("save_octaves", "save_steps"):
        if getattr(request, name) is not None:
            raise ArgumentError(f"`{name}` must be None on a sheet.", "`folder` keeps files.")
    if request.checkpoint is not None:
        raise ArgumentError("`checkpoint` must be None on a sheet: it is of one dream.")
    return check(request)


def _dream_of(job: Job, term: LayerTerm, on_step: OnStep | None) -> Dream:
    """The dream of one of a job's layers, as if it had been asked for alone."""
    smallest = smallest_size(job.nodes, [term.layer])
    alone = dataclasses.replace(job, terms=(term,), unknown=(), smallest=smallest)
    return run_job(dataclasses.replace(alone, recipe=limited(alone)), on_step)


def _label(term: LayerTerm) -> Label:
    """The layer, its channels if not all, and its weight if not 1."""
    name = term.layer
    if term.channels is not None:
        numbers = [str(number) for number, _ in term.channels]
        name += f" [{', '.join(numbers if len(numbers) <= 4 else [*numbers[:3], '...'])}]"
    return Label(name, "" if term.weight == 1 else f"weight {term.weight:g}")


def _checked_paths(
    folder: Any, names: Sequence[str], overwrite: bool, read: Mapping[str, Any]
) -> list[Path]:
    """A file for each tile, numbered so that none has another's name; none without a folder."""
    path = check_folder(folder)
    if path is None:
        return []
    files = [
        f"{n:02d}_{re.sub(r'[^0-9A-Za-z_.-]+', '_', name)}.png" for n, name in enumerate(names)
    ]
    check_files(read, {name: path / name for name in files})
    return [check_output(path / name, overwrite) for name in files]


def _reporter(on_step: Callable[[LayerStep], Any], layer: str, number: int, layers: int) -> OnStep:
    return lambda step: on_step(LayerStep(layer, number, layers, step))


def _tiled(
    original: np.ndarray,
    dreams: Sequence[Dream],
    labels: Sequence[Label],
    columns: int | None,
    zoom: float | None,
) -> np.ndarray:
    if zoom is None:
        zoom = min(1.0, LONGEST / max(original.shape[:2]))
    tiles = [zoomed(pixels, zoom) for pixels in (original, *(d.image for d in dreams))]
    title = Label("One layer each", f"recipe {dreams[0].recipe}, {dreams[0].network}")
    return contact_sheet(tiles, [Label(ORIGINAL), *labels], columns=columns, title=title)
