"""**Picture**: a decoded picture, smaller, as noise, and as the 8 bits that a file holds."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from PIL import Image

from ..errors import ArgumentError, received
from ..values import in_range, whole_number

Shape = tuple[int, int]  # (height, width) in pixels

_ROWS = 256  # of a large picture that are worked on at a time


@dataclasses.dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Attributes
    ----------
    values : (height, width, 3): float32 in [-1, 1], or uint8 where the picture came in 8 bits,
        which takes a quarter of the memory
    alpha : uint8 (height, width), or None where the picture has no transparency
    icc_profile : the RGB colour profile that came with it, or None
    name : the file's name without its folder, or None
    notes : a phrase for each thing that reading changed, such as "grey: becomes RGB"
    """

    values: np.ndarray
    alpha: np.ndarray | None = None
    icc_profile: bytes | None = None
    name: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> Shape:
        """Height and width in pixels."""
        height, width = self.values.shape[:2]
        return height, width

    @property
    def pixels(self) -> np.ndarray:
        """float32 (height, width, 3) in [-1, 1], computed anew where the values are uint8."""
        if self.values.dtype != np.uint8:
            return self.values
        pixels: np.ndarray = self.values / np.float32(127.5)
        pixels -= 1  # in place: large pictures
        return pixels

    @property
    def image(self) -> np.ndarray:
        """The pixels with a batch axis in front: float32 (1, height, width, 3) in [-1, 1]."""
        return self.pixels[None]


def shrunk(picture: Picture, longest: int) -> Picture:
    """The picture, scaled down if its longer side has more than `longest` pixels.

    Raises
    ------
    ArgumentError
        If `longest` is not a whole number of at least 1.
    """
    longest = in_range("max_size", longest, int, least=1)
    height, width = picture.shape
    if max(height, width) <= longest:
        return picture
    size = shape_within(picture.shape, longest)[::-1]
    pixels = Image.fromarray(picture_uint8(picture)).resize(size, Image.Resampling.LANCZOS)
    alpha = picture.alpha
    if alpha is not None:
        alpha = np.asarray(Image.fromarray(alpha).resize(size, Image.Resampling.LANCZOS))
    note = f"scaled down from {height}x{width} to {size[1]}x{size[0]}"
    notes = (*picture.notes, note)
    return dataclasses.replace(picture, values=np.asarray(pixels), alpha=alpha, notes=notes)


def lanczos_8bit(pixels: np.ndarray, shape: Shape) -> np.ndarray:
    """Pixels in another shape, as 8 bits hold them.

    They are cut off at black and white and to whole levels, which is not rounding: what Python
    programs do that hand a float image to Pillow.

    Parameters
    ----------
    pixels : float32 (height, width, 3) in [-1, 1]
    shape : (height, width) of the result, which is of the same kind
    """
    levels = pixels * np.float32(127.5) + np.float32(127.5 + 2**-12)  # a whole level stays one
    image = Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))
    pixels = np.asarray(image.resize(shape[::-1], Image.Resampling.LANCZOS), np.float32)
    return pixels / np.float32(127.5) - 1


def shape_within(shape: Shape, longest: int) -> Shape:
    """Height and width, scaled down so that the longer one has at most `longest` pixels."""
    scale = min(1.0, longest / max(shape))
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def noise(shape: Shape, seed: int) -> Picture:
    """Mid grey with a little Gaussian noise: what a dream starts from when there is no picture.

    Parameters
    ----------
    shape : (height, width) in pixels
    seed : of the noise

    Raises
    ------
    ArgumentError
        If `shape` is not two whole numbers of at least 1, or has more pixels than Pillow reads.
    """
    shape = tuple(shape) if isinstance(shape, np.ndarray) and shape.ndim == 1 else shape
    pair = shape if isinstance(shape, tuple | list) and len(shape) == 2 else (None, None)
    height, width = (whole_number(n, 1) for n in pair)
    if height is None or width is None:
        raise ArgumentError(f"`size` must be (height, width) in pixels. {received('size', shape)}")
    if height * width > (most := Image.MAX_IMAGE_PIXELS or 2**31):
        raise ArgumentError(f"`size` must have at most {most:,} pixels. {received('size', shape)}")
    values = np.random.default_rng((seed, 1)).normal(0, 0.1, (height, width, 3))
    return Picture(np.clip(values, -1, 1).astype(np.float32))


def to_uint8(image: Any) -> np.ndarray:
    """An `image` as uint8 (height, width, 3); values outside of [-1, 1] are clipped.

    Parameters
    ----------
    image : float array or tensor, (height, width, 3) or (1, height, width, 3)
    """
    pixels = np.asarray(image).reshape(image.shape[-3:])
    result = np.empty(pixels.shape, np.uint8)
    for rows in row_blocks(len(pixels)):
        values = np.clip(np.asarray(pixels[rows], np.float32), -1, 1)
        values += 1
        values *= 127.5
        result[rows] = np.rint(values, out=values)
    return result


def picture_uint8(picture: Picture) -> np.ndarray:
    """A picture as uint8 (height, width, 3)."""
    return picture.values if picture.values.dtype == np.uint8 else to_uint8(picture.values)


def row_blocks(height: int) -> list[slice]:
    """Slices of some rows each, so that work on a large picture needs no second copy of it."""
    return [slice(top, top + _ROWS) for top in range(0, height, _ROWS)]
