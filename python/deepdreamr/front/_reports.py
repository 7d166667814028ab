"""step → **report** → R: each step as R's function takes it, and what that function answers.

R's function is called with the fields of a step. The dream ends when it returns False; nothing may
be signalled from inside of it, so that Ctrl-C there comes as `INTERRUPT`.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ArgumentError, unknown_name
from ..recipes.settings import SETTINGS
from ..runs.request import ARGUMENTS
from ._envelopes import plain

if TYPE_CHECKING:
    from ..looking.layers import LayerStep
    from ..runs.steps import AscentStep

Report = Callable[[dict[str, Any]], Any]
Shown = Callable[[dict[str, str], dict[str, Any]], Any]
INTERRUPT = "interrupt"


def steps(on_step: Report) -> Callable[[AscentStep], Any]:
    """R's function as Python's callback: height and width apart, since R has no pairs."""

    def call(step: AscentStep) -> Any:
        record: dict[str, Any] = {}
        image: Any = None if step.image is None else step.image.tobytes()
        for name, value in plain(dataclasses.replace(step, image=image)).items():
            pair = {"height": value[0], "width": value[1]} if name == "shape" else {name: value}
            record.update(pair)
        answer = on_step(record)
        if answer == INTERRUPT:
            raise KeyboardInterrupt
        return answer

    return call


def previews(on_preview: Shown) -> Callable[[Mapping[str, Any], Mapping[str, Any]], None]:
    """R's function as what shows a picture that grows: Jupyter's bundle, with bytes as base64."""

    def show(bundle: Mapping[str, Any], size: Mapping[str, Any]) -> None:
        texts = {
            kind: base64.b64encode(value).decode() if isinstance(value, bytes) else value
            for kind, value in bundle.items()
        }
        if on_preview(texts, dict(size)) == INTERRUPT:
            raise KeyboardInterrupt

    return show


def layer_steps(on_step: Report) -> Callable[[LayerStep], Any]:
    """As for a dream, with the layer's name, its number from 1, and how many there are."""

    def call(step: LayerStep) -> Any:
        place = {"layer": step.layer, "number": step.number, "layers": step.layers}
        return steps(lambda record: on_step({**record, **place}))(step.step)

    return call


def of_tiles(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """The options of a sheet of dreams; R shows by itself how far it is."""
    if "progress" in (given := dict(options or {})):
        raise ArgumentError(unknown_name("argument", "progress", [*ARGUMENTS, *SETTINGS]))
    return {**given, "progress": False}
