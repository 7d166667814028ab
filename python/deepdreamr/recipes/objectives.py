"""units → **objectives** → terms, core: what of its activation a term adds to the loss, as data.

A position is a fraction of the picture: 0 the top or left edge, 1 the bottom or right one.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from ..errors import ArgumentError, near_names, received, shown
from ..values import in_range, whole_number
from .fields import REQUIRED, setting
from .units import Unit, by_name, name_of, parse_units

Shape = tuple[int, int]

WORDS = ("mean_square", "mean", "half_sum_square")
"""The objectives that a recipe may have, for all of its terms."""
IMAGE_LAYER = "image"
"""What stands for a layer in a term on the picture itself."""
_LONGEST_NAME = 200  # characters of a function's name, which must leave a text that is read again
_NAMES = Path(__file__).parents[1] / "data" / "imagenet_classes.txt"


@dataclasses.dataclass(frozen=True)
class MeanSquare(Unit):
    """The mean of the squares."""


@dataclasses.dataclass(frozen=True)
class Mean(Unit):
    """The mean; of one channel it is Lucid's channel objective."""


@dataclasses.dataclass(frozen=True)
class HalfSumSquare(Unit):
    """Half the sum of the squares, which grows with the picture."""


@dataclasses.dataclass(frozen=True)
class Neuron(Unit):
    """One cell of one channel: the one at a position, or the nearest that the border leaves."""

    channel: int = setting(REQUIRED, "its channel, from 0", least=0, most=2**31)
    y: float = setting(0.5, "how far down, as a fraction of the picture", least=0, most=1)
    x: float = setting(0.5, "how far across, as a fraction of the picture", least=0, most=1)

    @property
    def in_the_middle(self) -> bool:
        """Whether its position is the default one."""
        return (self.y, self.x) == (0.5, 0.5)

    def number(self, layer: str, channels: int) -> int:
        """The number of its channel."""
        return self.channel

    def pixel(self, shape: Shape, shift: Shape) -> tuple[float, float]:
        """Where it is in an image of a shape that has been rolled, in pixels from its corner."""
        (height, width), (down, right) = shape, shift
        y, x = (min(at * n, n - 1e-3) for at, n in ((self.y, height), (self.x, width)))
        return (y + down) % height, (x + right) % width


@dataclasses.dataclass(frozen=True)
class Direction(Unit):
    """The mean over cells of a·v, times max(0.1, cos)^cosine_power, as Lucid has it.

    a is what all channels of a cell respond, v the weights of the term's channels (0 for others),
    cos the cosine of the angle between them.
    """

    cosine_power: float = setting(0.0, "how much more cells count that point there", least=0)


@dataclasses.dataclass(frozen=True)
class ClassLogit(Unit):
    """What a network's own classifier gives to a class, before softmax or sigmoid."""

    which: int | str = setting(REQUIRED, "the class, by number from 0 or by its ImageNet name")

    def __post_init__(self) -> None:
        number = whole_number(self.which, 0)
        if number is None and not isinstance(self.which, str):
            raise ArgumentError(
                "a class must be a number from 0, or one of ImageNet's names. "
                f"{received('which', self.which)}"
            )
        if number is not None:
            number = in_range("which", number, int, most=2**31)
        value = class_name(str(self.which)) if number is None else number
        object.__setattr__(self, "which", value)

    def number(self, layer: str, classes: int) -> int:
        """The number of the class among those of a layer; an `ArgumentError` if it has no names."""
        if isinstance(self.which, int):
            return self.which
        if classes != len(class_names()):
            raise ArgumentError(
                "a class by name is one of ImageNet's thousand, which a classifier's layer gives, "
                f"and {layer} gives {classes}: name that layer, or give the number of the class. "
                f"Received: {shown(self.which)}"
            )
        return class_names().index(self.which)


@dataclasses.dataclass(frozen=True)
class Guide(Unit):
    """The product with the guide picture's features, which the recipe's objective sums up."""

    by: str = setting(
        "best",
        "at each position the guide's feature vector that fits best (best, the 2015 notebook's "
        "rule), or the mean of all of them (mean)",
        choices=("best", "mean"),
    )


