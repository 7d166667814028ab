"""Small clips that the tests make for themselves."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np


def moving(number: int, shape: tuple[int, int] = (48, 64)) -> np.ndarray:
    """A frame of a soft pattern that moves to the right, uint8 (height, width, 3)."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    waves = [np.sin((x - 2 * number) / 9 + k) * np.cos(y / 7 + k) for k in range(3)]
    return np.stack([128 + 90 * wave for wave in waves], -1).astype(np.uint8)


def video(
    path: Path,
    times: Sequence[Fraction],
    *,
    shape: tuple[int, int] = (48, 64),
    codec: str = "libx264",
    format: str = "yuv420p",
    tick: Fraction = Fraction(1, 12800),
    options: dict[str, str] | None = None,
    sound: str | None = None,
    layout: str = "stereo",
    subtitles: str | None = None,
    muxer: dict[str, str] | None = None,
    **context: object,
) -> Path:
    """Write a clip by PyAV alone.

    Parameters
    ----------
    sound : the encoder of a rising tone of two seconds, or None
    layout : of its channels; of more than two each has a tone of its own
    subtitles : the text of an SRT file, or None
    muxer : its options
    context : attributes of the picture's codec context
    """
    with av.open(str(path), "w", options=muxer or {}) as output:
        rate = 1 / (times[1] - times[0]) if len(times) > 1 else 25
        options = {"crf": "10"} if options is None else options
        stream = output.add_stream(codec, rate=rate, options=options)
        stream.height, stream.width = shape
        stream.pix_fmt = format
        stream.codec_context.time_base = tick
        for name, value in context.items():
            setattr(stream.codec_context, name, value)
        strict = {"strict": "-2"}  # of which FFmpeg says that they are experiments
        heard = output.add_stream(sound, rate=48000, options=strict) if sound else None
        if heard:
            heard.layout = layout
        read = _add_subtitles(output, subtitles) if subtitles else []
        for number, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(moving(number, shape), "rgb24")
            frame = frame.reformat(format=format)
            frame.pts, frame.time_base = round(time / tick), tick
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        if heard:
            for frame in tone(layout=layout):
                output.mux(heard.encode(frame))
            output.mux(heard.encode(None))
        output.mux(read)
    return path


def tone(seconds: float = 2.0, layout: str = "stereo") -> Iterator[av.AudioFrame]:
    """A tone that rises from 300 Hz to 900 Hz in two seconds.

    Of more than two channels the second one's is 100 Hz higher, the third one's 200 Hz, and so on.
    """
    t, channels = np.arange(int(48000 * seconds)) / 48000, av.AudioLayout(layout).nb_channels
    highs = 100 * np.arange(channels) * (channels > 2)
    waves = 9000 * np.sin(2 * np.pi * ((300 + highs) * t[:, None] + 150 * t[:, None] ** 2))
    for start in range(0, len(waves), 1200):
        samples = waves[start : start + 1200].astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout=layout)
        frame.rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
        yield frame


def _add_subtitles(output: Any, text: str) -> list[av.Packet]:
    with av.open(io.BytesIO(text.encode()), format="srt") as source:
        target = output.add_stream_from_template(source.streams[0])
        packets = [packet for packet in source.demux() if packet.size]
        for packet in packets:
            packet.stream = target
        return packets


def packets(path: Path, kind: str = "audio") -> list[tuple[Any, bytes]]:
    """Time, or None, and bytes of each packet of a file's first stream of a kind."""
    with av.open(str(path)) as source:
        stream = next(stream for stream in source.streams if stream.type == kind)
        return [
            (None if packet.pts is None else packet.pts * packet.time_base, bytes(packet))
            for packet in source.demux(stream)
            if packet.size
        ]


def even_times(count: int, rate: Fraction = Fraction(25)) -> list[Fraction]:
    """Times of a clip whose frames are all shown equally long."""
    return [n / rate for n in range(count)]
