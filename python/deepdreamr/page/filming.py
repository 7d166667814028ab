"""order → **clip** → file: the dream of a clip, and a zoom, which tell how far they are."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import DeepDreamError
from .calls import Call, call_terms, film_options
from .growing import Tell, picture_of_order
from .layers import NETWORK

if TYPE_CHECKING:
    from ..motion.telling import ZoomStep
    from ..motion.videos import VideoRequest
    from ..motion.zooms import ZoomRequest

_TOLD = 0.2  # seconds between two messages
_DREAMS = 0.9  # of a zoom's time, about: the rest makes frames of them


def make(order: dict[str, Any], tell: Tell, stopped: Callable[[], bool]) -> dict[str, Any]:
    """Make a clip; one that is stopped goes on when the same is ordered again."""
    tell("began")
    call, watch = msgspec.convert(order["call"], Call), _Watch(tell, stopped)
    try:
        with _by_its_name(order):
            made = _made(call, order, watch)
    except KeyboardInterrupt:
        return {"film": None, "stopped": "interrupted", "steps": 1}
    return {"film": str(made.output), "stopped": None, "steps": 1, "words": _words(made)}


def _made(call: Call, order: dict[str, Any], watch: _Watch) -> Any:
    if call.film == "video":
        from ..motion.video import run_video

        return run_video(_video(call, order), watch)
    from ..motion.zoom import run_zoom

    return run_zoom(_zoom(call, order), watch)


@contextlib.contextmanager
def _by_its_name(order: dict[str, Any]) -> Iterator[None]:
    """Let errors call a clip by the name that it had."""
    try:
        yield
    except DeepDreamError as error:
        if order["clip"]:
            error.message = error.message.replace(Path(order["clip"]).name, order["name"])
        raise


def _words(made: Any) -> str:
    height, width = made.shape
    return f"{made.frames} frames, {width}x{height}, in {made.seconds:.0f} s, seed {made.seed}"


def plan(order: dict[str, Any]) -> dict[str, Any]:
    """What a clip would take; no frame is dreamed."""
    with _by_its_name(order):
        planned = _planned(msgspec.convert(order["call"], Call), order)
    told = {"seconds": planned.seconds, "memory": planned.memory, "can_run": True}
    return {"text": str(planned).splitlines(), **told}


def _planned(call: Call, order: dict[str, Any]) -> Any:
    if call.film == "video":
        from ..motion.filming import Film
        from ..motion.video_plan import plan_video

        film = Film(_video(call, order))
        return plan_video(film, measure=order["measure"], dreams=False)
    from ..motion.zoom_plan import plan_zoom
    from ..motion.zooming import Zoom

    return plan_zoom(Zoom(_zoom(call, order)), measure=order["measure"], dreams=False)


def _video(call: Call, order: dict[str, Any]) -> VideoRequest:
    from ..motion.videos import VideoRequest, video_arguments

    given = video_arguments(order["clip"], call_terms(call), _output(order), _options(call))
    return VideoRequest(**given)


def _zoom(call: Call, order: dict[str, Any]) -> ZoomRequest:
    from ..motion.zooms import ZoomRequest, zoom_arguments

    options = {**_options(call), **({"size": tuple(call.size)} if call.size else {})}
    given = zoom_arguments(picture_of_order(order), call_terms(call), _output(order), options)
    return ZoomRequest(**given)


def _output(order: dict[str, Any]) -> Path:
    return Path(f"{order['out']}.mp4")


def _options(call: Call) -> dict[str, Any]:
    return {"recipe": call.recipe, "network": NETWORK, **film_options(call)}


class _Watch:
    """Called with each step of a clip: tells of it, and ends it where that is asked."""

    def __init__(self, tell: Tell, stopped: Callable[[], bool]) -> None:
        self._tell, self._stopped, self._told = tell, stopped, 0.0

    def __call__(self, step: Any) -> None:
        """Tell of a step."""
        if self._stopped():
            self._tell("stopping")
            raise KeyboardInterrupt
        if time.monotonic() - self._told < _TOLD:
            return
        self._told = time.monotonic()
        is_zoom = hasattr(step, "keys")
        place = {"frame": step.frame, "frames": step.frames or 0, "seconds_left": step.left}
        place |= {"key": step.key, "keys": step.keys} if is_zoom else {}
        done = _done_of_zoom(step) if is_zoom else step.done / (step.frames or 1)
        self._tell("step", losses=[], loss=None, done=min(done, 1.0), **place)


def _done_of_zoom(step: ZoomStep) -> float:
    """Which share of a zoom is done: dreams first, then frames."""
    if step.step is None:
        return _DREAMS + (1 - _DREAMS) * step.frame / step.frames
    dream = (step.step.octave - 1 + step.step.iteration / step.step.iterations) / step.step.octaves
    return _DREAMS * (step.key - 1 + dream) / step.keys
