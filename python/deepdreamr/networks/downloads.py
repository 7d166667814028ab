"""address → **file**: what is downloaded when asked for, checked, and kept in the cache folder."""

from __future__ import annotations

import hashlib
import os
import sys
import urllib.request
from pathlib import Path
from typing import NamedTuple

from ..errors import DeepDreamError, WeightsError
from ..pictures.files import write_whole


class Download(NamedTuple):
    """A file on the web."""

    address: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """The file's name."""
        return self.address.rpartition("/")[2]


INCEPTION5H = Download(
    "https://storage.googleapis.com/download.tensorflow.org/models/inception5h.zip",
    "d13569f6a98159de37e92e9c8ec4dae8f674fbf475f69fe6199b514f756d4364",
    2**27,
)
"""The graph of the 2015 notebook; its checksum as TensorFlow's own build files give it. The size
is the most that is read."""


def cache_folder() -> Path:
    """Where downloads are kept: `DEEPDREAMR_CACHE`, else the system's place for caches."""
    if folder := os.environ.get("DEEPDREAMR_CACHE"):
        return Path(folder).expanduser()
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "deepdreamr"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData/Local")) / "deepdreamr/Cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "deepdreamr"


def cached(download: Download) -> Path | None:
    """The file if it has been downloaded, or put there by hand, else None."""
    path = cache_folder() / download.name
    return path if path.is_file() else None


def check_sha256(path: Path, download: Download) -> None:
    """Raise a `WeightsError` if a file is not the one meant."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != download.sha256:
        raise WeightsError(
            f"{str(path)!r} is not {download.name} as published (sha256 {digest}).",
            "Delete it, and download it again.",
        )


def fetch(download: Download) -> Path:
    """Download a file into the cache folder, unless it is there.

    Raises
    ------
    WeightsError
        If it cannot be had or kept, or is not what it should be.
    """
    if path := cached(download):
        return path
    path = cache_folder() / download.name
    try:
        with urllib.request.urlopen(download.address, timeout=60) as stream:
            content = stream.read(download.size + 1)
    except OSError as error:
        raise WeightsError(
            f"cannot download {download.address}: {getattr(error, 'reason', error)}.",
            f"Put that file at {str(path)!r} by hand, or give its path as `weights`.",
        ) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != download.sha256:
        raise WeightsError(
            f"what {download.address} gave is not {download.name} as published (sha256 {digest}).",
            f"Put the right one at {str(path)!r} by hand, or give its path as `weights`.",
        )
    return _kept(path, content)


def _kept(path: Path, content: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except (OSError, DeepDreamError) as error:
        raise WeightsError(
            f"cannot keep a download at {str(path)!r}: {error}",
            "Set the environment variable DEEPDREAMR_CACHE to a folder that can be written.",
        ) from error
    return path
