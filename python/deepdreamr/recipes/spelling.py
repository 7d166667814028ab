"""layer's name → **spelling** → error: how channels are written, where they stand in a name."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

_WITH_CHANNELS = re.compile(
    r"(?P<layer>.+?)\s*(?:\[|:|\.|/)\s*(?P<channels>\d+(?:\s*[-,+]\s*\d+)*)\]?"
)


def channels_hint(unknown: Sequence[str], names: Collection[str]) -> str:
    """How the channels in a name such as `mixed4[66]` are written; nothing if it has none.

    Parameters
    ----------
    unknown : names that are no layers
    names : those of all layers
    """
    for name in unknown:
        found = _WITH_CHANNELS.fullmatch(name)
        if found and found["layer"] in names:
            layer, number = found["layer"], re.split(r"\D", found["channels"])[0]
            return (
                f" Channels of {layer} are written 'LayerTerm(\"{layer}\", channels=[{number}])' "
                f"in Python, '{layer}:{number}' in the shell and '{layer}[{number}]' in R."
            )
    return ""
