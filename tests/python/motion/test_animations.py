"""GIF and WebP as clips: their frame times, their colours."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpus import frames
from PIL import Image

from deepdreamr.errors import ImageError
from deepdreamr.motion.clips import ClipInfo, open_clip, write_clip

pytest.importorskip("av")
from made_clips import even_times, moving  # noqa: E402

TIMES = [Fraction(n, 100) for n in (0, 4, 8, 20, 27, 50)]


def written(path: Any, times: Any = TIMES, duration: Any = Fraction(9, 10), **info: Any) -> Any:
    """A clip written to a file; the notes."""
    about = ClipInfo(shape=(48, 64), duration=duration, **info)
    return write_clip(path, about, ((moving(n), time) for n, time in enumerate(times)))


@pytest.mark.parametrize(("ending", "error"), [(".gif", 4), (".webp", 3)])
def test_times_and_pixels_come_back(tmp_path: Path, ending: str, error: int) -> None:
    path = tmp_path / f"a{ending}"
    assert written(path) == []
    with open_clip(path) as clip:
        assert (clip.info.shape, clip.info.frames) == ((48, 64), 6)
        assert clip.info.duration == Fraction(9, 10)
        frames = list(clip.frames())
    assert [frame.time for frame in frames] == TIMES
    for number, frame in enumerate(frames):
        assert np.abs(frame.pixels.astype(int) - moving(number)).mean() < error
    with Image.open(path) as picture:
        assert picture.info["loop"] == 0


def test_a_part_of_an_animation(tmp_path: Path) -> None:
    written(tmp_path / "a.webp")
    with open_clip(tmp_path / "a.webp", start=0.04, end=0.3, every=2) as clip:
        assert [frame.time for frame in clip.frames()] == [Fraction(0), Fraction(16, 100)]
        assert clip.info.frames == 2 and clip.info.duration == Fraction(26, 100)


def test_pillow_and_this_agree(tmp_path: Path) -> None:
    pictures = [Image.fromarray(moving(n)) for n in range(4)]
    shown = [40, 120, 10, 300]  # browsers show 10 ms for 100
    first, *others = pictures
    first.save(tmp_path / "a.gif", save_all=True, append_images=others, duration=shown)
    with open_clip(tmp_path / "a.gif") as clip:
        times = [float(frame.time) for frame in clip.frames()]
    assert times == [0, 0.04, 0.16, 0.26]


def test_few_colours_stay_as_they_are(tmp_path: Path) -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 40, axis=0).repeat(3, axis=2)
    write_clip(tmp_path / "a.gif", ClipInfo((40, 256)), [(ramp, Fraction(0))])
    with open_clip(tmp_path / "a.gif") as clip:
        assert (next(clip.frames()).pixels == ramp).all()


def test_strong_colours_are_mixed_of_a_gifs(tmp_path: Path) -> None:
    """From some way off a dithered frame looks as it did, in places of many colours too."""
    y, x = np.mgrid[:120, :160] / 160
    waves = [np.sin(40 * x * (1 + y)), np.sin(50 * y + 9 * x), np.sin(30 * (x - y))]
    colours = np.rint(127.5 + 127 * np.stack(waves, -1)).astype(np.uint8)
    write_clip(tmp_path / "a.gif", ClipInfo((120, 160)), [(colours, Fraction(0))])
    with open_clip(tmp_path / "a.gif") as clip:
        found = next(clip.frames()).pixels
    blurred = [np.asarray(Image.fromarray(p).resize((40, 30), Image.Resampling.BOX), float)
               for p in (found, colours)]  # fmt: skip
    assert np.sqrt(np.mean((blurred[0] - blurred[1]) ** 2)) < 4  # a median cut has 5.6


def test_a_gif_of_sixty_frames_a_second_keeps_its_time(tmp_path: Path) -> None:
    (note,) = written(tmp_path / "a.gif", even_times(60, Fraction(60)), Fraction(1))
    assert "50 frames a second" in note
    with open_clip(tmp_path / "a.gif") as clip:
        times = [frame.time for frame in clip.frames()]
    assert clip.info.duration == 1
    assert min(b - a for a, b in zip(times, times[1:], strict=False)) >= Fraction(2, 100)
    assert len(times) >= 40


def test_a_still_picture_is_a_clip_of_one_frame(tmp_path: Path) -> None:
    Image.fromarray(moving(0)).save(tmp_path / "a.jpg")
    with open_clip(tmp_path / "a.jpg") as clip:
        assert clip.info.frames == 1 == len(list(clip.frames()))


@pytest.mark.parametrize("ending", [".gif", ".webp", ".png", ".jpg"])
@pytest.mark.parametrize("target", [".mp4", ".mkv", ".webm"])
def test_pictures_that_move_become_videos(tmp_path: Path, ending: str, target: str) -> None:
    """They have no sound, and none is looked for."""
    pictures = [Image.fromarray(moving(n)) for n in range(3)]
    moves, others = ending != ".jpg", pictures[1:]
    pictures[0].save(tmp_path / f"a{ending}", duration=40, save_all=moves, append_images=others)
    with open_clip(tmp_path / f"a{ending}") as clip:
        frames = [(frame.pixels, frame.time) for frame in clip.frames()]
        source = tmp_path / f"a{ending}"
        assert write_clip(tmp_path / f"b{target}", clip.info, frames, source=source) == []
    with open_clip(tmp_path / f"b{target}") as clip:
        assert [frame.time for frame in clip.frames()] == [time for _, time in frames]


def test_damaged_animations(tmp_path: Path) -> None:
    written(tmp_path / "a.gif")
    content = (tmp_path / "a.gif").read_bytes()
    (tmp_path / "cut.gif").write_bytes(content[: len(content) * 2 // 3])
    with open_clip(tmp_path / "cut.gif") as clip:
        assert 2 <= len(list(clip.frames())) <= 5
    (tmp_path / "none.gif").write_bytes(content[:20])
    with pytest.raises(ImageError):
        open_clip(tmp_path / "none.gif")


@pytest.mark.parametrize("ending", [".gif", ".webp", ".mp4", ".webm", ".mkv"])
def test_the_same_call_gives_the_same_bytes(tmp_path: Path, ending: str) -> None:
    written(tmp_path / f"a{ending}")
    written(tmp_path / f"b{ending}")
    assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()


def test_a_frame_beyond_the_first_one_s_edge_is_cut_there(tmp_path: Path) -> None:
    content = frames("GIF")  # three frames of 100 x 90 pixels, the second one moved to the right
    place = content.index(b",\0\0\0\0d\0Z\0", content.index(b",\0\0\0\0d\0Z\0") + 1)
    (tmp_path / "wide.gif").write_bytes(content[:place] + b",\x1e" + content[place + 2 :])
    with open_clip(tmp_path / "wide.gif") as clip:
        assert clip.info.shape == (90, 100)
        assert [frame.pixels.shape for frame in clip.frames()] == [(90, 100, 3)] * 3
