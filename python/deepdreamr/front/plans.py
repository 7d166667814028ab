"""arguments → **plan**: what a dream, or a clip's dream, would do; printed, it is a table."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any

from ..runs import planning
from ..runs.request import request_of
from .tables import plan_table

if TYPE_CHECKING:
    from ..motion.video_plan import VideoPlan
    from ..motion.zoom_plan import ZoomPlan


@dataclasses.dataclass(frozen=True, repr=False)
class Plan(planning.Plan):  # noqa: D101 - it has that of the one below
    __doc__ = (planning.Plan.__doc__ or "").replace("leave out.", "leave out; printed, a table.")

    def __repr__(self) -> str:
        return plan_table(self)


def plan(image: Any = None, layers: Any = None, *, measure: bool = True, **arguments: Any) -> Plan:
    """Find out what `dream` would do with the same arguments, without dreaming.

    Parameters
    ----------
    image, layers : as for `dream`
    measure : whether the network is loaded and one small gradient timed. Otherwise TensorFlow is
        not even imported for inception_v3, and there is no prediction of the time
    **arguments : any other argument of `dream` but `save_octaves`, `save_steps`, `every`,
        `checkpoint`, `overwrite`, `on_step`, `progress` and `preview`. Nothing is downloaded: where
        ImageNet's parameters would be, random ones take their place here

    Returns
    -------
    Plan
        With its `problems`: what `dream` would raise because of the picture's size, the layers or
        the memory is listed there.

    Raises
    ------
    ImageError, ArgumentError, NetworkError, WeightsError
        If not even the picture, the arguments or the network can be read.

    Examples
    --------
    >>> from deepdreamr import plan, sample_image
    >>> small = plan(sample_image("jelly"), max_size=200, measure=False)
    >>> small.problems[0].split(":")[0]
    'the picture is too small for octaves=6'
    """
    found = planning.plan_request(request_of(image, layers, arguments), measure=measure)
    return Plan(**vars(found))


def plan_video(
    clip: str | os.PathLike[str],
    /,  # there is a setting of this name
    layers: Any = None,
    *,
    output: str | os.PathLike[str],
    **arguments: Any,
) -> VideoPlan:
    """Find out what `dream_video` would take with the same arguments.

    Its first frames are dreamed and timed; nothing is kept.

    Parameters
    ----------
    clip, layers, output : as for `dream_video`; nothing is written
    **arguments : any other argument of `dream_video` but `progress`

    Returns
    -------
    VideoPlan
        Printed, a few lines: frames, time, disk and memory.

    Raises
    ------
    ArgumentError, ImageError, UnknownLayerError, NetworkError, WeightsError, OutputError,
    MemoryLimitError, ClipError
        As `dream_video` before it begins.

    Examples
    --------
    ::

        print(plan_video("in.mp4", {"mixed4": 2}, output="out.mp4"))
    """
    from ..motion.filming import Film
    from ..motion.video_plan import plan_video as planned
    from ..motion.videos import VideoRequest, video_arguments

    return planned(Film(VideoRequest(**video_arguments(clip, layers, output, arguments))))


def plan_zoom(
    image: Any = None, layers: Any = None, *, output: str | os.PathLike[str], **arguments: Any
) -> ZoomPlan:
    """Find out what `dream_zoom` would take with the same arguments.

    Its first two key frames are dreamed and timed (five from noise); nothing is kept.

    Parameters
    ----------
    image, layers, output : as for `dream_zoom`; nothing is written
    **arguments : any other argument of `dream_zoom` but `progress`

    Returns
    -------
    ZoomPlan
        Printed, a few lines: frames and key frames, time, disk and memory.

    Raises
    ------
    ArgumentError, ImageError, UnknownLayerError, NetworkError, WeightsError, OutputError,
    MemoryLimitError, ClipError
        As `dream_zoom` before it begins.

    Examples
    --------
    ::

        print(plan_zoom("photo.jpg", {"mixed4": 1}, output="zoom.mp4"))
    """
    from ..motion.zoom_plan import plan_zoom as planned
    from ..motion.zooming import Zoom
    from ..motion.zooms import ZoomRequest, zoom_arguments

    return planned(Zoom(ZoomRequest(**zoom_arguments(image, layers, output, arguments))))
