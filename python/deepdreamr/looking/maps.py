"""activations → **feature maps** → contact sheet: the channels of a layer, each as a picture."""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..pictures.sheets import Label, check_columns, contact_sheet
from ..pictures.writing import check_output, encode, save_pixels
from ..pictures.zoom import check_zoom, even_zoom, zoomed
from ..recipes.terms import LayerTerm, check_channels
from ..values import known_name
from .colormaps import color_limits, colorize, find_colormap

ORDERS = ("strength", "index")
SCALES = ("channel", "layer")
MOST = 64  # channels on a sheet unless others are asked for
LEGEND = "number of each, and its largest activation"


@dataclasses.dataclass(frozen=True, eq=False)
class FeatureMaps:
    """The activation of a layer for a picture: one map for each channel.

    Attributes
    ----------
    activations : float32 (h, w, channels)
    layer : the layer's name
    network, weights : the network's name, and where its parameters come from
    training : whether batch normalisation took the picture's own statistics
    precision : "float32", "bfloat16" or "float16", in which the network computed
    source : the picture's file name, or None
    """

    activations: np.ndarray
    layer: str
    network: str
    weights: str
    training: bool = False
    precision: str = "float32"
    source: str | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height and width in cells, and the number of channels."""
        height, width, channels = self.activations.shape
        return height, width, channels

    @property
    def strength(self) -> np.ndarray:
        """The mean square of each channel, float64 (channels,): its share in a dream's loss."""
        maps, cells = self.activations, self.shape[0] * self.shape[1]
        return np.einsum("hwc,hwc->c", maps, maps, dtype=np.float64) / cells

    def ordered(self, order: str = "strength", channels: Any = None) -> np.ndarray:
        """Numbers of channels, in the order of a sheet.

        Parameters
        ----------
        order : "strength" puts the channels with the largest mean square first, "index" those with
            the smallest number
        channels : a number or several, from 0; None for the strongest 64

        Raises
        ------
        ArgumentError
            If the order is unknown or a channel does not exist.
        """
        known_name("order", order, ORDERS)
        by_strength = np.argsort(-self.strength, kind="stable")
        if channels is None:
            chosen = by_strength[:MOST]
        else:
            wanted = _checked_channels(channels, self.layer, self.shape[2])
            chosen = by_strength[np.isin(by_strength, wanted)]
        return chosen if order == "strength" else np.sort(chosen)

    def montage(
        self,
        *,
        order: str = "strength",
        channels: Any = None,
        columns: int | None = None,
        colormap: str | None = None,
        scale: str = "channel",
        zoom: float | None = None,
    ) -> np.ndarray:
        """A contact sheet: the map of each channel, with its number and its largest activation.

        Parameters
        ----------
        order : "strength" (mean square, the largest first) or "index"
        channels : which ones, from 0; None for the strongest 64
        columns : how many maps stand in a row; None for a sheet of about 4:3
        colormap : "viridis", "gray", "blue_red" (0 in the middle), or any name of the cmap library
            such as "magma"; None for blue_red where the layer has negative activations and viridis
            where it has none
        scale : what the last colour stands for: the largest activation of each "channel", so that
            patterns can be seen, or of the whole "layer", so that channels can be compared
        zoom : pixels per cell; None for maps of about 128 pixels, or 256 if 12 or less

        Returns
        -------
        uint8 (height, width, 3)

        Raises
        ------
        ArgumentError
            If a channel does not exist, or an option is none of the above.
        """
        if colormap is None:
            colormap = "blue_red" if (self.activations < 0).any() else "viridis"
        find_colormap(colormap)
        known_name("scale", scale, SCALES)
        numbers = self.ordered(order, channels)
        zoom = check_zoom(zoom) or even_zoom(self.shape[:2], len(numbers))
        of_layer = color_limits(self.activations, colormap) if scale == "layer" else None
        tiles, labels = [], []
        for number in numbers:
            values = np.ascontiguousarray(self.activations[..., number])
            limits = of_layer or color_limits(values, colormap)
            tiles.append(colorize(zoomed(values, zoom), colormap, limits))
            labels.append(Label(str(number), f"{_peak(values):.3g}"))
        title = self._title(len(numbers), channels is None)
        return contact_sheet(tiles, labels, columns=columns, title=Label(title, LEGEND))

    def png(self, **sheet: Any) -> bytes:
        """A contact sheet as the content of a PNG file; options as for `montage`."""
        return encode(self.montage(**sheet))

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False, **sheet: Any) -> Path:
        """Write a contact sheet; the suffix names the format, other options are `montage`'s.

        Raises
        ------
        OutputError
            If it cannot be written, or the file exists and `overwrite` is false.
        """
        check_output(path, overwrite)
        return save_pixels(self.montage(**sheet), path, overwrite=overwrite)

    def _title(self, shown: int, strongest: bool) -> str:
        if shown == self.shape[2]:
            return f"{self.layer}: all {shown} channels"
        which = f"{shown} strongest" if strongest else f"{shown}"
        return f"{self.layer}: {which} of {self.shape[2]} channels"

    def _repr_png_(self) -> bytes:
        return self.png()

    def __repr__(self) -> str:
        height, width, channels = self.shape
        strongest = ", ".join(map(str, self.ordered()[:5]))
        return (
            f"<FeatureMaps of {self.layer}: {height} x {width} cells, {channels} channels, "
            f"strongest {strongest}; a sheet shows {min(MOST, channels)}; "
            f"{self.network}, {self.weights}>"
        )


def check_sheet(layer: Any, *, channels: Any = None, **options: Any) -> None:
    """Check what can be known of a sheet's options before there are maps of the layer.

    Parameters
    ----------
    **options : some of those of `FeatureMaps.montage`, by name

    Raises
    ------
    ArgumentError
        If one is none that `FeatureMaps.montage` takes for any layer.
    """
    LayerTerm(layer if layer and isinstance(layer, str) else "the layer", channels=channels)
    for name, value in options.items():
        _CHECKS[name](value)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "order": functools.partial(known_name, "order", known=ORDERS),
    "scale": functools.partial(known_name, "scale", known=SCALES),
    "columns": check_columns,
    "zoom": check_zoom,
    "colormap": lambda name: name if name is None else find_colormap(name),
}


def _peak(values: np.ndarray) -> float:
    """The value that is farthest from 0."""
    return float(values.flat[np.argmax(np.abs(values))])


def _checked_channels(channels: Any, layer: str, size: int) -> list[int]:
    term = LayerTerm(layer, channels=channels)
    check_channels(term, size)
    return [number for number, _ in term.channels or ()]
