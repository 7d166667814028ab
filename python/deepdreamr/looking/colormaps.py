"""activation → **colour**: numbers as colours, for sheets of feature maps. NumPy only.

Three maps are enough here, so no plotting library is asked for: one that prints in black and
white, one whose lightness grows evenly and that colour-blind readers can read, and one for numbers
on both sides of 0. Each is a few colours with straight lines between them.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from ..errors import ArgumentError, unknown_name


class Colormap(NamedTuple):
    """Evenly spaced colours (as hexadecimal RGB), and whether the middle one stands for 0."""

    colors: str
    diverging: bool = False


COLORMAPS: dict[str, Colormap] = {
    # every 16th colour of S. van der Walt and N. Smith's viridis (CC0); within 6/255 of the others
    "viridis": Colormap(
        "440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26818e 21908c 1f9f88 28ae80 3ebc74 "
        "5dc963 82d34c abdc32 d5e21a fde725"
    ),
    "gray": Colormap("000000 ffffff"),
    "blue_red": Colormap("0b2a6b 2f6fb5 9cc6e4 f5f5f5 f3b296 c8413c 69061f", diverging=True),
}
"""The colour maps by name."""


def find_colormap(name: str) -> Colormap:
    """The colour map of that name.

    Raises
    ------
    ArgumentError
        If there is none; the message lists the names.
    """
    if not isinstance(name, str) or name not in COLORMAPS:
        raise ArgumentError(unknown_name("colormap", name, COLORMAPS))
    return COLORMAPS[name]


@functools.cache
def color_table(name: str) -> np.ndarray:
    """The 256 colours of a map, uint8 (256, 3).

    >>> color_table("gray")[128].tolist()
    [128, 128, 128]
    """
    anchors = np.array([list(bytes.fromhex(c)) for c in find_colormap(name).colors.split()])
    where = np.linspace(0, len(anchors) - 1, 256)
    columns = [np.interp(where, np.arange(len(anchors)), column) for column in anchors.T]
    table = np.rint(np.stack(columns, axis=1)).astype(np.uint8)
    table.setflags(write=False)
    return table


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
    name : a name of `COLORMAPS`
    limits : the numbers that get the first and the last colour

    Returns
    -------
    uint8, of the shape of `values` with 3 colours behind
    """
    low, high = limits
    middle = 0.5 if find_colormap(name).diverging else 0.0
    if high <= low:
        share = np.full(values.shape, middle)
    else:
        share = np.clip((np.asarray(values, np.float64) - low) / (high - low), 0, 1)
        share = np.nan_to_num(share, nan=0.0)
    return color_table(name)[np.rint(share * 255).astype(np.intp)]
