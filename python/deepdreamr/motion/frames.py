"""**Clip**: what is read of a clip, frame by frame, and what is known of it before."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Iterator
from fractions import Fraction
from types import TracebackType
from typing import NamedTuple

import numpy as np

from ..pictures.picture import Shape


class Frame(NamedTuple):
    """A frame of a clip.

    Attributes
    ----------
    number : of those that are read, from 0
    time : seconds from the clip's start, or from the first frame read where `start` was given
    pixels : uint8 (height, width, 3), upright
    """

    number: int
    time: Fraction
    pixels: np.ndarray


@dataclasses.dataclass(frozen=True)
class Colors:
    """How a video's numbers stand for colours, in the numbers of H.273.

    Attributes
    ----------
    matrix, primaries, transfer : 1 for BT.709, 6 for BT.601, 9 for BT.2020; 2 where not told
    full_range : whether black is 0 and white 255, not 16 and 235
    """

    matrix: int = 2
    primaries: int = 2
    transfer: int = 2
    full_range: bool = False


@dataclasses.dataclass(frozen=True)
class ClipInfo:
    """What a clip is, and what `write_clip` must know to write one like it.

    Attributes
    ----------
    shape : (height, width) as shown upright, in pixels
    rate : frames a second, on average
    frames : how many are read; a guess where a file does not say it, None where nothing is known
    duration : seconds from time 0 to the end of the last frame that is read, or None
    has_sound : whether it has sound
    time_base : seconds of which all times in its file are multiples, or None
    pixel_aspect : width to height of a pixel as shown upright
    colors : how its numbers stand for colours
    fine_chroma : whether colours have as many pixels as brightness (4:4:4)
    origin : the moment of time 0 in the clock of its file, in seconds
    offset : seconds from the clip's start to time 0
    """

    shape: Shape
    rate: Fraction = Fraction(25)
    frames: int | None = None
    duration: Fraction | None = None
    has_sound: bool = False
    time_base: Fraction | None = None
    pixel_aspect: Fraction = Fraction(1)
    colors: Colors = Colors()
    fine_chroma: bool = False
    origin: Fraction = Fraction(0)
    offset: Fraction = Fraction(0)


class Clip(abc.ABC):
    """A clip that is open for reading.

    Attributes
    ----------
    info : what it is
    notes : lines for the user: what is not as in the source; reading may add some
    """

    info: ClipInfo
    notes: list[str]

    @abc.abstractmethod
    def frames(self) -> Iterator[Frame]:
        """The frames from the first on, one at a time; each call reads them anew.

        Raises
        ------
        ClipError
            If the clip, or a picture of it, cannot be read.
        """

    def check_frames(self) -> None:
        """Raise a `ClipError` if a frame cannot be one, as far as that is seen at a glance."""
        return None

    def note(self, line: str) -> None:
        """Add a line for the user, once."""
        if line not in self.notes:
            self.notes.append(line)

    def __enter__(self) -> Clip:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None
