"""Video files of all kinds: turned, odd, deep, full range, of odd times, damaged."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepdreamr.errors import ClipError, DeepDreamError
from deepdreamr.motion._cut import is_cut_off
from deepdreamr.motion.clips import ClipInfo, Colors, open_clip, write_clip

pytest.importorskip("av")
import av  # noqa: E402
from made_clips import even_times, moving, video  # noqa: E402


def read(path: Any, **span: Any) -> Any:
    """What a clip is, its frames, and the notes."""
    with open_clip(path, **span) as clip:
        frames = list(clip.frames())
        return clip.info, frames, clip.notes


def copied(source: Any, target: Any, **span: Any) -> Any:
    """Read a clip and write it again; the notes."""
    with open_clip(source, **span) as clip:
        frames = ((frame.pixels, frame.time) for frame in clip.frames())
        return write_clip(target, clip.info, frames, source=source, **span)


# ---- Times ---------------------------------------------------------------------------------------

RATES = [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60), Fraction(25, 2)]
VARIABLE = [Fraction(n, 1000) for n in (0, 33, 66, 150, 151, 400, 1433, 1466)]


@pytest.mark.parametrize("target", [".mp4", ".mkv", ".webm"])
@pytest.mark.parametrize("times", [*(even_times(40, rate) for rate in RATES), VARIABLE])
def test_times_come_back(tmp_path: Path, times: Any, target: str) -> None:
    options = {"crf": "10", "bf": "0"}  # with B-frames PyAV says an MP4's length wrongly
    source = video(tmp_path / "in.mp4", times, tick=Fraction(1, 90000), options=options)
    copied(source, tmp_path / f"out{target}")
    before, after = read(source), read(tmp_path / f"out{target}")
    assert len(before[1]) == len(after[1]) == len(times)
    for time, frame, again in zip(times, before[1], after[1], strict=True):
        assert abs(frame.time - time) <= Fraction(1, 90000)
        assert abs(again.time - time) <= Fraction(1, 1000)
    assert abs(before[0].duration - after[0].duration) <= Fraction(2, 1000)


@pytest.mark.parametrize("target", [".mp4", ".mkv", ".webm"])
@pytest.mark.parametrize("every", [2, 3])
def test_every_second_frame_keeps_its_time(tmp_path: Path, target: str, every: int) -> None:
    options = {"crf": "10", "bf": "0"}
    source = video(tmp_path / "in.mp4", VARIABLE, tick=Fraction(1, 90000), options=options)
    with open_clip(source, every=every) as clip:
        some = ((frame.pixels, frame.time) for frame in clip.frames())
        write_clip(tmp_path / f"out{target}", clip.info, some, source=source)
    _, whole, _ = read(source)
    info, frames, _ = read(tmp_path / f"out{target}")
    assert len(frames) == len(VARIABLE[::every])
    for time, frame, before in zip(VARIABLE[::every], frames, whole[::every], strict=True):
        assert abs(frame.time - time) <= Fraction(1, 1000)
        assert np.abs(frame.pixels.astype(int) - before.pixels).mean() < 6
    assert info.duration == pytest.approx(VARIABLE[-1] + Fraction(1, 25), abs=0.05)


def test_a_rate_of_television_is_exact(tmp_path: Path) -> None:
    times = even_times(40, Fraction(30000, 1001))
    tick = Fraction(1, 30000)
    copied(video(tmp_path / "in.mp4", times, tick=tick), tmp_path / "out.mp4")
    info, frames, _ = read(tmp_path / "out.mp4")
    assert [frame.time for frame in frames] == times and info.rate == Fraction(30000, 1001)


def test_a_part_is_found_by_time(tmp_path: Path) -> None:
    source = video(tmp_path / "in.mp4", even_times(100), options={"g": "10", "crf": "10"})
    _, whole, _ = read(source)
    info, frames, _ = read(source, start="0:01.5", end=2.5, every=3)
    assert info.frames == len(frames) == 9 and info.duration == Fraction(98, 100)
    assert [frame.number for frame in frames] == list(range(9))
    for frame in frames:
        same = whole[round((frame.time + info.origin) * 25)]
        assert same.time == frame.time + info.origin
        assert np.array_equal(same.pixels, frame.pixels)
    with pytest.raises(ClipError, match="no frame"):
        open_clip(source, start=100)


def test_of_a_long_clip_only_a_part_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour at one frame in two seconds: the last seconds are read from near by."""
    times = [Fraction(2 * n) for n in range(1800)]
    options = {"g": "20", "preset": "ultrafast"}
    source = video(tmp_path / "in.mp4", times, shape=(16, 16), options=options)
    from deepdreamr.motion import _decoding

    decoded = []
    real = _decoding.VideoFile._decoded

    def counted(self: Any, *given: Any) -> Any:
        for frame in real(self, *given):
            decoded.append(frame)
            yield frame

    monkeypatch.setattr(_decoding.VideoFile, "_decoded", counted)
    _, frames, _ = read(source, start="59:00", end="59:10")
    assert len(frames) == 5 and len(decoded) < 200


