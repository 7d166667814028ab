"""record → **asked again** → request: what a picture says, and what must be given since it cannot.

Nothing that a picture says is taken for a path.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentError, unknown_name
from ..networks.sources import NETWORKS
from ..pictures.metadata import KEY
from ..recipes.earlier import with_earlier
from ..recipes.settings import SETTINGS, Recipe
from .record import Record

_AS_IT_WAS = ("size", "max_size", "training", "precision", "seed", "keep_colors", "strength")


def asked_again(record: Record, layers: Any) -> dict[str, Any]:
    """The arguments of a call that a record says, with the terms that it cannot hold."""
    recipe = _recipe(record)
    return {
        **{name: getattr(record, name) for name in _AS_IT_WAS},
        "layers": None if record.masks else record.layers if layers is None else layers,
        "recipe": recipe,
        "settings": {"max_loss": recipe.max_loss},  # whatever the layers are
    }


def _recipe(record: Record) -> Recipe:
    """The recipe with the settings that a record says."""
    try:
        for name in record.settings:
            if name not in SETTINGS:
                raise ArgumentError(unknown_name("setting", name, SETTINGS))
        return Recipe(name=record.recipe).replace(**with_earlier(record.settings))
    except ArgumentError as error:
        raise ArgumentError(
            f"the picture's settings are not those of this version: {error}",
            f"It was made by deepdreamr {record[KEY]}.",
        ) from None


def network_again(record: Record, network: Any, weights: Any) -> dict[str, Any]:
    """The network and its parameters; nothing that a picture says is taken for a path."""
    word = record.weights_from
    if network is not None:
        weights = "auto" if weights is None else weights
        return {"network": network, "weights": weights, "convention": _own(record)}
    if word == "own" or record.network not in NETWORKS:
        raise ArgumentError(
            f"the picture was made with the network {record['network']!r}, {record['weights']}.",
            "Give that file again as `network`.",
        )
    if word == "file" and weights is None:
        raise ArgumentError(
            f"the picture was made with parameters from a file, {record['weights']}.",
            "Give it again as `weights`.",
        )
    known = "auto" if word in ("file", "download") else word
    return {"network": record.network, "weights": known if weights is None else weights}


def _own(record: Record) -> str | None:
    """The convention of a network that was a file or a model."""
    return record.convention if record.weights_from == "own" else None


def pictures_again(record: Record, guide: Any, mask: Any, masks: Any) -> dict[str, Any]:
    """The guide and the masks, which must be given again where there were some.

    `masks` are several masks with the picture's layers, or each with its own.
    """
    return {
        "guide": _given("guide", record.guide_sha256, guide),
        "mask": _given("mask", record.mask_sha256, mask),
        "masks": _masks(record, masks),
    }


def _given(name: str, checksum: str | None, value: Any) -> Any:
    if (value is None) == (checksum is None):
        return value
    if value is None:
        raise ArgumentError(f"the picture was made with a {name}.", f"Give it again as `{name}`.")
    raise ArgumentError(f"the picture was made without a {name}.")


def _masks(record: Record, masks: Any) -> Any:
    """Several masks with the layers that each had."""
    count = len(record.masks)
    if count == 0 and masks is None:
        return None
    if count == 0 or not isinstance(masks, list | tuple) or len(masks) != count:
        were = f"with {count} mask{'s' * (count > 1)}" if count else "without `masks`"
        again = "it again as `masks`" if count == 1 else "them again as `masks`, in their order"
        hint = f"Give {again}." if count else None
        raise ArgumentError(f"the picture was made {were}.", hint)
    pairs = zip(masks, record.masks, strict=True)
    return [
        mask if isinstance(mask, list | tuple | Mapping) else (mask, masked["layers"])
        for mask, masked in pairs
    ]
