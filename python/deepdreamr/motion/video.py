"""arguments → request → film → **clip**: `dream_video`, spelled out for its reader."""

from __future__ import annotations

import dataclasses
import os
import time
from pathlib import Path
from typing import Any

from ..runs.bars import watched
from .apart import Apart
from .filming import Film
from .following import follows
from .scening import Scenes
from .settling import Settled, settle
from .showing import ShownOutput
from .states import FrameFiles
from .videos import RENEWAL, VIDEO_ARGUMENTS, VideoRequest
from .watching import OnVideo, VideoBar


@dataclasses.dataclass(frozen=True)
class VideoClip(ShownOutput):
    """A clip's finished dream.

    Attributes
    ----------
    output : the file, or the folder of its frames
    shape : (height, width) of its frames in pixels
    frames : how many there are
    scenes : how many times a dream began anew; None without motion
    seconds : how long it took, without what an earlier call had done
    seed : of everything random
    kept : the folder of all frames, where it was to be left; or None
    notes : lines for the user: what is not as in the clip
    """

    output: Path
    shape: tuple[int, int]
    frames: int
    scenes: int | None
    seconds: float
    seed: int
    kept: Path | None = None
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        height, width = self.shape
        scenes = "" if self.scenes is None else f", {self.scenes} scene{'s' * (self.scenes != 1)}"
        return (
            f"{self.frames} frames of {width}x{height}{scenes} in {self.seconds:.1f} s: "
            f"{self.output}"
        )


class VideoInterrupted(KeyboardInterrupt):
    """Ctrl-C in a clip's dream; the same call goes on with what is not done.

    Attributes
    ----------
    done : how many frames are dreamed
    """

    def __init__(self, done: int) -> None:
        super().__init__(f"interrupted: {done} frames are dreamed; the same call goes on")
        self.done = done


def dream_video(
    clip: str | os.PathLike[str],
    /,  # there is a setting of this name
    layers: Any = None,
    *,
    output: str | os.PathLike[str],
    motion: str = "flow",
    iterations: int | None = None,
    first_iterations: int | None = None,
    decay: float | None = None,
    renewal: float = RENEWAL,
    start: Any = None,
    end: Any = None,
    every: int = 1,
    rate: float | None = None,
    preview: bool = False,
    keep_frames: bool = False,
    workers: int | None = None,
    threads: int = 1,
    overwrite: bool = False,
    progress: bool | OnVideo | None = None,
    **options: Any,
) -> VideoClip:
    """Dream of a clip, so that the dream stays on what it grows on.

    Each frame's dream begins with the frame and with what the dream before has changed, moved along
    with what is seen. A scene's first frame has a whole dream; the strength of the others is held
    at its strength. The clip comes back as it was: its size, the times of its frames, its sound.

    Parameters
    ----------
    clip : a video, an animated GIF or WebP, a folder of pictures, or a glob (`frames/*.png`)
    layers : as for `dream`; or as key frames, `{0: ..., "10s": ...}`, what they are at some moments
        of the clip. So may be any argument about the loss and the place, `seed` and any setting of
        a recipe: numbers and weights change evenly in between, what else there is at once
    output : its ending names the kind: .mp4, .mkv, .webm, .gif, .webp (which is in memory until it
        is finished); without one it is a folder of PNG files
    motion : "flow" (as said above); "blend", the frame is mixed with the dream before as it lies,
        and dreamed on fully; "delta", the change is moved along everywhere, also where something
        new is seen, and dreamed on fully; "none", each frame by itself
    iterations : steps at each octave of a frame that goes on from the one before; default: 2 with
        "flow", where more of them are smaller ones, else the recipe's
    first_iterations : steps at each octave of a scene's first frame, at most; default: the
        recipe's; `iterations` where that is given and `motion` is not "flow"
    decay : how much of the change, or with "blend" of the dream, is kept from a frame to the next;
        default: 0.95, 0.5 with "blend", 1 with "delta"
    renewal : with "flow", the share of a whole dream that a frame adds where the change is kept;
        where something new is seen it is 0.6. 0 for a dream that only moves along
    start, end : the part of the clip, as seconds or as texts like "10s" and "1:02.5"
    every : 2 for every second frame
    rate : frames a second of a folder of pictures; default: 25
    preview : whether only the first second is dreamed, of at most 320 pixels; it is written beside
        `output`, as `<name>-preview`, and may be replaced
    keep_frames : whether the folder of all frames is left
    workers : how many processes dream at once, each of a scene of its own, or of a frame with
        motion="none"; default: 1, with motion="none" as many as there are cores, or as the memory
        is enough for
    threads : how many threads each of them computes with
    overwrite : whether the output may be replaced, and what another call has left unfinished there
    progress : a bar, a function that is called with a `VideoStep` after each frame, or False for
        neither; default: a bar on a terminal
    **options : any other argument of `dream` about the picture, the place, the loss, the network
        and memory, and any setting of a recipe

    Returns
    -------
    VideoClip

    Raises
    ------
    ArgumentError, ImageError, UnknownLayerError, NetworkError, WeightsError, OutputError,
    MemoryLimitError, WorkerError, ClipError
        As `dream`, and where a clip cannot be read or written.
    VideoInterrupted
        A KeyboardInterrupt. Frames are kept in a hidden folder beside the output until the clip is
        there: the same call goes on with them, to the same pixels, however it ended.

    Examples
    --------
    ::

        dream_video("in.mp4", {"mixed4": 2}, output="out.mp4", preview=True)
    """
    given = locals()  # by name, so that the arguments are not written a third time
    return run_video(VideoRequest(**{name: given[name] for name in VIDEO_ARGUMENTS}), progress)


def run_video(asked: VideoRequest, progress: bool | OnVideo | None = False) -> VideoClip:
    """The clip that was asked for; errors are those of `dream_video`."""
    begun, film = time.perf_counter(), Film(asked)
    with watched(progress, VideoBar) as show, film.files() as files:
        scenes = None
        try:
            settled = settle(film, files)
            frames = _frames(film, files, settled)
            for step in frames.dreamed():
                show(step)
            if follows(film.asked):
                scenes = frames.count
            film.write(files)
        except KeyboardInterrupt:
            raise VideoInterrupted(len(files.done())) from None
        if not film.asked.keep_frames:
            files.delete()
    return VideoClip(
        output=film.output,
        shape=film.info.shape,
        frames=len(film.times),
        scenes=scenes,
        seconds=time.perf_counter() - begun,
        seed=settled.seed,
        kept=files.path if film.asked.keep_frames else None,
        notes=tuple(dict.fromkeys(film.notes)),
    )


def _frames(film: Film, files: FrameFiles, settled: Settled) -> Scenes | Apart:
    """What dreams of the frames: one process, or several."""
    kind = Apart if settled.workers > 1 else Scenes
    return kind(film, files, settled)
