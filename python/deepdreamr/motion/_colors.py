"""numbers of a video ↔ **pixels**: matrices, ranges, and turns, by FFmpeg's own filters."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from PIL import Image

from ..errors import ClipError, system_said
from ..pictures.picture import Shape
from .extra import needed
from .frames import Colors

UNKNOWN = 2  # H.273's number for what is not told
_MATRICES = {
    1: "bt709",
    4: "fcc",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    9: "bt2020",
    10: "bt2020",
}
_FLAGS = "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"
_TICK = Fraction(1, 1000)


def colors_of(frame: Any, stream: Any) -> Colors:
    """How the numbers of a stream's frame stand for colours.

    A matrix that is not told is that of television of its size, as players take it.
    """
    context = stream.codec_context  # frames of PyAV before 17 do not know all
    full = frame.color_range == 2 or frame.format.name.startswith("yuvj")
    matrix = int(frame.colorspace)
    if matrix not in _MATRICES:
        matrix = 1 if frame.width >= 1280 or frame.height > 576 else 6
    primaries, transfer = (
        int(getattr(frame, name, getattr(context, name)))
        for name in ("color_primaries", "color_trc")
    )
    return Colors(matrix, primaries, transfer, full and not frame.format.is_rgb)


class ToPixels:
    """Frames of a video as uint8 (height, width, 3) of one size.

    Parameters
    ----------
    shape : (height, width) of the result, not turned
    colors : how the numbers stand for colours
    """

    def __init__(self, shape: Shape, colors: Colors) -> None:
        self._shape = shape
        self._scale = f"in_color_matrix={_MATRICES[colors.matrix]}:in_range={_range(colors)}"
        self._kind: tuple[int, int, str] | None = None
        self._convert: Callable[[Any], Any] | None = None

    def __call__(self, frame: Any) -> np.ndarray:
        kind = (frame.width, frame.height, frame.format.name)
        if self._convert is None or kind != self._kind:
            size = f"{self._shape[1]}:{self._shape[0]}"
            rgb = "in_range=pc" if frame.format.is_rgb else self._scale
            scale = f"{size}:{rgb}:out_range=pc:flags={_FLAGS}"
            self._convert = _conversion(kind, ("scale", scale), ("format", "rgb24"))
            self._kind = kind
        for name in ("color_trc", "color_primaries"):  # so that no filter converts these
            if hasattr(frame, name):
                setattr(frame, name, UNKNOWN)
        pixels: np.ndarray = self._convert(frame).to_ndarray()
        return pixels


class ToVideo:
    """Pixels as frames of a video.

    Parameters
    ----------
    shape : (height, width)
    format : FFmpeg's name of how a pixel is kept, such as "yuv420p"
    colors : how the numbers stand for colours
    """

    def __init__(self, shape: Shape, format: str, colors: Colors) -> None:
        matrix, extent = _MATRICES.get(colors.matrix, "bt709"), _range(colors)
        to = f"out_color_matrix={matrix}:out_range={extent}:flags={_FLAGS}"
        filters = [("scale", f"in_range=pc:{to}"), ("format", format)]
        if colors.full_range:  # for which the filter, in 8 bits, rounds down
            again = f"in_color_matrix={matrix}:in_range={extent}:{to}:sws_dither=none"
            filters[1:] = [("format", "yuv444p16le"), ("scale", again), ("format", format)]
        self._convert = _conversion((shape[1], shape[0], "rgb24"), *filters)

    def __call__(self, pixels: np.ndarray) -> Any:
        frame = needed("av").VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        frame.pts, frame.time_base = 0, _TICK
        return self._convert(frame)


def to_palette(pixels: np.ndarray) -> Any:
    """A frame in the 256 colours that suit it, dithered; with no more colours it stays as it is.

    An octree's colours lie farther apart than those of a median cut, so that what is mixed of them
    has strong colours too; and they are found 30 times as fast as by FFmpeg.
    """
    picture = Image.fromarray(pixels)
    few = picture.getcolors(256) is not None
    method = Image.Quantize.MEDIANCUT if few else Image.Quantize.FASTOCTREE
    found = picture.quantize(256, method, dither=Image.Dither.NONE)
    if not few:
        found = picture.quantize(palette=found, dither=Image.Dither.FLOYDSTEINBERG)
    palette = np.full((256, 4), 255, np.uint8)
    colors = np.array(found.getpalette("RGB"), np.uint8).reshape(-1, 3)
    palette[: len(colors), 1:] = colors
    return needed("av").VideoFrame.from_ndarray((np.asarray(found), palette), format="pal8")


def _range(colors: Colors) -> str:
    return "pc" if colors.full_range else "tv"


def _conversion(kind: tuple[int, int, str], *filters: tuple[str, str]) -> Callable[[Any], Any]:
    """What sends frames of a width, height and format through filters of FFmpeg."""
    graph = needed("av").filter.Graph()
    width, height, name = kind
    source = graph.add_buffer(width=width, height=height, format=name, time_base=_TICK)
    chain = [source, *(graph.add(*given) for given in filters), graph.add("buffersink")]
    for before, after in itertools.pairwise(chain):
        before.link_to(after)
    graph.configure()

    def convert(frame: Any) -> Any:
        try:
            graph.push(frame)
            return graph.pull()
        except needed("av").FFmpegError as error:
            message = f"a frame of {name} cannot be converted: {system_said(error)}."
            raise ClipError(message) from None

    return convert


@dataclasses.dataclass(frozen=True)
class Turn:
    """How a frame is turned to be upright: first its sides are swapped, then it is flipped."""

    swapped: bool = False
    down: bool = False
    right: bool = False

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        turned = pixels.swapaxes(0, 1) if self.swapped else pixels
        turned = turned[:: -1 if self.down else 1, :: -1 if self.right else 1]
        return np.ascontiguousarray(turned)


def turn_of(frame: Any) -> Turn:
    """How the display matrix of a frame turns it; by steps of 90 degrees."""
    every = frame.side_data  # from PyAV 19 on a mapping, before that a sequence
    sides = (side if hasattr(side, "type") else every[side] for side in every)
    try:
        data = next(bytes(side) for side in sides if side.type.name == "DISPLAYMATRIX")
        a, b, _, c, d = np.frombuffer(data, np.int32)[:5].tolist()
    except (StopIteration, ValueError, AttributeError):
        return Turn()
    if abs(a) >= abs(b):
        return Turn(False, d < 0, a < 0)
    return Turn(True, b < 0, c < 0)
