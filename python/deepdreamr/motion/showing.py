"""clip → **what notebooks show**: it plays in place."""

from __future__ import annotations

import base64
import html
import os
from pathlib import Path
from typing import Any

from ..errors import ClipError, DeepDreamError
from ..paths import as_path, check_file
from .clips import open_clip
from .sheet import clip_sheet

MOST_BYTES = 16 * 2**20  # of a file that becomes part of a notebook
_PLAYED = {".mp4": "video/mp4", ".webm": "video/webm"}
_PICTURES = {".gif": "image/gif", ".webp": "image/webp"}


class ShownClip:
    """A clip that plays in a notebook, and in R Markdown's HTML.

    A file of up to 16 MB that browsers play becomes part of the notebook; of any other clip a
    sheet of its frames is shown.

    Parameters
    ----------
    path : of the clip: a file or a folder of pictures
    width : how wide it is shown at most, in pixels

    Raises
    ------
    ClipError
        If there is none.
    """

    def __init__(self, path: str | os.PathLike[str], width: int = 640) -> None:
        self.path, self.width = as_path("path", path), width
        self._size = check_file(self.path, ClipError, "a clip", folder=True)

    def __repr__(self) -> str:
        with open_clip(self.path) as clip:
            info = clip.info
        seconds = "" if info.duration is None else f", {float(info.duration):.4g} s"
        height, width = info.shape
        return f"{self.path}: {width}x{height}, {float(info.rate):.4g} frames/s{seconds}"

    def _repr_html_(self) -> str:
        kind = self.path.suffix.lower()
        name, style = html.escape(self.path.name, quote=True), f"max-width: {self.width}px"
        if self._size > MOST_BYTES or kind not in (*_PLAYED, *_PICTURES) or self.path.is_dir():
            address = _address("image/png", clip_sheet(self.path).png())
            return f'<img src="{address}" alt="{name}" style="max-width: 100%">'
        content = Path(self.path).read_bytes()
        if kind in _PICTURES:
            address = _address(_PICTURES[kind], content)
            return f'<img src="{address}" alt="{name}" style="{style}">'
        address = _address(_PLAYED[kind], content)
        return (
            f'<video src="{address}" title="{name}" style="{style}" controls loop playsinline>'
            "</video>"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}


class ShownOutput:
    """What has an `output` that is a clip, which notebooks play as long as it is there."""

    output: Path

    def told(self) -> dict[str, Any]:
        """All that it says, by name; paths as text."""
        return {
            name: str(value) if isinstance(value, Path) else value
            for name, value in vars(self).items()
        }

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        told = {"text/plain": str(self)}
        try:
            return {**told, "text/html": ShownClip(self.output)._repr_html_()}
        except (DeepDreamError, OSError):
            return told


def _address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
