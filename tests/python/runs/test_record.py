"""A record: whole and checked, as picture files carry it, and nobody's JSON can do harm."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_record import RECORD, SHA, a_record, made
from hypothesis import given
from hypothesis import strategies as st

from deepdreamr import LayerTerm
from deepdreamr.errors import ImageError, ImageWarning
from deepdreamr.pictures.reading import read_picture
from deepdreamr.pictures.writing import encode
from deepdreamr.recipes.published import RECIPES
from deepdreamr.runs._comparing import differences, version_differences
from deepdreamr.runs.record import (
    FIELDS,
    LONGEST,
    Record,
    parse_record,
    show,
)

KINDS = ["PNG", "JPEG", "WEBP", "TIFF"]
TEXT = json.dumps(RECORD)


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (12, 17, 3), np.uint8)


def plain(record: Record) -> dict[str, Any]:
    """The record as JSON has it."""
    return json.loads(record.json())


# ---- Plain data ----------------------------------------------------------------------------------


def test_the_example_has_every_field() -> None:
    assert list(RECORD) == list(FIELDS)


def test_a_record_is_read_as_attributes_and_as_a_mapping() -> None:
    record = a_record()
    assert record.seed == record["seed"] == 2**31 and list(record) == list(FIELDS)
    assert dict(record) == RECORD == plain(record)
    assert record == RECORD and record == a_record() and record != dict(a_record(seed=3))
    assert len(record) == len(FIELDS) and record.get("nothing") is None
    names: list[Any] = ["nothing", "summary", "__class__", 3]
    for name in names:
        with pytest.raises(KeyError):
            record[name]
    assert record.source_size == (480, 640) and record.last_step == (2, 20)


def test_a_record_is_frozen_and_a_value() -> None:
    record = a_record()
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.seed = 3  # type: ignore[misc]
    for same in (pickle.loads(pickle.dumps(record)), copy.deepcopy(record), a_record()):
        assert same == record and hash(same) == hash(record)
    assert a_record(seed=3) != record


def test_the_terms_of_a_record() -> None:
    first, second = a_record().terms()
    assert first == LayerTerm("mixed3", 1.0)
    assert second == LayerTerm("mixed4", -0.5, {66: 1.0, 143: 2.5})


@given(st.text(max_size=60), st.text(max_size=60))
def test_its_json_is_the_same_record(name: Any, recipe: Any) -> None:
    record = a_record(source=name, recipe=recipe)
    assert plain(record) == made(source=name, recipe=recipe)
    assert parse_record(record.json()) == record and record.json().isascii()


def test_its_summary() -> None:
    assert a_record().summary() == (
        "DeepDream of jelly.jpg: recipe vivid; mixed3 1, mixed4 -0.5; inception_v3; seed 2147483648"
    )
    many = [{"layer": f"a{i}", "weight": 1, "channels": None} for i in range(11)]
    assert "a9 1, ...; inception_v3" in a_record(layers=many, source=None).summary()
    assert a_record(source=None).summary().startswith("DeepDream of a picture: ")


def test_no_tensorflow_is_imported() -> None:
    code = "import sys, deepdreamr.runs.record; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# ---- In pictures ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_carries_the_record(pixels: np.ndarray, kind: str) -> None:
    assert show(encode(pixels, kind, note=a_record().note())) == a_record()


def test_other_programs_see_a_line_and_the_software() -> None:
    note = a_record().note()
    assert (note.text, note.summary) == (a_record().json(), a_record().summary())
    assert note.software == "deepdreamr 1.2.3"


@pytest.mark.parametrize("kind", KINDS)
def test_names_in_any_script_and_with_odd_characters(pixels: np.ndarray, kind: str) -> None:
    record = a_record(source='Qualle "ü" 水母 🪼 \x1b[31m\n.jpg', recipe="[ a,\t b ]")
    assert show(encode(pixels, kind, note=record.note())) == record


def test_settings_too_long_for_a_jpeg_are_left_out_with_a_warning(pixels: np.ndarray) -> None:
    channels = [[number, 0.123456789] for number in range(4000)]
    record = a_record(layers=[{"layer": "mixed10", "weight": 1.0, "channels": channels}])
    with pytest.warns(ImageWarning, match="left out: .* longer than a JPEG can hold"):
        content = encode(pixels, "JPEG", note=record.note())
    assert read_picture(content).shape == (12, 17)
    for kind in ("PNG", "WEBP", "TIFF"):
        assert show(encode(pixels, kind, note=record.note())) == record


def test_pictures_that_are_none(tmp_path: Path) -> None:
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


@given(st.binary(max_size=100))
def test_any_text_in_a_picture_is_a_record_or_refused(content: Any) -> None:
    text = '{"deepdreamr"' + content.decode("latin-1")
    note = a_record().note()._replace(text=text.encode("ascii", "replace").decode())
    with pytest.raises(ImageError):
        show(encode(np.zeros((2, 2, 3), np.uint8), note=note))


# ---- What differs --------------------------------------------------------------------------------

OTHER: dict[str, Any] = {
    "network": "vgg16",
    "weights_sha256": SHA[::-1],
    "convention": "caffe",
    "engine": "keras",
    "training": True,
    "precision": "bfloat16",
    "seed": 3,
    "source_size": [1, 2],
    "source_sha256": SHA[::-1],
    "guide_sha256": SHA,
    "octaves": [[480, 640]],
    "layers": [],
    "mask_sha256": SHA,
    "masks": [{"mask_sha256": SHA, "layers": []}],
    "keep_colors": True,
    "strength": 0.5,
}
PHRASES = {
    "weights_sha256": ["the network's parameters"],
    "source_sha256": ["the picture's pixels"],
    "guide_sha256": ["the guide"],
    "source_size": ["the picture's size (was [480, 640], is [1, 2])"],
    "octaves": ["octaves' sizes (was [[342, 457], [480, 640]], is [[480, 640]])"],
    "layers": ["layers"],
    "mask_sha256": ["the mask"],
    "masks": ["the masks or their layers"],
}
NO_PIXEL = {"deepdreamr", "recipe", "weights", "weights_from", "source", "size", "max_size"}
NO_PIXEL |= {"window_pixels", "octave", "steps", "last_step", "stopped", "device", "versions"}
NO_PIXEL |= {"skipped", "threads", "processor"}


@pytest.mark.parametrize("name", OTHER)
def test_what_the_pixels_depend_on_is_compared(name: Any) -> None:
    before, now = a_record(), a_record(**{name: OTHER[name]})
    brief = [f"{name} (was {before[name]!r}, is {now[name]!r})"]
    assert differences(before, now) == PHRASES.get(name, brief)
    assert not differences(before, before)


def test_each_setting_is_compared() -> None:
    settings = RECORD["settings"] | {"step": 0.5, "later": 1}
    del settings["jitter"]
    assert differences(a_record(), a_record(settings=settings)) == [
        "setting step (was 0.02, is 0.5)",
        "setting jitter (was 32, is 0)",
        "setting later (was None, is 1)",
    ]


def test_a_chain_is_compared_where_no_other_setting_tells_it() -> None:
    def changed(**settings: Any) -> Any:
        return differences(a_record(), a_record(settings={**RECORD["settings"], **settings}))

    recipe = RECIPES["vivid"]
    assert changed(**recipe.replace(sigma=0.7).settings()) == ["setting sigma (was 0.4, is 0.7)"]
    other = recipe.replace(chain="smooth(0.4, growth=0.8), normalize('std', epsilon=1e-8)")
    assert changed(**other.settings()) == []
    text = "smooth(0.4, growth=0.8), colors(1, 1, 2), normalize('std', epsilon=1e-8)"
    assert changed(chain=text)  # other settings are those that it takes the place of
    old = {name: value for name, value in RECORD["settings"].items() if name != "chain"}
    assert differences(a_record(settings=old), a_record()) == []


def test_every_field_is_compared_or_changes_no_pixel() -> None:
    assert set(FIELDS) == set(OTHER) | NO_PIXEL | {"settings"}


def test_programs_and_devices_that_differ() -> None:
    now = a_record(deepdreamr="2.0", device="GPU", versions={"python": "3.11.2", "keras": "3"})
    assert version_differences(a_record(), now) == [
        "deepdreamr (was '1.2.3', is '2.0')",
        "tensorflow (was '2.16.1', is None)",
        "device (was 'CPU', is 'GPU')",
        "keras (was None, is '3')",
    ]
    now = a_record(threads=1, processor="sve")
    assert version_differences(a_record(), now) == [
        "threads (was 2, is 1)",
        "processor (was 'avx2', is 'sve')",
    ]
    assert version_differences(a_record(threads=None, processor=None), now) == []


# ---- Strangers' JSON -----------------------------------------------------------------------------

HOSTILE = {
    "no JSON": "{'deepdreamr': 1}",
    "cut off": TEXT[:-5],
    "a list": '["deepdreamr"]',
    "a number": "12",
    "nested": "[" * 200_000,
    "nested objects": '{"deepdreamr":' * 60_000,
    "too long": json.dumps(made(source="x" * LONGEST)),
    "not a number": TEXT.replace('"seed": 2147483648', '"seed": NaN'),
    "infinite": TEXT.replace("0.02", "1e999"),
    "minus infinite": TEXT.replace("0.02", "-Infinity"),
    "many digits": TEXT.replace("2147483648", "1" * 10_000),
    "empty": "",
    "null": "null",
    "something behind it": TEXT + "}",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_record_is_refused(case: str) -> None:
    with pytest.raises(ImageError, match="what the text says of how it was made is damaged") as no:
        parse_record(HOSTILE[case])
    assert "\n" not in str(no.value) and len(str(no.value)) < 500


LATER = "engine skipped mask_sha256 masks keep_colors strength threads processor".split()


@pytest.mark.parametrize("name", [name for name in FIELDS if name not in LATER])
def test_a_record_must_be_whole(name: Any) -> None:
    record = made()
    del record[name]
    with pytest.raises(ImageError, match=f"damaged: {name} is missing"):
        parse_record(json.dumps(record))


def test_a_record_of_version_0_1_has_the_only_engine_that_there_was() -> None:
    record = {name: value for name, value in made().items() if name not in LATER}
    assert parse_record(json.dumps(record)) == a_record(threads=None, processor=None)


WRONG: dict[str, list[Any]] = {
    "skipped": [1, [1], [{"octave": 1}], [{"octave": -1, "why": "max_loss", "loss": 1.0}]],
    "deepdreamr": [1, None, "x" * 1001],
    "settings": [{"step": [1]}, {"step": {}}, {"__class__.x": 1}, {"A": 1}, {"a" * 41: 1}, []],
    "layers": [{}, [1], [{"layer": "a"}], [{"layer": "", "weight": 1, "channels": None}]],
    "weights_from": ["/etc/passwd", "", None, "Bundled", "\n\x1b[2J", "x" * 10_000],
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
    "versions": [{"python": 3}, ["3"], {"../x": "1"}, {"python": "\x1b" * 1001}],
    "engine": [None, 1, "x" * 1001],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_field_of_another_kind_is_refused(name: Any, value: Any) -> None:
    with pytest.raises(ImageError, match=rf"damaged: .*\b{name}\b") as caught:
        parse_record(json.dumps(made(**{name: value})))
    assert str(caught.value).isprintable() and len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "layer",
    [
        {"layer": "a", "weight": "1", "channels": None},
        {"layer": "a", "weight": 10**400, "channels": None},
        {"layer": 1, "weight": 1, "channels": None},
        {"layer": "a", "weight": 1, "channels": [1]},
        {"layer": "a", "weight": 1, "channels": [[-1, 1]]},
        {"layer": "a", "weight": 1, "channels": [[1, 1, 1]]},
        {"layer": "a", "weight": True, "channels": None},
        {"layer": "a", "weight": 1},
    ],
)
def test_a_layer_of_another_kind_is_refused(layer: Any) -> None:
    with pytest.raises(ImageError, match="damaged: .*layers"):
        parse_record(json.dumps(made(layers=[layer])))


def test_fields_that_are_not_known_are_left_out() -> None:
    assert a_record(command="rm -rf /", hook=["x"]) == a_record()
    first, second = RECORD["layers"]
    assert a_record(layers=[first | {"path": "x"}, second]) == a_record()


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.sampled_from(list(FIELDS)), _json)
def test_any_json_in_any_field_is_kept_as_it_is_or_refused(name: Any, value: Any) -> None:
    try:
        record = parse_record(json.dumps(made(**{name: value})))
    except ImageError:
        return
    assert plain(record) == made(**{name: value})


# ---- A record is a dict, too ---------------------------------------------------------------------


def kept_record() -> Record:
    return show(Path(__file__).parents[1] / "kept" / "vivid.png")


def test_a_record_can_be_used_as_the_dict_of_0_1() -> None:
    record = kept_record()
    assert isinstance(record, dict) and record == dict(record) == json.loads(record.json())
    assert json.loads(json.dumps(record)) == record
    assert (record | {"seed": 5})["seed"] == 5 and record.copy() == record
    assert record["octaves"] == [list(shape) for shape in record.octaves]
    own = kept_record()
    own["seed"] = 9
    assert own.pop("recipe") == "vivid" and kept_record()["seed"] == 1


def test_a_record_survives_copies() -> None:
    record = kept_record()
    for copied in (pickle.loads(pickle.dumps(record)), copy.deepcopy(record)):
        assert copied == record and copied.octaves == record.octaves
        assert hash(copied) == hash(record)
    assert dataclasses.replace(record, seed=5)["seed"] == 5


def test_a_file_s_name_may_be_no_unicode() -> None:
    name = os.fsdecode(b"caf\xe9.png")
    record = dataclasses.replace(kept_record(), source=name)
    assert parse_record(record.json()).source == name
    record.summary().encode()


def test_a_stranger_s_engine_is_one_of_two() -> None:
    text = dataclasses.replace(kept_record(), engine="keras").json()
    assert parse_record(text).engine == "keras"
    with pytest.raises(ImageError, match="damaged: engine is wrong"):
        parse_record(text.replace('"keras"', '"other"'))
