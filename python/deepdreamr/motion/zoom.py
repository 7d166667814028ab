"""arguments → request → **zoom** → clip: `dream_zoom`, spelled out for its reader."""

from __future__ import annotations

import dataclasses
import os
import time
from pathlib import Path
from typing import Any

from ..runs.bars import watched
from .between import frames_of
from .clips import write_clip
from .keys import Keys
from .showing import ShownOutput
from .telling import OnZoom, Telling, ZoomBar
from .workplaces import Workplace
from .zooming import Zoom
from .zooms import ZOOM_ARGUMENTS, ZoomRequest


@dataclasses.dataclass(frozen=True)
class ZoomClip(ShownOutput):
    """A finished zoom.

    Attributes
    ----------
    output : the file, or the folder of its frames
    shape : (height, width) of its frames in pixels
    frames, dreams : how many there are, and how many key frames they were made of
    duration : of the clip, in seconds
    seconds : how long it took, without what an earlier call had done
    seed : of everything random
    notes : lines for the user
    """

    output: Path
    shape: tuple[int, int]
    frames: int
    dreams: int
    duration: float
    seconds: float
    seed: int
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        height, width = self.shape
        return (
            f"{self.duration:g} s of {width}x{height}: {self.frames} frames of {self.dreams} "
            f"dreams in {self.seconds:.1f} s: {self.output}"
        )


class ZoomInterrupted(KeyboardInterrupt):
    """Ctrl-C in a zoom; the same call goes on with what is not done."""


def dream_zoom(
    image: Any = None,
    layers: Any = None,
    *,
    output: str | os.PathLike[str],
    seconds: Any = 10.0,
    fps: Any = 24,
    zoom: float = 2.0,
    rotate: float = 0.0,
    shift: Any = None,
    outward: bool = False,
    loop: bool = False,
    growth: float = 1.3,
    preview: bool = False,
    overwrite: bool = False,
    progress: bool | OnZoom | None = None,
    **options: Any,
) -> ZoomClip:
    """Zoom into a dream without end, as a clip.

    A few key frames are dreamed, each on the middle of the one before, enlarged; all frames are
    made of the two nearest ones. Each is as sharp as the first, however long the zoom is.

    Parameters
    ----------
    image : a picture, as for `dream`; None for noise of a given `size`, which is dreamed on until
        there is something to see
    layers : as for `dream`; or as key frames, `{0: ..., "10s": ...}`, what they are at some moments
        of the clip. So may be `seed`, `strength`, `guide`, `recipe` and any setting of it: numbers
        and weights change evenly in between, what else there is at once
    output : its ending names the kind: .mp4, .mkv, .webm, .gif, .webp; without one it is a folder
        of PNG files. Frames have the size of the picture
    seconds : how long the clip is: a number, or a text, "10s" or "1:30"
    fps : frames a second. All else is told a second, so that the motion does not depend on it
    zoom : how many times as large a second makes what is seen
    rotate : degrees that it turns a second, counter-clockwise
    shift : (x, y), how far it drifts to the right and down a second, as shares of the width; None
        for not at all
    outward : whether the clip is played backwards: it comes out of the dream, and ends at `image`
    loop : whether it ends where it begins: the last key frame fades into the first
    growth : how many times as large one key frame is as the one before, at most. There are more of
        them where the picture turns by more than 10 degrees or drifts by more than a tenth from one
        to the next
    preview : whether there is one second only, the one at `image`, of at most 320 pixels; it is
        written beside `output`, as `<name>-preview`, and may be replaced
    overwrite : whether the output may be replaced, and what another call has left unfinished there
    progress : a bar, a function that is called with a `ZoomStep` at each step and each frame, or
        False for neither; default: a bar on a terminal
    **options : any other argument of `dream` about the picture, the loss, the network and memory
        (not `mask` and `masks`), and any setting of a recipe. The settings are those of the first
        key frame; the others are dreamed at the three largest octaves alone, until they are as
        sharp

    Returns
    -------
    ZoomClip

    Raises
    ------
    ArgumentError, ImageError, UnknownLayerError, NetworkError, WeightsError, OutputError,
    MemoryLimitError, ClipError
        As `dream`, and where a clip cannot be written.
    ZoomInterrupted
        A KeyboardInterrupt. Key frames are kept in a hidden folder beside the output until the clip
        is there: the same call goes on with them, to the same pixels.

    Examples
    --------
    ::

        dream_zoom(sample_image("jelly"), output="zoom.mp4", seconds=5)
    """
    given = locals()  # by name, so that the arguments are not written a third time
    return run_zoom(ZoomRequest(**{name: given[name] for name in ZOOM_ARGUMENTS}), progress)


def run_zoom(asked: ZoomRequest, progress: bool | OnZoom | None = False) -> ZoomClip:
    """The zoom that was asked for; errors are those of `dream_zoom`."""
    start, zoom = time.perf_counter(), Zoom(asked)
    with watched(progress, ZoomBar) as show, zoom.workplace() as workplace:
        try:
            zoom.check_output(workplace)
            keys = Keys(zoom, workplace)
            told = Telling(zoom, show)
            for number in keys.dreamed(told.step):
                told.key(number)
            notes = _written(zoom, keys, workplace, told)
        except KeyboardInterrupt:
            raise ZoomInterrupted("the zoom was interrupted; the same call goes on") from None
        workplace.delete()
    return ZoomClip(
        output=zoom.output,
        shape=zoom.camera.shape,
        frames=zoom.frames,
        dreams=zoom.count,
        duration=float(zoom.frames / zoom.timing.rate),
        seconds=time.perf_counter() - start,
        seed=zoom.seed(0, keys.seed),
        notes=(*zoom.notes, *notes),
    )


def _written(zoom: Zoom, keys: Keys, workplace: Workplace, told: Telling) -> list[str]:
    """Make the clip of its key frames; lines for the user."""

    def write(path: Path, overwrite: bool) -> list[str]:
        return write_clip(path, zoom.info, told.frames(frames_of(zoom, keys)), overwrite=overwrite)

    return workplace.written(zoom.output, write)
