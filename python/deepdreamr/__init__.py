"""DeepDream for Python: let a trained network paint what it sees in a picture.

>>> from deepdreamr import LContrib
>>> LContrib["mixed4"]
2.0

Names are imported when they are used, so that `import deepdreamr` does not import TensorFlow.
"""

from __future__ import annotations

import importlib
from typing import Any

_ROOMS = {
    "dream": "runs.dreaming",
    "Dream": "runs.dreaming",
    "loss_and_gradient": "runs.dreaming",
    "plan": "runs.planning",
    "Plan": "runs.plans",
    "feature_maps": "looking.features",
    "FeatureMaps": "looking.features",
    "layer_sheet": "looking.inspection",
    "LayerSheet": "looking.inspection",
    "gradient_picture": "looking.inspection",
    "GradientPicture": "looking.inspection",
    "layer_names": "networks.loading",
    "NETWORKS": "networks.loading",
    "LayerTerm": "recipes.terms",
    "Recipe": "recipes.settings",
    "RECIPES": "recipes.published",
    "LContrib": "recipes.published",
    "show": "runs._old_metadata",
    "replay": "runs.replaying",
    "load_image": "pictures.reading",
    "save_image": "pictures.writing",
    "sample_image": "pictures.samples",
}

__all__ = ["DeepDreamError", "DeepDreamWarning", "__version__", *_ROOMS]

from .errors import DeepDreamError, DeepDreamWarning  # noqa: E402


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from .version import version

        return version()
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_ROOMS[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
