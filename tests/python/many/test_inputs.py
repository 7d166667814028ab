"""Which pictures a folder, a glob or a list has, and where each one's dream goes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepdreamr.errors import ArgumentError, OutputError
from deepdreamr.many.inputs import Item, items_of
from deepdreamr.many.outputs import Outputs


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A folder with pictures, others' files, a hidden folder and links in a circle."""
    monkeypatch.chdir(tmp_path)
    for name in ("b.jpg", "a.PNG", "sub/c.jpeg", "sub/deep/d.webp", ".hidden/e.jpg", "sub/.f.jpg"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "photos" / "notes.txt").write_text("x")
    os.symlink("..", tmp_path / "photos" / "sub" / "loop")
    os.symlink("nowhere", tmp_path / "photos" / "sub" / "broken.png")
    return tmp_path / "photos"


def found(images: Any, own: Any = None) -> Any:
    ignored = []
    items = list(items_of(images, lambda *told: ignored.append(told), own))
    return items, ignored


def test_a_folder_is_read_by_name_with_what_lies_in_it(photos: Any) -> None:
    items, ignored = found("photos")
    places = [item.place(1) for item in items]
    assert places == ["a.PNG", "b.jpg", "sub/broken.png", "sub/c.jpeg", "sub/deep/d.webp"]
    assert [item.image for item in items][:2] == ["photos/a.PNG", "photos/b.jpg"]
    assert ignored == [
        ("photos/notes.txt", "is no picture by its name"),
        ("photos/sub/loop", "is a link to a folder that it lies in"),
    ]
    assert [item.place(1) for item in found("photos/")[0]] == places


def test_globs_keep_the_tree_below_their_fixed_part(photos: Any) -> None:
    items, _ = found("photos/**/*.jp*g")
    assert [item.place(1) for item in items] == ["b.jpg", "sub/c.jpeg"]
    items, _ = found("photos/*")
    assert "sub/deep/d.webp" in [item.place(1) for item in items]
    items, _ = found("photos/s*b/*.jpeg")
    assert [item.place(1) for item in items] == ["sub/c.jpeg"]
    items, _ = found("photos/*.txt")
    assert [item.place(1) for item in items] == ["notes.txt"]


def test_a_list_has_each_file_once_and_pictures_that_are_no_files(photos: Any) -> None:
    array = np.zeros((4, 4, 3), np.uint8)
    items, _ = found(["photos/b.jpg", photos / "sub", array, "photos/b.jpg"])
    assert [item.place(n) for n, item in enumerate(items, 1)] == [
        *("b.jpg", "broken.png", "c.jpeg", "deep/d.webp"),
        "picture-00005.png",
    ]
    assert items[4].title(5) == "picture 5" and not items[4].is_path
    assert found(array)[0] == [Item(array)]
    assert found(b"bytes")[0] == [Item(b"bytes")]


def test_a_name_with_brackets_is_a_file_where_there_is_one(photos: Any) -> None:
    (photos / "a[1].jpg").write_bytes(b"x")
    assert [item.image for item in found("photos/a[1].jpg")[0]] == ["photos/a[1].jpg"]


def test_what_is_written_to_is_not_read(photos: Any) -> None:
    items, _ = found("photos", own="photos/sub")
    assert [item.place(1) for item in items] == ["a.PNG", "b.jpg"]
    for pattern in ("photos/**", "photos/**/*"):
        items, _ = found(pattern, own="photos/sub")
        assert [item.place(1) for item in items] == ["a.PNG", "b.jpg"]


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (7, "`images` must be a path, a folder, a glob"),
        (None, "`images` must be a path"),
        ("photos/*.tiff", "the glob 'photos/*.tiff' has no picture"),
        ("photos/sub/deep/empty", "the folder 'photos/sub/deep/empty' has no picture"),
        ("", "`images` must be a path"),
    ],
)
def test_nothing_to_dream_of_is_an_error(photos: Any, images: int | str | None, words: str) -> None:
    (photos / "sub/deep/empty").mkdir()
    with pytest.raises(ArgumentError, match="^" + words.replace("*", "[*]")):
        found(images)


