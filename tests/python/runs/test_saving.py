"""The picture after each octave, in a folder."""

from __future__ import annotations

import dataclasses
import io
import os
import tempfile
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from example_record import a_record
from PIL import Image

from deepdreamr import dream, replay, save_image, show
from deepdreamr.errors import ArgumentError, CheckpointWarning, OutputError
from deepdreamr.pictures.picture import to_uint8
from deepdreamr.pictures.reading import read_picture
from deepdreamr.runs.request import Request
from deepdreamr.runs.saving import check_files, check_folder, octave_paths, write_octave

_NOBODY = 65534  # the number of a user who may nothing
IMAGE = tf.constant(np.random.default_rng(0).uniform(-1.1, 1.1, (1, 9, 12, 3)), tf.float32)


def test_no_folder_is_none() -> None:
    assert check_folder(None) is None


def test_a_folder_is_made(tmp_path: Path) -> None:
    assert check_folder(tmp_path / "made" / "here") == tmp_path / "made" / "here"
    assert not list((tmp_path / "made" / "here").iterdir())
    assert check_folder(str(tmp_path)) == tmp_path


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot make the folder .*file'"):
        dream(np.zeros((80, 90)), "mixed0", octaves=1, save_octaves=tmp_path / "file")


@pytest.mark.parametrize("place", ["/dev/null", "nul\0", "x" * 300])
def test_places_where_no_folder_can_be(place: Any, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="^cannot make the folder") as caught:
        check_folder(tmp_path / place)
    assert "\n" not in str(caught.value)


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A folder that this user may not write into; root is another user meanwhile."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    if is_root := os.geteuid() == 0:
        os.seteuid(_NOBODY)
    yield folder
    if is_root:
        os.seteuid(0)
    folder.rmdir()


def test_a_folder_in_which_nothing_can_be_written(closed_folder: Path) -> None:
    with pytest.raises(OutputError, match="^cannot write into .*: Permission denied"):
        check_folder(closed_folder)


def test_an_octave_s_picture_is_named_by_its_size_and_says_how_it_was_made(tmp_path: Path) -> None:
    shapes, record = [(5, 7), (9, 12)], dataclasses.replace(a_record(), octave=2)
    write_octave(a_job(tmp_path, shapes), lambda: to_uint8(IMAGE), record)
    (path,) = tmp_path.iterdir()
    assert path.name == "at_scale_9x12.png" and show(path) == record
    expected = np.rint((np.clip(IMAGE[0], -1, 1) + 1) * 127.5)
    np.testing.assert_array_equal(np.rint((read_picture(path).pixels + 1) * 127.5), expected)


def a_job(folder: Path, shapes: list[tuple[int, int]], overwrite: bool = False) -> Any:
    request = Request(overwrite=overwrite)
    return types.SimpleNamespace(folder=folder, shapes=shapes, request=request)


def test_an_octave_s_picture_is_replaced_only_when_asked(tmp_path: Path) -> None:
    path, record = tmp_path / "at_scale_9x12.png", dataclasses.replace(a_record(), octave=1)
    path.write_bytes(b"theirs")
    with pytest.warns(CheckpointWarning, match=r"at_scale_9x12\.png' exists already"):
        write_octave(a_job(tmp_path, [(9, 12)]), lambda: to_uint8(IMAGE), record)
    write_octave(a_job(tmp_path, [(9, 12)]), lambda: to_uint8(IMAGE), record, again=True)
    assert path.read_bytes() == b"theirs"
    write_octave(a_job(tmp_path, [(9, 12)], overwrite=True), lambda: to_uint8(IMAGE), record)
    assert show(path) == record


def test_octaves_of_one_size_have_files_of_their_own(tmp_path: Path) -> None:
    names = [path.name for path in octave_paths(tmp_path, [(5, 7), (5, 7), (7, 5), (5, 7)])]
    assert names == ["at_scale_5x7.png", "at_scale_5x7_2.png", "at_scale_7x5.png"] + [
        "at_scale_5x7_3.png"
    ]
    folder, options = tmp_path / "octaves", {"octaves": 3, "octave_scale": 1.001, "iterations": 1}
    dream(np.zeros((80, 90)), "mixed0", seed=1, save_octaves=folder, **options)
    assert len(list(folder.iterdir())) == 3


def test_pictures_of_octaves_that_are_there_are_noticed_before_the_dream(tmp_path: Path) -> None:
    first, last = tmp_path / "at_scale_78x90.png", tmp_path / "at_scale_80x92.png"
    last.write_bytes(b"theirs")
    options = {"octaves": 2, "octave_scale": 1.02, "iterations": 1, "save_octaves": tmp_path}
    for kind in ("file", "folder"):
        with pytest.raises(OutputError, match=r"at_scale_80x92\.png' (exists already|is a folder)"):
            dream(np.zeros((80, 92)), "mixed0", on_step=lambda _: pytest.fail("a step"), **options)
        if kind == "file":
            assert last.read_bytes() == b"theirs"
            last.unlink()
            last.mkdir()
    last.rmdir()
    last.write_bytes(b"theirs")
    dream(np.zeros((80, 92)), "mixed0", seed=1, overwrite=True, **options)
    assert show(last)["octave"] == 2 and first.exists()


