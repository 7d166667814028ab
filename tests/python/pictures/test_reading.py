"""Whatever a picture may come as is read; whatever is no picture is refused with a reason."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_pictures import as_unit, pixels, written
from needing import present
from PIL import Image

from deepdreamr.errors import ImageError
from deepdreamr.pictures.picture import Picture
from deepdreamr.pictures.reading import load_image, read_picture, read_shape


def test_image_has_the_core_s_form_from_every_kind_of_source(tmp_path: Path) -> None:
    array = pixels((5, 7, 3))
    path = tmp_path / "a picture.png"
    Image.fromarray(array).save(path)
    content = path.read_bytes()
    sources = [path, str(path), content, bytearray(content), memoryview(content), array]
    for source in [*sources, Image.open(path), Image.fromarray(array), as_unit(array)[None]]:
        image = load_image(source)
        assert image.shape == (1, 5, 7, 3) and image.dtype == np.float32
        np.testing.assert_allclose(image[0], as_unit(array), atol=1e-6)


def test_only_a_file_has_a_name(tmp_path: Path) -> None:
    path = tmp_path / "name.png"
    path.write_bytes(written(Image.fromarray(pixels((3, 4, 3)))))
    assert read_picture(path).name == "name.png"
    assert read_picture(path.read_bytes()).name is None
    assert read_picture(path).shape == (3, 4)


@pytest.mark.parametrize("ending", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize(("orientation", "shape"), [(1, (7, 9)), (3, (7, 9)), (6, (9, 7))])
def test_a_file_tells_its_shape_upright(
    tmp_path: Path, ending: str, orientation: int, shape: tuple[int, int]
) -> None:
    path = tmp_path / f"a{ending}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels((7, 9, 3))).save(path, exif=exif)
    assert read_shape(path) == read_picture(path).shape == shape
    path.write_bytes(b"no picture")
    assert read_shape(path) is None


def test_a_picture_is_returned_as_it_is() -> None:
    picture = Picture(np.zeros((2, 3, 3), np.float32))
    assert read_picture(picture) is picture


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    Image.fromarray(pixels((3, 4, 3))).save(tmp_path / "here.png")
    assert read_picture("~/here.png").shape == (3, 4)


# ---- Errors --------------------------------------------------------------------------------------


def test_no_such_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ImageError, match=r"no file 'none\.jpg'.*current folder") as caught:
        load_image("none.jpg")
    assert str(tmp_path) in present(caught.value.hint)


@pytest.mark.parametrize(
    ("path", "message"),
    [("", "folder"), ("nul\0byte.png", "cannot be read"), ("x" * 5000, "cannot be read")],
)
def test_odd_paths(tmp_path: Path, path: Any, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        load_image(tmp_path / path)


def test_the_home_of_nobody() -> None:
    with pytest.raises(ImageError, match="there is no file"):
        load_image("~no-such-user-here/picture.png")


def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "closed.png"
    path.write_bytes(written(Image.fromarray(pixels((3, 3, 3)))))

    def refuse(self: Any, mode: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root may read everything
    with pytest.raises(ImageError, match="cannot be read.*Permission denied"):
        load_image(path)


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(ImageError, match=r"'empty\.jpg' is empty"):
        load_image(tmp_path / "empty.jpg")
    with pytest.raises(ImageError, match="the data is empty"):
        load_image(b"")


@pytest.mark.parametrize(
    "content", [b"hello, I am a text", bytes(1000), b"\x89PNG\r\n\x1a\n", b"GIF"]
)
def test_not_a_picture(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "notes.png"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=r"'notes\.png' is (not|a damaged) "):
        load_image(path)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_truncated_files(format: str, share: float) -> None:
    content = written(Image.fromarray(pixels((40, 50, 3))), format)
    with pytest.raises(ImageError, match="not a picture|damaged"):
        load_image(content[: int(len(content) * share)])


def test_a_truncated_file_opened_by_pillow() -> None:
    content = written(Image.fromarray(pixels((40, 50, 3))), "JPEG")
    with pytest.raises(ImageError, match="damaged"):
        load_image(Image.open(io.BytesIO(content[: len(content) // 2])))


def test_a_closed_pillow_image() -> None:
    picture = Image.open(io.BytesIO(written(Image.fromarray(pixels((4, 5, 3))))))
    picture.close()
    with pytest.raises(ImageError, match="damaged"):
        load_image(picture)


@pytest.mark.parametrize("limit", [4000, 7000])  # Pillow warns above the limit, fails above twice
def test_decompression_bombs(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    content = written(Image.new("1", (100, 100)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(ImageError, match=f"more than {limit:,} pixels"):
        load_image(content)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)
    assert load_image(content).shape == (1, 100, 100, 3)


@pytest.mark.parametrize(
    "source", [None, 5, 2.5, {"a": 1}, ["jelly.jpg"], object(), zipfile.ZipFile(io.BytesIO(), "w")]
)
def test_no_picture_at_all(source: Any) -> None:
    with pytest.raises(ImageError, match=f"Received: {type(source).__name__}"):
        load_image(source)


def test_a_file_object(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (5, 4), (10, 20, 30)).save(path)
    with path.open("rb") as file:
        assert (load_image(file) == load_image(path)).all()
        assert not file.closed
    assert (load_image(io.BytesIO(path.read_bytes())) == load_image(path)).all()
    with tempfile.NamedTemporaryFile() as temporary:  # of no class of `io`
        temporary.write(path.read_bytes())
        temporary.seek(0)
        assert (load_image(temporary) == load_image(path)).all()


def test_a_file_object_that_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="opened for bytes"):
        load_image(io.StringIO("a text"))
    with pytest.raises(ImageError, match="is empty"):
        load_image(io.BytesIO())
    closed = io.BytesIO(b"x")
    closed.close()
    with pytest.raises(ImageError, match="cannot be read"):
        load_image(closed)
    with (tmp_path / "a.txt").open("wb") as file, pytest.raises(ImageError, match="cannot be read"):
        load_image(file)
