"""A record: whole and checked, as picture files carry it, and nobody's JSON can do harm."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from example_record import RECORD, SHA, made
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from deepdreamr.errors import ImageError, ImageWarning
from deepdreamr.pictures.reading import read_picture
from deepdreamr.pictures.writing import FORMATS, encode
from deepdreamr.runs._old_metadata import (
    FIELDS,
    LONGEST,
    note,
    readable,
    show,
    summary,
    to_record,
    to_text,
)
from deepdreamr.runs.dreaming import Dream

KINDS = ["PNG", "JPEG", "WEBP", "TIFF"]


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (12, 17, 3), np.uint8)


def exif_of(content: bytes) -> Image.Exif:
    with Image.open(io.BytesIO(content)) as opened:
        return opened.getexif()


def test_the_example_has_every_field():
    assert list(RECORD) == list(FIELDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("alpha", [False, True])
def test_every_format_carries_the_record_and_the_same_pixels(pixels, kind, alpha):
    options = {"alpha": pixels[..., 0]} if alpha else {}
    with_record = encode(pixels, kind, note=note(RECORD), **options)
    assert show(with_record) == RECORD
    first, second = (read_picture(c) for c in (with_record, encode(pixels, kind, **options)))
    np.testing.assert_array_equal(first.pixels, second.pixels)
    if second.alpha is not None:
        np.testing.assert_array_equal(first.alpha, second.alpha)


@pytest.mark.parametrize("kind", KINDS)
def test_other_programs_see_a_line_and_the_software(pixels, kind):
    content = encode(pixels, kind, note=note(RECORD))
    if kind == "PNG":
        with Image.open(io.BytesIO(content)) as opened:
            software, line = opened.text["Software"], opened.text["Description"]
    else:
        exif = exif_of(content)
        software, line = exif[ExifTags.Base.Software], exif[ExifTags.Base.ImageDescription]
    assert software == "deepdreamr 1.2.3"
    if kind == "TIFF":
        assert json.loads(line) == RECORD
    else:
        assert line == summary(RECORD)
    assert summary(RECORD) == (
        "DeepDream of jelly.jpg: recipe vivid; mixed3 1, mixed4 -0.5; inception_v3; seed 2147483648"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_names_in_any_script_and_with_odd_characters(pixels, kind):
    record = made(source='Qualle "ü" 水母 🪼 \x1b[31m\n.jpg', recipe="[ a,\t b ]")
    assert show(encode(pixels, kind, note=note(record))) == record


def test_a_terminal_gets_no_control_characters():
    text = readable(made(source="\x1b]0;title\x07\x1b[2J.jpg"))
    assert all(character.isprintable() or character == "\n" for character in text)
    assert text.isascii()


@given(st.text(max_size=60), st.text(max_size=60))
def test_readable_text_is_the_same_json(name, recipe):
    record = made(source=name, recipe=recipe)
    assert json.loads(readable(record)) == record
    assert to_record(to_text(record)) == record


def test_readable_text_has_a_line_for_each_setting_and_octave():
    lines = readable(RECORD).splitlines()
    assert '    "step": 0.02,' in lines
    assert "    [342, 457]," in lines and '  "last_step": [2, 20],' in lines


def test_settings_too_long_for_a_jpeg_are_left_out_with_a_warning(pixels):
    channels = [[number, 0.123456789] for number in range(4000)]
    record = made(layers=[{"layer": "mixed10", "weight": 1.0, "channels": channels}])
    with pytest.warns(ImageWarning, match="left out: .* longer than a JPEG can hold"):
        content = encode(pixels, "JPEG", note=note(record))
    assert read_picture(content).shape == (12, 17)
    for kind in ("PNG", "WEBP", "TIFF"):
        assert show(encode(pixels, kind, note=note(record))) == record


# ---- Where it comes from -------------------------------------------------------------------------


def a_dream(pixels: np.ndarray, **fields: Any) -> Dream:
    values = {"octaves": (), "recipe": "vivid", "settings": {}, "layers": ()} | fields
    return Dream(
        image=pixels,
        losses=(),
        network="inception_v3",
        weights="bundled",
        training=False,
        precision="float32",
        seed=1,
        seconds=0.1,
        **values,
    )


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_saved_dream_carries_its_record_unless_it_is_stripped(tmp_path, pixels, suffix):
    result = a_dream(pixels, record=RECORD)
    path = result.save(tmp_path / f"dream{suffix}")
    assert show(path) == show(str(path)) == show(path.read_bytes()) == RECORD
    bare = result.save(tmp_path / f"bare{suffix}", strip_metadata=True)
    with pytest.raises(ImageError, match=f"'bare{suffix}' does not say how it was made"):
        show(bare)
    assert b"jelly.jpg" not in bare.read_bytes()
    np.testing.assert_array_equal(read_picture(bare).pixels, read_picture(path).pixels)


def test_png_bytes_and_the_dream_itself_say_the_same(pixels):
    result = a_dream(pixels, record=RECORD)
    assert show(result.png()) == show(result) == RECORD
    with pytest.raises(ImageError):
        show(result.png(strip_metadata=True))
    assert show(result._repr_png_()) == RECORD


def test_a_dream_without_a_record_does_not_say_how_it_was_made(pixels):
    with pytest.raises(ImageError, match="does not say"):
        show(a_dream(pixels))


def test_a_copied_record_is_the_caller_s_own(pixels):
    result = a_dream(pixels, record=made())
    show(result)["settings"]["step"] = 99
    assert result.record == RECORD


def test_pictures_that_are_none(tmp_path):
    with pytest.raises(ImageError, match="there is no file"):
        show(tmp_path / "none.png")
    with pytest.raises(ImageError, match="not a picture"):
        show(b"just a text")
    with pytest.raises(ImageError, match="is empty"):
        show(b"")
    with pytest.raises(ImageError, match="path or bytes. Received: int"):
        show(5)
    with pytest.raises(ImageError, match="path or bytes. Received: ndarray"):
        show(np.zeros((3, 3, 3)))


# ---- Strangers' JSON -----------------------------------------------------------------------------

HOSTILE = {
    "no JSON": "{'deepdreamr': 1}",
    "cut off": to_text(RECORD)[:-5],
    "a list": '["deepdreamr"]',
    "a number": "12",
    "nested": "[" * 200_000,
    "nested objects": '{"deepdreamr":' * 60_000,
    "too long": json.dumps(made(source="x" * LONGEST)),
    "not a number": to_text(RECORD).replace('"seed": 2147483648', '"seed": NaN'),
    "infinite": to_text(RECORD).replace("0.02", "1e999"),
    "minus infinite": to_text(RECORD).replace("0.02", "-Infinity"),
    "many digits": to_text(RECORD).replace("2147483648", "1" * 10_000),
    "empty": "",
    "null": "null",
    "a lone half of a character": to_text(RECORD).replace('"vivid"', '"\\ud800"') + "}",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_record_is_refused(case):
    with pytest.raises(ImageError, match="what the text says of how it was made is damaged"):
        to_record(HOSTILE[case])


@pytest.mark.parametrize("name", FIELDS)
def test_a_record_must_be_whole(name):
    record = made()
    del record[name]
    with pytest.raises(ImageError, match=f"damaged: {name} is missing"):
        to_record(json.dumps(record))


WRONG: dict[str, list[Any]] = {
    "deepdreamr": [1, None, "x" * 1001],
    "settings": [{"step": [1]}, {"step": {}}, {"__class__.x": 1}, {"A": 1}, {"a" * 41: 1}, []],
    "layers": [{}, [1], [{"layer": "a"}], [{"layer": "", "weight": 1, "channels": None}]],
    "weights_from": ["/etc/passwd", "", None, "Bundled"],
    "weights_sha256": ["abc", SHA.upper(), SHA + "\n", None],
    "training": [0, "false", None],
    "seed": [-1, 1.5, True, None, 2**128],
    "source": [1, [], "x" * 1001],
    "source_size": [[1], [1, 2, 3], [1, -1], [1.0, 2], None, "12"],
    "octaves": [[[1]], [[1, 2]] * 1001, {}],
    "octave": [-1, "2", None],
    "last_step": [[1], 3],
    "size": [[0.5, 1], "1x1"],
    "max_size": ["640", -1, 1.5],
    "versions": [{"python": 3}, ["3"], {"../x": "1"}],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_field_of_another_kind_is_refused(name, value):
    with pytest.raises(ImageError, match=f"damaged: {name} is wrong"):
        to_record(json.dumps(made(**{name: value})))


@pytest.mark.parametrize(
    "layer",
    [
        {"layer": "a", "weight": "1", "channels": None},
        {"layer": "a", "weight": 10**400, "channels": None},
        {"layer": 1, "weight": 1, "channels": None},
        {"layer": "a", "weight": 1, "channels": [1]},
        {"layer": "a", "weight": 1, "channels": [[-1, 1]]},
        {"layer": "a", "weight": 1, "channels": [[1, 1, 1]]},
        {"layer": "a", "weight": 1, "channels": None, "path": "x"},
    ],
)
def test_a_layer_of_another_kind_is_refused(layer):
    with pytest.raises(ImageError, match="damaged: layers is wrong"):
        to_record(json.dumps(made(layers=[layer])))


def test_fields_that_are_not_known_are_left_out():
    assert to_record(json.dumps(made(command="rm -rf /", hook=["x"]))) == RECORD


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.sampled_from(list(FIELDS)), _json)
def test_any_json_in_any_field_is_kept_as_it_is_or_refused(name, value):
    try:
        record = to_record(json.dumps(made(**{name: value})))
    except ImageError:
        return
    assert record == made(**{name: value})


def commented(pixels: np.ndarray, kind: str, comment: Any, description: str = "") -> bytes:
    exif = Image.Exif()
    if description:
        exif[ExifTags.Base.ImageDescription] = description
    if comment is not None:
        exif[ExifTags.IFD.Exif] = {int(ExifTags.Base.UserComment): comment}
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, exif=exif)
    return out.getvalue()


@given(st.binary(max_size=200))
def test_any_bytes_in_a_comment(comment):
    content = commented(
        np.zeros((2, 2, 3), np.uint8), "JPEG", b'ASCII\0\0\0{"deepdreamr"' + comment
    )
    with pytest.raises(ImageError):
        show(content)
