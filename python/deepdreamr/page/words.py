"""recipes, settings → **words** → page: what there is to choose from, as the page shows it."""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..recipes.published import RECIPES
from ..recipes.settings import SETTINGS, setting_type
from ..runs.request import ARGUMENTS
from ..runs.sections import SECTIONS, section_of
from ..version import version
from .calls import FILM_OPTIONS, OPTIONS
from .layers import NETWORK
from .uploads import CLIP_BYTES, PICTURE_BYTES, PIXELS

STATIC = Path(__file__).parent / "static"
"""What the browser is given as it is."""

FIRST = ("vivid", "rblog")
"""Recipes that are shown before the others."""

_KINDS: dict[type, str] = {bool: "flag", int: "integer", float: "number", tuple: "text"}
_MIXED = re.compile(r"mixed\d+")


@functools.cache
def start_words() -> dict[str, Any]:
    """All that the page shows before anything is chosen."""
    names = [*FIRST, *(name for name in RECIPES if name not in FIRST)]
    return {
        "version": version(),
        "network": NETWORK,
        "recipes": [_recipe(name) for name in names],
        "layers": _layers(),
        "groups": _groups(),
        "limits": {"bytes": PICTURE_BYTES, "pixels": PIXELS, "clip_bytes": CLIP_BYTES},
        **_films(),
    }


def _films() -> dict[str, Any]:
    """What moves, where the libraries that it takes are there."""
    from ..motion.videos import FILMING
    from ..motion.zooms import ZOOMING

    if any(importlib.util.find_spec(name) is None for name in ("av", "cv2")):
        return {}
    fields = {"video": FILMING, "zoom": ZOOMING}
    return {
        kind: {
            "groups": [{"title": kind.title(), "settings": [_of(fields[kind], n) for n in names]}]
        }
        for kind, names in FILM_OPTIONS.items()
    }


def _of(fields: Mapping[str, dataclasses.Field[Any]], name: str) -> dict[str, Any]:
    """An argument, with what the command's help says of it."""
    field = fields[name]
    words, kind = field.metadata, field.metadata["type"] or str
    kind = float if name in ("seconds", "fps") else kind
    return {
        "name": name,
        "help": words["help"],
        "kind": "choice" if words["choices"] else _KINDS.get(kind, "text"),
        "choices": words["choices"] and list(words["choices"]),
        "optional": field.default is None,
        "default": field.default,
        **{"min": None, "above": None, "max": None},
    }


def _recipe(name: str) -> dict[str, Any]:
    recipe = RECIPES[name]
    settings = {n: list(v) if isinstance(v, tuple) else v for n, v in recipe.settings().items()}
    return {
        "name": name,
        "title": name,
        "description": recipe.description,
        "layers": dict(recipe.layers),
        "settings": settings,
        "picture": _picture(f"recipe-{name}"),
    }


def _layers() -> list[dict[str, Any]]:
    """The layers that are offered by their pictures."""
    from ..networks.inception import inception_v3

    channels = dict[str, int]()
    for node in inception_v3():
        of_inputs = [channels[name] for name in node.inputs] or [3]
        own = node.options.get("filters")
        channels[node.name] = own or (sum(of_inputs) if node.op == "concat" else of_inputs[0])
    return [
        {"name": name, "picture": _picture(f"layer-{name}"), "channels": count}
        for name, count in channels.items()
        if _MIXED.fullmatch(name)
    ]


def _picture(name: str) -> str | None:
    return f"static/pictures/{name}.jpg" if (STATIC / "pictures" / f"{name}.jpg").exists() else None


def _groups() -> list[dict[str, Any]]:
    """The settings, and arguments of a dream, by what they are about."""
    names = [*OPTIONS, *SETTINGS]
    groups = []
    for title in SECTIONS:
        listed = [name for name in SECTIONS[title] if name in names and section_of(name) == title]
        if listed:
            groups.append({"title": title, "settings": [_setting(name) for name in listed]})
    return groups


def _setting(name: str) -> dict[str, Any]:
    """A setting, or an argument, with what the command's help says of it."""
    if name in SETTINGS:
        field, (kind, optional) = SETTINGS[name], setting_type(name)
        words = field.metadata
        limits = {"min": words["least"], "above": words["above"], "max": words["most"]}
    else:
        return _of(ARGUMENTS, name)
    default = list(field.default) if isinstance(field.default, tuple) else field.default
    return {
        "name": name,
        "help": words["help"],
        "kind": "choice" if words["choices"] else _KINDS.get(kind, "text"),
        "choices": words["choices"] and list(words["choices"]),
        "optional": optional,
        "default": default,
        **limits,
    }
