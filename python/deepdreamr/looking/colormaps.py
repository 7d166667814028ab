"""activation → **colour**: numbers as colours, for sheets of feature maps. No TensorFlow."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from ..errors import ArgumentError, near_names, shown

COLORMAPS = {
    "viridis": "bids:viridis",
    "gray": "matlab:gray",
    "blue_red": "colorbrewer:RdBu_r",
}
"""The recommended colour maps, and what the cmap library calls them: one whose lightness grows
evenly and that colour-blind readers can read, one that prints in black and white, and one for
numbers on both sides of 0, which is nearly white there."""


class Colormap(NamedTuple):
    """A colour map.

    Attributes
    ----------
    colors : uint8 (256, 3), from the lowest number's colour to the highest one's
    diverging : whether the colour in the middle stands for 0
    """

    colors: np.ndarray
    diverging: bool


def find_colormap(name: str) -> Colormap:
    """The colour map of that name.

    Parameters
    ----------
    name : one of `COLORMAPS`, or any name of the cmap library, such as "magma" or "crameri:vik";
        with "_r" behind a library's name the colours come in reverse

    Raises
    ------
    ArgumentError
        If there is none; the message names near ones.

    Examples
    --------
    >>> find_colormap("gray").colors[128].tolist()
    [128, 128, 128]
    >>> find_colormap("vik").diverging
    True
    """
    found = _found(COLORMAPS.get(name, name)) if isinstance(name, str) else None
    if found is None:
        from cmap import Colormap as Library

        known = [*COLORMAPS, *sorted(Library.catalog().short_keys())]
        near = near_names(name, known) if isinstance(name, str) else []
        guess = f" Did you mean {' or '.join(near)}?" if near else ""
        raise ArgumentError(
            f"unknown colormap {shown(name)}.{guess} Known: {', '.join(COLORMAPS)}, "
            "and every name of the cmap library (https://cmap-docs.readthedocs.io)."
        )
    return found


@functools.cache
def _found(name: str) -> Colormap | None:
    from cmap import Colormap as Library  # here, so that a start without a sheet is faster

    base = name.removesuffix("_r")
    try:
        full = Library.catalog().resolve(base)  # given a short name, cmap warns of its namesakes
    except KeyError:
        return None
    found = Library(full + name[len(base) :])
    colors = np.rint(np.asarray(found(np.linspace(0, 1, 256)))[:, :3] * 255).astype(np.uint8)
    colors.setflags(write=False)
    return Colormap(colors, found.category == "diverging")


def color_limits(values: np.ndarray, name: str) -> tuple[float, float]:
    """The numbers that get a map's first and last colour, so that all values lie between.

    A diverging map has 0 in its middle, the others have it at their low end unless there are
    negative values. Values that are not finite do not count.
    """
    finite = values[np.isfinite(values)]
    low, high = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
    if find_colormap(name).diverging:
        high = max(-low, high)
        low = -high
    return low, high


def colorize(values: np.ndarray, name: str, limits: tuple[float, float]) -> np.ndarray:
    """Numbers as colours.

    Parameters
    ----------
    values : of any shape; those beyond the limits get the colour of the limit
    name : as `find_colormap` takes it
    limits : the numbers that get the first and the last colour

    Returns
    -------
    uint8, of the shape of `values` with 3 colours behind
    """
    low, high = limits
    colors, diverging = find_colormap(name)
    if high <= low:
        share = np.full(values.shape, 0.5 if diverging else 0.0)
    else:
        share = np.clip((np.asarray(values, np.float64) - low) / (high - low), 0, 1)
        share = np.nan_to_num(share, nan=0.0)
    return colors[np.rint(share * 255).astype(np.intp)]
