"""units → **transforms** → settings, core: what the network is shown of an image, as data.

What is drawn for a transform at each step is drawn here; what it does is in `core/transforms.py`.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..errors import ArgumentError
from .fields import setting
from .units import Unit, by_name

if TYPE_CHECKING:
    from numpy.random import Generator

Draws = tuple[float, ...]
Span = tuple[int, int]
"""The least and the most pixels that there may be along an axis."""


@dataclasses.dataclass(frozen=True)
class Transform(Unit):
    """A unit that an image goes through on its way to the network."""

    def drawn(self, random: Generator) -> Draws:
        """The numbers of one step."""
        return ()

    def span(self, least: int, most: int) -> Span:
        """How many pixels there may be along an axis that had so many."""
        return least, most


@dataclasses.dataclass(frozen=True)
class Pad(Transform):
    """Pixels of one colour around the image."""

    pixels: int = setting(12, "how many at each side", least=0, most=1000)
    value: float = setting(0.0, "their colour, from black (-1) to white (1)", least=-1, most=1)

    def span(self, least: int, most: int) -> Span:
        """As many more at both ends."""
        return least + 2 * self.pixels, most + 2 * self.pixels


@dataclasses.dataclass(frozen=True)
class Crop(Transform):
    """Rows and columns cut off, a random part of them at each side."""

    pixels: int = setting(8, "how many of each", least=0, most=1000)

    def drawn(self, random: Generator) -> Draws:
        """How many rows go on top, and columns at the left."""
        return tuple(random.integers(0, self.pixels + 1, size=2).tolist())

    def span(self, least: int, most: int) -> Span:
        """As many fewer."""
        return least - self.pixels, most - self.pixels


@dataclasses.dataclass(frozen=True)
class Jitter(Transform):
    """A random roll: what leaves the image at one side comes in at the other."""

    pixels: int = setting(8, "how far at most", least=0, most=100_000)

    def drawn(self, random: Generator) -> Draws:
        """How far down, and to the right."""
        return tuple(random.integers(-self.pixels, self.pixels + 1, size=2).tolist())


@dataclasses.dataclass(frozen=True)
class Scale(Transform):
    """Another size, bilinear, by one of several factors."""

    low: float = setting(0.9, "the least factor", least=0.1, most=10)
    high: float = setting(1.1, "the largest factor", least=0.1, most=10)
    steps: int = setting(
        11, "how many factors there are, evenly from low to high", least=2, most=99
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low > self.high:
            raise ArgumentError(
                f"`low` of scale must not be above `high`. Received: low={self.low:g}, "
                f"high={self.high:g}"
            )

    def drawn(self, random: Generator) -> Draws:
        """The factor."""
        share = int(random.integers(self.steps)) / (self.steps - 1)
        return (self.low + share * (self.high - self.low),)

    def span(self, least: int, most: int) -> Span:
        """What the least and the largest factor make of them."""
        return int(self.low * least), int(self.high * most)


@dataclasses.dataclass(frozen=True)
class Rotate(Transform):
    """A turn about the image's middle by whole degrees, bilinear."""

    degrees: int = setting(10, "how far at most, each way", least=0, most=180)
    value: float = setting(
        0.0, "the colour that comes in at the corners, from -1 to 1", least=-1, most=1
    )
    upright: int = setting(
        6, "how many times as likely no turn is as each other one", least=1, most=1000
    )

    def drawn(self, random: Generator) -> Draws:
        """The degrees."""
        turns = 2 * self.degrees
        number = int(random.integers(turns + self.upright))
        return (number - self.degrees if number <= turns else 0,)


@dataclasses.dataclass(frozen=True)
class Mirror(Transform):
    """Left and right changed over, half of the time."""

    def drawn(self, random: Generator) -> Draws:
        """Whether they are changed over."""
        return (int(random.integers(2)),)


TRANSFORMS = by_name(Pad, Crop, Jitter, Scale, Rotate, Mirror)
"""The units that transforms are made of."""


def seen_span(pixels: int, transforms: Iterable[Transform]) -> Span:
    """How many of an axis' pixels the network is shown, at least (0: none is left) and at most.

    >>> seen_span(224, (Pad(12), Crop(8), Scale(0.9, 1.1)))
    (216, 264)
    """
    *before, (least, most) = _spans(pixels, transforms)
    return (least if all(left > 0 for left, _ in before) else 0), most


def most_pixels(pixels: int, transforms: Iterable[Transform]) -> int:
    """How many pixels an axis has at most, before, between and after the transforms."""
    return max(most for _, most in _spans(pixels, transforms))


def _spans(pixels: int, transforms: Iterable[Transform]) -> Iterator[Span]:
    """At first, and after each of the transforms."""
    start: Span = (pixels, pixels)
    return itertools.accumulate(transforms, lambda span, unit: unit.span(*span), initial=start)


def sizes_seen(transforms: Iterable[Transform]) -> int:
    """How many different sizes the network is shown of an image."""
    return math.prod(unit.steps for unit in transforms if isinstance(unit, Scale))
