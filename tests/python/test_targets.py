"""Where a dream is to be written: noticed before the run; nothing lost and nothing left behind."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import deepdreamr
from deepdreamr import dream, layer_sheet, show
from deepdreamr.errors import ArgumentError, CheckpointWarning, OutputError
from deepdreamr.front.cli import main
from deepdreamr.pictures.files import whole_file, write_whole
from deepdreamr.pictures.reading import read_picture
from deepdreamr.pictures.writing import check_output

SMALL = {"layers": "mixed0", "octaves": 1, "iterations": 1, "seed": 1}


@contextlib.contextmanager
def room(most: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (60, 70, 3), np.uint8)


@pytest.fixture(scope="module")
def result(picture: np.ndarray) -> Any:
    return dream(picture, **SMALL)


def test_a_full_disk_is_noticed_before_the_run(tmp_path: Path) -> None:
    with room(100_000), pytest.raises(OutputError, match=r"cannot write into .*: File too large"):
        check_output(tmp_path / "dream.png")
    assert not list(tmp_path.iterdir())


def test_a_disk_that_becomes_full_leaves_the_old_picture(tmp_path: Path, result: Any) -> None:
    path = tmp_path / "dream.png"
    path.write_bytes(b"old")
    with room(2000), pytest.raises(OutputError, match=r"cannot write .*: File too large"):
        write_whole(path, result.png(), overwrite=True)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("dream.png", b"old")]


@pytest.mark.parametrize("nameless", [True, False])
def test_what_is_written_piece_by_piece_is_there_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nameless: bool
) -> None:
    if not nameless:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    path = tmp_path / "file"
    with whole_file(path) as file:
        file.write(b"one ")
        assert not path.exists() and len(list(tmp_path.iterdir())) == (0 if nameless else 1)
        file.write(b"two")
    assert path.read_bytes() == b"one two"
    with pytest.raises(ZeroDivisionError), whole_file(path, overwrite=True) as file:
        file.write(b"three")
        raise ZeroDivisionError
    assert path.read_bytes() == b"one two" and len(list(tmp_path.iterdir())) == 1


def test_where_files_without_a_name_cannot_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    write_whole(tmp_path / "file", b"content" * 1000)
    assert (tmp_path / "file").read_bytes() == b"content" * 1000
    assert len(list(tmp_path.iterdir())) == 1


def test_what_killed_processes_left_is_cleaned_up_in_time(tmp_path: Path) -> None:
    old, new, other = (tmp_path / f".dream-{n}.partial" for n in ("old", "new", "other"))
    for path in (old, new):
        path.touch()
    other.mkdir()
    os.utime(old, (0, 0))
    write_whole(tmp_path / "file", b"content")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".dream-new.partial",
        ".dream-other.partial",
        "file",
    ]


def test_a_folder_of_very_many_files_is_not_listed_for_each_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed, whole = list[Any](), Path.glob

    def glob(*how: Any) -> Any:
        listed.append(how)
        return whole(*how)

    monkeypatch.setattr(Path, "glob", glob)
    for number in range(9):
        write_whole(tmp_path / str(number), b"content")
    assert 1 <= len(listed) <= 2


def test_a_link_stays_one(tmp_path: Path, result: Any) -> None:
    target, link = tmp_path / "folder" / "real.png", tmp_path / "link.png"
    target.parent.mkdir()
    target.write_bytes(b"old")
    link.symlink_to(target)
    with pytest.raises(OutputError, match="exists already"):
        result.save(link)
    result.save(link, overwrite=True)
    assert link.is_symlink() and read_picture(target).shape == (60, 70)
    assert [path.name for path in target.parent.iterdir()] == ["real.png"]


PLACES: dict[str, Callable[[Path], Any]] = {
    "a device": lambda path: path.symlink_to("/dev/full"),
    "nothing": lambda path: path.symlink_to("/dev/null"),
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
    "a link to a folder": lambda path: path.symlink_to(path.parent),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("overwrite", [False, True])
def test_what_is_no_file_is_never_replaced(
    tmp_path: Path, result: Any, place: str, overwrite: bool
) -> None:
    path = tmp_path / "dream.png"
    PLACES[place](path)
    kind = path.lstat().st_mode
    with pytest.raises(OutputError, match="is a (folder|device or a pipe), not a file"):
        result.save(path, overwrite=overwrite)
    assert path.lstat().st_mode == kind and Path("/dev/full").is_char_device()


def test_every_target_is_checked_before_tensorflow_is_imported(tmp_path: Path) -> None:
    (tmp_path / "there.png").write_bytes(b"old")
    os.mkfifo(tmp_path / "pipe.png")
    code = """
import sys
from deepdreamr.front.cli import main
for name in ("there.png", "pipe.png", "none/a.png", "a.gif", ".", "x" * 300 + ".png", "/dev/full"):
    if name != ".":  # a folder, where a dream may be put as those of many are
        print(main(["dream", "sample:jelly", "-o", name]), "tensorflow" in sys.modules)
    print(main(["replay", "sample:jelly", "sample:jelly", "-o", name]), "tensorflow" in sys.modules)
for option in ("--checkpoint", "--save-octaves"):
    arguments = ["dream", "sample:jelly", "-o", "out.png", option, "/dev/null"]
    print(main(arguments), "tensorflow" in sys.modules)
"""
    child = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(deepdreamr.__file__).parents[1])},
    )
    assert child.stdout.split() == ["2", "False"] * 15
    lines = child.stderr.splitlines()
    assert len(lines) == 15 and all(line.startswith("error: ") for line in lines)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipe.png", "there.png"]


def test_a_picture_that_cannot_be_written_after_all_is_written_elsewhere(
    tmp_path: Path,
    picture: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "spare").mkdir()
    source, out = tmp_path / "source.png", tmp_path / "out" / "dream.png"
    Image.fromarray(picture).save(source)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "spare"))
    command = ["dream", str(source), "-o", str(out), "--layers", "mixed0", "--octaves", "1"]
    command += ["--iterations", "1", "--checkpoint", str(tmp_path / "run")]

    def full(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(source: Any, target: Path, **options: Any) -> Any:
            if target.parent.name == "out":
                raise OSError(errno.ENOSPC, "No space left on device")
            return function(source, target, **options)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full(Path.replace))
        patch.setattr(os, "link", full(os.link))
        assert main(command) == 2
    (spare,) = (tmp_path / "spare").iterdir()
    line = capsys.readouterr().err.splitlines()[-1]
    assert "No space left on device" in line and f"The picture is '{spare}' instead." in line
    assert show(spare)["source"] == "source.png" and not list(out.parent.iterdir())
    assert (tmp_path / "run").exists()
    assert main(command) == 0 and out.read_bytes() == spare.read_bytes()
    assert not (tmp_path / "run").exists()


def test_an_octave_that_cannot_be_written_does_not_lose_the_dream(
    tmp_path: Path, picture: np.ndarray
) -> None:
    folder = tmp_path / "octaves"

    def lock(_: object) -> None:
        folder.rmdir()

    with pytest.warns(CheckpointWarning, match=r"no picture of octave 1: .*at_scale_60x70\.png"):
        made = dream(picture, save_octaves=folder, on_step=lock, **SMALL)
    assert made.stopped is None


def test_a_layer_sheet_has_no_checkpoint(tmp_path: Path, picture: np.ndarray) -> None:
    with pytest.raises(ArgumentError, match="`checkpoint` must be None on a sheet"):
        layer_sheet(picture, ["mixed0"], checkpoint=tmp_path / "run")
