"""seconds → **camera** → place: how a zoom moves, and where its key frames stand.

What is seen flows by one law: at each moment everything grows, turns and drifts at the same rates,
so that any two moments as far apart differ by the same movement. It is that of points in the plane
as complex numbers, `p' = rate * p + drift`.
"""

from __future__ import annotations

import cmath
import dataclasses
import math

import numpy as np

from ..errors import ArgumentError, received
from ..pictures.picture import Shape

MOST_TURN = math.radians(10)
MOST_DRIFT = 0.1  # of the width
"""How far a picture turns and drifts from one key frame to the next: more would need key frames
much larger than what is seen of them."""

_EDGE = 8  # pixels that resampling reads beyond a place
_MOMENTS = 65  # at which the corners of what is seen are looked up


@dataclasses.dataclass(frozen=True)
class Camera:
    """How a zoom moves.

    Parameters
    ----------
    shape : (height, width) of what is seen
    zoom : how many times as large a second makes everything
    rotate : degrees that everything turns a second, counter-clockwise
    shift : share of the width by which everything drifts a second, to the right and down
    """

    shape: Shape
    zoom: float = 2.0
    rotate: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)

    @property
    def rate(self) -> complex:
        """How fast everything grows (the real part) and turns, clockwise as y points down."""
        return complex(math.log(self.zoom), -math.radians(self.rotate))

    @property
    def drift(self) -> complex:
        """Pixels a second."""
        return complex(*self.shift) * self.shape[1]

    def interval(self, growth: float) -> float:
        """Seconds from one key frame to the next, where that makes it `growth` times as large.

        Raises
        ------
        ArgumentError
            If nothing moves.
        """
        speeds = (
            math.log(self.zoom) / math.log(growth),
            math.radians(abs(self.rotate)) / MOST_TURN,
            math.hypot(*self.shift) / MOST_DRIFT,
        )
        if max(speeds) == 0:
            raise ArgumentError(
                f"`zoom` must be > 1 where nothing turns or drifts. {received('zoom', self.zoom)}"
            )
        return 1 / max(speeds)

    def moved(self, seconds: float) -> tuple[complex, complex]:
        """The factor and then the offset that take a point, from the middle, to where it is later.

        `seconds` may be below 0, for where it was before.
        """
        power = self.rate * seconds
        factor = cmath.exp(power)
        if abs(power) < 1e-6:  # where the quotient below would lose its digits
            return factor, self.drift * seconds * (1 + power / 2)
        return factor, self.drift * (factor - 1) / self.rate

    def place(self, interval: float) -> KeyPlace:
        """The size of key frames that stand `interval` seconds apart.

        Each is seen from one interval before its own moment, when it is smallest, to one after it;
        it has all that is seen of it in that time.
        """
        height, width = self.shape
        corners = np.array([complex(x, y) for x in (-1, 1) for y in (-1, 1)])
        corners = (corners.real * (width - 1) + 1j * corners.imag * (height - 1)) / 2
        movements = [self.moved(-s) for s in np.linspace(-interval, interval, _MOMENTS)]
        seen = np.concatenate([corners * factor + offset for factor, offset in movements])
        beyond = (-seen.imag.min(), seen.imag.max(), -seen.real.min(), seen.real.max())
        sides = (height, height, width, width)
        margins = (math.ceil(b - (s - 1) / 2) for b, s in zip(beyond, sides, strict=True))
        return KeyPlace(self.shape, tuple(margin + _EDGE for margin in margins))


@dataclasses.dataclass(frozen=True)
class KeyPlace:
    """Where what is seen lies in a key frame.

    Attributes
    ----------
    seen : (height, width) of what is seen at its moment, pixel for pixel
    margins : pixels above it, below, at the left and at the right
    """

    seen: Shape
    margins: tuple[int, ...]

    @property
    def shape(self) -> Shape:
        """(height, width) of the key frame."""
        top, bottom, left, right = self.margins
        return self.seen[0] + top + bottom, self.seen[1] + left + right

    @property
    def middle(self) -> complex:
        """The middle of what is seen, x + yi in pixels; between two where the size is even."""
        top, _, left, _ = self.margins
        return complex(left + (self.seen[1] - 1) / 2, top + (self.seen[0] - 1) / 2)

    @property
    def inner(self) -> tuple[slice, slice]:
        """The rows and columns that are seen."""
        top, _, left, _ = self.margins
        return slice(top, top + self.seen[0]), slice(left, left + self.seen[1])
