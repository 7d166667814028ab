"""file of a browser → **picture** → what is shown of it; and files made of dreams, by NumPy."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..errors import ImageError
from ..pictures.picture import Picture, picture_uint8, to_uint8
from ..pictures.reading import picture_from, read_content
from ..pictures.writing import encode, small_jpeg
from ..runs.checkpoints import load_checkpoint
from ..runs.places import find_place
from ..runs.record import show
from ..runs.saving import save_png
from .calls import call_of_record
from .growing import THUMB, request_of_order

_VIEW = 1600  # pixels of the longer side of what a browser shows
_QUALITY = 92


def examine(order: dict[str, Any]) -> dict[str, Any]:
    """Read a picture that anybody may have sent, and write what a browser shows of it.

    Raises
    ------
    ImageError
        If it is none, or has too many pixels by what it says itself, before they are read.
    """
    content = read_content(Path(order["path"]))
    picture = picture_from(content, order["name"])
    write_view(picture, Path(order["view"]))
    call, notes = None, list(picture.notes)
    try:
        call, more = call_of_record(show(content))
        notes += more
    except ImageError:  # it does not say how it was made
        pass
    return {"shape": picture.shape, "call": call, "notes": notes}


def write_view(picture: Picture, path: Path) -> None:
    """Write a picture for a browser: as PNG where it has transparency, else as JPEG."""
    image = Image.fromarray(picture_uint8(picture))
    if picture.alpha is not None:
        image.putalpha(Image.fromarray(picture.alpha))
    image.thumbnail((_VIEW, _VIEW), Image.Resampling.LANCZOS)
    profile = {"icc_profile": picture.icc_profile} if picture.icc_profile else {}
    if picture.alpha is not None:
        image.save(path, "PNG", compress_level=1, **profile)
    else:
        image.save(path, "JPEG", quality=_QUALITY, **profile)


def write_jpeg(order: dict[str, Any]) -> dict[str, Any]:
    """Write the JPEG of a dream's PNG, with what it says of itself."""
    save_png(Path(order["png"]).read_bytes(), order["out"], overwrite=True)
    return {}


def rescue(order: dict[str, Any]) -> dict[str, Any]:
    """Write what a dream whose process was ended had after its last whole octave."""
    saved = load_checkpoint(Path(order["checkpoint"]))
    request = request_of_order(order)
    record = dataclasses.replace(
        saved.record,
        octave=saved.octave,
        steps=len(saved.losses),
        last_step=saved.losses[-1][:2] if saved.losses else None,
        window_pixels=saved.limit,
    )
    pixels, picture = to_uint8(saved.image), request.image
    alpha, profile = None, None
    if picture is not None:
        place = find_place(request, picture)
        pixels = place.finished(pixels, lambda: _sized(picture_uint8(picture), pixels.shape))
        profile = picture.icc_profile
        alpha = None if picture.alpha is None else _sized(picture.alpha, pixels.shape)
    stem = Path(order["out"])
    content = encode(pixels, "PNG", alpha=alpha, icc_profile=profile, note=record.note())
    stem.with_name(f"{stem.name}.png").write_bytes(content)
    stem.with_name(f"{stem.name}.thumb.jpg").write_bytes(small_jpeg(pixels, THUMB))
    words = f"{record.recipe}: octave {record.octave} of {len(record.octaves)}"
    return {"shape": pixels.shape[:2], "seconds": 0.0, "stopped": "callback", "words": words}


def _sized(pixels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    size = (shape[1], shape[0])
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))
