"""file → **treatment** → image: what becomes of a picture that is not plain RGB, in words."""

from __future__ import annotations

from PIL import ExifTags, Image

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
GREY = "grey: becomes RGB"
_SIXTEEN = "16 bits a colour: dreamed as floats, saved with 8 bits"


def treatment(opened: Image.Image, profile_kept: bool) -> tuple[str, ...]:
    """A sentence for each thing about a decoded file that a dream of it will not be like.

    Parameters
    ----------
    opened : the picture as Pillow has it, before anything is done to it
    profile_kept : whether the image still has the file's colour profile
    """
    notes = []
    if opened.getexif().get(ExifTags.Base.Orientation, 1) in range(2, 9):
        notes.append("turned upright, as its EXIF orientation says")
    profile = bool(opened.info.get("icc_profile"))
    if opened.mode == "CMYK":
        notes.append(f"CMYK: becomes RGB{' through its colour profile' if profile else ''}")
    elif opened.mode.startswith("I;16") or opened.mode == "I":
        notes.append(f"grey, {_SIXTEEN}, in RGB")
    elif opened.mode in _MODES:
        notes.append(f"{_MODES[opened.mode]}: becomes RGB")
    if profile and not profile_kept and opened.mode != "CMYK":
        notes.append("its colour profile is not for RGB and is dropped")
    return tuple(notes)
