"""this process → **interpreter**: how the same Python is started anew."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def interpreter() -> str:
    """The Python in use; inside R or another program `sys.executable` may not be it."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for prefix in (sys.prefix, sys.base_prefix):
        for place in (f"bin/{name}", "bin/python3", "Scripts/python.exe", "python.exe"):
            if (path := Path(prefix, place)).is_file():
                return str(path)
    return sys.executable


def search_path() -> list[str]:
    """Where this process finds modules, and where this package lies."""
    own = str(Path(__file__).resolve().parents[1])
    return [*(os.path.abspath(place) for place in sys.path if isinstance(place, str)), own]
