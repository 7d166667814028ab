"""Sound and subtitles: the same packets where the file takes them, in step with the picture."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepdreamr.motion.clips import open_clip, write_clip

pytest.importorskip("av")
import av  # noqa: E402
from made_clips import even_times, packets, video  # noqa: E402

SRT = "1\n00:00:00,200 --> 00:00:00,900\nfirst\n\n2\n00:00:01,200 --> 00:00:01,800\nsecond\n"


def copied(source: Any, target: Any, **span: Any) -> Any:
    """Read a clip and write it again; the notes."""
    with open_clip(source, **span) as clip:
        frames = ((frame.pixels, frame.time) for frame in clip.frames())
        return write_clip(target, clip.info, frames, source=source, **span)


@pytest.mark.parametrize(
    ("codec", "ending", "target"),
    [
        ("vorbis", ".mkv", ".webm"),
        ("vorbis", ".mkv", ".mkv"),
        ("aac", ".mp4", ".mp4"),
        ("aac", ".mp4", ".mkv"),
        ("ac3", ".mkv", ".mp4"),
        ("libopus", ".mkv", ".webm"),
        ("libopus", ".mp4", ".mkv"),
        ("libopus", ".webm", ".mp4"),
        ("flac", ".mkv", ".mp4"),
        ("alac", ".mkv", ".mp4"),  # whose packets do not say how long they last
        ("mp2", ".avi", ".mp4"),
        ("libmp3lame", ".mkv", ".mp4"),
        ("pcm_s16le", ".mkv", ".mkv"),
    ],
)
def test_packets_are_copied(tmp_path: Path, codec: str, ending: str, target: str) -> None:
    picture: dict[str, Any] = {"codec": "libvpx-vp9"} if ending == ".webm" else {}
    source = video(tmp_path / f"in{ending}", even_times(50), sound=codec, **picture)
    assert copied(source, tmp_path / f"out{target}") == []
    before, after = packets(source), packets(tmp_path / f"out{target}")
    assert len(before) > 20
    assert [content for _, content in before] == [content for _, content in after]
    for (time, _), (again, _) in zip(before[1:], after[1:], strict=True):
        assert abs(time - again) <= Fraction(1, 1000)


def pitch_at(path: Path, moment: float) -> float:
    """The pitch of the first channel's sound at a moment, in Hz."""
    with av.open(str(path)) as clip:
        frames = list(clip.decode(audio=0))
    channels, rate = frames[0].layout.nb_channels, frames[0].rate
    step = 1 if frames[0].format.is_planar else channels
    wave = np.concatenate([frame.to_ndarray()[0, ::step] for frame in frames])
    place = int((moment - frames[0].time) * rate)
    heard = wave[place - 2048 : place + 2048].astype(float)
    spectrum = np.abs(np.fft.rfft((heard - heard.mean()) * np.hanning(4096)))
    return float(spectrum.argmax()) * rate / 4096


@pytest.mark.parametrize(
    ("codec", "target", "name"), [("aac", ".webm", "opus"), ("pcm_s16le", ".mp4", "aac")]
)
@pytest.mark.parametrize("start", [None, 0.6])
def test_what_is_not_taken_is_made_anew(
    tmp_path: Path, codec: str, target: str, name: str, start: float | None
) -> None:
    """The pitch at each moment says that it is in its place."""
    source = video(tmp_path / "in.mkv", even_times(50), sound=codec)
    (note,) = copied(source, tmp_path / f"out{target}", start=start)
    assert "made anew" in note
    with av.open(str(tmp_path / f"out{target}")) as output:
        assert output.streams.audio[0].codec_context.codec.name.endswith(name)
    for moment in (0.3, 0.8, 1.2):
        expected = 300 + 300 * (moment + (start or 0))
        assert abs(pitch_at(tmp_path / f"out{target}", moment) - expected) < 20


@pytest.mark.parametrize("target", [".mp4", ".mkv"])
def test_a_part_has_its_part_of_the_sound(tmp_path: Path, target: str) -> None:
    source = video(tmp_path / "in.mp4", even_times(50), sound="aac")
    copied(source, tmp_path / f"out{target}", start=0.5, end=1.5)
    before, after = packets(source), packets(tmp_path / f"out{target}")
    first = [content for _, content in before].index(after[0][1])
    assert [c for _, c in after] == [c for _, c in before[first : first + len(after)]]
    origin = Fraction(52, 100)  # the first frame at or after the start
    for (time, _), (again, _) in zip(before[first + 1 :], after[1:], strict=False):
        assert abs(time - origin - again) <= Fraction(1, 1000)
    assert abs(before[first][0] - origin) <= Fraction(1024, 96000)
    assert abs(after[-1][0] - Fraction(98, 100)) <= Fraction(22, 1000)


SURROUND = "5.1(side)"


@pytest.mark.parametrize("codec", ["ac3", "eac3", "flac", "libopus", "aac"])
@pytest.mark.parametrize("target", [".mp4", ".mkv"])
def test_surround_sound_is_copied(tmp_path: Path, codec: str, target: str) -> None:
    layout = "5.1" if codec in ("libopus", "aac") else SURROUND
    source = video(tmp_path / "in.mkv", even_times(50), sound=codec, layout=layout)
    assert copied(source, tmp_path / f"out{target}") == []
    after = [content for _, content in packets(tmp_path / f"out{target}")]
    assert after == [content for _, content in packets(source)] and len(after) > 20