def test_one_frame(tmp_path: Path) -> None:
    source = video(tmp_path / "in.mp4", even_times(1))
    copied(source, tmp_path / "out.mp4")
    info, frames, _ = read(tmp_path / "out.mp4")
    assert info.frames == 1 == len(frames) and frames[0].time == 0
    assert info.duration == Fraction(1, 25)


# ---- Pixels --------------------------------------------------------------------------------------


@pytest.mark.parametrize("matrix", [(1, 1, 1), (6, 6, 6), (9, 9, 14)])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(("ending", "fine"), [(".mp4", True), (".mp4", False), (".webm", False)])
def test_colors_come_back(tmp_path: Path, matrix: Any, full: bool, ending: str, fine: bool) -> None:
    """Every patch is near what it was: within 2 of 255 in 4:4:4, and 3 in 4:2:0."""
    levels = list(itertools.product((0, 16, 128, 235, 255), repeat=3))
    patches = np.array([levels[n : n + 25] for n in range(0, 125, 25)], np.uint8)
    pixels = patches.repeat(32, 0).repeat(32, 1)
    colors = Colors(matrix[0], matrix[1], matrix[2], full)
    info = ClipInfo(shape=pixels.shape[:2], colors=colors, fine_chroma=fine)
    path = tmp_path / f"a{ending}"
    write_clip(path, info, [(pixels, Fraction(n, 25)) for n in range(3)])
    again, frames, _ = read(path)
    assert (again.colors.matrix, again.colors.full_range) == (matrix[0], full)
    if ending == ".mp4":
        assert again.colors == colors
    inside = frames[1].pixels.reshape(5, 32, 25, 32, 3)[:, 8:24, :, 8:24].astype(int)
    wrong = np.abs(inside - patches[:, None, :, None]).max()
    assert wrong <= (2 if fine else 3)


