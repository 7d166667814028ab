"""address → **file**: what is downloaded when asked for; pooch checks it and keeps it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

from ..checksums import sha256
from ..errors import WeightsError


class Download(NamedTuple):
    """A file on the web, its checksum, and how many bytes are read at most."""

    address: str
    sha256: str
    largest: int = 2**27

    @property
    def path(self) -> Path:
        """Where it is kept once it has been downloaded, or may be put by hand."""
        return cache_folder() / self.address.rpartition("/")[2]


INCEPTION5H = Download(
    "https://storage.googleapis.com/download.tensorflow.org/models/inception5h.zip",
    "d13569f6a98159de37e92e9c8ec4dae8f674fbf475f69fe6199b514f756d4364",
)
"""The graph of the 2015 notebook; its checksum as TensorFlow's own build files give it."""


def cache_folder() -> Path:
    """Where downloads are kept: `DEEPDREAMR_CACHE`, else the system's place for caches.

    Raises
    ------
    WeightsError
        If neither is there, as in a container without a home.
    """
    if folder := os.environ.get("DEEPDREAMR_CACHE"):
        return Path(os.path.expanduser(folder))
    import platformdirs  # one of pooch's own

    try:
        folder = platformdirs.user_cache_dir("deepdreamr", appauthor=False)
    except RuntimeError:  # of newer ones; others give one that begins with "~"
        folder = "~"
    if not os.path.isabs(folder):
        raise WeightsError(
            "there is no home folder to keep downloads in.",
            "Set the environment variable DEEPDREAMR_CACHE to a folder that can be written.",
        )
    return Path(folder)


def fetch(download: Download) -> Path:
    """The file, downloaded into the cache folder unless it is there.

    Raises
    ------
    WeightsError
        If it cannot be had or kept, or is not what it should be.
    """
    path, name = download.path, download.path.name
    if path.is_file():
        if (found := sha256(path)) != download.sha256:
            raise WeightsError(
                f"{str(path)!r} is not {name} as published (sha256 {found}).",
                "Delete it, and download it again.",
            )
        return path
    from requests import RequestException  # pooch's, when it downloads

    by_hand = f"Put that file at {str(path)!r} by hand, or give its path as `weights`."
    try:
        _retrieve(download, path)
    except RequestException as error:
        raise WeightsError(f"cannot download {download.address}: {error}.", by_hand) from error
    except ValueError as error:  # another checksum, or too large
        message = f"what {download.address} gave is not {name} as published."
        raise WeightsError(message, by_hand) from error
    except OSError as error:
        raise WeightsError(
            f"cannot keep a download at {str(path)!r}: {error}",
            "Set the environment variable DEEPDREAMR_CACHE to a folder that can be written.",
        ) from error
    return path


def _retrieve(download: Download, path: Path) -> None:
    import pooch
    import requests

    def get(address: str, temporary: str, _: Any) -> None:
        with (
            requests.get(address, stream=True, timeout=60) as answer,
            open(temporary, "wb") as file,
        ):
            answer.raise_for_status()
            for content in answer.iter_content(2**16):
                file.write(content)
                if file.tell() > download.largest:
                    raise ValueError(f"more than {download.largest} bytes")

    log = pooch.get_logger()
    log.disabled, before = True, log.disabled
    try:
        pooch.retrieve(download.address, download.sha256, path.name, path.parent, downloader=get)
    finally:
        log.disabled = before
