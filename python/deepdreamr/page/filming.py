"""order → **clip** → file: the dream of a clip, and a zoom, which tell how far they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from .calls import FILM_OPTIONS, NETWORK, Call
from .growing import Tell, picture_of_order

_TOLD = 0.2  # seconds between two messages


def make(order: dict[str, Any], tell: Tell, stopped: Callable[[], bool]) -> dict[str, Any]:
    """Make a clip; one that is stopped goes on when the same is ordered again."""
    tell("began")
    call = msgspec.convert(order["call"], Call)
    watch, output = _Watch(tell, stopped), Path(f"{order['out']}.mp4")
    work = _video if call.film == "video" else _zoom
    try:
        made = work(call, order, output, watch)
    except KeyboardInterrupt:
        return {"film": None, "stopped": "interrupted", "steps": 1}
    return {"film": str(made.output), "stopped": None, "steps": 1, "words": _words(made)}


def _words(made: Any) -> str:
    height, width = made.shape
    return f"{made.frames} frames, {width}x{height}, in {made.seconds:.0f} s, seed {made.seed}"


def _video(call: Call, order: dict[str, Any], output: Path, watch: _Watch) -> Any:
    from ..motion.video import run_video
    from ..motion.videos import VideoRequest, video_arguments

    given = video_arguments(order["clip"], call.layers, output, _options(call))
    return run_video(VideoRequest(**given), watch)


def _zoom(call: Call, order: dict[str, Any], output: Path, watch: _Watch) -> Any:
    from ..motion.zoom import run_zoom
    from ..motion.zooms import ZoomRequest, zoom_arguments

    options = {**_options(call), **({"size": tuple(call.size)} if call.size else {})}
    given = zoom_arguments(picture_of_order(order), call.layers, output, options)
    return run_zoom(ZoomRequest(**given), watch)


def _options(call: Call) -> dict[str, Any]:
    """The options that were given; those of a dream that are none are left out."""
    own = FILM_OPTIONS[call.film or "zoom"]
    given = {n: v for n, v in call.options.items() if v is not None or n not in (*own, "max_size")}
    return {"recipe": call.recipe, "network": NETWORK, **given}


class _Watch:
    """Called with each step of a clip: tells of it, and ends it where that is asked."""

    def __init__(self, tell: Tell, stopped: Callable[[], bool]) -> None:
        self._tell, self._stopped, self._told = tell, stopped, 0.0

    def __call__(self, step: Any) -> None:
        """Tell of a step."""
        if self._stopped():
            self._tell("stopping")
            raise KeyboardInterrupt
        now, frames = time.monotonic(), step.frames or 0
        if now - self._told < _TOLD:
            return
        self._told = now
        done = getattr(step, "done", step.frame) / frames if frames else 0.0
        place = {"frame": step.frame, "frames": frames, "done": done, "seconds_left": step.left}
        keys = {"key": step.key, "keys": step.keys} if hasattr(step, "keys") else {}
        self._tell("step", losses=[], loss=None, **place, **keys)
