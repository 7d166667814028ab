"""text of the shell and of tables → **terms**: layers with weights, channels and objectives."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from ..errors import ArgumentError, ArgumentWarning, shown, warn
from .terms import LayerTerm


def parse_layers(text: str) -> list[LayerTerm]:
    """Terms of a list in one line, with commas between them: `name:channels=weight objective`.

    Of these all but the name may be missing. Channels are `66+143`, `60-69`, or with weights of
    their own `66x1+143x-0.5`.

    >>> parse_layers("mixed3=0.8, mixed4:66=1")
    [LayerTerm(layer='mixed3', weight=0.8, channels=None, objective=None), \
LayerTerm(layer='mixed4', weight=1.0, channels=((66, 1.0),), objective=None)]
    >>> parse_layers("mixed4=2 neuron(66, y=0.2)")[0].objective
    'neuron(66, y=0.2, x=0.5)'
    """
    terms = [_parse_term(part.strip()) for part in _COMMA.split(text)]
    twice = [name for name, count in Counter(map(_place, terms)).items() if count > 1]
    if twice:
        raise ArgumentError(
            f"a layer is named twice: {twice[0][0]}.", "Give it once, with its whole weight."
        )
    return terms


_COMMA = re.compile(r",(?![^()]*\))")  # between terms, not within an objective's parentheses
_OBJECTIVE = re.compile(r"(?P<term>.*?)(?:\s+(?P<objective>[a-z_]+(?:\s*\(.*\))?))?", re.DOTALL)
_CHANNELS = re.compile(r"\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?(?:x\s*([-+.\d]+)\s*)?")


def _place(term: LayerTerm) -> tuple[str, Any, Any]:
    channels = term.channels and frozenset(number for number, _ in term.channels)
    return term.layer, channels, term.objective


def _parse_term(text: str) -> LayerTerm:
    found = _OBJECTIVE.fullmatch(text)
    term, objective = found.groups() if found else (text, None)
    place, equals, weight = (part.strip() for part in term.partition("="))
    layer, colon, channels = (part.strip() for part in place.partition(":"))
    form = (
        "name=weight, name:channel+channel=weight, or either with an objective behind it. "
        f"Received: {shown(text)}"
    )
    if not equals and re.fullmatch(r"\d+", layer):
        raise ArgumentError(f"`layers` must be {form}", "A weight is 0.5, not 0,5.")
    if "[" in layer:
        name, _, number = layer.partition("[")
        raise ArgumentError(
            f"channels are written {name}:{number.strip(' ]')} in the shell, several "
            f"{name}:3+5 or {name}:3-5. Received: {shown(text)}"
        )
    try:
        numbers = _parse_weighted(channels) if colon else None
        value = float(weight) if equals else 1.0
    except ValueError:
        raise ArgumentError(f"a layer must be given as {form}") from None
    if numbers is not None and re.fullmatch(r"\d+", channels) and not equals and not objective:
        what = f"{text} is channel {channels} of {layer}, with the weight 1"
        warn(ArgumentWarning(f"{what}; a weight follows {layer}= instead."))
    return LayerTerm(layer, value, numbers, objective)


def _parse_weighted(text: str) -> list[tuple[int, float]]:
    """Channels with their weights: `66+143`, `60-69x2`."""
    found: list[tuple[int, float]] = []
    for part in text.split("+"):
        numbers, weight = numbers_of(part)
        found += [(number, weight) for number in numbers]
    return found


def numbers_of(text: str) -> tuple[range, float]:
    """The channels from a first to a last one, `60-69x2`, and their weight.

    Raises
    ------
    ValueError
        If they are written otherwise.
    """
    found = _CHANNELS.fullmatch(text)
    if not found or not (numbers := range(int(found[1]), int(found[2] or found[1]) + 1)):
        raise ValueError(text)
    return numbers, float(found[3] or 1)
