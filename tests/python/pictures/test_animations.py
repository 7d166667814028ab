"""Pictures one after another in one file: what is read back, by Pillow itself."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageSequence

from deepdreamr.errors import ImageWarning, OutputError
from deepdreamr.pictures.animations import (
    ANIMATED,
    LONGEST,
    check_animation,
    frame_of,
    write_animation,
)
from deepdreamr.pictures.metadata import Note, read_text

FRAMES = [np.random.default_rng(i).integers(0, 256, (20, 30, 3)).astype(np.uint8) for i in range(4)]
SUFFIXES = list(ANIMATED)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_animation_is_read_back_with_its_frames_and_goes_on_for_ever(
    tmp_path: Path, suffix: Any
) -> None:
    path = tmp_path / f"steps{suffix}"
    write_animation(FRAMES, path)
    with Image.open(path) as opened:
        assert opened.format == ANIMATED[suffix] and opened.is_animated
        assert (opened.n_frames, opened.size, opened.info["loop"]) == (4, (30, 20), 0)
        shown = []
        for frame in ImageSequence.Iterator(opened):
            frame.load()
            shown.append(frame.info["duration"])
    assert shown == [80, 80, 80, 1600]
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", [".png", ".apng"])
def test_png_has_the_frames_as_they_are(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"steps{suffix}"
    write_animation(FRAMES, path)
    with Image.open(path) as opened:
        for frame, expected in zip(ImageSequence.Iterator(opened), FRAMES, strict=True):
            np.testing.assert_array_equal(np.asarray(frame.convert("RGB")), expected)


@pytest.mark.parametrize(("suffix", "most"), [(".gif", 6), (".webp", 3)])
def test_gif_and_webp_are_near(tmp_path: Path, suffix: str, most: int) -> None:
    smooth = np.zeros((40, 50, 3), np.uint8)
    smooth[..., 0], smooth[..., 1] = np.arange(50) * 5, np.arange(40)[:, None] * 6
    path = tmp_path / f"steps{suffix}"
    write_animation([smooth, smooth[::-1], smooth[:, ::-1]], path)
    with Image.open(path) as opened:
        opened.seek(2)
        last = np.asarray(opened.convert("RGB"), float)
    assert np.abs(last - smooth[:, ::-1]).mean() < most


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_transparency_is_that_of_every_frame(tmp_path: Path, suffix: Any) -> None:
    alpha = np.zeros((20, 30), np.uint8)
    alpha[5:] = 255
    path = tmp_path / f"steps{suffix}"
    write_animation(FRAMES, path, alpha=alpha)
    with Image.open(path) as opened:
        for frame in ImageSequence.Iterator(opened):
            np.testing.assert_array_equal(np.asarray(frame.convert("RGBA"))[..., 3], alpha)


def test_what_it_says_of_itself(tmp_path: Path) -> None:
    note = Note('{"deepdreamr": "0"}', "a dream", "deepdreamr 0")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for suffix in (".png", ".webp"):
        write_animation(FRAMES, tmp_path / f"a{suffix}", icc_profile=profile, note=note)
        assert read_text(tmp_path / f"a{suffix}") == note.text
        with Image.open(tmp_path / f"a{suffix}") as opened:
            assert opened.info["icc_profile"] == profile
    with pytest.warns(ImageWarning, match="colour profile is left out: GIF files have none"):
        write_animation(FRAMES, tmp_path / "a.gif", icc_profile=profile, note=note)


def test_one_frame_is_an_animation_too(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        write_animation(FRAMES[:1], tmp_path / f"one{suffix}")
        with Image.open(tmp_path / f"one{suffix}") as opened:
            assert getattr(opened, "n_frames", 1) == 1


def test_frames_are_copies_of_one_size() -> None:
    pixels = FRAMES[0].copy()
    frame = frame_of(pixels, (20, 30))
    np.testing.assert_array_equal(frame, pixels)
    pixels[:] = 0
    assert frame.any()
    assert frame_of(pixels, (40, 60)).shape == (40, 60, 3)
    assert frame_of(pixels, (1000, 2 * LONGEST)).shape == (500, LONGEST, 3)
    assert frame_of(pixels[..., 0], (9, 9)).shape == (9, 9)


def test_where_an_animation_can_be_written(tmp_path: Path) -> None:
    assert check_animation("save_steps", tmp_path / "a.GIF") == tmp_path / "a.GIF"
    with pytest.raises(OutputError, match=r"unknown format '\.jpg'.*Known: \.gif, \.webp, \.png"):
        check_animation("save_steps", tmp_path / "a.jpg")
    with pytest.raises(OutputError, match="there is no folder"):
        check_animation("save_steps", tmp_path / "none" / "a.gif")
    (tmp_path / "a.gif").write_bytes(b"mine")
    with pytest.raises(OutputError, match="exists already"):
        check_animation("save_steps", tmp_path / "a.gif")
    with pytest.raises(OutputError, match="exists already"):
        write_animation(FRAMES, tmp_path / "a.gif")
    assert (tmp_path / "a.gif").read_bytes() == b"mine"
    write_animation(FRAMES, check_animation("save_steps", tmp_path / "a.gif", True), overwrite=True)
    written: Any = Image.open(io.BytesIO((tmp_path / "a.gif").read_bytes()))
    assert written.n_frames == 4


def test_nothing_is_left_of_one_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(OutputError, match="cannot write .*No space left"):
        write_animation(FRAMES, tmp_path / "a.gif")
    assert not list(tmp_path.iterdir())
