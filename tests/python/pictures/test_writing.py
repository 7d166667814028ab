"""Writing: formats by suffix, every pixel that they can keep, nothing overwritten unasked."""

from __future__ import annotations

import errno
import io
import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from deepdreamr import load_image, save_image
from deepdreamr.errors import ImageError, ImageWarning, OutputError
from deepdreamr.pictures.metadata import Note
from deepdreamr.pictures.picture import Picture, to_uint8
from deepdreamr.pictures.reading import read_picture
from deepdreamr.pictures.writing import FORMATS, check_output, encode, save_pixels

FORMAT_OF = {
    "a.png": "PNG",
    "a.PNG": "PNG",
    "a.jpg": "JPEG",
    "a.jpeg": "JPEG",
    "a.webp": "WEBP",
    "a.tif": "TIFF",
    "a.tiff": "TIFF",
    "a.bmp": "BMP",
    "a.b.Tiff": "TIFF",
}


@pytest.fixture
def array() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (12, 17, 4), np.uint8)


@pytest.fixture
def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("name", FORMAT_OF)
def test_the_suffix_names_the_format(tmp_path: Path, array: np.ndarray, name: str) -> None:
    path = save_image(array[..., :3], str(tmp_path / name))
    assert path == tmp_path / name
    with Image.open(path) as written:
        assert (written.format, written.size) == (FORMAT_OF[name], (17, 12))


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tif"])
def test_lossless_formats_keep_every_pixel_and_the_alpha(
    tmp_path: Path, array: np.ndarray, name: str
) -> None:
    array[:6, :, 3] = 0  # the colours of what cannot be seen are kept too
    read = read_picture(save_image(array, tmp_path / name))
    np.testing.assert_array_equal(to_uint8(read.image), array[..., :3])
    np.testing.assert_array_equal(read.alpha, array[..., 3])


def test_jpeg_leaves_the_alpha_out_and_stays_close(tmp_path: Path) -> None:
    y, x = np.mgrid[:40, :60]
    smooth = np.stack([4 * x, 6 * y, 2 * (x + y), 255 - x], axis=-1).astype(np.uint8)
    with pytest.warns(ImageWarning, match="the transparency is left out: JPEG files have none"):
        read = read_picture(save_image(smooth, tmp_path / "a.jpg"))
    assert read.alpha is None
    difference = to_uint8(read.image).astype(int) - smooth[..., :3]
    assert np.abs(difference).max() <= 8 and np.abs(difference).mean() < 1.5


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_a_profile_is_written(array: np.ndarray, profile: bytes, format: str) -> None:
    content = encode(array[..., :3], format, icc_profile=profile)
    assert read_picture(content).icc_profile == profile


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.tif"])
def test_a_saved_picture_keeps_its_profile(
    tmp_path: Path, array: np.ndarray, profile: bytes, name: str
) -> None:
    source = io.BytesIO()
    Image.fromarray(array[..., :3]).save(source, "PNG", icc_profile=profile)
    assert read_picture(save_image(source.getvalue(), tmp_path / name)).icc_profile == profile


@pytest.mark.parametrize("opaque", [True, False])
def test_what_a_bmp_cannot_hold_is_said(array: np.ndarray, profile: bytes, opaque: bool) -> None:
    note = Note('{"deepdreamr": 1}', "a dream", "deepdreamr")
    array[..., 3] = np.where(opaque, 255, array[..., 3])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        content = encode(array[..., :3], "BMP", alpha=array[..., 3], icc_profile=profile, note=note)
    left_out = [str(warning.message).partition(" is left out")[0] for warning in caught]
    expected = ["how it was made", "the colour profile"]
    assert left_out == (expected if opaque else ["the transparency", *expected])
    np.testing.assert_array_equal(read_picture(content).values, array[..., :3])


def test_an_image_of_the_core_is_saved_clipped(tmp_path: Path) -> None:
    picture = Picture(np.array([[[-2, 0, 2]]], np.float32))
    read = load_image(save_image(picture, tmp_path / "a.png"))
    np.testing.assert_array_equal(to_uint8(read), [[[0, 128, 255]]])


def test_what_is_no_picture_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(ImageError):
        save_image(np.full((3, 3), np.nan), tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


# ---- Refused before anything is written ---------------------------------------------------------


@pytest.mark.parametrize("name", ["a.gif", "a", "a.png.txt", ".png", "a.jpgg"])
def test_unknown_suffixes(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="unknown format") as caught:
        save_image(np.zeros((3, 3)), tmp_path / name)
    assert all(suffix in str(caught.value) for suffix in FORMATS)
    assert not list(tmp_path.iterdir())


def test_near_suffixes_are_suggested(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="Did you mean .*jpeg"):
        check_output(tmp_path / "a.jpge")


def test_files_are_not_overwritten_unless_asked(tmp_path: Path, array: np.ndarray) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"precious")
    with pytest.raises(OutputError, match=r"a\.png' exists already.*overwrite"):
        save_image(array, path)
    assert path.read_bytes() == b"precious"
    save_image(array, path, overwrite=True)
    assert read_picture(path).shape == (12, 17)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none/a.png", "there is no folder .*none'.*Make it first"),
        ("file/a.png", "there is no folder .*file'"),
        ("folder.png", "is a folder, not a file"),
        ("x" * 300 + ".png", "cannot write .*: File name too long"),
        ("nul\0.png", "cannot write .*null"),
    ],
)
def test_places_where_nothing_can_be_written(
    tmp_path: Path, array: np.ndarray, name: Any, message: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.png").mkdir()
    for overwrite in (False, True):
        with pytest.raises(OutputError, match=message):
            check_output(tmp_path / name, overwrite)
        with pytest.raises(OutputError, match=message):
            save_image(array, tmp_path / name, overwrite=overwrite)


def test_the_longest_name_that_the_folder_takes(tmp_path: Path, array: np.ndarray) -> None:
    longest = os.pathconf(tmp_path, "PC_NAME_MAX")
    path = tmp_path / ("x" * (longest - 4) + ".png")
    assert save_image(array, path).stat().st_size > 0


def test_a_closed_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)  # root may write everywhere
    with pytest.raises(OutputError, match=f"cannot write into '{tmp_path}': Permission denied"):
        check_output(tmp_path / "a.png")


def test_checking_leaves_nothing_behind(tmp_path: Path) -> None:
    assert check_output(str(tmp_path / "a.png")) == tmp_path / "a.png"
    assert not list(tmp_path.iterdir())


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert check_output("~/a.png") == tmp_path / "a.png"
    with pytest.raises(OutputError, match="there is no folder '~no-such-user-here'"):
        check_output("~no-such-user-here/a.png")


def test_a_picture_too_large_for_its_format(array: np.ndarray) -> None:
    with pytest.raises(OutputError, match="1x16400 cannot be written as WEBP"):
        encode(np.zeros((16400, 1, 3), np.uint8), "WEBP")


def test_pixels_are_saved_as_they_are(tmp_path: Path, array: np.ndarray) -> None:
    path = save_pixels(array[..., :3], tmp_path / "a.png")
    np.testing.assert_array_equal(read_picture(path).values, array[..., :3])
    with pytest.raises(OutputError, match="exists already"):
        save_pixels(array[..., :3], path)
