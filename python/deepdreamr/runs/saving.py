"""dream → **folder**: the picture after each octave."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import OutputError
from ..pictures.files import as_path, write_whole
from ..pictures.picture import to_uint8
from ..pictures.writing import check_output, encode

if TYPE_CHECKING:
    import tensorflow as tf

    from .record import Record


def check_folder(folder: str | os.PathLike[str] | None, name: str = "folder") -> Path | None:
    """The folder, made if need be; `name` is what the argument is called.

    Raises
    ------
    OutputError
        If it cannot be made, or nothing can be written there.
    """
    if folder is None:
        return None
    path = as_path(name, folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", error)
        raise OutputError(f"cannot make the folder {str(path)!r}: {reason}.") from None
    check_output(path / "at_scale.png", overwrite=True)
    return path


def write_octave(folder: Path, image: tf.Tensor, record: Record) -> None:
    """Write an octave's picture into a folder, named by its size."""
    pixels = to_uint8(image)
    height, width = pixels.shape[:2]
    content = encode(pixels, note=record.note())
    write_whole(folder / f"at_scale_{height}x{width}.png", content)