@pytest.mark.parametrize("degrees", [0, 90, 180, -90])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_turned_clip_is_upright(tmp_path: Path, degrees: int, mirrored: bool) -> None:
    """As a telephone writes it: the pixels lie, the metadata says how they are shown."""
    upright = np.full((64, 48, 3), 60, np.uint8)
    upright[4:20, 4:20] = (220, 40, 40)  # red at the top left,
    upright[44:60, 28:44] = (40, 40, 220)  # blue at the bottom right
    shown = upright[:, ::-1] if mirrored else upright
    stored = np.ascontiguousarray(np.rot90(shown, -degrees // 90))
    with av.open(str(tmp_path / "in.mp4"), "w") as output:
        stream = output.add_stream("libx264", rate=25, options={"crf": "5"})
        stream.height, stream.width = stored.shape[:2]
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        if not hasattr(stream, "set_display_rotation"):
            pytest.skip("this PyAV cannot write a rotation")
        stream.set_display_rotation(degrees, mirrored)
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(stored, "rgb24")
            frame.pts = number
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    for path in (tmp_path / "in.mp4", tmp_path / "out.mp4"):
        info, frames, notes = read(path)
        expected = upright if (frames[0].pixels[12, 12, 0] > 150) else upright[::-1, ::-1]
        assert info.shape == (64, 48)
        assert np.abs(frames[0].pixels.astype(int) - expected).mean() < 6
        assert info.pixel_aspect == (Fraction(3, 4) if degrees % 180 else Fraction(4, 3))
        if path.name == "in.mp4":
            first = frames[0].pixels
            assert bool(notes) == (degrees != 0 or mirrored)
            copied(path, tmp_path / "out.mp4")
        assert np.abs(frames[0].pixels.astype(int) - first).mean() < 3
    assert np.array_equal(expected, upright)


@pytest.mark.parametrize("format", ["yuv420p10le", "yuv444p10le", "yuv444p", "yuv422p", "bgr0"])
def test_deep_and_fine_pixels_are_read(tmp_path: Path, format: str) -> None:
    source = video(
        tmp_path / "in.mkv", even_times(3), codec="ffv1", format=format, options={}, colorspace=6
    )
    info, frames, notes = read(source)
    assert np.abs(frames[0].pixels.astype(int) - moving(0)).mean() < 3
    assert any("10 bits" in note for note in notes) == ("10" in format)
    assert info.fine_chroma == ("444" in format)


def test_pixels_that_are_not_square(tmp_path: Path) -> None:
    source = video(tmp_path / "in.mp4", even_times(3), sample_aspect_ratio=Fraction(16, 11))
    for target in ("a.mp4", "a.mkv"):
        assert copied(source, tmp_path / target) == []
        info, _, _ = read(tmp_path / target)
        assert info.pixel_aspect == Fraction(16, 11) and info.shape == (48, 64)
    for target in ("a.webm", "a.gif", "a.webp"):  # which have no others than square ones
        assert any("square" in note for note in copied(source, tmp_path / target))
        info, frames, _ = read(tmp_path / target)
        assert info.pixel_aspect == 1 and info.shape == (48, 93)
        wider = np.asarray(Image.fromarray(moving(0)).resize((93, 48)))
        assert np.abs(frames[0].pixels.astype(int) - wider).mean() < 6


@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_is_told(tmp_path: Path, transfer: int) -> None:
    source = video(
        tmp_path / "in.mp4", even_times(3), format="yuv420p10le", color_trc=transfer, colorspace=9
    )
    with pytest.raises(ClipError, match="is HDR .*Tone-map it first: ffmpeg .*hable") as told:
        open_clip(source)
    assert "\n" not in str(told.value)


def test_an_mp4_has_its_index_in_front(tmp_path: Path) -> None:
    made = []
    for name in ("a.mp4", "b.mp4"):
        source = video(tmp_path / f"in-{name}", even_times(30), sound="aac")
        copied(source, tmp_path / name)
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1] and len(read(tmp_path / "a.mp4")[1]) == 30
    boxes, place = [], 0
    while place < len(made[0]):
        size = int.from_bytes(made[0][place : place + 4], "big")
        boxes.append(made[0][place + 4 : place + 8])
        place += size
    assert place == len(made[0]) and boxes.index(b"moov") < boxes.index(b"mdat")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a limit of a file's size is Unix's")
@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_a_full_disk_leaves_nothing(tmp_path: Path, ending: str) -> None:
    """Files of the process may have 20 kB, as on a disk that is full then."""
    script = (
        "import resource, signal, sys, numpy as np; from fractions import Fraction\n"
        "from deepdreamr.errors import OutputError\n"
        "from deepdreamr.motion import clips\n"
        "clips.check_target = lambda path, overwrite: path\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "noise = np.random.default_rng(0).integers(0, 256, (20, 64, 80, 3), np.uint8)\n"
        "frames = [(frame, Fraction(n, 25)) for n, frame in enumerate(noise)]\n"
        "try: clips.write_clip(sys.argv[1], clips.ClipInfo((64, 80)), frames)\n"
        "except OutputError as error: sys.exit('told: ' + str(error))\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / f"a{ending}")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith("told: cannot write"), done.stderr
    assert not list(tmp_path.iterdir())


# ---- What is wrong -------------------------------------------------------------------------------

SOUND = {".webm": "libopus", ".avi": "mp2"}  # instead of AAC


def test_a_file_with_sound_only(tmp_path: Path) -> None:
    source = video(tmp_path / "in.mp4", even_times(5), sound="aac")
    with av.open(str(source)) as clip, av.open(str(tmp_path / "a.m4a"), "w", "mp4") as output:
        target = output.add_stream_from_template(clip.streams.audio[0])
        for packet in clip.demux(audio=0):
            if packet.size:
                packet.stream = target
                output.mux(packet)
    with pytest.raises(ClipError, match="no moving picture"):
        open_clip(tmp_path / "a.m4a")


PARTS = {"movflags": "frag_keyframe+empty_moov"}  # as a browser records it
IN_FRONT = {"movflags": "+faststart"}
CUT = "the file was cut off: it is read as far as it goes"


@pytest.mark.parametrize(
    ("ending", "options", "told"),
    [
        (".mkv", {}, [CUT]),
        (".mkv", {"live": "1"}, [CUT]),  # its parts say how long they are, and it does not
        (".webm", {}, [CUT]),
        (".mp4", PARTS, [CUT]),
        (".mp4", IN_FRONT, [CUT]),
        (".avi", {}, [CUT]),
        (".ts", {}, []),  # a broadcast, which may end anywhere
    ],
)
def test_a_file_that_was_cut_off_is_read_as_far_as_it_goes(
    tmp_path: Path, ending: str, options: Any, told: Any
) -> None:
    codec = {".webm": "libvpx-vp9", ".avi": "mpeg4"}.get(ending, "libx264")
    how = {"codec": codec, "options": {"g": "5"}, "muxer": options, "sound": SOUND.get(ending)}
    source = video(tmp_path / f"in{ending}", even_times(50), **how)
    assert not is_cut_off(source) and read(source)[2] == []
    content = source.read_bytes()
    (tmp_path / f"cut{ending}").write_bytes(content[: len(content) * 3 // 4])
    _, frames, notes = read(tmp_path / f"cut{ending}")
    assert 10 < len(frames) < 50 and notes == told
    assert copied(tmp_path / f"cut{ending}", tmp_path / "out.mkv") == []
    assert len(read(tmp_path / "out.mkv")[1]) == len(frames)
    assert not is_cut_off(tmp_path / "out.mkv")


def test_what_is_no_clip_is_not_cut_off(tmp_path: Path) -> None:
    """Nor is one behind which something else stands."""
    source = video(tmp_path / "in.mp4", even_times(5)).read_bytes()
    others = (b"", b"RIFF", b"\x1aE\xdf\xa3", b"RIFF\xff\xff\xff\xffWEBP")
    for content in (*others, source + b"X" * 99):
        (tmp_path / "a").write_bytes(content)
        assert not is_cut_off(tmp_path / "a"), content[:20]
    assert not is_cut_off(tmp_path / "none")


def test_files_that_are_no_clips_end_in_one_line(tmp_path: Path) -> None:
    source = video(tmp_path / "in.mp4", even_times(20))
    content = source.read_bytes()
    for name, damaged in {
        "cut.mp4": content[: len(content) // 2],  # its index is at its end
        "empty.mp4": b"",
        "list.mp4": b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
        "other.mp4": b"ffconcat version 1.0\nfile 'in.mp4'\n",
        "large.mp4": b"YUV4MPEG2 W30000 H30000 F25:1 C420\nFRAME\n" + bytes(5000),
        "zeros.mp4": bytes(5000),
    }.items():
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(ClipError) as caught:
            open_clip(tmp_path / name)
        assert "\n" not in str(caught.value)
        assert ("it was cut off" in str(caught.value)) == (name == "cut.mp4")


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm", ".avi"])
def test_any_damage_is_survived(tmp_path: Path, ending: str) -> None:
    codec = {".webm": "libvpx-vp9", ".avi": "mpeg4"}.get(ending, "libx264")
    how: dict[str, Any] = {"codec": codec, "sound": SOUND.get(ending, "aac"), "options": {}}
    source = video(tmp_path / f"in{ending}", even_times(10), **how)
    whole = source.read_bytes()
    random = np.random.default_rng(7)
    for number in range(25):
        content = np.frombuffer(whole, np.uint8).copy()
        first = 0 if number % 2 else len(content) // 3
        places = random.integers(first, len(content), 1 + number)
        content[places] = random.integers(0, 256, len(places))
        (tmp_path / f"bad{ending}").write_bytes(content.tobytes())
        try:
            copied(tmp_path / f"bad{ending}", tmp_path / "out.mkv")
            (tmp_path / "out.mkv").unlink()
        except DeepDreamError as error:
            assert "\n" not in str(error)


def test_a_frame_may_not_have_more_pixels_than_a_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = video(tmp_path / "in.mp4", even_times(3))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3000)
    with pytest.raises(ClipError, match="3,000 pixels"):
        open_clip(source)


@pytest.mark.parametrize("sides", ["W30000 H30000", "H20000 W20000", f"W{'9' * 400} H2"])
def test_frames_of_too_many_pixels_are_told_of_whatever_the_decoder_says(
    tmp_path: Path, sides: str
) -> None:
    path = tmp_path / "in.y4m"
    path.write_bytes(f"YUV4MPEG2 {sides} F25:1 Ip A1:1 C420\nFRAME\n".encode() + bytes(1000))
    with pytest.raises(ClipError, match="'in.y4m' has more than 89,478,485 pixels"):
        open_clip(path)
    for damaged in (b"YUV4MPEG2", b"YUV4MPEG2 W H30000\n", b"YUV4MPEG2 W-5 H7\xff" * 90):
        path.write_bytes(damaged)
        with pytest.raises(ClipError, match="not a clip that can be read"):
            open_clip(path)