@dataclasses.dataclass(frozen=True)
class Strongest(Unit):
    """The recipe's objective, of the channels alone that respond most to this picture.

    Strength is the mean square. They are chosen once, from the picture with its longer side scaled
    down to 400 pixels, and the record names them.
    """

    count: int = setting(REQUIRED, "how many channels", least=1, most=100_000)


@dataclasses.dataclass(frozen=True)
class TotalVariation(Unit):
    """How much neighbouring pixels differ: the sum of absolute differences, down and across."""

    by: str = setting(
        "sum",
        "the sum, as elsewhere, which grows with the picture, or that divided by the number of "
        "values, which is to means what the sum is to sums",
        choices=("sum", "mean"),
    )


@dataclasses.dataclass(frozen=True)
class Distance(Unit):
    """How far the image is from the original, which has each octave's size: sqrt(1e-6 + sum d²)."""

    by: str = setting(
        "sum",
        "of the sum of squares, or of their mean",
        choices=("sum", "mean"),
    )


@dataclasses.dataclass(frozen=True)
class Function(Unit):
    """What stands in a record for a function of Python's, which no record can hold."""

    name: str = setting(REQUIRED, "what the function was called")


OBJECTIVES = by_name(
    *(MeanSquare, Mean, HalfSumSquare, Neuron, Direction, ClassLogit, Guide, Strongest),
    *(TotalVariation, Distance, Function),
)
"""What a term's objective may be, by name."""

Objective: TypeAlias = str | Callable[..., Any] | None
"""As a term holds it: a unit's text, a function of an activation, or None for the recipe's own."""


def checked_objective(layer: str, value: Any, channels: Any) -> Objective:
    """An objective as a term holds it, if it fits a layer and its channels."""
    if value is None or (callable(value) and not isinstance(value, Unit)):
        return value
    units = parse_units("objective", value, OBJECTIVES, noun="objective")
    if len(units) != 1:
        raise ArgumentError(f"a term has one objective. Received: {shown(value)}")
    _check_fit(layer, units[0], channels)
    return str(units[0])


def as_text(objective: Any) -> str:
    """A term's objective as plain data; a function comes to what stands for it."""
    if isinstance(objective, str):
        return objective
    name = str(getattr(objective, "__name__", type(objective).__name__))
    return str(Function(name[:_LONGEST_NAME]))


def _check_fit(layer: str, unit: Unit, channels: Any) -> None:
    """Raise an `ArgumentError` if a unit does not go with a term's layer or channels."""
    name = name_of(type(unit))
    if isinstance(unit, PENALTIES) and layer != IMAGE_LAYER:
        raise ArgumentError(
            f"{name} is of the picture itself: its layer must be {IMAGE_LAYER!r}. "
            f"{received('layer', layer)}"
        )
    if isinstance(unit, Direction) and channels is None:
        raise ArgumentError(f"direction needs channels of {layer}, each with its weight.")
    if channels is not None and not isinstance(unit, _OF_CHANNELS):
        raise ArgumentError(f"{name} of {layer} goes without channels.")


_OF_CHANNELS = (MeanSquare, Mean, HalfSumSquare, Direction, Guide, Function)
"""What channels of a layer may have; others are of all of them, or name their own."""

PENALTIES = (TotalVariation, Distance)
"""The objectives on the picture itself, which grow with what is mostly not wanted."""


@functools.cache
def class_names() -> tuple[str, ...]:
    """Names of ImageNet's thousand classes, in their order.

    >>> class_names()[107]
    'jellyfish'
    """
    return tuple(_NAMES.read_text(encoding="utf-8").splitlines())


def class_name(text: str) -> str:
    """A class's name as it is written in the list, however it was spelled.

    Raises
    ------
    ArgumentError
        If there is none; the message names near ones.

    Examples
    --------
    >>> class_name("Tiger_Shark")
    'tiger shark'
    """
    if text in class_names():
        return text
    plain = text.replace("_", " ").strip().lower()
    found = [name for name in class_names() if name.lower() == plain]
    if len(found) == 1:
        return found[0]
    near = found or near_names(plain, class_names())
    guess = f" Did you mean {' or '.join(near)}?" if near else ""
    raise ArgumentError(
        f"unknown class {shown(text)}.{guess} `class_names` lists ImageNet's thousand classes."
    )
