"""arguments → **request**: what a call about a zoom asks for. No TensorFlow."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ..runs.request import argument

GROUP = "zoom"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ZoomRequest:
    """What was asked for of a zoom; see `dream_zoom` for what each argument means."""

    image: Any = None
    layers: Any = None
    output: Any = None
    seconds: Any = argument(10.0, GROUP, "how long the clip is: 10, 10s or 1:30", metavar="TIME")
    fps: Any = argument(24, GROUP, "how many frames a second it has", metavar="RATE")
    zoom: float = argument(
        2.0, GROUP, "how many times as large a second makes the picture", type=float
    )
    rotate: float = argument(
        0.0, GROUP, "how many degrees it turns a second, counter-clockwise", type=float
    )
    shift: Any = argument(
        None,
        GROUP,
        "how far it drifts to the right and down a second, as shares of the width",
        metavar="X,Y",
    )
    outward: bool = argument(False, GROUP, "play it backwards: out of the dream", type=bool)
    loop: bool = argument(False, GROUP, "end where it begins, for a clip without end", type=bool)
    growth: float = argument(
        1.3,
        GROUP,
        "how many times as large one key frame is as the one before, at most: only key frames are "
        "dreamed",
        type=float,
    )
    preview: bool = argument(
        False, GROUP, "one second only, and small, beside the output", type=bool
    )
    overwrite: bool = False
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)


ZOOM_ARGUMENTS = tuple(field.name for field in dataclasses.fields(ZoomRequest))
ZOOMING = {field.name: field for field in dataclasses.fields(ZoomRequest) if field.metadata}
"""The arguments that a still dream does not have, with what the command's help says of them."""

NOT_ZOOMED = ("mask", "masks")
"""The arguments of a still dream's picture, place, loss, network and memory that a zoom does not
have: in one that moves, a place is none for long."""

ZOOM_GROUPS = ("picture", "place", "loss", "network", "memory")
"""What those of a still dream that it has are about."""


def zoom_arguments(
    image: Any, layers: Any, output: Any, options: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The arguments of a `ZoomRequest` of those of `dream_zoom`, without its signature."""
    own = {name: value for name, value in (options or {}).items() if name in ZOOM_ARGUMENTS}
    rest = {name: value for name, value in (options or {}).items() if name not in own}
    return {"image": image, "layers": layers, "output": output, **own, "options": rest}
