"""DeepDream for Python: let a trained network paint what it sees in a picture.

>>> from deepdreamr import LContrib
>>> LContrib["mixed4"]
2.0

Errors and warnings are in `deepdreamr.errors`.

Names are imported when they are used, so that `import deepdreamr` does not import TensorFlow.
"""

from __future__ import annotations

import importlib
from typing import Any

_MODULES = {
    "dream": "runs.dreaming",
    "Dream": "runs.result",
    "loss_and_gradient": "looking.gradient",
    "plan": "front.plans",
    "Plan": "front.plans",
    "feature_maps": "looking.features",
    "FeatureMaps": "looking.features",
    "layer_sheet": "looking.layers",
    "LayerSheet": "looking.layers",
    "channel_sheet": "looking.channels",
    "ChannelSheet": "looking.channels",
    "gradient_picture": "looking.gradient",
    "GradientPicture": "looking.gradient",
    "layer_names": "networks.loading",
    "class_names": "recipes.objectives",
    "NETWORKS": "networks.sources",
    "LayerTerm": "recipes.terms",
    "Recipe": "recipes.settings",
    "RECIPES": "recipes.published",
    "LContrib": "recipes.published",
    "show": "runs.record",
    "replay": "runs.replaying",
    "mix": "runs.mixing",
    "dream_many": "many.dreaming",
    "Summary": "many.summary",
    "dream_zoom": "motion.zoom",
    "dream_video": "motion.video",
    "VideoClip": "motion.video",
    "ZoomClip": "motion.zoom",
    "plan_video": "front.plans",
    "VideoPlan": "motion.video_plan",
    "plan_zoom": "front.plans",
    "ZoomPlan": "motion.zoom_plan",
    "clip_sheet": "motion.sheet",
    "ShownClip": "motion.showing",
    "load_image": "pictures.reading",
    "save_image": "pictures.writing",
    "sample_image": "pictures.samples",
}

__all__ = ["DeepDreamError", "DeepDreamWarning", "__version__", *_MODULES]

from .errors import DeepDreamError, DeepDreamWarning  # noqa: E402


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from .version import version

        return version()
    if name == "page":  # `deepdreamr.page.run()`, with nothing else imported
        return importlib.import_module(".page", __name__)
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_MODULES[name]}", __name__), name)


def __dir__() -> list[str]:
    own = (name for name in globals() if name.startswith("__"))
    return sorted({*__all__, "errors", "page", *own})
