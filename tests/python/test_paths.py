"""Only regular files are read, by whatever reader: what else there may be at a path is refused."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deepdreamr.errors import DeepDreamError, OutputError
from deepdreamr.networks.sources import find_network
from deepdreamr.paths import is_address
from deepdreamr.pictures.reading import read_picture
from deepdreamr.runs.checkpoints import Checkpoint
from deepdreamr.runs.record import show

READERS: dict[str, Callable[[Any], Any]] = {
    "picture": read_picture,
    "network": find_network,
    "weights": lambda path: find_network("vgg16", weights=path),
    "record": show,
    "checkpoint": Checkpoint,
}


@pytest.fixture(params=["pipe", "socket", "/dev/zero", "/dev/null", "link"])
def endless(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    path = tmp_path / "file.keras"
    if request.param == "socket":
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(path))
            yield path
        return
    if request.param in ("pipe", "link"):
        os.mkfifo(path)
    if request.param == "link":
        os.symlink(path, tmp_path / "link.keras")
        path = tmp_path / "link.keras"
    yield Path(request.param) if request.param.startswith("/dev") else path


@pytest.mark.parametrize("reader", READERS)
def test_what_never_ends_is_refused_at_once(reader: str, endless: Any) -> None:
    with pytest.raises(DeepDreamError, match="is a device or a pipe, not a"):
        READERS[reader](endless)


def test_a_model_s_folder_is_looked_through(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"no model")
    assert find_network(tmp_path).kind == "file"
    (tmp_path / "variables").mkdir()
    os.mkfifo(tmp_path / "variables" / "variables.index")
    with pytest.raises(DeepDreamError, match=r"variables\.index' is a device or a pipe"):
        find_network(tmp_path)


@pytest.mark.parametrize("folder", ["/", "~", "."])
def test_a_folder_without_a_model_is_not_walked_through(
    folder: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DeepDreamError, match="holds no SavedModel"):
        find_network(folder)


ADDRESSES = [
    "https://example.com/a.jpg",
    "http://example.com/a.keras?raw=true",
    "file:///home/me/a.h5",
    "s3://bucket/a.pb",
    "gs://bucket/model",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("reader", ["picture", "network", "weights", "record"])
def test_an_address_is_to_be_downloaded_first(reader: str, address: str) -> None:
    with pytest.raises(DeepDreamError) as caught:
        READERS[reader](address)
    hint = (
        "Give the path alone." if address.startswith("file") else "Download it, and give the path"
    )
    assert f"{address!r} is an address, not a file. {hint}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_picture_s_data_as_an_address() -> None:
    with pytest.raises(DeepDreamError, match=r"'data:image.*\.\.\.' is an address") as caught:
        read_picture("data:image/png;base64," + "iVBORw0KGgo" * 500)
    assert len(str(caught.value)) < 200


def test_a_drive_and_a_file_with_a_colon_are_no_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_address("C:/pictures/a.jpg") and not is_address("a:b.jpg")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "http:").mkdir()
    (tmp_path / "http:" / "a.txt").write_text("a text")
    with pytest.raises(DeepDreamError, match="not a picture that Pillow can read"):
        read_picture("http:/a.txt")


def test_nobody_s_home() -> None:
    for path in ("~no-such-user-here/a.keras", "~no-such-user-here/a.png"):
        for read in (read_picture, find_network):
            with pytest.raises(DeepDreamError, match="there is no file"):
                read(path)


def test_in_a_folder_that_is_gone_a_file_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(DeepDreamError, match="there is no file 'a.png'. The current folder is not"):
        read_picture("a.png")


def test_a_file_that_grows_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deepdreamr.pictures.reading._MOST_BYTES", 100)
    path = tmp_path / "growing.png"
    path.write_bytes(bytes(200))
    monkeypatch.setattr("deepdreamr.pictures.reading.check_file", lambda *_: 50)
    with pytest.raises(DeepDreamError, match="more than 100 bytes"):
        read_picture(path)


def test_a_checkpoint_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder"):
        Checkpoint(tmp_path)
