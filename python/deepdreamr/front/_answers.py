"""call → **answer** → envelope: what several functions of R's bridge say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..backend import import_tensorflow
from ..errors import ArgumentError, DreamInterrupted
from ..many.summary import ManyInterrupted, Outcome
from ..recipes.published import RECIPES
from ..recipes.settings import SETTINGS, setting_type
from ..runs.request import ARGUMENTS
from ._reports import INTERRUPT, Report
from ._words import in_r_words

if TYPE_CHECKING:
    from ..looking.maps import FeatureMaps
    from ..many.request import ManyRequest
    from ..motion.telling import ZoomStep
    from ..motion.video import VideoClip
    from ..motion.video_plan import VideoPlan
    from ..motion.videos import VideoRequest
    from ..motion.watching import VideoStep
    from ..motion.zoom import ZoomClip
    from ..motion.zoom_plan import ZoomPlan
    from ..motion.zooms import ZoomRequest
    from ..runs.result import Dream


COLUMNS = ("image", "output", "status", "why", "seconds", "warnings")
"""What R is told of each of many pictures."""


def devices_of_tensorflow() -> list[str]:
    """The names of its devices."""
    import_tensorflow()
    import tensorflow as tf

    return [device.name for device in tf.config.list_physical_devices()]


def known_recipes() -> dict[str, Any]:
    """Every recipe, and every setting with its help."""
    return {
        "recipes": [
            {
                "name": recipe.name,
                "description": in_r_words(recipe.description),
                "source": recipe.source,
                "network": ARGUMENTS["network"].default,
                "layers": recipe.layers,
                "settings": recipe.settings(),
            }
            for recipe in RECIPES.values()
        ],
        "settings": [
            {
                "name": name,
                "type": setting_type(name)[0].__name__,
                "help": in_r_words(field.metadata["help"]),
            }
            for name, field in SETTINGS.items()
        ],
    }


def of_maps(maps: FeatureMaps, sheet: Mapping[str, Any]) -> dict[str, Any]:
    """A layer's activations, and their contact sheet as `montage` is asked for it."""
    return {
        "png": maps.png(**sheet),
        "activations": maps.activations.astype("<f4").tobytes(),
        "shape": maps.shape,
        "strength": maps.strength.tolist(),
        "layer": maps.layer,
        "network": maps.network,
        "weights": maps.weights,
        "training": maps.training,
        "precision": maps.precision,
        "source": maps.source,
    }


def of_sheet(sheet: Any) -> dict[str, Any]:
    """What a sheet of dreams answers; the record is that of the first one."""
    dreams = {"stopped": sheet.dreams[-1].stopped, "record": sheet.dreams[0].record}
    return {"png": sheet.png(), "size": sheet.shape, **dreams}


def dreamed_many(request: ManyRequest, on_step: Report | None) -> dict[str, Any]:
    """What came of many pictures, a list for each column.

    Of a run that was interrupted it is what came of those before.
    """
    from ..many.running import ManyRun

    if request.output is None:
        raise ArgumentError("`output` must be a folder, or a pattern.")
    run, columns = ManyRun(request), dict[str, list[Any]]()

    def show(outcome: Outcome) -> None:
        row = {name: getattr(outcome, name) for name in COLUMNS}
        row |= {"output": str(outcome.output), "warnings": "; ".join(outcome.warnings)}
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
        if on_step and on_step({**row, "total": len(run.items)}) == INTERRUPT:
            raise KeyboardInterrupt

    try:
        summary, stopped = run.finished(show), False
    except ManyInterrupted as interrupt:
        summary, stopped = interrupt.summary, True
    told = {"text": str(summary), "seed": summary.seed, "interrupted": stopped}
    ignored = {
        "path": [path for path, _ in summary.ignored],
        "why": [w for _, w in summary.ignored],
    }
    return {"outcomes": columns, "ignored": ignored, **told}


def zoomed(request: ZoomRequest, on_step: Report | None) -> dict[str, Any]:
    """What came of a zoom; one that was interrupted says so, and nothing else."""
    from ..motion.zoom import ZoomInterrupted, run_zoom

    def show(step: ZoomStep) -> None:
        told = {**step._asdict(), "loss": step.step and step.step.loss}
        del told["step"]
        if on_step and on_step(told) == INTERRUPT:
            raise KeyboardInterrupt

    try:
        made = run_zoom(request, show)
    except ZoomInterrupted as interrupt:
        return {"interrupted": True, "text": str(interrupt)}
    return _of_clip(made)


def filmed(request: VideoRequest, on_step: Report | None) -> dict[str, Any]:
    """What came of a clip's dream; one that was interrupted says so, and nothing else."""
    from ..motion.video import VideoInterrupted, run_video

    def show(step: VideoStep) -> None:
        if on_step and on_step(step._asdict()) == INTERRUPT:
            raise KeyboardInterrupt

    try:
        made = run_video(request, show)
    except VideoInterrupted as interrupt:
        return {"interrupted": True, "text": str(interrupt)}
    return _of_clip(made)


def planned_clip(plan: ZoomPlan | VideoPlan) -> dict[str, Any]:
    """What a clip would take, and the same as text, in R's words."""
    return {"plan": plan, "text": in_r_words(str(plan))}


def _of_clip(made: ZoomClip | VideoClip) -> dict[str, Any]:
    answer = {**made.told(), "size": made.shape, "text": str(made)}
    del answer["shape"]
    return {"interrupted": False, **answer}


def dreamed(make: Callable[[], Dream]) -> dict[str, Any]:
    """A dream's answer; that of an interrupted one has the picture so far, and says so."""
    try:
        result = make()
    except DreamInterrupted as interrupt:
        result = interrupt.dream
        if not result.losses:
            raise
    fields = ("octave", "iteration", "loss")
    return {
        "png": result.png(),
        "size": result.shape,
        "losses": {name: [getattr(loss, name) for loss in result.losses] for name in fields},
        "seconds": result.seconds,
        "record": result.record,
        "details": result.details(),
    }
