"""Files are there whole or not at all, and only where they may be."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import numpy as np
import pytest
from made_pictures import pixels

from deepdreamr import save_image
from deepdreamr.errors import ArgumentError, OutputError
from deepdreamr.pictures.files import as_path, check_target, write_whole


@pytest.fixture
def array() -> np.ndarray:
    return pixels((12, 17, 4))


@pytest.mark.parametrize("value", [None, 5, b"a.png", ["a.png"]])
def test_what_is_no_path(value):
    with pytest.raises(ArgumentError, match="`folder` must be a path. Received: folder="):
        as_path("folder", value)


def test_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert as_path("path", "~/a.npz") == as_path("path", tmp_path / "a.npz") == tmp_path / "a.npz"


def test_a_target_may_have_any_suffix_and_is_not_overwritten_unasked(tmp_path):
    path = tmp_path / "a.npz"
    assert check_target(path) == path and not path.exists()
    path.touch()
    with pytest.raises(OutputError, match=r"a\.npz' exists already"):
        check_target(path)
    assert check_target(path, overwrite=True) == path
    with pytest.raises(OutputError, match="is a device or a pipe"):
        check_target(Path(os.devnull), overwrite=True)


# ---- Whole or not at all -------------------------------------------------------------------------


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("old", [None, b"the old picture"])
def test_a_write_that_fails_leaves_everything_as_it_was(tmp_path, monkeypatch, array, step, old):
    path = tmp_path / "a.png"
    if old:
        path.write_bytes(old)
    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), full)
    with pytest.raises(OutputError, match=r"cannot write .*a\.png': No space left on device"):
        save_image(array, path, overwrite=True)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == ([old] if old else [])


def test_an_interrupted_write_leaves_everything_as_it_was(tmp_path, monkeypatch):
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    (tmp_path / "a.png").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a.png", b"new")
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"old"]


def test_the_file_is_readable_as_others_are(tmp_path):
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "a.png", b"content")
        assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == 0o640
        assert os.umask(0o027) == 0o027  # left as it was
    finally:
        os.umask(before)
