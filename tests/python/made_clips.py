"""Small clips that the tests make for themselves."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

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
    **context: object,
) -> Path:
    """Write a clip by PyAV alone; `context` are attributes of the codec's context."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=25, options=options or {"crf": "10"})
        stream.height, stream.width = shape
        stream.pix_fmt = format
        stream.codec_context.time_base = tick
        for name, value in context.items():
            setattr(stream.codec_context, name, value)
        for number, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(moving(number, shape), "rgb24")
            frame = frame.reformat(format=format)
            frame.pts, frame.time_base = round(time / tick), tick
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def even_times(count: int, rate: Fraction = Fraction(25)) -> list[Fraction]:
    """Times of a clip whose frames are all shown equally long."""
    return [n / rate for n in range(count)]
