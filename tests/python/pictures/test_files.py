"""Files are there whole or not at all, and only where they may be."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_pictures import pixels

from deepdreamr import save_image
from deepdreamr.errors import ArgumentError, OutputError
from deepdreamr.paths import as_path
from deepdreamr.pictures import writing
from deepdreamr.pictures.files import check_target, make_folder, whole_file, write_whole
from deepdreamr.pictures.writing import save_pixels


@pytest.fixture
def array() -> np.ndarray:
    return pixels((12, 17, 4))


@pytest.mark.parametrize("value", [None, 5, b"a.png", ["a.png"]])
def test_what_is_no_path(value: Any) -> None:
    with pytest.raises(ArgumentError, match="`folder` must be a path. Received: folder="):
        as_path("folder", value)


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert as_path("path", "~/a.npz") == as_path("path", tmp_path / "a.npz") == tmp_path / "a.npz"


def test_a_target_may_have_any_suffix_and_is_not_overwritten_unasked(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    assert check_target(path) == path and not path.exists()
    path.touch()
    with pytest.raises(OutputError, match=r"a\.npz' exists already"):
        check_target(path)
    assert check_target(path, overwrite=True) == path
    with pytest.raises(OutputError, match="is a device or a pipe"):
        check_target(Path(os.devnull), overwrite=True)


@pytest.mark.parametrize("name", ["nul\0byte", "x" * 5000, "file/within"])
def test_a_folder_that_cannot_be(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot make the folder"):
        make_folder(tmp_path / name)


# ---- Whole or not at all -------------------------------------------------------------------------


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("old", [None, b"the old picture"])
def test_a_write_that_fails_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, array: np.ndarray, step: str, old: bytes | None
) -> None:
    path = tmp_path / "a.png"
    if old:
        path.write_bytes(old)
    monkeypatch.setattr("os.fsync" if step == "fsync" else "pathlib.Path.replace", full)
    with pytest.raises(OutputError, match=r"cannot write .*a\.png': No space left on device"):
        save_image(array, path, overwrite=True)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == ([old] if old else [])


def test_an_interrupted_write_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    (tmp_path / "a.png").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a.png", b"new", overwrite=True)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"old"]


# ---- Rights --------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444, 0o664])
def test_a_file_that_takes_another_s_place_has_its_rights(tmp_path: Path, mode: int) -> None:
    (tmp_path / "a.png").write_bytes(b"old")
    (tmp_path / "a.png").chmod(mode)
    (tmp_path / "link.png").symlink_to("a.png")
    write_whole(tmp_path / "link.png", b"new", overwrite=True)
    there = (tmp_path / "a.png").stat()
    assert (tmp_path / "a.png").read_bytes() == b"new" and stat.S_IMODE(there.st_mode) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_a_file_that_takes_another_s_place_has_its_owner(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"old")
    os.chown(tmp_path / "a.png", 12345, 12346)
    write_whole(tmp_path / "a.png", b"new", overwrite=True)
    there = (tmp_path / "a.png").stat()
    assert (there.st_uid, there.st_gid) == (12345, 12346)


@pytest.mark.parametrize("nameless", [True, False])
def test_nobody_else_may_read_a_file_before_it_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nameless: bool
) -> None:
    if not nameless:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    with whole_file(tmp_path / "a.png") as file:
        assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == 0o600


def test_the_file_is_readable_as_others_are(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "a.png", b"content")
        assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == 0o640
        assert os.umask(0o027) == 0o027  # left as it was
    finally:
        os.umask(before)


# ---- Never unasked -------------------------------------------------------------------------------


def refuse(*_: object, **__: object) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted")


@pytest.mark.parametrize("links", [True, False])
def test_of_two_writers_one_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:  # as on a FAT disk
        monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "a.png"
    with pytest.raises(OutputError, match="exists already"), whole_file(path) as slow:
        slow.write(b"slow")
        write_whole(path, b"quick")
    assert path.read_bytes() == b"quick" and list(tmp_path.iterdir()) == [path]


def test_of_many_writers_one_succeeds(tmp_path: Path) -> None:
    path, barrier = tmp_path / "a.png", threading.Barrier(8)

    def write(number: int) -> bool:
        with contextlib.suppress(OutputError), whole_file(path) as file:
            file.write(b"%d" % number * 1000)
            barrier.wait()
            return True
        return False

    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(write, range(8)))
    assert path.read_bytes() in [b"%d" % number * 1000 for number in range(8)]
    assert sum(written) == 1 and list(tmp_path.iterdir()) == [path]


def test_where_there_are_no_links_a_place_that_is_not_taken_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match="No space left"):
        write_whole(tmp_path / "a.png", b"new")
    assert not list(tmp_path.iterdir())


def save_three(array: np.ndarray, path: Path) -> Path:
    return save_pixels(array[..., :3], path)


@pytest.mark.parametrize("save", [save_image, save_three])
def test_a_picture_that_came_meanwhile_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, array: np.ndarray, save: Any
) -> None:

    def late(*_: Any, **__: Any) -> bytes:
        (tmp_path / "a.png").touch()
        return b"new"

    monkeypatch.setattr(writing, "encode", late)
    with pytest.raises(OutputError, match="exists already"):
        save(array, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == b""
