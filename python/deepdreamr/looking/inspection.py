"""dream → **inspection**: pictures that show what each layer does to a picture."""

from __future__ import annotations

import dataclasses
import inspect
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..runs.dreaming import Dream, check_folder, dream, loss_and_gradient
from ..errors import ArgumentError, NetworkError
from ..pictures.files import write_whole
from ..pictures.writing import check_output, encode
from ..pictures.picture import Picture, picture_uint8, to_uint8
from ..runs.job import check_job, check_size, first_picture
from ..recipes.terms import LayerTerm
from ..pictures.sheets import Label, Sheet, check_columns, contact_sheet
from ..pictures.zoom import check_number, check_zoom, zoomed

if TYPE_CHECKING:
    from ..core.ascent import AscentStep

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
    folder: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    columns: int | None = None,
    zoom: float | None = None,
    on_step: Callable[[LayerStep], Any] | None = None,
    **options: Any,
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
    **options : any other argument of `dream` but `save_octaves` and `checkpoint`; one seed serves
        all layers

    Returns
    -------
    LayerSheet
        The untouched picture comes first.

    Raises
    ------
    ImageError, ArgumentError, UnknownLayerError, NetworkError, WeightsError, OutputError
        As `dream`, before the first dream.

    Warns
    -----
    UnknownLayerWarning
        Once, for all layers that are left out.

    Examples
    --------
    >>> from deepdreamr import layer_sheet, sample_image
    >>> sheet = layer_sheet(sample_image("jelly"), ["mixed0"], octaves=1, iterations=1)
    >>> sheet.layers
    ('mixed0',)
    """
    columns, zoom = check_columns(columns), check_zoom(zoom)
    picture, terms, options = _checked(image, layers, options)
    labels = [_label(term) for term in terms]
    paths = _checked_paths(folder, [ORIGINAL, *(label.name for label in labels)], overwrite)
    original = picture_uint8(picture)
    if paths:
        write_whole(
            paths[0], encode(original, alpha=picture.alpha, icc_profile=picture.icc_profile)
        )
    dreams: list[Dream] = []
    for number, (term, label) in enumerate(zip(terms, labels, strict=True), start=1):
        report = on_step and _reporter(on_step, label.name, number, len(terms))
        dreams.append(dream(picture, [term], on_step=report, **options))
        if paths:
            dreams[-1].save(paths[number], overwrite=True)
        if dreams[-1].stopped == "callback":
            break
    labels = labels[: len(dreams)]
    return LayerSheet(
        image=_tiled(original, dreams, labels, columns, zoom),
        layers=tuple(label.name for label in labels),
        dreams=tuple(dreams),
    )


def _checked(
    image: Any, layers: Any, options: dict[str, Any]
) -> tuple[Picture, tuple[LayerTerm, ...], dict[str, Any]]:
    """The picture, the terms that the network has, and the options with a seed."""
    call = inspect.signature(dream).bind(image, layers, **options)
    call.apply_defaults()
    if call.arguments["save_octaves"] is not None:
        raise ArgumentError(
            "`save_octaves` must be None on a layer sheet.", "`folder` keeps files."
        )
    if call.arguments["checkpoint"] is not None:
        raise ArgumentError("`checkpoint` must be None on a layer sheet: it is of one dream.")
    wanted = inspect.signature(check_job).parameters
    job = check_job(**{name: call.arguments[name] for name in wanted})
    size, max_size = options.pop("size", None), options.pop("max_size", None)
    picture = first_picture(image, size, max_size, job.seed)
    job, _ = check_size(job, picture.shape)
    return picture, job.terms, {**options, "seed": job.seed}


def _label(term: LayerTerm) -> Label:
    """The layer, its channels if not all, and its weight if not 1."""
    name = term.layer
    if term.channels is not None:
        numbers = [str(number) for number, _ in term.channels]
        name += f" [{', '.join(numbers if len(numbers) <= 4 else [*numbers[:3], '...'])}]"
    return Label(name, "" if term.weight == 1 else f"weight {term.weight:g}")


def _checked_paths(
    folder: str | os.PathLike[str] | None, names: Sequence[str], overwrite: bool
) -> list[Path]:
    """A file for each tile, numbered so that none has another's name; none without a folder."""
    path = check_folder(folder)
    if path is None:
        return []
    return [
        check_output(path / f"{number:02d}_{re.sub(r'[^0-9A-Za-z_.-]+', '_', name)}.png", overwrite)
        for number, name in enumerate(names)
    ]


def _reporter(
    on_step: Callable[[LayerStep], Any], layer: str, number: int, layers: int
) -> Callable[[AscentStep], Any]:
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


@dataclasses.dataclass(frozen=True, eq=False)
class GradientPicture(Sheet):
    """The gradient of a loss, as colours around mid grey.

    Attributes
    ----------
    image : uint8 (height, width, 3); 128 is 0, lighter where more of that colour raises the loss
    gradient : float32 (height, width, 3), per unit of the image's range [-1, 1]
    loss : of the picture
    limit : the gradient that is shown as 255, its negative as 0
    """

    gradient: np.ndarray
    loss: float
    limit: float

    def __repr__(self) -> str:
        height, width = self.shape
        return (
            f"<GradientPicture {width}x{height}: loss {self.loss:.3f}, "
            f"black to white is -{self.limit:.3g} to {self.limit:.3g}>"
        )


def gradient_picture(
    image: Any, layers: Any = None, *, percentile: float = 99.5, **options: Any
) -> GradientPicture:
    """Show in which way a picture would have to change for a larger loss.

    Parameters
    ----------
    image, layers : as for `dream`
    percentile : so many per cent of the gradient's absolute values lie within black and white;
        the rest is clipped, since a few values far from 0 would make all others grey
    **options : any other argument of `loss_and_gradient`

    Returns
    -------
    GradientPicture

    Raises
    ------
    ImageError, ArgumentError, UnknownLayerError, NetworkError, WeightsError
        As `loss_and_gradient`; also where the gradient is not finite.

    Examples
    --------
    >>> from deepdreamr import gradient_picture, sample_image
    >>> gradient_picture(sample_image("jelly"), {"mixed0": 1}).shape
    (480, 640)
    """
    wanted = "a number > 0 and <= 100"
    percentile = check_number("percentile", percentile, wanted, lambda n: 0 < n <= 100)
    loss, gradient = loss_and_gradient(image, layers, **options)
    if not np.isfinite(gradient).all():
        raise NetworkError("the gradient is not finite everywhere.", "Try precision float32.")
    sizes = np.abs(gradient)
    limit = float(np.percentile(sizes, percentile) or sizes.max() or 1.0)
    return GradientPicture(to_uint8(gradient / limit), gradient, loss, limit)
