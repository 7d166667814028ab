"""What a saved picture says of how it was made: written, found again, and harmless."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needing import present
from PIL import ExifTags, Image, PngImagePlugin

from deepdreamr import save_image
from deepdreamr.errors import ImageError, ImageWarning
from deepdreamr.pictures.metadata import Note, metadata_options, read_text, title
from deepdreamr.pictures.picture import to_uint8
from deepdreamr.pictures.reading import read_picture
from deepdreamr.pictures.writing import FORMATS, encode

KINDS = ["PNG", "JPEG", "WEBP", "TIFF"]


def noted(**fields: Any) -> Note:
    """A note whose text is a small record with these fields."""
    text = json.dumps({"deepdreamr": "1.2.3", "seed": 2**31, **fields})
    return Note(text, "DeepDream of jelly.jpg: recipe vivid", "deepdreamr 1.2.3")


NOTE = noted()


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (12, 17, 3), np.uint8)


def exif_of(content: bytes) -> Image.Exif:
    with Image.open(io.BytesIO(content)) as opened:
        return opened.getexif()


# ---- Written and read again ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.filterwarnings("ignore:the transparency is left out")
def test_every_format_carries_the_text_and_the_same_pixels(
    pixels: np.ndarray, kind: str, alpha: bool
) -> None:
    options: dict[str, Any] = {"alpha": pixels[..., 0]} if alpha else {}
    with_note = encode(pixels, kind, note=NOTE, **options)
    assert read_text(with_note) == NOTE.text
    first, second = (read_picture(c) for c in (with_note, encode(pixels, kind, **options)))
    np.testing.assert_array_equal(first.pixels, second.pixels)
    if second.alpha is not None:
        np.testing.assert_array_equal(first.alpha, second.alpha)


@pytest.mark.parametrize("kind", KINDS)
def test_other_programs_see_a_line_and_the_software(pixels: np.ndarray, kind: str) -> None:
    content = encode(pixels, kind, note=NOTE)
    if kind == "PNG":
        with Image.open(io.BytesIO(content)) as opened:
            software, line = opened.text["Software"], opened.text["Description"]
    else:
        exif = exif_of(content)
        software, line = exif[ExifTags.Base.Software], exif[ExifTags.Base.ImageDescription]
    assert software == "deepdreamr 1.2.3"
    assert line == (NOTE.text if kind == "TIFF" else NOTE.summary)


@pytest.mark.parametrize("kind", KINDS)
def test_names_in_any_script_and_with_odd_characters(pixels: np.ndarray, kind: str) -> None:
    note = noted(source='Qualle "ü" 水母 🪼 \x1b[31m\n.jpg', recipe="[ a,\t b ]")
    assert read_text(encode(pixels, kind, note=note)) == note.text


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_note_a_picture_says_nothing(pixels: np.ndarray, kind: str) -> None:
    content = encode(pixels, kind)
    with pytest.raises(ImageError, match="the picture does not say how it was made") as caught:
        read_text(content)
    assert "metadata were stripped" in present(caught.value.hint)
    assert b"deepdreamr" not in content


def test_settings_too_long_for_a_jpeg_are_left_out_with_a_warning(pixels: np.ndarray) -> None:
    channels = [[number, 0.123456789] for number in range(4000)]
    note = noted(layers=[{"layer": "mixed10", "weight": 1.0, "channels": channels}])
    with pytest.warns(ImageWarning, match="left out: .* longer than a JPEG can hold"):
        content = encode(pixels, "JPEG", note=note)
    assert read_picture(content).shape == (12, 17)
    for kind in ("PNG", "WEBP", "TIFF"):
        assert read_text(encode(pixels, kind, note=note)) == note.text


def test_the_longest_note_that_a_jpeg_holds(pixels: np.ndarray) -> None:
    room = 65_000 - len(noted(source="").text) - len(NOTE.summary)
    longest, longer = noted(source="x" * room), noted(source="x" * (room + 1))
    assert read_text(encode(pixels, "JPEG", note=longest)) == longest.text
    with pytest.warns(ImageWarning, match="longer than a JPEG can hold"):
        assert metadata_options(longer, "JPEG") == {}


@pytest.mark.parametrize("suffix", sorted(FORMATS.keys() - {".bmp"}))
def test_the_text_is_read_from_a_path_and_from_bytes(
    tmp_path: Path, pixels: np.ndarray, suffix: Any
) -> None:
    path = tmp_path / f"dream{suffix}"
    path.write_bytes(encode(pixels, FORMATS[suffix], note=NOTE))
    assert read_text(path) == read_text(str(path)) == read_text(path.read_bytes()) == NOTE.text
    bare = save_image(pixels, tmp_path / f"bare{suffix}")
    with pytest.raises(ImageError, match=f"'bare{suffix}' does not say how it was made"):
        read_text(bare)


def test_a_picture_s_title_is_its_file_s_name(tmp_path: Path) -> None:
    assert title(tmp_path / "a picture.png") == title("there/a picture.png") == "'a picture.png'"
    assert title(b"content") == title(None) == "the picture"


def photograph(pixels: np.ndarray, kind: str) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera & Co"
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (52.0, 31.0, 12.0)}
    exif[ExifTags.IFD.Exif] = {int(ExifTags.Base.BodySerialNumber): "S/N 4711"}
    loaded = Image.Exif()
    loaded.load(exif.tobytes())
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, exif=loaded)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_position_and_camera_are_not_copied_and_the_orientation_is_applied(
    tmp_path: Path, pixels: np.ndarray, kind: str, suffix: str
) -> None:
    source = photograph(pixels, kind)
    assert b"Camera & Co" in source
    picture = read_picture(source)
    assert picture.shape == (17, 12)  # turned
    plain = save_image(source, tmp_path / f"plain{suffix}").read_bytes()
    noted = encode(to_uint8(picture.image), FORMATS[suffix], note=NOTE)
    for content in (plain, noted):
        assert b"Camera" not in content and b"4711" not in content
        exif = exif_of(content)
        assert ExifTags.IFD.GPSInfo not in exif and not exif.get_ifd(ExifTags.IFD.GPSInfo)
        assert exif.get(ExifTags.Base.Orientation, 1) == 1
        assert read_picture(content).shape == (17, 12)


# ---- Where tools put it -------------------------------------------------------------------------


def chunk(name: bytes, content: bytes) -> bytes:
    body = name + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def with_chunk(png: bytes, name: bytes, content: bytes, *, last: bool) -> bytes:
    place = png.index(b"IEND") - 4 if last else png.index(b"IDAT") - 4
    return png[:place] + chunk(name, content) + png[place:]


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("kind", ["tEXt", "zTXt", "iTXt"])
def test_every_kind_of_png_text_before_and_after_the_pixels(
    pixels: np.ndarray, kind: str, last: bool
) -> None:
    text = NOTE.text.encode()
    content = {
        "tEXt": b"deepdreamr\0" + text,
        "zTXt": b"deepdreamr\0\0" + zlib.compress(text),
        "iTXt": b"deepdreamr\0\1\0\0\0" + zlib.compress(text),
    }[kind]
    png = with_chunk(encode(pixels), kind.encode(), content, last=last)
    assert read_text(png) == NOTE.text


def commented(pixels: np.ndarray, kind: str, comment: Any, description: str = "") -> bytes:
    exif = Image.Exif()
    if description:
        exif[ExifTags.Base.ImageDescription] = description
    if comment is not None:
        exif[ExifTags.IFD.Exif] = {int(ExifTags.Base.UserComment): comment}
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_comment_that_a_tool_padded_or_moved(pixels: np.ndarray, kind: str) -> None:
    text = NOTE.text
    for comment in (b"ASCII\0\0\0" + text.encode() + b"\0\0", b"ASCII\0\0\0 " + text.encode()):
        assert read_text(commented(pixels, kind, comment)).strip() == text
    assert read_text(commented(pixels, kind, None, description=text)) == text


@pytest.mark.parametrize("comment", [b"", b"ASCII\0\0\0", b"\xff\xfe\0", b"UNICODE\0{}", b"a note"])
def test_other_people_s_comments_are_not_ours(pixels: np.ndarray, comment: bytes) -> None:
    with pytest.raises(ImageError, match="does not say how it was made"):
        read_text(commented(pixels, "JPEG", comment, description="my holiday"))


# ---- No picture at all, and strangers' pictures -------------------------------------------------


def test_pictures_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="there is no file"):
        read_text(tmp_path / "none.png")
    with pytest.raises(ImageError, match="not a picture"):
        read_text(b"just a text")
    with pytest.raises(ImageError, match="is empty"):
        read_text(b"")
    with pytest.raises(ImageError, match="path or bytes. Received: int"):
        read_text(5)
    with pytest.raises(ImageError, match="path or bytes. Received: ndarray"):
        read_text(np.zeros((3, 3, 3)))


def test_a_damaged_picture_s_text_is_not_read(pixels: np.ndarray) -> None:
    content = encode(pixels, note=NOTE)
    with pytest.raises(ImageError, match="damaged"):
        read_text(content[: len(content) - 200])


@given(st.binary(max_size=200))
def test_any_bytes_in_a_comment(comment: Any) -> None:
    """They are ASCII or refused; whether they are a record is asked by whoever reads it."""
    content = commented(
        np.zeros((2, 2, 3), np.uint8), "JPEG", b'ASCII\0\0\0{"deepdreamr"' + comment
    )
    try:
        text = read_text(content)
    except ImageError:
        return
    assert text.startswith('{"deepdreamr"')


def test_a_text_that_unpacks_to_much_more_is_refused(pixels: np.ndarray) -> None:
    bomb = b"deepdreamr\0\0" + zlib.compress(b" " * 50_000_000)
    with pytest.raises(ImageError):
        read_text(with_chunk(encode(pixels), b"zTXt", bomb, last=False))


def test_a_bomb_of_pixels_is_refused_before_its_text_is_read(
    monkeypatch: pytest.MonkeyPatch, pixels: np.ndarray
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 50)
    with pytest.raises(ImageError, match="more than 50 pixels"):
        read_text(encode(pixels, note=NOTE))


def test_two_notes_in_one_picture(pixels: np.ndarray) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("deepdreamr", noted(seed=1).text)
    info.add_text("deepdreamr", noted(seed=2).text)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", pnginfo=info)
    assert read_text(out.getvalue()) in (noted(seed=1).text, noted(seed=2).text)
