"""Pillow image → **Picture**: every mode becomes RGB, upright; what changed is said in words."""

from __future__ import annotations

import dataclasses
import io
import warnings

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageOps

from ..errors import ImageWarning
from ._arrays import from_array
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
    "I": "16 bits a colour",
    "F": "floats",
}
_SIXTEEN = "16 bits a colour: dreamed as floats, saved with 8 bits"


def from_pillow(opened: Image.Image, name: str | None) -> Picture:
    """A Pillow image as a picture: its first frame, turned as its EXIF says.

    Parameters
    ----------
    name : of its file

    Raises
    ------
    ImageError
        If it has floats outside of [0, 1].

    Warns
    -----
    ImageWarning
        If it has more than one frame.
    """
    picture = _converted(opened, name)
    notes = _changes(opened, picture.icc_profile is not None)
    return dataclasses.replace(picture, notes=notes)


def _converted(opened: Image.Image, name: str | None) -> Picture:
    if getattr(opened, "n_frames", 1) > 1:
        warnings.warn(
            ImageWarning(f"only the first of {opened.n_frames} frames is used"),  # type: ignore[attr-defined]
            stacklevel=2,
        )
    picture = ImageOps.exif_transpose(opened)
    if picture.mode in ("La", "RGBa"):  # colours multiplied by their alpha
        picture = picture.convert(picture.mode.upper())
    profile = opened.info.get("icc_profile")
    if picture.mode == "CMYK" and profile:
        picture, profile = _cmyk_to_rgb(picture, profile), None
    if picture.mode not in ("RGB", "RGBA", "P", "PA"):
        profile = None  # a grey or CMYK profile says nothing about RGB
    if _is_16_bit(picture):
        return from_array(np.asarray(picture, np.float64) / 65535, name)
    if picture.mode == "F":
        return from_array(np.asarray(picture), name)
    alpha = None
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        alpha = np.asarray(picture.getchannel("A"))
    rgb = np.asarray(picture.convert("RGB"))
    return Picture(rgb, alpha, profile, name)


def _is_16_bit(picture: Image.Image) -> bool:
    return picture.mode.startswith("I;16") or picture.mode == "I"


def _cmyk_to_rgb(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        converted = ImageCms.profileToProfile(
            picture, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except ImageCms.PyCMSError:
        converted = None  # a broken profile: Pillow's own conversion has to do
    return converted or picture.convert("RGB")


def _changes(opened: Image.Image, profile_kept: bool) -> tuple[str, ...]:
    """A phrase for each thing in a decoded file that the picture does not have any more.

    Parameters
    ----------
    opened : as Pillow has it, before anything is done to it
    profile_kept : whether the picture still has the file's colour profile
    """
    notes = []
    if opened.getexif().get(ExifTags.Base.Orientation, 1) in range(2, 9):
        notes.append("turned upright, as its EXIF orientation says")
    profile = bool(opened.info.get("icc_profile"))
    if opened.mode == "CMYK":
        notes.append(f"CMYK: becomes RGB{' through its colour profile' if profile else ''}")
    elif _is_16_bit(opened):
        notes.append(f"grey, {_SIXTEEN}, in RGB")
    elif opened.mode in _MODES:
        notes.append(f"{_MODES[opened.mode]}: becomes RGB")
    if profile and not profile_kept and opened.mode != "CMYK":
        notes.append("its colour profile is not for RGB and is dropped")
    return tuple(notes)
