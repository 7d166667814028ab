"""Limits: what a file asks for is counted before it is given."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from deepdreamr.errors import MemoryLimitError, NetworkError
from deepdreamr.machine import used_memory
from deepdreamr.networks._limits import check_fits, check_proportion, read_member


def test_what_does_not_fit_is_refused_in_one_line() -> None:
    check_fits(1000, "'net.pb'")
    with pytest.raises(MemoryLimitError, match=r"^'net.pb' asks for 1000000000.00 GB .* are left"):
        check_fits(10**18, "'net.pb'")
    with pytest.raises(MemoryLimitError, match="max_memory"):
        check_fits(10**8, "'net.pb'", used_memory() + 10**7)
    with pytest.raises(MemoryLimitError, match=r"0\.00 GB are left"):
        check_fits(1, "'net.pb'", 1)


def test_a_file_grows_in_proportion() -> None:
    check_proportion(2**26, 10, "it")
    check_proportion(2**33, 2**30, "it")
    with pytest.raises(NetworkError, match="it would grow from 1,000 bytes to 100,000,000"):
        check_proportion(10**8, 1000, "it")


def zipped(path: Any, content: bytes, told: int | None = None) -> Any:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", content)
    if told is not None:
        size = len(content).to_bytes(4, "little")
        path.write_bytes(path.read_bytes().replace(size, told.to_bytes(4, "little")))
    return zipfile.ZipFile(path)


def test_a_member_of_a_zip_is_as_large_as_it_says_and_fits(tmp_path: Path) -> None:
    with zipped(tmp_path / "fine.zip", b"fine") as archive:
        assert read_member(archive, "x", "fine.zip") == b"fine"
        with pytest.raises(MemoryLimitError):
            read_member(archive, "x", "fine.zip", 1)
    with zipped(tmp_path / "bomb.zip", bytes(2**27)) as archive:
        with pytest.raises(NetworkError, match="'x' in 'bomb.zip' would grow from .* it is not"):
            read_member(archive, "x", "bomb.zip")
    content = bytes(77_777)
    with zipped(tmp_path / "liar.zip", content, told=1000) as archive:
        with pytest.raises(NetworkError, match="'x' in 'liar.zip'"):
            read_member(archive, "x", "liar.zip")
