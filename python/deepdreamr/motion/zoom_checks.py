"""request → **timing, camera, dream** → zoom: what a zoom's arguments come to, each checked."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

from ..errors import ArgumentError, received
from ..runs.request import Request, request_of
from ..values import in_range
from .cameras import Camera
from .times import rate_of, seconds_of
from .workplaces import checked_place
from .zooms import NOT_ZOOMED, ZOOM_GROUPS, ZOOMING, ZoomRequest

_MOST_FRAMES = 10_000_000
_MOST_ZOOM, _MOST_ROTATE, _MOST_SHIFT = 100, 3600, 10


def dream_request(asked: ZoomRequest) -> Request:
    """What is asked for of each dream.

    Raises
    ------
    ArgumentError
        If an argument is not known, or is none of a zoom.
    """
    for name in NOT_ZOOMED:
        if asked.options.get(name) is not None:
            raise ArgumentError(f"`{name}` is of a picture that stays: a zoom leaves it behind.")
    options = {n: v for n, v in asked.options.items() if n not in NOT_ZOOMED}
    request = request_of(
        asked.image, asked.layers, options, ZOOM_GROUPS, ZOOMING, without=NOT_ZOOMED
    )
    if asked.image is None and request.size is None:
        raise ArgumentError("a zoom needs a picture, or else the `size` of noise to start from.")
    if asked.image is not None and request.size is not None:
        raise ArgumentError("`size` is of noise to start from: a picture has its own.")
    return request


@dataclasses.dataclass(frozen=True)
class Timing:
    """How long a zoom is.

    Attributes
    ----------
    seconds, rate : of the clip, and frames a second
    frames : how many there are
    """

    seconds: Fraction
    rate: Fraction
    frames: int

    def __post_init__(self) -> None:
        if not 1 <= self.frames <= _MOST_FRAMES:
            raise ArgumentError(
                f"a clip must have from 1 to {_MOST_FRAMES:,} frames. "
                f"{received('seconds', float(self.seconds))}, fps={float(self.rate):g}"
            )

    def time(self, number: int) -> Fraction:
        """When a frame is shown, in seconds."""
        return number / self.rate


def timing_of(asked: ZoomRequest) -> Timing:
    """How long a zoom is, and how many frames it has."""
    seconds, rate = seconds_of("seconds", asked.seconds), rate_of("fps", asked.fps)
    return Timing(seconds, rate, round(seconds * rate))


def camera_of(asked: ZoomRequest, shape: tuple[int, int]) -> Camera:
    """How a zoom moves what is seen, of a shape."""
    shift = (0.0, 0.0) if asked.shift is None else asked.shift
    pair = tuple(shift) if hasattr(shift, "__iter__") and not isinstance(shift, str) else ()
    if len(pair) != 2:
        raise ArgumentError(
            f"`shift` must be two shares of the width, like 0.1 and 0. {received('shift', shift)}"
        )
    x, y = (in_range("shift", n, float, least=-_MOST_SHIFT, most=_MOST_SHIFT) for n in pair)
    return Camera(
        shape,
        in_range("zoom", asked.zoom, float, least=1, most=_MOST_ZOOM),
        in_range("rotate", asked.rotate, float, least=-_MOST_ROTATE, most=_MOST_ROTATE),
        (x, y),
    )


def check_zoom_words(asked: ZoomRequest) -> Path:
    """Where a zoom is written; what is wrong whatever the picture is, is told.

    Raises
    ------
    ArgumentError, OutputError, ClipError
        If an argument is wrong, or nothing can be written there.
    """
    for name in ("outward", "loop", "preview", "overwrite"):
        in_range(name, getattr(asked, name), bool)
    in_range("growth", asked.growth, float, least=1.01, most=2)
    if asked.output is None:
        raise ArgumentError("`output` must be a file, such as zoom.mp4, or a folder of pictures.")
    return checked_place(asked.output, overwrite=asked.overwrite, preview=asked.preview)
