"""layer's name on the page ↔ **term**: a layer, single channels of it, an objective of its own.

A name is what the command writes beside the weight: `mixed4`, `mixed4:66+143`, `mixed4 neuron(66)`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import ArgumentError, UnknownLayerError, shown, unknown_name
from ..recipes.lists import parse_layers
from ..recipes.objectives import Function
from ..recipes.terms import LayerTerm

NETWORK = "inception_v3"
"""The network of the page, whose parameters come with the package."""

LONGEST = 300  # characters of a name
_AROUND = re.compile(r"\s*([:+])\s*(?=[^()]*(?:\(|$))")  # not within an objective's parentheses


@functools.cache
def known_layers() -> tuple[str, ...]:
    """The layers of the network."""
    from ..networks.loading import layer_names

    return layer_names(NETWORK)


def terms_of(layers: Mapping[str, float]) -> list[LayerTerm]:
    """The terms of names with weights.

    Raises
    ------
    ArgumentError, UnknownLayerError
        If there is none, or a name is none.

    Examples
    --------
    >>> terms_of({"mixed4:66": 2.0})
    [LayerTerm(layer='mixed4', weight=2.0, channels=((66, 1.0),), objective=None)]
    """
    if not layers:
        raise ArgumentError("`layers` must name at least one layer.")
    return [_term(name, weight) for name, weight in layers.items()]


def _term(name: str, weight: float) -> LayerTerm:
    place, _, objective = _AROUND.sub(r"\1", name.strip()).partition(" ")
    if "=" in place or "," in place:
        raise ArgumentError(
            "a layer has a line, and a weight a field, of its own: mixed4, mixed4:66+143, "
            f"mixed4 neuron(66). Received: {shown(name)}"
        )
    term, names = parse_layers(f"{place}={weight!r} {objective}")[0], known_layers()
    if isinstance(term.unit, Function):
        raise ArgumentError("the page has no functions of Python's.")
    if not term.of_image and term.layer not in names:
        raise UnknownLayerError(unknown_name("layer", term.layer, names[-20:]))
    return term


def names_of(terms: Iterable[LayerTerm]) -> tuple[dict[str, float], bool]:
    """Name → weight of terms, and whether there are others that no name says."""
    found, others = dict[str, float](), False
    for term in terms:
        name = f"{place_of(term)} {objective_of(term) or ''}".strip()
        if _says(name, term) and name not in found:
            found[name] = term.weight
        else:
            others = True
    return found, others


def _says(name: str, term: LayerTerm) -> bool:
    try:
        return len(name) <= LONGEST and _term(name, term.weight) == term
    except (ArgumentError, UnknownLayerError):
        return False


def place_of(term: LayerTerm) -> str:
    """A layer with its channels, as the command writes them."""
    numbers = [f"{n}" if w == 1 else f"{n}x{w!r}" for n, w in term.channels or ()]
    return f"{term.layer}:{'+'.join(numbers)}" if numbers else term.layer


def objective_of(term: LayerTerm) -> str | None:
    """An objective of its own as it is written, or None."""
    return term.unit.brief() if term.unit else None


def is_plain(term: LayerTerm) -> bool:
    """Whether a layer and a weight are all of it."""
    return term.channels is None and term.objective is None


def in_one_line(layers: Mapping[str, float]) -> str:
    """Layers as the command's option has them."""
    texts = []
    for term in terms_of(layers):
        text = f"{place_of(term)}={term.weight!r} {objective_of(term) or ''}"
        texts.append(text.strip())
    return ",".join(texts)


def term_arguments(term: LayerTerm) -> dict[str, Any]:
    """What a term is besides layer and weight: channels, as numbers or with weights; objective."""
    channels: Any = dict(term.channels or ())
    if channels and set(channels.values()) == {1.0}:
        channels = list(channels)
    given = {"channels": channels or None, "objective": objective_of(term)}
    return {name: value for name, value in given.items() if value is not None}
