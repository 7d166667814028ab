"""JSON from strangers: numbers that Python's own reader lets through, and no browser reads."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepdreamr.values import parse_json

FINITE = st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | st.integers() | FINITE | st.text()
VALUES = st.recursive(LEAVES, lambda v: st.lists(v) | st.dictionaries(st.text(), v), max_leaves=20)


@given(VALUES)
def test_any_value_comes_back(value: Any) -> None:
    text = json.dumps(value)
    assert parse_json(text) == parse_json(text.encode()) == value
    assert json.dumps(parse_json(text)) == text


NUMBERS = ["NaN", "Infinity", "-Infinity", "1e999", "-1e309", "1" * 400 + ".0", "1" * 400 + "e0"]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("around", ["{}", "[1, [{}]]", '{{"a": {{"b": {}}}}}'])
def test_what_is_no_finite_number_is_refused_wherever_it_is(number: str, around: str) -> None:
    with pytest.raises(ValueError, match=r"^-?[\w.]+ is not a finite number$") as no:
        parse_json(around.format(number))
    assert len(str(no.value)) < 50


@pytest.mark.parametrize("text", ["", "{", "nan", "[" * 200_000, b"\xff", b"\x00" * 9, "1" * 9999])
def test_what_is_no_json_is_told_on_one_line(text: str | bytes) -> None:
    with pytest.raises(ValueError) as refused:
        parse_json(text)
    assert str(refused.value) and "\n" not in str(refused.value)
