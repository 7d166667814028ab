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
    "dream": "dreaming",
    "Dream": "dreaming",
    "loss_and_gradient": "dreaming",
    "plan": "planning",
    "Plan": "plans",
    "feature_maps": "features",
    "FeatureMaps": "features",
    "layer_sheet": "inspection",
    "LayerSheet": "inspection",
    "gradient_picture": "inspection",
    "GradientPicture": "inspection",
    "layer_names": "networks",
    "NETWORKS": "networks",
    "LayerTerm": "loss",
    "Recipe": "settings",
    "RECIPES": "recipes",
    "LContrib": "recipes",
    "show": "metadata",
    "replay": "replaying",
    "load_image": "images",
    "save_image": "files",
    "sample_image": "images",
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
