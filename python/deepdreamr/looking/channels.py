"""layer → a dream for each channel → **channel sheet**: what each channel of a layer dreams."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ..backend import import_tensorflow
from ..errors import ArgumentError, received
from ..pictures.sheets import Label, Sheet, check_columns
from ..pictures.zoom import check_zoom
from ..recipes.settings import Recipe
from ..recipes.terms import LayerTerm, check_channels
from ..runs.bars import Progress, check_progress
from ..runs.checking import check
from ..runs.graphs import ChannelGradients
from ..runs.job import Job
from ..runs.limits import limited
from ..runs.result import Dream
from ..runs.running import pyramid_of, run_job
from ..runs.steps import OnStep
from .tiles import OnTile, Tiles, sheet_request

MOST = 12  # channels on a sheet unless others are asked for
SIZE = (300, 300)  # of the noise; the smallest octave shows mixed10 enough of it


@dataclasses.dataclass(frozen=True, eq=False)
class ChannelSheet(Sheet):
    """What each of several channels of a layer dreams, alone.

    Attributes
    ----------
    image : uint8 (height, width, 3), the tiles side by side with the channels' numbers
    layer : the layer's name
    channels : the numbers on the tiles, from 0
    dreams : one for each channel
    """

    layer: str
    channels: tuple[int, ...]
    dreams: tuple[Dream, ...]

    def __repr__(self) -> str:
        height, width = self.shape
        first = self.dreams[0]
        return (
            f"<ChannelSheet {width}x{height}: {self.layer}, channels "
            f"{', '.join(map(str, self.channels))}; recipe {first.recipe}; {first.network}, "
            f"{first.weights}>"
        )


def channel_sheet(
    layer: str,
    image: Any = None,
    *,
    channels: Any = None,
    recipe: str | Recipe = "vivid",
    folder: Any = None,
    overwrite: bool = False,
    columns: int | None = None,
    zoom: float | None = None,
    on_step: OnTile = None,
    progress: Progress = None,
    **arguments: Any,
) -> ChannelSheet:
    """Dream of each channel of a layer alone, and show all of it in one picture.

    The channels have one graph, in which the channel is a number: only the first dream waits for it
    to be made. Each tile is the dream of `LayerTerm(layer, channels=number)`, to the last bit.

    Parameters
    ----------
    layer : one of `layer_names(network)`
    image : as for `dream`; None for noise of the given `size`, or of 300x300 pixels
    channels : numbers from 0, or one; None for twelve: from a picture the strongest (in the mean
        square of their activation at the smallest octave), from noise the strongest of each
        twelfth of the layer
    recipe : a name of `RECIPES`, or a `Recipe`
    folder : where to write a PNG file of each tile, in full size; made if need be
    overwrite : whether files there may be replaced
    columns : how many tiles stand in a row; None for a sheet of about 4:3
    zoom : size of a tile divided by the picture's; None to shrink large pictures to 480 pixels
    on_step : called with a `LayerStep` after each iteration; when it returns False the sheet ends
        with the dream as it is then
    progress : as for `dream`, of all tiles; a function is called with each `LayerStep`
    **arguments : any other argument of `dream` but `layers`, `missing`, `guide`, `masks`,
        `save_octaves`, `save_steps` and `checkpoint`; one seed serves all channels

    Returns
    -------
    ChannelSheet
        Of a picture, that comes first.

    Raises
    ------
    ImageError, ArgumentError, UnknownLayerError, NetworkError, WeightsError, OutputError,
    MemoryLimitError
        As `dream`, before the first dream.
    DreamInterrupted
        A KeyboardInterrupt that has the dream of the channel at hand as `dream`.

    Warns
    -----
    ImageWarning, DreamStoppedWarning
        As `dream`.

    Examples
    --------
    >>> from deepdreamr import channel_sheet
    >>> sheet = channel_sheet("mixed0", channels=[3, 5], size=(60, 60), octaves=1, iterations=1)
    >>> sheet.channels
    (3, 5)
    """
    columns, zoom = check_columns(columns), check_zoom(zoom)
    check_progress(progress)
    if not isinstance(layer, str):
        raise ArgumentError(f"`layer` must be one layer's name. {received('layer', layer)}")
    asked = LayerTerm(layer, channels=channels)
    job = _checked(asked, image, on_step, {"recipe": recipe, **arguments})
    numbers = _numbers(asked, job)
    terms = tuple(LayerTerm(layer, channels=((number, 1.0),)) for number in numbers)
    tiles = Tiles(job, terms, job.request.size is None, folder, overwrite)
    gradients = ChannelGradients(dataclasses.replace(job, terms=terms[:1]))

    def dream_of(term: LayerTerm, report: OnStep | None) -> Dream:
        return run_job(dataclasses.replace(job, terms=(term,)), report, gradients=gradients)

    tiles.dream(dream_of, on_step, progress)
    labels = [
        Label(str(number), _whole(dream.stopped))
        for number, dream in zip(numbers, tiles.dreams, strict=False)
    ]
    return ChannelSheet(
        image=tiles.sheet(f"{layer}, one channel each", labels, columns, zoom),
        layer=layer,
        channels=tuple(numbers[: len(labels)]),
        dreams=tuple(tiles.dreams),
    )


def _checked(asked: LayerTerm, image: Any, on_step: Any, arguments: dict[str, Any]) -> Job:
    """The job of all channels together."""
    if any(weight != 1 for _, weight in asked.channels or ()):
        raise ArgumentError(
            f"`channels` of a sheet have no weights. {received('channels', asked.channels)}"
        )
    if image is None and arguments.get("size") is None:
        arguments["size"] = SIZE
    request = sheet_request(image, [LayerTerm(asked.layer)], on_step, arguments)
    if request.guide is not None:
        raise ArgumentError("`guide` must be None on a sheet of channels: it is of whole layers.")
    job = check(dataclasses.replace(request, missing="error"))
    one = LayerTerm(asked.layer, channels=((0, 1.0),))
    return dataclasses.replace(job, recipe=limited(dataclasses.replace(job, terms=(one,))))


def _numbers(asked: LayerTerm, job: Job) -> list[int]:
    """The channels of a sheet; those that were asked for must be there."""
    strength = _strength(asked.layer, job)
    check_channels(asked, len(strength))
    if asked.channels is not None:
        return list(dict.fromkeys(number for number, _ in asked.channels))
    if job.request.size is not None:
        parts = np.array_split(np.arange(len(strength)), min(MOST, len(strength)))
        return [int(part[np.argmax(strength[part])]) for part in parts]
    return np.argsort(-strength, kind="stable")[:MOST].tolist()


def _strength(layer: str, job: Job) -> np.ndarray:
    """The mean square of each channel for the picture at the smallest octave."""
    import_tensorflow()
    import tensorflow as tf

    (activation,) = job.activations([layer])(pyramid_of(job).base(0))
    axes = list(range(activation.shape.rank - 1))
    return np.asarray(tf.reduce_mean(tf.square(activation), axis=axes))


def _whole(stopped: str | None) -> str:
    """Why a dream ended early or did nothing, but not what of it did nothing."""
    return "" if stopped is None or " at octave" in stopped else stopped
