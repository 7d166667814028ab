"""Pillow image → **Picture**: every mode becomes RGB, upright; what changed is said in words."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageCms

from ..errors import ImageWarning, warn
from ._depths import Depth, check_brightness, deep_loss, deep_values, find_depth, is_deep
from ._directories import check_exif
from .picture import Picture

_MODES = {
    "1": "1-bit",
    "L": "grey",
    "LA": "grey",
    "La": "grey",
    "P": "palette",
    "PA": "palette",
    "CMYK": "CMYK",
    "YCbCr": "YCbCr",
    "LAB": "Lab",
    "HSV": "HSV",
    "F": "floats",
}
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # by EXIF's number for how a camera was held
_LINEAR = 0.9  # gamma of a file whose numbers are light, not brightness


def from_pillow(opened: Image.Image, name: str | None) -> Picture:
    """A Pillow image as a picture: its first frame, turned as its EXIF says.

    Parameters
    ----------
    name : of its file

    Raises
    ------
    ImageError
        If Pillow does not read it rightly, it has floats outside of [0, 1], or 16 bits a colour of
        which only 12 are used.

    Warns
    -----
    ImageWarning
        If something of it is left out: frames but the first, bits, a colour profile.
    """
    title = f"the file {name!r}" if name else "the picture"
    depth = find_depth(opened, title)
    frames = _frames(opened)
    picture = _converted(opened, name, depth, title)
    if frames:
        warn(ImageWarning(f"only the first of {frames} frames is used"))
    for loss in _losses(opened, picture, depth):
        warn(ImageWarning(loss))
    return dataclasses.replace(picture, notes=_changes(opened))


def _converted(opened: Image.Image, name: str | None, depth: Depth, title: str) -> Picture:
    picture = _upright(opened, title)
    key = _transparent(picture, depth)
    if is_deep(picture):
        alpha = None
        if key is not None:
            alpha = np.where(np.asarray(picture) == key, 0, 255).astype(np.uint8)
        return Picture(deep_values(picture, depth, title), alpha, None, name)
    profile = opened.info.get("icc_profile")
    if picture.mode == "CMYK" and profile:
        picture, profile = _cmyk_to_rgb(picture, profile), None
    if picture.mode not in ("RGB", "RGBA", "P", "PA"):
        profile = None  # a grey or CMYK profile says nothing about RGB
    alpha = None
    if picture.has_transparency_data:
        if key != picture.info.get("transparency"):
            picture = picture.copy()  # which may be the user's
            picture.info["transparency"] = key
        picture = picture.convert("RGBA")
        alpha = np.asarray(picture.getchannel("A"))
    rgb = np.asarray(picture.convert("RGB"))
    if depth.bits > 8:
        check_brightness(float(rgb.max()) / 255, depth, title)
    return Picture(rgb, alpha, profile, name)


def _upright(opened: Image.Image, title: str) -> Image.Image:
    """The decoded image, turned as its EXIF says; its colours not multiplied by their alpha."""
    opened.load()
    check_exif(opened.info, title)
    picture = opened.copy() if opened.mode == "P" else opened  # it may lack its palette
    turn = _UPRIGHT.get(opened.getexif().get(ExifTags.Base.Orientation, 1))
    if turn is not None:
        picture = picture.transpose(turn)
    return picture.convert(picture.mode.upper()) if picture.mode in ("La", "RGBa") else picture


def _transparent(picture: Image.Image, depth: Depth) -> Any:
    """The transparent colour as the decoded image has it; a file has it in its own bits."""
    key = picture.info.get("transparency")
    if isinstance(key, int) and picture.mode == "L" and depth.bits < 8:
        return key * 255 // (2**depth.bits - 1)
    if isinstance(key, tuple) and depth.bits == 16:
        return tuple(number >> 8 for number in key)
    return key


def _cmyk_to_rgb(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        converted = ImageCms.profileToProfile(
            picture, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except ImageCms.PyCMSError:
        converted = None  # a broken profile: Pillow's own conversion has to do
    return converted or picture.convert("RGB")


def _frames(opened: Any) -> Any:
    """How many frames there are, if more than one; in some large files they are not counted."""
    if not getattr(opened, "is_animated", False):
        return None
    most = {"GIF": 2**24, "TIFF": 2**20}.get(opened.format, 2**30)
    large = isinstance(opened.fp, io.BytesIO) and opened.fp.getbuffer().nbytes > most
    return "its" if large else opened.n_frames


def _changes(opened: Image.Image) -> tuple[str, ...]:
    """A phrase for each thing about a decoded file that became another one."""
    notes = []
    if opened.getexif().get(ExifTags.Base.Orientation) in _UPRIGHT:
        notes.append("turned upright, as its EXIF orientation says")
    if opened.mode == "CMYK":
        profile = bool(opened.info.get("icc_profile"))
        notes.append(f"CMYK: becomes RGB{' through its colour profile' if profile else ''}")
    elif opened.mode in _MODES or is_deep(opened):
        notes.append(f"{_MODES.get(opened.mode, 'grey')}: becomes RGB")
    return tuple(notes)


def _losses(opened: Image.Image, picture: Picture, depth: Depth) -> Iterator[str]:
    """A phrase for each thing in a decoded file that the picture does not have any more."""
    if depth.bits > 8:
        deep = picture.values.dtype != np.uint8
        yield deep_loss(depth.bits) if deep else f"{depth.bits} bits a colour: read as 8 bits"
    profile = bool(opened.info.get("icc_profile"))
    if profile and picture.icc_profile is None and opened.mode != "CMYK":
        yield "its colour profile is not for RGB and is dropped"
    if not profile and (opened.info.get("gamma") or 0) > _LINEAR:
        yield f"its gamma of {opened.info['gamma']:g} is not used: it may look too dark"
