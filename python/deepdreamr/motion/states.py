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
_PNG = 1.001  # what the blocks and chunks of a PNG file that is not compressed add
_FILE_BYTES, _BLOCK = 400, 4096  # of a file besides, and of a block of a disk


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

    def keep(
        self, number: int, pixels: np.ndarray, carried: Carried | None = None, since: int = 0
    ) -> None:
        """Write a frame, and before it its state; what is not needed any more is deleted.

        Parameters
        ----------
        since : the first frame whose state is this one's business
        """
        if carried is not None:
            write_whole(self._state(number), _packed(carried), overwrite=True)
        content = io.BytesIO()
        Image.fromarray(pixels).save(content, "PNG", compress_level=0)
        write_whole(self.file(number), content.getvalue(), overwrite=True)
        if number - STATES >= since:
            self._state(number - STATES).unlink(missing_ok=True)

    def forget(self, last: int) -> None:
        """Delete the states of a scene that is finished, of which a frame is the last."""
        for number in range(last - STATES, last + 1):
            self._state(number).unlink(missing_ok=True)

    def carried(self, number: int) -> Carried | None:
        """What a frame left to the next one; None where that is not kept."""
        with contextlib.suppress(OSError, ValueError, KeyError):
            return _unpacked(self._state(number).read_bytes())
        return None

    def next(self, first: int = 0, *, followed: bool) -> int:
        """The frame to go on with, the first that is not there.

        Where frames are `followed` by one another, one before it if what that needs is not there.

        Parameters
        ----------
        first : the one to begin with
        """
        number = first
        while self.has(number):
            number += 1
        if number == first or not followed or self.carried(number - 1) is not None:
            return number
        left = (n for n in range(number - 1, first, -1) if self.carried(n - 1) is not None)
        return next(left, first)

    def done(self) -> set[int]:
        """The frames that a call like this one has dreamed; it need not be locked."""
        before = self._before()
        if before is None or before.get("asked") != self._asked:
            return set()
        names = (file.stem[6:] for file in self.path.glob("frame-*.png"))
        return {int(name) for name in names if name.isdigit()}

    def _state(self, number: int) -> Path:
        return self.path / f"state-{number:06d}.npz"


def disk_of(shape: Shape, frames: int, scenes: int) -> int:
    """Bytes that the folder takes.

    Parameters
    ----------
    scenes : how many are dreamed at once, whose states are kept
    """
    height, width = shape
    frame = _on_disk(height * (3 * width + 1) * _PNG + _FILE_BYTES)
    return frames * frame + scenes * STATES * _on_disk(16 * height * width + _FILE_BYTES)


def _on_disk(content: float) -> int:
    """Bytes that a file takes, in whole blocks."""
    return -int(-content // _BLOCK) * _BLOCK


def _packed(carried: Carried) -> bytes:
    content = io.BytesIO()
    numbers = json.dumps([getattr(carried, name) for name in _NUMBERS])
    np.savez(content, change=carried.change, grown=carried.grown, numbers=np.array(numbers))
    return content.getvalue()


def _unpacked(content: bytes) -> Carried:
    with np.load(io.BytesIO(content), allow_pickle=False) as parts:
        numbers = dict(zip(_NUMBERS, json.loads(str(parts["numbers"])), strict=True))
        return Carried(change=parts["change"], grown=parts["grown"], **numbers)
