"""frame → **kept** → next call: every frame's dream as a file, and what the next one needs."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from ..pictures.files import write_whole
from ..pictures.picture import Shape
from .carrying import Carried
from .workplaces import Workplace

_NUMBERS = ("strength", "steps", "step")
STATES = 2  # frames whose state is kept
_PIXEL_BYTES, _STATE_BYTES, _FILE_BYTES = 3, 16, 4096
"""Of a pixel of a frame, of a state, and what a file takes besides."""


class FrameFiles(Workplace):
    """The folder in which a clip's frames are kept until the clip is there.

    A frame is a PNG file that is not compressed: it is written at once, and how large it is can be
    told before. A frame's state is written before it: a frame that is there can be followed.
    """

    def __enter__(self) -> FrameFiles:
        super().__enter__()
        return self

    def file(self, number: int) -> Path:
        """The file of a frame, counted from 0."""
        return self.path / f"frame-{number:06d}.png"

    def keep(self, number: int, pixels: np.ndarray, carried: Carried | None = None) -> None:
        """Write a frame, and before it its state; what is not needed any more is deleted."""
        if carried is not None:
            write_whole(self._state(number), _packed(carried), overwrite=True)
        content = io.BytesIO()
        Image.fromarray(pixels).save(content, "PNG", compress_level=0)
        write_whole(self.file(number), content.getvalue(), overwrite=True)
        with contextlib.suppress(OSError):
            self._state(number - STATES).unlink()

    def carried(self, number: int) -> Carried | None:
        """What a frame left to the next one; None where that is not kept."""
        with contextlib.suppress(OSError, ValueError, KeyError):
            return _unpacked(self._state(number).read_bytes())
        return None

    def next(self, *, followed: bool) -> int:
        """The frame to go on with, the first that is not there.

        Where frames are `followed` by one another, one before it if what that needs is not there.
        """
        number = 0
        while self.has(number):
            number += 1
        if number == 0 or not followed or self.carried(number - 1) is not None:
            return number
        left = (n for n in range(number - 1, 0, -1) if self.carried(n - 1) is not None)
        return next(left, 0)

    def done(self) -> set[int]:
        """The frames that a call like this one has dreamed; it need not be locked."""
        before = self._before()
        if before is None or before.get("asked") != self._asked:
            return set()
        names = (file.stem[6:] for file in self.path.glob("frame-*.png"))
        return {int(name) for name in names if name.isdigit()}

    def _state(self, number: int) -> Path:
        return self.path / f"state-{number:06d}.npz"


def disk_of(shape: Shape, frames: int, states: bool) -> int:
    """Bytes that the folder takes at most."""
    pixels = shape[0] * shape[1]
    kept = frames * (_PIXEL_BYTES * pixels + _FILE_BYTES)
    return kept + states * (STATES + 1) * (_STATE_BYTES * pixels + _FILE_BYTES)


def _packed(carried: Carried) -> bytes:
    content = io.BytesIO()
    numbers = json.dumps([getattr(carried, name) for name in _NUMBERS])
    np.savez(content, change=carried.change, grown=carried.grown, numbers=np.array(numbers))
    return content.getvalue()


def _unpacked(content: bytes) -> Carried:
    with np.load(io.BytesIO(content), allow_pickle=False) as parts:
        numbers = dict(zip(_NUMBERS, json.loads(str(parts["numbers"])), strict=True))
        return Carried(change=parts["change"], grown=parts["grown"], **numbers)
