"""layer's name → **spelling** → error: how channels and objectives in a name are written."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from .objectives import IMAGE_LAYER

_WITH_CHANNELS = re.compile(
    r"(?P<layer>.+?)\s*(?:\[|:|\.|/)\s*(?P<channels>\d+(?:\s*[-,+]\s*\d+)*)\]?"
)
_WITH_OBJECTIVE = re.compile(
    r"(?P<layer>[^\s=:\[]+)\s*(?:\[[^]]*\]|:[^\s=]*)?\s*(?:=\s*\S+)?\s+[a-z_]+\s*(?:\(.*)?",
    re.DOTALL,
)
_LONGEST = 300  # characters of a name that are looked at


def spelling_hint(unknown: Sequence[str], names: Collection[str]) -> str:
    """How a name such as `mixed4[66]` or `mixed4 neuron(66)` is written; nothing for others.

    Parameters
    ----------
    unknown : names that are no layers
    names : those of all layers
    """
    for name in unknown:
        if name == IMAGE_LAYER:
            return " The picture itself has the objectives total_variation and distance alone."
        if (found := _WITH_OBJECTIVE.fullmatch(name[:_LONGEST])) and found["layer"] in names:
            return _objective_hint(found["layer"])
        found = _WITH_CHANNELS.fullmatch(name)
        if found and found["layer"] in names:
            layer, number = found["layer"], re.split(r"\D", found["channels"])[0]
            return (
                f" Channels of {layer} are written 'LayerTerm(\"{layer}\", channels=[{number}])' "
                f"in Python, '{layer}:{number}' in the shell and '{layer}[{number}]' in R."
            )
    return ""


def _objective_hint(layer: str) -> str:
    return (
        f' An objective of {layer} is written \'LayerTerm("{layer}", objective="neuron(66)")\' in '
        f"Python, '{layer}=1 neuron(66)' in the shell and "
        f'\'layer_term("{layer}", objective = "neuron(66)")\' in R.'
    )
