"""arguments → **request**: what a call about a clip's dream asks for. No TensorFlow."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentError
from ..runs.request import Request, argument, request_of
from ..values import in_range

GROUP = "video"
MOTIONS = ("flow", "blend", "delta", "none")
"""How a frame's dream begins: see `dream_video`."""

DECAY = {"flow": 0.95, "blend": 0.5, "delta": 1.0, "none": 0.0}
ITERATIONS = 2  # of a frame whose dream goes on from the one before
RENEWAL = 0.025


@dataclasses.dataclass(frozen=True, kw_only=True)
class VideoRequest:
    """What was asked for of a clip; see `dream_video` for what each argument means."""

    clip: Any = None
    layers: Any = None
    output: Any = None
    motion: str = argument(
        "flow",
        GROUP,
        "what a frame's dream begins with: the change of the frame before, moved along with what "
        "is seen (flow), or everywhere and dreamed on fully (delta); the dream before, mixed in as "
        "it lies (blend); or the frame alone (none)",
        choices=MOTIONS,
    )
    iterations: int | None = argument(
        None,
        GROUP,
        "steps at each octave of a frame that goes on from the one before  [default: 2 with flow, "
        "else the recipe's]",
        type=int,
    )
    first_iterations: int | None = argument(
        None,
        GROUP,
        "steps at each octave of a scene's first frame, at most  [default: the recipe's]",
        type=int,
    )
    decay: float | None = argument(
        None,
        GROUP,
        "how much is kept from a frame to the next, from 0 to 1  [default: 0.95, blend 0.5, delta "
        "1]",
        type=float,
    )
    renewal: float = argument(
        RENEWAL,
        GROUP,
        "share of a whole dream that a frame adds where the one before goes on, with flow",
        type=float,
    )
    start: Any = argument(None, GROUP, "where it begins: 10, 10s or 1:02.5", metavar="TIME")
    end: Any = argument(None, GROUP, "where it ends", metavar="TIME")
    every: int = argument(1, GROUP, "2 for every second frame", type=int)
    rate: float | None = argument(
        None, GROUP, "frames a second of a folder of pictures  [default: 25]", type=float
    )
    preview: bool = argument(
        False, GROUP, "the first second only, and small, beside the output", type=bool
    )
    keep_frames: bool = argument(
        False, GROUP, "leave the folder of all frames beside the output", type=bool
    )
    workers: int | None = argument(
        None,
        GROUP,
        "how many processes dream at once, each of its own scene, or frame where motion is none  "
        "[default: 1, without motion the cores, as far as the memory is enough]",
        type=int,
    )
    threads: int = argument(1, GROUP, "how many threads each of them computes with", type=int)
    overwrite: bool = False
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)


VIDEO_ARGUMENTS = tuple(field.name for field in dataclasses.fields(VideoRequest))
FILMING = {field.name: field for field in dataclasses.fields(VideoRequest) if field.metadata}
"""The arguments that a still dream does not have, with what the command's help says of them."""

VIDEO_GROUPS = ("picture", "place", "loss", "network", "memory")
"""What the arguments of a still dream that a frame has are about."""

NOT_FILMED = ("size", "iterations")
"""Those of a still dream that a clip does not have, or has of its own."""


def video_arguments(
    clip: Any, layers: Any, output: Any, options: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The arguments of a `VideoRequest` of those of `dream_video`, without its signature."""
    names = (*FILMING, "overwrite")  # `clip` among options is the recipe's setting
    own = {name: value for name, value in (options or {}).items() if name in names}
    rest = {name: value for name, value in (options or {}).items() if name not in own}
    return {"clip": clip, "layers": layers, "output": output, **own, "options": rest}


def frame_request(asked: VideoRequest) -> Request:
    """What is asked for of each frame; arguments may be key frames.

    Raises
    ------
    ArgumentError
        If an argument is not known, or is one that a frame does not have.
    """
    if asked.options.get("size") is not None:
        raise ArgumentError("`size` is of a dream from noise: a clip's frames have their own.")
    options = {name: value for name, value in asked.options.items() if name != "size"}
    return request_of(None, asked.layers, options, VIDEO_GROUPS, FILMING, without=NOT_FILMED)


def checked(asked: VideoRequest) -> VideoRequest:
    """The request, its words and numbers checked, and defaults that depend on others filled in."""
    motion = in_range("motion", asked.motion, str, choices=MOTIONS)
    decay = in_range("decay", asked.decay, float, optional=True, least=0, most=1)
    iterations = in_range("iterations", asked.iterations, int, optional=True, least=1)
    if iterations is None and motion == "flow":
        iterations = ITERATIONS
    first = in_range("first_iterations", asked.first_iterations, int, optional=True, least=1)
    if first is None and motion != "flow":
        first = iterations
    for name in ("preview", "keep_frames", "overwrite"):
        in_range(name, getattr(asked, name), bool)
    if not isinstance(asked.clip, str | os.PathLike):
        raise ArgumentError("`clip` must be a path: of a video, a GIF or WebP, or a folder.")
    return dataclasses.replace(
        asked,
        decay=DECAY[motion] if decay is None else decay,
        iterations=iterations,
        first_iterations=first,
        renewal=in_range("renewal", asked.renewal, float, least=0, most=1),
        workers=in_range("workers", asked.workers, int, optional=True, least=1),
        threads=in_range("threads", asked.threads, int, least=1),
    )
