"""A record as text for people: the same JSON, on lines that can be read, harmless to a terminal."""

from __future__ import annotations

import json
from typing import Any

from example_record import RECORD, made
from hypothesis import given
from hypothesis import strategies as st

from deepdreamr.front.tables import readable
from deepdreamr.runs.record import parse_record


def test_a_terminal_gets_no_control_characters() -> None:
    text = readable(made(source="\x1b]0;title\x07\x1b[2J.jpg"))
    assert all(character.isprintable() or character == "\n" for character in text)
    assert text.isascii()


@given(st.text(max_size=60), st.text(max_size=60))
def test_readable_text_is_the_same_json(name: Any, recipe: Any) -> None:
    record = made(source=name, recipe=recipe)
    assert json.loads(readable(record)) == json.loads(json.dumps(dict(record)))


def test_readable_text_has_a_line_for_each_setting_and_octave() -> None:
    lines = readable(RECORD).splitlines()
    assert '    "step": 0.02,' in lines
    assert "    [342, 457]," in lines and '  "last_step": [2, 20],' in lines


def test_a_record_is_shown_as_the_mapping_that_it_is() -> None:
    record = parse_record(json.dumps(RECORD))
    assert json.loads(readable(record)) == {**RECORD, "engine": "fast"}
    assert readable(record) == readable(dict(record))
