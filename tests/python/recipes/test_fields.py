"""A field that knows what it may be: its type, its limits, and its line in a docstring."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from needing import present

from deepdreamr.errors import ArgumentError
from deepdreamr.recipes.fields import REQUIRED, checked, document, field_type, setting


@dataclasses.dataclass
class Told:
    """What the tests look at."""

    count: int = setting(REQUIRED, "how many", least=1, most=9)
    share: float | None = setting(None, "how much of it", above=0, most=0.5)
    word: str = setting("some", "which", choices=("some", "all"), before="all")
    names: tuple[str, ...] = setting((), "of what")


FIELDS = {field.name: field for field in dataclasses.fields(Told)}


def test_the_type_of_a_field() -> None:
    types = {name: field_type(Told, name) for name in FIELDS}
    assert types == {
        "count": (int, False),
        "share": (float, True),
        "word": (str, False),
        "names": (tuple, False),
    }


@pytest.mark.parametrize(
    ("name", "good", "bad", "words"),
    [
        ("count", [1, 9], [0, 10, None], "a whole number >= 1 and <= 9. Received: count="),
        ("share", [None, 0.1, 0.5], [0, 0.6], "a number > 0 and <= 0.5, or None. Received: share="),
        ("word", ["some", "all"], ["none", None], "one of some, all. Received: word="),
    ],
)
def test_a_value_is_within_its_limits(name: str, good: Any, bad: Any, words: str) -> None:
    for value in good:
        assert checked(Told, FIELDS[name], value) == value
    for value in bad:
        with pytest.raises(ArgumentError) as caught:
            checked(Told, FIELDS[name], value)
        assert str(caught.value) == f"`{name}` must be {words}{value!r}"


def test_what_0_1_did_is_kept_beside_the_default() -> None:
    assert FIELDS["word"].default == "some" and FIELDS["word"].metadata["before"] == "all"
    assert FIELDS["share"].metadata["before"] is dataclasses.MISSING


def test_a_docstring_has_help_range_and_default() -> None:
    fields = {name: FIELDS[name] for name in ("share", "word", "names")}
    told = type("Told", (), {"__doc__": "All.\n\n    Raises\n    ------\n"})
    document(told, fields)
    assert present(told.__doc__).split("\n") == [
        "All.",
        "",
        "    Parameters",
        "    ----------",
        "    share : how much of it (> 0 and <= 0.5; default None)",
        "    word : which (some, all; default 'some')",
        "    names : of what (default ())",
        "",
        "    Raises",
        "    ------",
        "",
    ]
    bare = type("Bare", (), {})
    document(bare, fields)  # under `python -OO`
    assert bare.__doc__ is None
