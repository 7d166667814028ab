"""Clips in and out: as they were."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepdreamr.errors import ArgumentError, ClipError, ImageError, OutputError
from deepdreamr.motion.clips import ClipInfo, check_clip, open_clip, write_clip
from deepdreamr.pictures.writing import save_pixels

pytest.importorskip("av")
from made_clips import even_times, moving, video  # noqa: E402


def copied(source: Any, target: Any, **span: Any) -> Any:
    """A clip read and written again; what was read, and the notes."""
    with open_clip(source, **span) as clip:
        frames = list(clip.frames())
        told = write_clip(target, clip.info, ((f.pixels, f.time) for f in frames), source=source)
        return clip.info, frames, [*clip.notes, *told]


@pytest.mark.parametrize("shape", [(48, 64), (47, 63)])
@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm", ""])
def test_a_clip_comes_back(tmp_path: Path, shape: tuple[int, int], ending: str) -> None:
    source = video(tmp_path / "in.mkv", even_times(12), shape=shape, format="yuv444p")
    info, frames, _ = copied(source, tmp_path / f"out{ending}")
    assert info.shape == shape and info.frames in (None, 12) and info.rate == 25
    with open_clip(tmp_path / f"out{ending}") as back:
        again = list(back.frames())
    assert [frame.number for frame in again] == list(range(12))
    for before, after in zip(frames, again, strict=True):
        assert abs(before.time - after.time) <= Fraction(1, 1000)
        assert before.pixels.shape == after.pixels.shape == (*shape, 3)
        assert np.abs(before.pixels.astype(int) - after.pixels).mean() < 4


def test_a_folder_is_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    for number in (1000, 2, 999, 10):
        pixels = np.full((8, 9, 3), number % 251, np.uint8)
        save_pixels(pixels, tmp_path / "frames" / f"f{number}.png")
    with open_clip(tmp_path / "frames", rate=23.976) as clip:
        frames = list(clip.frames())
    assert [frame.pixels[0, 0, 0] for frame in frames] == [n % 251 for n in (2, 10, 999, 1000)]
    assert frames[3].time == Fraction(3 * 1001, 24000)
    with open_clip(str(tmp_path / "frames" / "f?.png")) as clip:
        assert clip.info.frames == 1 == len(list(clip.frames()))


def test_pictures_of_a_folder_have_one_size(tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in range(3):
        save_pixels(moving(number), folder / f"{number}.jpg")
    lying = Image.Exif()
    lying[0x0112] = 6  # as a telephone has it: 64 x 48 pixels that are shown turned
    Image.fromarray(moving(3).swapaxes(0, 1)).save(folder / "3.jpg", exif=lying)
    with open_clip(folder) as clip:
        clip.check_frames()
    Image.fromarray(moving(4)).save(folder / "4.jpg", exif=lying)
    with open_clip(folder) as clip, pytest.raises(ClipError, match=r"'4.jpg' has 48x64 pixels"):
        clip.check_frames()
    (folder / "4.jpg").write_bytes(b"no picture")
    with open_clip(folder) as clip, pytest.raises(ImageError, match=r"4.jpg"):
        clip.check_frames()


@pytest.mark.parametrize("name", ["a" * 300, "a\0b", "a" * 300 + ".mp4"])
def test_a_name_that_cannot_be_is_told(tmp_path: Path, name: Any) -> None:
    with pytest.raises(ClipError, match="cannot be read"):
        open_clip(tmp_path / name)
    with pytest.raises(OutputError, match="cannot write"):
        check_clip(tmp_path / name)


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    frames = [(moving(0), Fraction(0))]
    info = ClipInfo(shape=(48, 64))
    for name in ("a.mp4", "frames"):
        write_clip(tmp_path / name, info, frames)
        with pytest.raises(OutputError, match="exists already|has frames"):
            write_clip(tmp_path / name, info, frames)
        write_clip(tmp_path / name, info, frames, overwrite=True)
    (tmp_path / "frames" / "letter.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"letter\.txt"):
        write_clip(tmp_path / "frames", info, frames, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "frames"]


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no clip")
    with pytest.raises(ClipError, match="not a clip"):
        open_clip(tmp_path / "text.mp4")
    with pytest.raises(ClipError, match="no file"):
        open_clip(tmp_path / "none.mp4")
    with pytest.raises(OutputError, match="kind of clip"):
        write_clip(tmp_path / "a.avi", ClipInfo(shape=(48, 64)), [])
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        write_clip(tmp_path / "folder.mp4", ClipInfo(shape=(48, 64)), [(moving(0), Fraction(0))])
    with pytest.raises(ClipError, match="no frame"):
        write_clip(tmp_path / "a.mp4", ClipInfo(shape=(48, 64)), [])
    with pytest.raises(ArgumentError, match="later"):
        write_clip(tmp_path / "a.mp4", ClipInfo(shape=(48, 64)), [(moving(0), Fraction(0))] * 2)
    assert not (tmp_path / "a.mp4").exists()
