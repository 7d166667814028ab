"""file → **checksum**: which file it was, for errors and for what a picture records."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path


def sha256(path: str | os.PathLike[str]) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for block in blocks(path):
        digest.update(block)
    return digest.hexdigest()


def blocks(path: str | os.PathLike[str]) -> Iterator[bytes]:
    """What a file holds, piece by piece."""
    with open(path, "rb") as file:
        while block := file.read(2**20):
            yield block


def signed(path: Path) -> str:
    """A file's name and the beginning of its checksum: `vgg.h5 (sha256 0123456789ab)`."""
    return f"{path.name} (sha256 {sha256(path)[:12]})"
