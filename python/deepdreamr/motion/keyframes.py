"""time → **setting** → request: arguments of a dream that change with time.

Any argument may be given as key frames, `{0: 0.02, "10s": 0.05}`: what it is at some moments.
Between two of them numbers, and the weights of layers, change evenly; what lies on no line, such as
a recipe's name or a seed, stays what it was at the last one. Before the first key frame and after
the last nothing changes.
"""

from __future__ import annotations

import bisect
import dataclasses
import itertools
import numbers
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from ..errors import ArgumentError, received
from ..recipes.settings import SETTINGS, setting_type
from ..recipes.terms import LayerTerm, layer_terms
from ..runs.request import ARGUMENTS, Request
from .times import parsed_seconds

Seconds = float | Fraction

_GROUPS = ("loss", "place")
KEYED = (
    *(n for n, f in ARGUMENTS.items() if f.metadata["group"] in _GROUPS and n != "missing"),
    "seed",
    *SETTINGS,
)
"""The arguments of a dream that may change with time."""

_HELD = ("seed", "smooth_kernel")  # numbers between two of these mean nothing
_WHOLE = tuple(name for name in SETTINGS if setting_type(name)[0] is int and name not in _HELD)


def are_key_frames(name: str, value: Any) -> bool:
    """Whether the value of an argument is what it is at some moments.

    Raises
    ------
    ArgumentError
        If it is a mapping of which some keys are moments, and others are not.
    """
    if not isinstance(value, Mapping):
        return False
    times = [parsed_seconds(key) is not None for key in value]
    if any(times) and not all(times):
        raise ArgumentError(
            f"key frames of `{name}` must have moments only, like 0 or 10s, as their names. "
            f"{received(name, value)}"
        )
    return any(times)


class KeyFrames:
    """What an argument is at some moments, and so at any.

    Parameters
    ----------
    value : moment → value, as `seconds_of` takes moments; or one value for all times
    name : of the argument: "layers" have weights between two moments, a "seed" has none, and
        settings that are whole numbers stay such

    Attributes
    ----------
    times : the moments in seconds, ascending; none where it never changes
    values : what it is at them, or the one value

    Raises
    ------
    ArgumentError
        If a moment is before the start, or there twice, or layers are of another form.

    Examples
    --------
    >>> step = KeyFrames({0: 0.02, "10s": 0.04}, "step")
    >>> step.at(5), step.at(60)
    (0.03, 0.04)
    >>> KeyFrames({0: {"mixed3": 1}, 4: {"mixed4": 2}}, "layers").at(1)
    (LayerTerm(layer='mixed3', weight=0.75, channels=None, objective=None), \
LayerTerm(layer='mixed4', weight=0.5, channels=None, objective=None))
    """

    def __init__(self, value: Any, name: str = "key frames") -> None:
        self.name = name
        self.times: tuple[Fraction, ...] = ()
        self.values: tuple[Any, ...] = (value,)
        if not are_key_frames(name, value):
            return
        found = ((parsed_seconds(key) or Fraction(0), key) for key in value)
        frames = sorted(found, key=lambda frame: frame[0])
        self.times = tuple(time for time, _ in frames)
        if self.times[0] < 0 or len(set(self.times)) < len(self.times):
            raise ArgumentError(
                f"key frames of `{name}` must be at different moments from 0 on. "
                f"Received: {', '.join(map(str, value))}"
            )
        self.values = tuple(_checked(name, value[key]) for _, key in frames)

    def at(self, seconds: Seconds) -> Any:
        """What it is at a moment."""
        place = bisect.bisect_right(self.times, seconds)
        if place == 0 or place == len(self.times):
            return self.values[max(place, 1) - 1]
        before, after = self.values[place - 1 : place + 1]
        start, end = self.times[place - 1 : place + 1]
        return between(self.name, before, after, float((seconds - start) / (end - start)))


def between(name: str, before: Any, after: Any, share: float) -> Any:
    """What an argument is on its way from one value to another, of which `share` is done."""
    if share == 0 or name in _HELD:
        return before
    if name == "layers" and before is not None and after is not None:
        return _layers_between(layer_terms(before), layer_terms(after), share)
    if not (_is_number(before) and _is_number(after)):
        return before
    number = float(before) + (float(after) - float(before)) * share
    return round(number) if name in _WHOLE else number


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _checked(name: str, value: Any) -> Any:
    return layer_terms(value) if name == "layers" and value is not None else value


def _layers_between(
    before: Sequence[LayerTerm], after: Sequence[LayerTerm], share: float
) -> tuple[LayerTerm, ...]:
    """The terms of both, each with its weight; one that is not there has none."""
    weights: list[tuple[LayerTerm, float]] = []
    parts = ((term, 1 - share) for term in before), ((term, share) for term in after)
    for term, part in itertools.chain(*parts):
        kind = dataclasses.replace(term, weight=1.0)
        index = next((i for i, (known, _) in enumerate(weights) if known == kind), len(weights))
        sum_before = weights[index][1] if index < len(weights) else 0.0
        weights[index : index + 1] = [(kind, sum_before + part * term.weight)]
    some = [pair for pair in weights if pair[1] != 0] or weights
    return tuple(dataclasses.replace(term, weight=weight) for term, weight in some)


class Course:
    """A request whose arguments change with time.

    Parameters
    ----------
    request : any arguments of it that are among `KEYED` may be key frames

    Attributes
    ----------
    moments : in seconds, ascending: the start, and whatever any key frame is at

    Raises
    ------
    ArgumentError
        If another argument is given as key frames, or one's are wrong.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        given = {name: getattr(request, name) for name in ARGUMENTS} | dict(request.settings)
        changing = {n: KeyFrames(v, n) for n, v in given.items() if are_key_frames(n, v)}
        for name in changing:
            if name not in KEYED:
                raise ArgumentError(f"`{name}` cannot change with time.")
        self._changing = changing
        times = (time for frames in changing.values() for time in frames.times)
        self.moments = tuple(sorted({Fraction(0), *times}))

    @property
    def changes(self) -> bool:
        """Whether anything changes."""
        return bool(self._changing)

    def at(self, seconds: Seconds) -> Request:
        """What is asked for at a moment."""
        values = {name: frames.at(seconds) for name, frames in self._changing.items()}
        settings = {name: value for name, value in values.items() if name in SETTINGS}
        own = {name: value for name, value in values.items() if name not in settings}
        known = {**self._request.settings, **settings}
        return dataclasses.replace(self._request, **own, settings=known)

    def part(self, seconds: Seconds) -> int:
        """Which part of time, from one of the moments to the next, a moment is in."""
        return max(0, bisect.bisect_right(self.moments, seconds) - 1)

    def parts(self) -> Iterator[Request]:
        """What is asked for in the middle of each part, where all of its layers have a weight."""
        for before, after in itertools.pairwise((*self.moments, self.moments[-1])):
            yield self.at((before + after) / 2)
