"""R → **clips** → bridge: what R calls about clips, as `bridge` has it for pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..motion.videos import VideoRequest, video_arguments
from ..motion.zooms import ZoomRequest, zoom_arguments
from ._answers import filmed, planned_clip, zoomed
from ._envelopes import enveloped
from ._reports import Report

Options = Mapping[str, Any] | None


@enveloped
def dream_zoom(
    image: Any, layers: Any, output: Any, options: Options = None, on_step: Report | None = None
) -> dict[str, Any]:
    """Zoom: what came of it; `on_step` is called with how far it is at each step and frame."""
    return zoomed(ZoomRequest(**zoom_arguments(image, layers, output, options)), on_step)


@enveloped
def dream_video(
    clip: Any, layers: Any, output: Any, options: Options = None, on_step: Report | None = None
) -> dict[str, Any]:
    """Dream of a clip: what came of it; `on_step` is called with how far it is at each frame."""
    return filmed(VideoRequest(**video_arguments(clip, layers, output, options)), on_step)


@enveloped
def plan_zoom(image: Any, layers: Any, output: Any, options: Options = None) -> dict[str, Any]:
    """What a zoom would take: the fields of `ZoomPlan`, and `text` to print."""
    from .plans import plan_zoom as function

    return planned_clip(function(image, layers, output=output, **options or {}))


@enveloped
def plan_video(clip: Any, layers: Any, output: Any, options: Options = None) -> dict[str, Any]:
    """What a clip's dream would take: the fields of `VideoPlan`, and `text` to print."""
    from .plans import plan_video as function

    return planned_clip(function(clip, layers, output=output, **options or {}))


@enveloped
def clip_sheet(clip: Any, options: Options = None) -> dict[str, Any]:
    """Frames of a clip side by side."""
    from ..motion.sheet import clip_sheet as function

    sheet = function(clip, **options or {})
    return {"png": sheet.png(), "size": sheet.shape}
