"""request → a dream for each layer → **layer sheet**: what each layer makes of a picture."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentError, DeepDreamError, NetworkError, UnknownLayerWarning, warn
from ..networks.nodes import layer_names
from ..networks.sizes import activation_shapes, only_size, smallest_size
from ..pictures.sheets import Sheet, check_columns
from ..pictures.zoom import check_zoom
from ..recipes.terms import LayerTerm
from ..runs.bars import Progress, check_progress
from ..runs.checking import check
from ..runs.gradients import gradient_for
from ..runs.job import Job
from ..runs.limits import limited
from ..runs.result import Dream
from ..runs.running import run_job
from ..runs.steps import OnStep
from .tiles import LayerStep, OnTile, Tiles, sheet_request, term_label

__all__ = ["LayerSheet", "LayerStep", "layer_sheet"]

MOST = 12  # layers on a sheet unless others are asked for


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


def layer_sheet(
    image: Any = None,
    layers: Any = None,
    *,
    folder: Any = None,
    overwrite: bool = False,
    columns: int | None = None,
    zoom: float | None = None,
    on_step: OnTile = None,
    progress: Progress = None,
    **arguments: Any,
) -> LayerSheet:
    """Dream of the same picture with each layer alone, and show all of it in one picture.

    What the layers have in common is made once, and each is computed no further than itself. Each
    tile is the dream of its layer alone, to the last bit where everything goes through the layers,
    as through InceptionV3's mixed ones.

    Parameters
    ----------
    image : as for `dream`
    layers : as for `dream`; each term becomes a tile of its own, with its weight. None for the
        recipe's, or for twelve from the first to the last of a network that has none of those.
        Layers that only pictures of one other size have, as behind a flattening, are left out
    folder : where to write a PNG file of each tile, in full size; made if need be
    overwrite : whether files there may be replaced
    columns : how many tiles stand in a row; None for a sheet of about 4:3
    zoom : size of a tile divided by the picture's; None to shrink large pictures to 480 pixels
    on_step : called with a `LayerStep` after each iteration; when it returns False the sheet ends
        with the dream as it is then
    progress : as for `dream`, of all tiles; a function is called with each `LayerStep`
    **arguments : any other argument of `dream` but `masks`, `save_octaves`, `save_steps` and
        `checkpoint`; one seed serves all layers

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
        Once for all layers that are unknown, and once for those that are left out for the size.
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
    check_progress(progress)
    job = _checked(image, layers, on_step, arguments)
    tiles = Tiles(job, job.terms, True, folder, overwrite)
    tiles.dream(lambda term, report: _dream_of(job, term, report), on_step, progress)
    labels = [term_label(term) for term in tiles.terms]
    return LayerSheet(
        image=tiles.sheet("One layer each", labels, columns, zoom),
        layers=tuple(label.name for label in labels),
        dreams=tuple(tiles.dreams),
    )


def _checked(image: Any, layers: Any, on_step: Any, arguments: Mapping[str, Any]) -> Job:
    """The job of all layers together; none of them is dreamed if one cannot be."""
    request = sheet_request(image, layers, on_step, arguments)
    problems: list[DeepDreamError] = []
    job = check(request, problems.append)
    terms = _of_any_size(job)
    if request.layers is None and not terms:
        terms = tuple(map(LayerTerm, spread_layers(job)))
    if terms != job.terms:
        return check(dataclasses.replace(request, layers=terms, seed=job.seed))
    for problem in problems:
        raise problem
    if any(term.of_image for term in job.terms):
        raise ArgumentError("a penalty on the picture is no tile of a sheet: give it to `dream`.")
    return job


def _of_any_size(job: Job) -> tuple[LayerTerm, ...]:
    """The terms without those that only pictures of one size have, where others are left."""
    apart = {term.layer for term in job.terms if not _fits(job, term.layer)}
    rest = tuple(term for term in job.terms if term.layer not in apart)
    if apart and rest:
        names = ", ".join(dict.fromkeys(t.layer for t in job.terms if t.layer in apart))
        warn(UnknownLayerWarning(f"left out: {names}; only pictures of one size have them."))
        return rest
    return job.terms


def _fits(job: Job, layer: str) -> bool:
    """Whether a layer can be had at the sizes of all octaves, as far as there is a choice."""
    try:
        only = only_size(job.nodes, [layer])
    except NetworkError:
        return False
    return only is None or all(shape == only for shape in job.shapes)


def spread_layers(job: Job) -> list[str]:
    """At most `MOST` layers of a network, from its first to its last at even distances.

    Those through which everything goes, such as the ends of its blocks, if there are as many; and
    only such as have a height and a width at the smallest octave.
    """
    shapes, taken, joints = activation_shapes(job.nodes, job.shapes[0]), 0, set[str]()
    last = {name: place for place, node in enumerate(job.nodes) for name in node.inputs}
    for place, node in enumerate(job.nodes):
        if taken <= place:  # nothing before it is taken by a node behind it
            joints.add(node.name)
        taken = max(taken, last.get(node.name, place))
    seen = [n for n in layer_names(job.nodes) if min(shapes[n]) >= 2 and _fits(job, n)]
    through = [name for name in seen if name in joints]
    seen = through if len(through) >= MOST else seen
    step = max(1.0, (len(seen) - 1) / (MOST - 1))
    return [seen[math.floor(i * step)] for i in range(min(MOST, len(seen)))]


def _dream_of(job: Job, term: LayerTerm, on_step: OnStep | None) -> Dream:
    """The dream of one of a job's layers, as if it had been asked for alone."""
    smallest = smallest_size(job.nodes, [term.layer])
    alone = dataclasses.replace(job, terms=(term,), unknown=(), smallest=smallest)
    together = tuple(dict.fromkeys(job.layers))
    return run_job(
        dataclasses.replace(alone, recipe=limited(alone)),
        on_step,
        gradients=lambda job: gradient_for(job, together),
    )