def test_a_folder_keeps_the_tree_and_writes_png() -> None:
    outputs = Outputs("dreams")
    assert outputs.path(Item("photos/sub/c.jpeg", 7), 1).as_posix() == "dreams/sub/c.png"
    assert outputs.path(Item("c.jpeg"), 1).as_posix() == "dreams/c.png"
    assert outputs.path(Item(b"bytes"), 12).as_posix() == "dreams/picture-00012.png"
    assert outputs.root.as_posix() == "dreams" and outputs.is_folder


@pytest.mark.parametrize(
    ("pattern", "path", "root"),
    [
        ("{stem}-dream.png", "c-dream.png", "."),
        ("{parent}/{stem}-dream.jpg", "photos/sub/c-dream.jpg", "."),
        ("out/{folder}/{name}.webp", "out/sub/c.jpeg.webp", "out"),
        ("out/all/d-{number:04d}.png", "out/all/d-0003.png", "out/all"),
    ],
)
def test_a_pattern_names_each_dream(pattern: str, path: str, root: str) -> None:
    outputs = Outputs(pattern)
    assert outputs.path(Item("photos/sub/c.jpeg", 7), 3).as_posix() == path
    assert outputs.root.as_posix() == root and not outputs.is_folder


@pytest.mark.parametrize(
    "output",
    [
        "{stem.__class__}.png",
        "{}.png",
        "{stem!r}.png",
        "{stem:>9}.png",
        "{a}.png",
        "{x",
        "a\0b",
        "{number:>999999999999}.png",
        "{number:{stem}}.png",
    ],
)
def test_a_wrong_pattern_is_one_line(output: str) -> None:
    with pytest.raises(ArgumentError, match=r"^(`output` must be|unknown field of the pattern)"):
        Outputs(output)


def test_an_output_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is one file, and there may be several dreams"):
        Outputs(tmp_path / "dream.png")
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="is a file, not a folder"):
        Outputs(tmp_path / "file")
    with pytest.raises(OutputError, match="unknown format of a picture '.xyz'"):
        Outputs("{stem}.xyz")


def test_two_inputs_of_one_output_are_both_named() -> None:
    items = [Item("photos/a.jpg", 7), Item("photos/b.jpg", 7), Item("photos/a.png", 7)]
    with pytest.raises(OutputError, match=r"'photos/a.jpg' and 'photos/a.png' would both be writ"):
        Outputs("dreams").check(items)
    Outputs("dreams/{name}.png").check(items)


def test_a_pattern_that_begins_with_no_folder_is_not_the_root() -> None:
    assert Outputs("{folder}/{stem}.png").path(Item("photos/a.jpg", 7), 1) == Path("a.png")
    assert Outputs("{folder}/{stem}.png").path(Item("photos/x/a.jpg", 7), 1) == Path("x/a.png")


def test_a_folder_with_braces_is_a_folder_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "a{1}").mkdir()
    outputs = Outputs(tmp_path / "a{1}")
    assert outputs.is_folder and outputs.root == tmp_path / "a{1}"
    assert outputs.path(Item("photos/a.jpg", 7), 1) == tmp_path / "a{1}" / "a.png"


def test_folders_that_lie_too_deep_are_passed_over(
    photos: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deepdreamr.many import inputs

    deep = photos.joinpath("sub", *"d" * 5)
    deep.mkdir(parents=True)
    (deep / "z.png").write_bytes(b"")
    monkeypatch.setattr(inputs, "DEEPEST", len(photos.resolve().parents) + 3)
    ignored = []
    found = [item.image for item in items_of(photos, lambda *what: ignored.append(what))]
    assert found and not any("z.png" in path for path in found)
    assert "lies too deep" in [why for _, why in ignored]
