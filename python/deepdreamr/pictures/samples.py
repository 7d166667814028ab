"""name → **path**: the pictures that come with the package."""

from __future__ import annotations

from pathlib import Path

from ..values import known_name

SAMPLES = {"jelly": "jelly.jpg"}


def sample_image(name: str = "jelly") -> Path:
    """The path of a picture that comes with the package.

    Raises
    ------
    ArgumentError
        If there is none of that name.

    Examples
    --------
    >>> sample_image("jelly").name
    'jelly.jpg'
    """
    known_name("sample image", name, SAMPLES)
    installed = Path(__file__).parents[1] / "data" / SAMPLES[name]
    checkout = Path(__file__).parents[3] / "inst" / "extdata" / SAMPLES[name]
    return installed if installed.exists() else checkout
