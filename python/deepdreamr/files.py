"""picture → **file**: formats by suffix, written whole or not at all."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .errors import OutputError, unknown_name
from .images import read_picture, to_uint8

FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"lossless": True, "exact": True},  # exact: colours under transparency too
    "TIFF": {"compression": "tiff_deflate"},
}


def check_output(path: str | os.PathLike[str], overwrite: bool = False) -> Path:
    """The path, if a picture can be written there.

    Raises
    ------
    OutputError
        If the suffix is not that of a format, the folder is missing or closed, or the file exists
        and `overwrite` is false.
    """
    path = Path(os.path.expanduser(path))
    if path.suffix.lower() not in FORMATS:
        raise OutputError(
            f"cannot write {str(path)!r}: {unknown_name('format', path.suffix, FORMATS)}"
        )
    if os.path.isdir(path):
        raise OutputError(f"{str(path)!r} is a folder, not a file.")
    if os.path.exists(path) and not overwrite:
        raise OutputError(
            f"{str(path)!r} exists already.", "Allow it with overwrite, or name another."
        )
    if not path.parent.is_dir():
        raise OutputError(f"there is no folder {str(path.parent)!r}.", "Make it first.")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise OutputError(f"cannot write into {str(path.parent)!r}: {error.strerror}.") from None
    try:
        path.lstat()
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:  # such as a name that is too long
        reason = getattr(error, "strerror", error)
        raise OutputError(f"cannot write {str(path)!r}: {reason}.") from None
    return path


def save_image(image: Any, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a picture; its suffix names the format (.png .jpg .jpeg .webp .tif .tiff).

    Parameters
    ----------
    image : anything that `load_image` takes
    path : where to
    overwrite : whether a file that exists may be replaced

    Raises
    ------
    OutputError
        If it cannot be written; nothing is left half-written.
    """
    path = check_output(path, overwrite)
    picture = read_picture(image)
    content = encode(
        to_uint8(picture.image),
        FORMATS[path.suffix.lower()],
        alpha=picture.alpha,
        icc_profile=picture.icc_profile,
    )
    write_whole(path, content)
    return path


def encode(
    pixels: np.ndarray,
    format: str = "PNG",
    *,
    alpha: np.ndarray | None = None,
    icc_profile: bytes | None = None,
) -> bytes:
    """A picture file's content. JPEG has no transparency: there `alpha` is left out.

    Parameters
    ----------
    pixels : uint8 (height, width, 3)
    format : Pillow's name of a format
    alpha : uint8 (height, width)

    Raises
    ------
    OutputError
        If the format takes no picture of this size.
    """
    picture = Image.fromarray(pixels)
    if alpha is not None and format != "JPEG":
        picture.putalpha(Image.fromarray(alpha))
    options = dict(_OPTIONS.get(format, {}))
    if icc_profile:
        options["icc_profile"] = icc_profile
    out = io.BytesIO()
    try:
        picture.save(out, format, **options)
    except (OSError, ValueError) as error:
        size = f"{picture.width}x{picture.height}"
        raise OutputError(f"a picture of {size} cannot be written as {format}: {error}.") from None
    return out.getvalue()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file through a temporary one beside it, so that it is there whole or not at all."""
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".dream-", delete=False) as file:
            temporary = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {str(path)!r}: {error.strerror}.") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