@pytest.mark.parametrize(
    ("codec", "target"), [("ac3", ".webm"), ("pcm_s24le", ".mp4"), ("flac", ".webm")]
)
def test_surround_sound_that_is_made_anew_keeps_its_channels(
    tmp_path: Path, codec: str, target: str
) -> None:
    """Each channel, but for the one of the deep tones, has its own pitch."""
    source = video(tmp_path / "in.mkv", even_times(50), sound=codec, layout=SURROUND)
    (note,) = copied(source, tmp_path / f"out{target}")
    assert "made anew" in note and "stereo" not in note
    with av.open(str(tmp_path / f"out{target}")) as output:
        assert output.streams.audio[0].layout.nb_channels == 6
        waves = np.concatenate([frame.to_ndarray() for frame in output.decode(audio=0)], axis=1)
    seen = waves[:, 48000 - 2048 : 48000 + 2048] * np.hanning(4096)
    pitches = np.abs(np.fft.rfft(seen)).argmax(axis=1) * 48000 / 4096
    for channel in (0, 1, 2, 4, 5):
        assert abs(pitches[channel] - (600 + 100 * channel)) < 20


def test_sound_with_fewer_channels_than_it_had_is_told(tmp_path: Path) -> None:
    source = video(tmp_path / "in.mkv", even_times(5), sound="flac", layout="quad")
    assert copied(source, tmp_path / "out.webm") == [
        "the sound (flac) is made anew as Opus, in stereo"
    ]


def test_sound_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    source = video(tmp_path / "in.mkv", even_times(50), sound="aac")
    content = source.read_bytes()
    for _, packet in packets(source)[10:20]:
        content = content.replace(packet, bytes([255]) * len(packet))
    source.write_bytes(content)
    notes = copied(source, tmp_path / "out.webm")
    assert "the sound is damaged: 10 of its packets were left out" in notes


@pytest.mark.parametrize("start", [0.24, 0.4, 0.6, 1.2, 1.32])
def test_packets_of_no_told_length_are_cut_at_the_nearest(tmp_path: Path, start: float) -> None:
    """Those of WavPack last half a second, which Matroska does not say."""
    source = video(tmp_path / "in.mkv", even_times(50), sound="wavpack")
    copied(source, tmp_path / "out.mkv", start=start)
    before, after = packets(source), packets(tmp_path / "out.mkv")
    nearest = min(range(len(before)), key=lambda n: abs(before[n][0] - Fraction(str(start))))
    assert [content for _, content in after] == [content for _, content in before[nearest:]]


@pytest.mark.parametrize("span", [{}, {"start": 0.6}, {"end": 1.5}, {"start": 0.2, "end": 0.4}])
def test_sound_of_which_no_part_can_be_played_is_made_anew(tmp_path: Path, span: Any) -> None:
    source = video(tmp_path / "in.mkv", even_times(50), sound="tta")
    notes = copied(source, tmp_path / "out.mkv", **span)
    assert notes == (["the sound (tta) is made anew as Opus"] if span else [])
    start, end = span.get("start", 0), span.get("end", 2)
    with av.open(str(tmp_path / "out.mkv")) as output:
        heard = sum(frame.samples for frame in output.decode(audio=0)) / 48000
    assert abs(heard - (end - start)) < 0.05
    middle = (end - start) / 2
    assert abs(pitch_at(tmp_path / "out.mkv", middle) - 300 - 300 * (start + middle)) < 20


def test_sound_of_an_avi_is_in_step_after_a_cut(tmp_path: Path) -> None:
    how: dict[str, Any] = {"sound": "libmp3lame", "codec": "mpeg4", "tick": Fraction(1, 25)}
    source = video(tmp_path / "in.avi", even_times(50), **how)
    copied(source, tmp_path / "out.mkv", start=0.52)
    before, after = packets(source), packets(tmp_path / "out.mkv")
    for (time, packet), (again, other) in zip(before[-len(after) :], after, strict=True):
        assert packet == other
        assert abs(time - Fraction(52, 100) - again) <= Fraction(1, 1000)


def test_subtitles_stay_where_they_are_taken(tmp_path: Path) -> None:
    source = video(tmp_path / "in.mkv", even_times(50), subtitles=SRT)
    assert copied(source, tmp_path / "out.mkv") == []
    assert packets(tmp_path / "out.mkv", "subtitle") == packets(source, "subtitle")
    (note,) = copied(source, tmp_path / "out.mp4")
    assert "subtitles" in note and "left out" in note
    copied(source, tmp_path / "part.mkv", start=0.6, end=1.4)
    shown = packets(tmp_path / "part.mkv", "subtitle")
    assert [(float(time), text) for time, text in shown] == [(0.0, b"first"), (0.6, b"second")]


def test_languages_stay(tmp_path: Path) -> None:
    source = video(tmp_path / "in.mp4", even_times(5), sound="aac")
    with av.open(str(source)) as clip, av.open(str(tmp_path / "fr.mkv"), "w") as output:
        targets = [output.add_stream_from_template(stream) for stream in clip.streams]
        targets[1].metadata["language"] = "fre"
        for packet in clip.demux():
            if packet.size:
                packet.stream = targets[packet.stream.index]
                output.mux(packet)
    copied(tmp_path / "fr.mkv", tmp_path / "out.mkv")
    with av.open(str(tmp_path / "out.mkv")) as output:
        assert output.streams.audio[0].metadata["language"] == "fre"


def test_a_folder_of_pictures_has_no_sound(tmp_path: Path) -> None:
    source = video(tmp_path / "in.mp4", even_times(3), sound="aac")
    assert any("sound is left out" in note for note in copied(source, tmp_path / "frames"))
