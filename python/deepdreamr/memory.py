"""memory → **tiles**: how much there is, how much a gradient needs, and what fits. Plain data."""

from __future__ import annotations

import math
import mmap
import numbers
import re
import sys
from collections.abc import Callable
from typing import Any

from .errors import ArgumentError, MemoryLimitError
from .images import Shape

_MEMORY = re.compile(r"(\d+\.?\d*|\.\d+)\s*([kmgt]?)(i?)b?")
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
WHOLE_PIXELS = 2_400_000
"""Up to so many pixels the gradient is that of the whole image, if the memory allows."""
_SMALLEST_TILE = 192
COPIES = 10
"""Float images of the picture's full size that exist at once, the octaves' originals included."""
PRECISE_PIXELS = 1_000_000
"""Up to so many pixels it is not asked precisely what a gradient takes."""
PIXEL_BYTES = 1500.0
"""That a gradient takes for each pixel, where it is not known better."""
GRADIENT_FACTOR = 1.5
"""Bytes at the peak of a gradient for each byte of kept activations."""
LOADED_BYTES = 640_000_000
"""What TensorFlow and a small network take, where they are not loaded yet."""


def parse_memory(value: Any) -> int:
    """Bytes, from a number or a text such as "2GB" or "512 MB".

    >>> parse_memory("2GB")
    2000000000
    """
    number: Any = math.nan
    if isinstance(value, str):
        match = _MEMORY.fullmatch(value.strip().lower())
        if match:
            number = float(match[1]) * (1024 if match[3] else 1000) ** _POWERS[match[2]]
    elif isinstance(value, numbers.Real) and not isinstance(value, bool):
        number = value
    if not 0 < number < math.inf:
        raise ArgumentError(
            f'`max_memory` must be bytes, or a text like "2GB". Received: max_memory={value!r}'
        )
    return int(number)


def free_memory() -> int | None:
    """Bytes that programs can still use on this machine, or None where that cannot be told."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            fields = dict(line.split(":", 1) for line in lines)
        return int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None


def pixel_bytes(shape: Shape, kept: Callable[[], float | None]) -> float:
    """About how many bytes a gradient takes for each pixel of an image of this shape.

    Parameters
    ----------
    kept : tells how many bytes of activations a gradient needs for each pixel; None if unknown
    """
    known = kept() if shape[0] * shape[1] > PRECISE_PIXELS else None
    return PIXEL_BYTES if known is None else GRADIENT_FACTOR * known


def expected_memory() -> int:
    """Bytes that this process holds, or will hold once TensorFlow is loaded."""
    return used_memory() + (0 if "tensorflow" in sys.modules else LOADED_BYTES)


def used_memory() -> int:
    """Bytes that this process holds now; 0 where that cannot be told."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * mmap.PAGESIZE
    except (OSError, ValueError):
        return 0


def tile_limit(
    shape: Shape, pixel_bytes: float, memory: int | None, *, whole: bool = False
) -> int | None:
    """The largest number of pixels for one gradient, or None if the whole image fits.

    The usual limit is the same on every machine, so that the same call gives the same dream; it is
    lowered, by quarters, only where there is less memory than it takes.

    Parameters
    ----------
    shape : of the picture
    pixel_bytes : what a gradient takes for each of its pixels
    memory : bytes allowed; default: half of what is free
    whole : whether the image must not be divided

    Raises
    ------
    MemoryLimitError
        If not even the smallest tile fits.
    """
    pixels = shape[0] * shape[1]
    smallest = pixels if whole else min(pixels, _SMALLEST_TILE**2)
    if memory is None:
        free = free_memory()
        memory = expected_memory() + free // 2 if free is not None else None
    limit = pixels if whole else WHOLE_PIXELS
    if memory is not None:
        fixed = expected_memory() + COPIES * 12 * pixels
        while limit * pixel_bytes > memory - fixed:
            limit = limit * 3 // 4
            if limit < smallest:
                needed = fixed + smallest * pixel_bytes
                raise MemoryLimitError(
                    f"a picture of {shape[0]}x{shape[1]} needs at least {needed / 1e9:.1f} GB. "
                    f"Received: {memory / 1e9:.1f} GB",
                    "Allow more with max_memory, or take a smaller picture.",
                )
    return None if pixels <= limit else limit
