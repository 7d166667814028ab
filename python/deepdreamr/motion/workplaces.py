"""output → **workplace**: the hidden folder of what a clip is made of, until the clip is there."""

from __future__ import annotations

import contextlib
import filecmp
import json
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import filelock
import numpy as np

from ..errors import ImageError, OutputError, system_said
from ..paths import as_path
from ..pictures.files import make_folder, write_whole
from ..pictures.picture import picture_uint8
from ..pictures.reading import picture_from
from ..pictures.writing import encode
from .clips import check_clip

_STATE = "state.json"


class Workplace:
    """A folder beside a clip that is being made, locked while the `with` block runs.

    A call that asks for the same goes on with what is there. Where nothing is, an error leaves no
    folder.

    Parameters
    ----------
    output : where the clip is to be
    asked : a checksum of all that what is kept depends on
    overwrite : whether what another call has left there may be deleted

    Attributes
    ----------
    settled : what was settled when the first call began, which later ones go on with

    Raises
    ------
    OutputError
        If another run has it, another call has left it, or it cannot be written.
    """

    def __init__(self, output: Path, asked: str, overwrite: bool = False) -> None:
        self.path = place_of(output)
        self.settled: dict[str, Any] = {}
        self._asked, self._overwrite = asked, overwrite
        self._lock = filelock.FileLock(self.path / "lock", timeout=0)

    def __enter__(self) -> Workplace:
        make_folder(self.path)
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise OutputError(
                f"another run works in {str(self.path)!r}.", "Wait for its end, or stop it."
            ) from None
        except OSError as error:
            raise self._refused(error) from None
        try:
            self._begin()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None and not self.done():
            self.delete()
        self._lock.release()

    def settle(self, settled: dict[str, Any]) -> None:
        """Write down what later calls go on with."""
        self.settled = dict(settled)
        content = json.dumps({"asked": self._asked, "settled": self.settled}).encode()
        write_whole(self.path / _STATE, content, overwrite=True)

    def file(self, number: int) -> Path:
        """The file of a key frame."""
        return self.path / f"key-{number:05d}.png"

    def has(self, number: int) -> bool:
        """Whether a key frame is there."""
        return self.file(number).is_file()

    def keep(self, number: int, pixels: np.ndarray) -> None:
        """Write a key frame, whole or not at all."""
        write_whole(self.file(number), encode(pixels), overwrite=True)

    def kept(self, number: int) -> np.ndarray:
        """A key frame, uint8 (height, width, 3)."""
        path = self.file(number)
        try:
            return picture_uint8(picture_from(path.read_bytes(), path.name))
        except (OSError, ImageError) as error:
            raise OutputError(
                f"the key frame {str(path)!r} cannot be read: {error}.",
                "Delete it: it is made anew.",
            ) from None

    def done(self) -> set[int]:
        """The key frames that a call like this one has made; it need not be locked."""
        before = self._before()
        if before is None or before.get("asked") != self._asked:
            return set()
        names = (file.stem[4:] for file in self.path.glob("key-*.png"))
        return {int(name) for name in names if name.isdigit()}

    def delete(self) -> None:
        """Delete it, when the clip is there; of a process that is killed then a later one does."""
        self._lock.release()
        left = self.path.with_name(f".dream-{secrets.token_hex(8)}.partial")
        with contextlib.suppress(OSError):
            self.path.rename(left)
        for path in (left, self.path):
            shutil.rmtree(path, ignore_errors=True)

    def written(self, output: Path, write: Callable[[Path, bool], list[str]]) -> list[str]:
        """Write the clip; lines for the user.

        One that is there already may be of a call that was killed when it had written it.

        Parameters
        ----------
        write : writes it to a path; with true it may be replaced

        Raises
        ------
        OutputError
            If something else is there.
        """
        if self._overwrite or not os.path.lexists(output):
            return write(output, self._overwrite)
        again = self.path / f"again{output.suffix}"
        try:
            notes = write(again, True)
            if not _are_alike(again, output):
                check_clip(output)
        finally:
            shutil.rmtree(again) if again.is_dir() else again.unlink(missing_ok=True)
        return notes

    def _begin(self) -> None:
        before = self._before()
        if before is not None and before.get("asked") == self._asked:
            self.settled = before["settled"]
            return
        if before is not None and not self._overwrite:
            raise OutputError(
                f"another call has left what it has made so far in {str(self.path)!r}.",
                "Repeat that call, allow `overwrite`, or name another output.",
            )
        for entry in os.scandir(self.path):
            if entry.name.startswith(("key-", "frame-", "state-")) or entry.name == _STATE:
                os.unlink(entry.path)

    def _before(self) -> dict[str, Any] | None:
        """What an earlier call has written down; None where there was none."""
        with contextlib.suppress(OSError, ValueError):
            state = json.loads((self.path / _STATE).read_bytes())
            if isinstance(state, dict) and isinstance(state.get("settled"), dict):
                return state
        return None

    def _refused(self, error: OSError) -> OutputError:
        return OutputError(f"cannot write into {str(self.path)!r}: {system_said(error)}.")


def _are_alike(one: Path, other: Path) -> bool:
    """Whether two files, or folders of files, have the same bytes."""
    if one.is_file() or not other.is_dir():
        return one.is_file() and other.is_file() and filecmp.cmp(one, other, shallow=False)
    names = os.listdir(one)
    same, _, _ = filecmp.cmpfiles(one, other, names, shallow=False)
    return sorted(same) == sorted(names) == sorted(os.listdir(other))


def checked_place(output: Any, *, overwrite: bool, preview: bool) -> Path:
    """Where a clip is written, checked before any dream.

    What is there already may be of a call like this one, which was killed when it had written it.

    Parameters
    ----------
    preview : whether it is a preview, which stands beside the output and may be replaced

    Raises
    ------
    ArgumentError, OutputError, ClipError
        As `check_clip`.
    """
    path = as_path("output", output)
    path = check_clip(path, overwrite or preview or _is_begun(path))
    if not preview:
        return path
    return check_clip(path.with_name(f"{path.stem}-preview{path.suffix}"), overwrite=True)


def _is_begun(output: Path) -> bool:
    try:
        return place_of(output).is_dir()
    except (OSError, ValueError):  # a name that cannot be
        return False


def place_of(output: Path) -> Path:
    """The folder of what a clip is made of."""
    path = Path(os.path.realpath(output))
    return path.with_name(f".{path.name}.dreams")
