"""Every argument of a call with values of every wrong kind: refused on one line, or it runs.

The cases walk over the fields of `Request` and of `Recipe`: a new one is tried by itself.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepdreamr.errors import ArgumentError, DeepDreamError
from deepdreamr.recipes.settings import SETTINGS, UNITS
from deepdreamr.runs.checking import check
from deepdreamr.runs.request import ARGUMENTS, Request

GREY = np.full((64, 70, 3), 128, np.uint8)


class Unwilling:
    """Has neither a text nor a path that can be had."""

    def __repr__(self) -> str:
        raise RuntimeError

    def __fspath__(self) -> str:
        raise RuntimeError


NEVER: dict[str, Any] = {
    "object": object(),
    "class": object,
    "function": print,
    "unwilling": Unwilling(),
    "date": datetime.date(2020, 1, 2),
    "decimal": decimal.Decimal(1),
    "complex": 1 + 2j,
    "datetime64": np.datetime64("2020"),
    "list": [1],
    "longer list": [1, 2, 3],
    "empty list": [],
    "list of None": [None],
    "empty tuple": (),
    "empty set": set(),
    "empty dict": {},
    "dict": {1: 2},
    "generator": (i for i in range(0)),
    "array": np.array([1.0, 2.0, 3.0]),
    "empty array": np.zeros(0),
    "bytes": b"1",
    "empty text": "",
    "blank text": " ",
    "not a number": float("nan"),
    "infinity": float("inf"),
    "huge": 10**400,
    "hugest": 10**5000,
    "huge fraction": fractions.Fraction(10**400),
    "far below": -(10**400),
    "ellipsis": ...,
}
"""What no argument takes."""

TEXTS = ("no", "yes", "1", "0,5", "1e-2", "None", "TRUE")
"""That look like a value, and are none."""

PATHS = {"network", "weights", "save_octaves", "checkpoint", "guide", "image"}
NAMES = (*ARGUMENTS, *SETTINGS)


def asked(name: str, value: Any) -> Request:
    arguments: dict[str, Any] = {"image": GREY, "layers": {"mixed0": 1}}
    if name == "size":
        arguments["image"] = None
    settings = {"octaves": 1}
    (settings if name in SETTINGS else arguments)[name] = value
    return Request(**arguments, settings=settings)


def refusal(name: str, value: Any) -> str:
    with pytest.raises(DeepDreamError) as caught, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(asked(name, value))
    text = str(caught.value)
    assert "\n" not in text and len(text) < 900
    return text


@pytest.mark.parametrize("name", NAMES)
def test_a_value_of_a_wrong_kind_is_refused_on_one_line(
    name: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for value in NEVER.values():
        if not (name in UNITS and isinstance(value, list | tuple) and not value):  # of no steps
            assert refusal(name, value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [name for name in NAMES if name not in PATHS])
def test_a_text_that_looks_like_a_value_is_none(name: Any) -> None:
    for text in TEXTS:
        assert refusal(name, text)


@pytest.mark.parametrize("value", ["no", "yes", "", 2, 0.5, None, [True], np.array([1, 0])])
def test_training_is_true_or_false(value: Any) -> None:
    with pytest.raises(ArgumentError, match="`training` must be true or false. Received: training"):
        check(asked("training", value))


@pytest.mark.parametrize("value", [True, 1, np.True_, np.bool_(1), np.int64(1)])
def test_truth_may_be_numpy_s_or_a_number(value: Any) -> None:
    assert check(asked("training", value)).training is True
    assert check(asked("clip", value)).recipe.clip is True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", np.int64(3)),
        ("max_size", np.uint8(66)),
        ("max_memory", np.float64(64e9)),  # tests before it may hold much
        ("octaves", np.int32(1)),
        ("step", np.float32(0.5)),
        ("step", np.array(0.5)),
        ("max_loss", np.float16(2)),
        ("layers", {"mixed0": np.float32(0.5)}),
        ("layers", [np.str_("mixed0")]),
        ("layers", np.array(["mixed0", "mixed1"])),
        ("layers", (name for name in ["mixed0"])),
        ("layers", {"mixed0", "mixed1"}),
        ("recipe", np.str_("vivid")),
        ("missing", np.str_("error")),
        ("size", np.array([64, 70])),
        ("size", [np.int64(64), 70.0]),
    ],
)
def test_what_is_certain_is_taken(name: str, value: Any) -> None:
    assert check(asked(name, value))


def test_layers_of_a_set_come_in_one_order() -> None:
    names = {f"mixed{number}" for number in range(8)}
    assert check(asked("layers", names)).layers == sorted(names)


def test_a_value_with_many_digits_is_cut() -> None:
    assert len(refusal("seed", 10**4000)) < 600
    assert "<int>" in refusal("seed", 10**5000) and "<Unwilling>" in refusal("seed", Unwilling())


def test_the_guide_s_size_is_the_given_one() -> None:
    assert refusal("guide", np.zeros((8, 2000, 3), np.uint8)).endswith(
        "Received: 8x2000, scaled down to 2x400"
    )
