"""record + record → **differences** → replay, checkpoint: what makes two dreams' pixels differ."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ArgumentError
from ..pictures.metadata import KEY
from ..recipes.chain import IN_CHAIN
from ..recipes.earlier import with_earlier
from ..recipes.settings import Recipe
from .record import Record

_OF_TILES = "tile_start tile_normalize tile_weights".split()  # nothing without a tile_size
_COMPARED = {
    "settings": "setting",
    "layers": "layers",
    "network": "network",
    "weights_sha256": "the network's parameters",
    "convention": "convention",
    "engine": "engine",
    "training": "training",
    "precision": "precision",
    "seed": "seed",
    "source_size": "the picture's size",
    "source_sha256": "the picture's pixels",
    "guide_sha256": "the guide",
    "mask_sha256": "the mask",
    "masks": "the masks or their layers",
    "keep_colors": "keep_colors",
    "strength": "strength",
    "octaves": "octaves' sizes",
}
"""What a dream's pixels depend on, and what it is called in a sentence."""


def differences(before: Record, now: Record) -> list[str]:
    """What two records differ in that their pixels depend on, one phrase for each."""
    found = []
    for field, name in _COMPARED.items():
        if field == "settings":
            found += _changed(f"{name} ", *_told(before.settings, now.settings))
        elif field == "layers" and _terms(before) == _terms(now):
            continue  # however they are written
        elif before[field] != now[field]:
            long = max(len(str(record[field])) for record in (before, now)) >= 80
            brief = not field.endswith("sha256") and not long
            found.append(f"{name} (was {before[field]!r}, is {now[field]!r})" if brief else name)
    return found


def _told(*records: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Settings of which none is missing, without those that do nothing.

    Of a chain and the settings that come to one, what tells the difference stays.
    """
    records = tuple(map(with_earlier, records))
    whole = [{**Recipe().settings(), "chain": None, **settings} for settings in records]
    with contextlib.suppress(ArgumentError):  # of a later version
        whole = [Recipe().replace(**settings).settings() for settings in records]
    if whole[0]["chain"] == whole[1]["chain"]:
        left_out: Sequence[str] = IN_CHAIN
    else:
        left_out = ["chain"] if any(whole[0][n] != whole[1][n] for n in IN_CHAIN) else []
    if not any(settings["tile_size"] for settings in whole):
        left_out = [*left_out, *_OF_TILES]
    if all(settings["tile_normalize"] for settings in whole):
        left_out = [*left_out, "tile_weights"]
    return [{n: v for n, v in settings.items() if n not in left_out} for settings in whole]


def _terms(record: Record) -> Any:
    with contextlib.suppress(ArgumentError):  # of a later version
        return record.terms()
    return record.layers


MACHINE = ("device", "threads", "processor")


def version_differences(before: Record, now: Record) -> list[str]:
    """Programs that are of another version now, and what they run on if it is another.

    A picture of an earlier version does not say how many threads there were, nor on what processor.
    """
    known = [name for name in MACHINE if before[name] is not None]
    old, new = (
        {KEY: r.deepdreamr, **r.versions, **{name: r[name] for name in known}}
        for r in (before, now)
    )
    return _changed("", old, new)


def _changed(prefix: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [
        f"{prefix}{name} (was {before.get(name)!r}, is {now.get(name)!r})"
        for name in dict.fromkeys([*before, *now])
        if before.get(name) != now.get(name)
    ]
