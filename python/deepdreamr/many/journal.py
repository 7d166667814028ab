"""output → **journal**: what is done, one synced line for each picture, so that a run can go on.

A line of a dream is written before its file gets its name: a file that is there with the bytes of
its line is done, and one that is not is dreamed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import filelock

from ..errors import OutputError, system_said
from ..pictures.files import check_free

FOLDER, NAME = ".deepdreamr", "journal.jsonl"
"""Where it lies in the output's folder: hidden, so that it is no input either."""


class Journal:
    """The journal of an output's folder, locked while the `with` block runs.

    Parameters
    ----------
    root : the output's folder, which is made if need be

    Attributes
    ----------
    header : what was settled when the first run began, which later ones go on with; {} in a new one

    Raises
    ------
    OutputError
        If another run has it, or it cannot be written.
    """

    def __init__(self, root: Path) -> None:
        self.path = root / FOLDER / NAME
        self.header: dict[str, Any] = {}
        self._root = root
        self._places: dict[bytes, int] = {}
        self._end = 0
        self._is: tuple[int, int] | None = None
        self._file: io.FileIO | None = None
        self._lock = filelock.FileLock(root / FOLDER / "lock", timeout=0)

    def __enter__(self) -> Journal:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            check_free(self.path, overwrite=True)
            self._lock.acquire()
            self._file = open(self.path, "ab", buffering=0)  # what is written is not kept back
            self._read(mend=True)
        except filelock.Timeout:
            raise OutputError(
                f"another run writes into {str(self._root)!r}.", "Wait for its end, or stop it."
            ) from None
        except OSError as error:
            self.__exit__(None, None, None)
            if isinstance(error, OutputError):
                raise
            raise self._refused(error) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        self._lock.release()

    def has_dream(self, image: str) -> bool:
        """Whether a path is that of a dream of an earlier run, as far as `look` has told."""
        if not self._places:
            return False
        folder, name = os.path.split(image)
        place = os.path.join(os.path.realpath(folder), name)
        return _key(os.path.relpath(place, os.path.realpath(self._root))) in self._places

    def look(self) -> Journal:
        """Read what is there without the lock, if anything is; the `with` block reads on."""
        with contextlib.suppress(OSError):
            if self.path.is_file():
                self._read(mend=False)
        return self

    def begin(self, header: Mapping[str, Any]) -> None:
        """Write what is settled for all runs, as the first line."""
        self.header = dict(header)
        self._write({"settled": self.header})

    def entry(self, output: Path | None) -> dict[str, Any] | None:
        """The last line of a finished dream at a place, or None; of no place there is none."""
        place = None if output is None else self._places.get(_key(self._name(output)))
        line = None if place is None else self._line(place)
        return None if line is None or "forgotten" in line else line

    def add(self, output: Path, line: Mapping[str, Any]) -> None:
        """Write the line of a dream that is about to get its name."""
        name = self._name(output)
        self._places[_key(name)] = self._write({"output": name, **line})

    def forget(self, output: Path) -> None:
        """Write that the last dream of a place did not get its name: what is there is not ours."""
        self.add(output, {"forgotten": True})

    def note(self, line: Mapping[str, Any]) -> None:
        """Write a line of something else, such as that a picture failed; nothing depends on it."""
        self._write(line, synced=False)

    def _name(self, output: Path) -> str:
        return os.path.relpath(output, self._root)

    def _read(self, mend: bool) -> None:
        """Find each dream's last line, from where an earlier reading ended.

        With `mend` a last line that was cut off is taken away.
        """
        with open(self.path, "rb") as file:
            status = os.fstat(file.fileno())
            if self._is != (status.st_dev, status.st_ino) or status.st_size < self._end:
                self._is, self._end = (status.st_dev, status.st_ino), 0
                self._places.clear()
                self.header = {}
            file.seek(self._end)
            for text in file:
                line = _parsed(text) or {}
                if not text.endswith(b"\n"):
                    if mend:
                        os.truncate(self.path, self._end)
                    return
                if "output" in line:
                    self._places[_key(str(line["output"]))] = self._end
                elif isinstance(line.get("settled"), dict):
                    self.header = _settled(line["settled"])
                self._end += len(text)

    def _line(self, place: int) -> dict[str, Any] | None:
        try:
            with open(self.path, "rb") as file:
                file.seek(place)
                return _parsed(file.readline())
        except OSError as error:
            raise self._refused(error, "read") from None

    def _write(self, line: Mapping[str, Any], synced: bool = True) -> int:
        """Append a line, whole or not at all; where it begins."""
        if self._file is None:
            raise ValueError("the journal is closed")
        text = memoryview(json.dumps(line).encode("ascii") + b"\n")
        if not self.path.exists():  # what is written now would be unknown to the next run
            raise OutputError(f"{str(self.path)!r} is gone.", "Let it lie there during a run.")
        place = self._file.seek(0, os.SEEK_END)
        try:
            while text:
                text = text[self._file.write(text) :]
            if synced:
                os.fsync(self._file.fileno())
        except OSError as error:
            _cut(self._file, place)
            raise self._refused(error) from None
        return place

    def _refused(self, error: OSError, what: str = "write") -> OutputError:
        return OutputError(f"cannot {what} {str(self.path)!r}: {system_said(error)}.")


def _settled(header: dict[str, Any]) -> dict[str, Any]:
    """What of a header is of the kind that it must be."""
    kinds = {"seed": int, "max_memory": int, "machine": dict}
    return {name: header[name] for name, kind in kinds.items() if type(header.get(name)) is kind}


def _cut(file: io.FileIO, place: int) -> None:
    try:
        os.ftruncate(file.fileno(), place)
    except OSError:  # the next run takes the cut line away
        pass


def _key(name: str) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=12).digest()


def _parsed(text: bytes) -> dict[str, Any] | None:
    """A line; None where it is damaged."""
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) else None
