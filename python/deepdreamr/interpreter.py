"""the process → **interpreter**: how the same Python is started anew, and imports faster."""

from __future__ import annotations

import gc
import json
import os
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def interpreter() -> str:
    """The Python in use; inside R or another program `sys.executable` may not be it."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for prefix in (sys.prefix, sys.base_prefix):
        for place in (f"bin/{name}", "bin/python3", "Scripts/python.exe", "python.exe"):
            if (path := Path(prefix, place)).is_file():
                return str(path)
    return sys.executable


def command(call: str) -> list[str]:
    """What starts the same Python anew to do something.

    It has our modules, and nothing of the program that it is started from.
    """
    code = f"import json, sys; sys.path[:] = json.loads(sys.argv[1]); {call}"
    return [interpreter(), "-I", "-c", code, json.dumps(search_path())]


def search_path() -> list[str]:
    """Where this process finds modules, and where this package lies."""
    own = str(Path(__file__).resolve().parents[1])
    return [*(os.path.abspath(place) for place in sys.path if isinstance(place, str)), own]


def environment() -> dict[str, str]:
    """The variables that the same Python is started with: those of this process.

    No folder of `LD_LIBRARY_PATH`, which R sets, leads to the libpython of another Python.
    """
    variables = dict(os.environ)
    folder, name = _own_library()
    listed = variables.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    first = next((place for place in listed if place and Path(place, name).exists()), None)
    if name and first is not None and first != folder:
        variables["LD_LIBRARY_PATH"] = os.pathsep.join((folder, *listed))
    return variables


def _own_library() -> tuple[str, str]:
    """The folder and the name of this Python's shared library; two empty texts if it has none."""
    name = sysconfig.get_config_var("INSTSONAME") or ""
    for folder in (os.path.join(sys.base_prefix, "lib"), sysconfig.get_config_var("LIBDIR") or ""):
        if name and folder and Path(folder, name).is_file():
            return folder, name
    return "", ""


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage meanwhile: a large import makes little, and looks at all it has often."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