# ---- One role for each file ----------------------------------------------------------------------


def another_name(path: Path, how: str) -> Path:
    """The same file, or the same place for one, by another path."""
    folder = path.parent
    if how == "as it is":
        return path
    if how == "dots":
        return folder / "sub" / ".." / path.name
    if how == "relative":
        return Path(os.path.relpath(path))
    if how == "linked folder":
        return folder / "way" / path.name
    link = folder / f"link-{path.name}"
    link.symlink_to(path) if how == "link" else os.link(path, link)
    return link


NEW = ("as it is", "dots", "relative", "linked folder", "link")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "way").symlink_to(".")
    return tmp_path


@pytest.mark.parametrize("how", [*NEW, "hard link"])
@pytest.mark.parametrize("name", ["image", "picture", "guide", "network", "weights"])
def test_a_file_that_is_read_is_not_written(folder: Any, how: str, name: str) -> None:
    (folder / "a.png").write_bytes(b"old")
    other = another_name(folder / "a.png", how)
    with pytest.raises(ArgumentError, match=f"`{name}` and `output` would be one file, '.*a.png'"):
        check_files({name: str(other)}, {"output": folder / "a.png"})
    with pytest.raises(ArgumentError, match=f"`{name}` and `checkpoint`"):
        check_files({name: folder / "a.png"}, {"output": "b.png", "checkpoint": other})


@pytest.mark.parametrize("how", NEW)
def test_two_files_that_are_written_are_two(folder: Any, how: str) -> None:
    other = another_name(folder / "new.png", how)
    with pytest.raises(ArgumentError, match=r"`(output|checkpoint)` and `(output|checkpoint)`"):
        check_files({}, {"output": folder / "new.png", "checkpoint": other})


def test_names_that_some_systems_take_for_one_are_not_both_written(folder: Any) -> None:
    for one, other in (("a.png", "A.PNG"), ("\u00e9.png", "e\u0301.png")):
        with pytest.raises(ArgumentError, match="would be one file"):
            check_files({}, {"output": one, "checkpoint": other})


def test_what_a_picture_was_opened_from_counts(folder: Any) -> None:
    Image.new("RGB", (9, 9)).save("a.png")
    with open("a.png", "rb") as file, Image.open("a.png") as picture:
        for image in (file, picture):
            with pytest.raises(ArgumentError, match="`image` and `checkpoint`"):
                check_files({"image": image}, {"checkpoint": "a.png"})


def test_what_is_two_files_or_none(folder: Any) -> None:
    (folder / "a.JPG").write_bytes(b"old")
    read = {"image": "a.JPG", "guide": folder / "a.JPG", "network": "vgg16", "weights": None}
    odds: list[Any] = [b"bytes", io.BytesIO(), np.zeros((3, 3)), "", "nul\0", "x" * 300, "none/a"]
    for odd in odds:
        check_files({**read, "picture": odd}, {"output": "a.jpg", "checkpoint": odd}, odd)
    check_files(read, {"output": "b.png", "checkpoint": "vgg16"}, "sub")


@pytest.mark.parametrize("how", NEW)
def test_a_picture_of_an_octave_is_no_other_file(folder: Any, how: str) -> None:
    (folder / "at_scale_8x9.png").write_bytes(b"old")
    other = another_name(folder / "at_scale_8x9.png", how)
    for read, written in (({"image": other}, {}), ({}, {"output": other})):
        with pytest.raises(ArgumentError, match="`(image|output)` and `save_octaves` would be one"):
            check_files(read, written, folder / "sub" / "..")
    with pytest.raises(ArgumentError, match="`checkpoint` and `save_octaves`"):
        check_files({}, {"checkpoint": "at_scale_5x5.PNG"}, ".")
    check_files({"image": other}, {"output": "a.png"}, "sub")


def test_a_link_from_an_octave_s_picture_to_the_source_is_noticed(folder: Any) -> None:
    (folder / "photo.png").write_bytes(b"old")
    (folder / "sub" / "at_scale_5x5.png").symlink_to("../photo.png")
    with pytest.raises(ArgumentError, match="`image` and `save_octaves`"):
        check_files({"image": "photo.png"}, {}, "sub")


@pytest.mark.parametrize("name", ["checkpoint", "save_octaves"])
def test_a_dream_and_a_replay_check_their_files_first(folder: Any, name: str) -> None:
    source = folder / "at_scale_60x60.png"
    save_image(np.zeros((60, 60, 3)), source)
    content = source.read_bytes()
    written = {name: source if name == "checkpoint" else folder, "overwrite": True}
    with pytest.raises(ArgumentError, match=f"`image` and `{name}` would be one file"):
        dream(source, "mixed0", **written)
    with pytest.raises(ArgumentError, match=f"`guide` and `{name}`"):
        dream(np.zeros((60, 60)), "mixed0", guide=source, **written)
    for given in ((source,), (np.zeros((3, 3)), source)):
        with pytest.raises(ArgumentError, match=f"`(picture|source)` and `{name}`"):
            replay(*given, **written)
    assert source.read_bytes() == content
