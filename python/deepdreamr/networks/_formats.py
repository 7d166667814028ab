"""path → **format**: which reader a stranger's file is for, by its content. No TensorFlow."""

from __future__ import annotations

import zipfile
from pathlib import Path


def is_keras_file(path: Path) -> bool:
    """Whether it is HDF5, or a zip with a Keras configuration, whatever its suffix."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return "config.json" in archive.namelist()
    with path.open("rb") as file:
        return file.read(8) == b"\x89HDF\r\n\x1a\n"
