"""request → **channels** → request: those that `strongest` means, the same for a whole clip.

Each frame has channels of its own that respond most to it. A dream of others in each frame would
flicker, and its network be traced anew for each: so they are those of the first frame.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from ..recipes.objectives import Strongest
from ..recipes.terms import LayerTerm, layer_terms
from ..runs.checking import check, unheard
from ..runs.objectives import strongest_of
from ..runs.request import Request, mask_pairs

Channels = Mapping[str, list[int]]
"""Layer and objective → the channels that they mean."""


def strongest_channels(requests: Iterable[Request], before: Mapping[str, Any]) -> Channels:
    """The channels that the terms of some requests mean by `strongest`.

    Parameters
    ----------
    requests : each with the picture of which they are the strongest
    before : what a first call has settled
    """
    if (known := before.get("strongest")) is not None:
        return dict(known)
    found = dict[str, list[int]]()
    for request in requests:
        if any(_is_open(term, found) for term in _all_terms(request)):
            with unheard():
                found |= {_name(term): numbers for term, numbers in strongest_of(check(request))}
    return found


def with_channels(request: Request, known: Channels) -> Request:
    """A request whose terms name the channels that they mean by `strongest`, where known."""
    if not known:
        return request

    def terms(layers: Any) -> tuple[LayerTerm, ...]:
        return tuple(_named(term, known) for term in layer_terms(layers))

    layers = None if request.layers is None else terms(request.layers)
    masks = request.masks and [(mask, terms(own)) for mask, own in mask_pairs(request.masks)]
    return dataclasses.replace(request, layers=layers, masks=masks)


def _named(term: LayerTerm, known: Channels) -> LayerTerm:
    numbers = known.get(_name(term))
    if numbers is None:
        return term
    channels = tuple((number, 1.0) for number in numbers)
    return dataclasses.replace(term, channels=channels, objective=None)


def _all_terms(request: Request) -> list[LayerTerm]:
    given = [request.layers, *(layers for _, layers in mask_pairs(request.masks))]
    return [term for layers in given if layers is not None for term in layer_terms(layers)]


def _is_open(term: LayerTerm, known: Channels) -> bool:
    return isinstance(term.unit, Strongest) and _name(term) not in known


def _name(term: LayerTerm) -> str:
    return f"{term.layer} {term.objective}"
