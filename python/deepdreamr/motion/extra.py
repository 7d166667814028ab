"""name → **library**: those that only clips need, of the extra `video`, imported when needed."""

from __future__ import annotations

import importlib
from typing import Any

from ..errors import ClipError

_PROJECTS = {"av": "PyAV", "cv2": "OpenCV"}


def needed(name: str) -> Any:
    """The module `av` (PyAV) or `cv2` (OpenCV).

    Raises
    ------
    ClipError
        If it is not installed, or cannot be imported.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name == name
        reason = "which is not installed" if missing else f"which cannot be imported: {error}"
        raise ClipError(
            f"clips need {_PROJECTS[name]}, {reason}.",
            'Install what clips need: pip install "deepdreamr[video]"',
        ) from None
