"""request → **files sent** → request: what workers on other machines get of the files of a call.

A network and its parameters are sent once to each worker, guides and masks with each picture.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from distributed import Worker, WorkerPlugin

from ..errors import NetworkError, WorkerError, system_said
from ..networks.sources import WEIGHTS, files_of, known_network
from ..pictures.masks import ALPHA
from ..pictures.reading import read_content
from ..runs.request import Request, mask_pairs

_places: dict[str, str] = {}
"""On a worker: where what was sent lies, by its key."""


@dataclasses.dataclass(frozen=True)
class Sent(os.PathLike[str]):
    """The path of a file or folder that was sent, on whichever worker it is asked."""

    key: str
    name: str

    def __fspath__(self) -> str:
        if self.key not in _places:
            raise WorkerError(f"{self.name!r} has not come to this worker.")
        return os.path.join(_places[self.key], self.name)


class Files(WorkerPlugin):  # type: ignore[misc]  # of Any
    """Writes a file, or the files of a folder, on each worker there is, and on those to come.

    Parameters
    ----------
    path : of a file or of a SavedModel's folder

    Raises
    ------
    NetworkError
        If it cannot be read, or a folder is no SavedModel.
    """

    def __init__(self, path: Path) -> None:
        files_of(path)
        inner = sorted(path.rglob("*")) if path.is_dir() else [path]
        try:
            self._contents = {
                file.relative_to(path.parent).as_posix(): file.read_bytes()
                for file in inner
                if file.is_file()
            }
        except OSError as error:
            raise NetworkError(f"{str(path)!r} cannot be read: {system_said(error)}.") from None
        self.name = f"deepdreamr-{uuid.uuid4().hex}"  # of one run alone, which takes it away
        self.sent = Sent(self.name, path.name)

    def setup(self, worker: Worker) -> None:
        """Write the files, on a worker."""
        folder = Path(worker.local_directory, self.name)
        for name, content in self._contents.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        _places[self.name] = str(folder)

    def teardown(self, worker: Worker) -> None:
        """Take them away."""
        _places.pop(self.name, None)
        shutil.rmtree(Path(worker.local_directory, self.name), ignore_errors=True)


class Sender:
    """Makes requests such as workers on other machines can read.

    Parameters
    ----------
    register : called with each `Files` once
    """

    def __init__(self, register: Callable[[Files], None]) -> None:
        self._register = register
        self._sent: dict[str, Sent] = {}
        self._last: tuple[Request, Request] | None = None

    def request(self, request: Request) -> Request:
        """The request with what its files hold in place of their paths."""
        if self._last is None or self._last[0] is not request:
            self._last = request, dataclasses.replace(request, **self._replaced(request))
        return self._last[1]

    def _replaced(self, request: Request) -> dict[str, Any]:
        pairs = mask_pairs(request.masks)
        return {
            "network": self._file(request.network),
            "weights": self._file(request.weights),
            "guide": _picture(request.guide),
            "mask": _picture(request.mask),
            "masks": [(_picture(mask), layers) for mask, layers in pairs] or None,
        }

    def _file(self, value: Any) -> Any:
        if not _is_file(value):
            return value
        path = os.path.realpath(os.path.expanduser(value))
        if path not in self._sent:
            files = Files(Path(path))
            self._register(files)
            self._sent[path] = files.sent
        return self._sent[path]


def absolute(request: Request) -> Request:
    """The request with paths that do not depend on the current folder."""
    names = ("network", "weights", "guide", "mask")
    whole = {name: _absolute(getattr(request, name)) for name in names}
    pairs = [(_absolute(mask), layers) for mask, layers in mask_pairs(request.masks)]
    return dataclasses.replace(request, **whole, masks=pairs or None)


def _absolute(value: Any) -> Any:
    if not _is_file(value):
        return value
    return os.path.abspath(os.path.expanduser(value))


def _picture(value: Any) -> Any:
    return read_content(Path(os.path.expanduser(value))) if _is_file(value) else value


def _is_file(value: Any) -> bool:
    """Whether it is the path of something, and no word; of what is neither, a worker says so."""
    if isinstance(value, str) and (value in (*WEIGHTS, ALPHA) or known_network(value)):
        return False
    return isinstance(value, str | os.PathLike) and os.path.exists(os.path.expanduser(value))
