"""A clip as a sheet of its frames, and as a notebook shows it."""

from __future__ import annotations

import base64
import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepdreamr.errors import ArgumentError, ClipError
from deepdreamr.motion import sheet, showing
from deepdreamr.motion.clips import ClipInfo, write_clip
from deepdreamr.motion.sheet import clip_sheet
from deepdreamr.motion.showing import ShownClip
from deepdreamr.motion.zoom import ZoomClip

pytest.importorskip("av")
from made_clips import even_times, moving, video  # noqa: E402


def greys(path: Any, count: Any) -> Any:
    """A clip that becomes lighter from frame to frame."""
    levels = np.linspace(20, 220, count).astype(np.uint8)
    frames = ((np.full((48, 64, 3), grey), Fraction(n, 25)) for n, grey in enumerate(levels))
    write_clip(path, ClipInfo(shape=(48, 64), duration=Fraction(count, 25)), frames)
    return levels


def tiles(pixels: Any) -> Any:
    """The greys of a sheet's tiles, in their order: of rows of one grey between white."""
    row = pixels[-30]
    inside = [value for value in row[:, 0] if value < 235]
    return [inside[0], inside[-1]]


@pytest.mark.parametrize("few", [600, 3])
def test_the_sheet_goes_from_the_first_frame_to_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """A long clip is searched by time: its last tile is a part of it before the end."""
    monkeypatch.setattr(sheet, "_FEW", few)
    greys(tmp_path / "a.mp4", 60)
    made = clip_sheet(tmp_path / "a.mp4", frames=6, columns=6)
    first, last = tiles(made.image)
    assert abs(int(first) - 20) < 8
    assert abs(int(last) - (220 if few == 600 else 20 + 200 * 50 / 59)) < 8
    assert made.image.shape[1] > 6 * 64


def test_a_sheet_has_no_more_tiles_than_frames(tmp_path: Path) -> None:
    source = video(tmp_path / "a.mp4", even_times(3))
    assert clip_sheet(source, frames=12, columns=12).shape == clip_sheet(source, frames=3).shape
    with pytest.raises(ArgumentError, match="frames"):
        clip_sheet(source, frames=0)


@pytest.mark.parametrize("ending", [".mp4", ".webm", ".gif", ".webp"])
def test_a_notebook_plays_a_clip(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f'a"b{ending}'
    greys(path, 5)
    text = ShownClip(path)._repr_html_()
    assert text.startswith("<video" if ending in (".mp4", ".webm") else "<img")
    content = text.split("base64,")[1].split('"')[0]
    assert base64.b64decode(content) == path.read_bytes() and "a&quot;b" in text
    assert "64x48, 25 frames/s, 0.2 s" in repr(ShownClip(path))


def test_a_notebook_shows_a_sheet_of_what_it_cannot_play(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    greys(tmp_path / "a.mkv", 5)
    greys(tmp_path / "a.mp4", 5)
    monkeypatch.setattr(showing, "MOST_BYTES", 100)
    for name in ("a.mkv", "a.mp4"):
        bundle = ShownClip(tmp_path / name)._repr_mimebundle_()
        content = bundle["text/html"].split("base64,")[1].split('"')[0]
        assert Image.open(io.BytesIO(base64.b64decode(content))).format == "PNG"
    with pytest.raises(ClipError, match="no file"):
        ShownClip(tmp_path / "none.mp4")


def test_a_finished_clip_plays_in_a_notebook(tmp_path: Path) -> None:
    greys(tmp_path / "a.mp4", 5)
    done = ZoomClip(tmp_path / "a.mp4", (48, 64), 5, 2, 0.2, 1.0, 7)
    bundle = done._repr_mimebundle_()
    assert bundle["text/html"].startswith("<video") and bundle["text/plain"] == str(done)
    (tmp_path / "a.mp4").unlink()
    assert done._repr_mimebundle_() == {"text/plain": str(done)}


def test_pixels_are_square_on_a_sheet(tmp_path: Path) -> None:
    source = video(tmp_path / "a.mp4", even_times(1), sample_aspect_ratio=Fraction(2))
    plain = video(tmp_path / "b.mp4", even_times(1))
    assert clip_sheet(source).shape[1] >= clip_sheet(plain).shape[1]
    assert sheet._tile(moving(0), ClipInfo((48, 64), pixel_aspect=Fraction(2))).shape[1] == 128
