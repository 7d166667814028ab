"""Settings of their own: from a function, a CSV file, a data frame, a list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepdreamr import LayerTerm
from deepdreamr.errors import ArgumentError, ArgumentWarning
from deepdreamr.many.inputs import Item
from deepdreamr.many.tables import own_settings

ITEM = Item("photos/sub/a.jpg", 7)


def test_what_pandas_has_for_nothing_is_not_given() -> None:
    class NAType:
        """As that of pandas, of which no comparison is true or false."""

        def __ne__(self, other: Any) -> Any:
            return self

        def __bool__(self) -> None:
            raise TypeError

    row = {"image": "a.jpg", "step": NAType(), "iterations": np.float32("nan"), "octaves": 2}
    assert own_settings(Frame(row))(ITEM, 1) == {"octaves": 2}


class Frame:
    """As a data frame of pandas is asked for its rows."""

    def __init__(self, *rows: Any) -> None:
        self.rows = rows

    def to_dict(self, form: Any) -> Any:
        assert form == "records"
        return list(self.rows)


def test_a_csv_file_has_texts_that_are_read_as_the_shell_does(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        "image,layers,iterations,step,keep_colors,max_loss,recipe,strength\n"
        'photos/sub/a.jpg,"mixed4=2 neuron(66), mixed3",7,0.5,yes,none,vivid,\n'
        "b.jpg,,,,,,,0.25\n",
        encoding="utf-8-sig",
    )
    own = own_settings(path)
    assert own(ITEM, 1) == {
        "layers": [LayerTerm("mixed4", 2, objective="neuron(66)"), LayerTerm("mixed3")],
        "iterations": 7,
        "step": 0.5,
        "keep_colors": True,
        "max_loss": None,
        "recipe": "vivid",
    }
    assert own(Item("x/b.jpg"), 2) == {"strength": 0.25}
    assert own(Item("x/c.jpg"), 3) == {}


@pytest.mark.parametrize("name", ["a.jpg", "sub/a.jpg", "photos/sub/a.jpg"])
def test_a_row_may_name_the_end_of_a_path(name: str) -> None:
    rows = [{"image": name, "step": 0.5, "seed": None, "sigma": float("nan")}]
    assert own_settings(rows)(ITEM, 1) == {"step": 0.5}
    assert own_settings(Frame(*rows))(ITEM, 1) == {"step": 0.5}


def test_a_function_is_given_the_path() -> None:
    assert own_settings(lambda path: {"seed": len(path)})(ITEM, 1) == {"seed": 16}
    assert own_settings(lambda path: None)(ITEM, 1) == {}
    with pytest.raises(ArgumentError, match="must return arguments by name"):
        own_settings(lambda path: 3)(ITEM, 1)


@pytest.mark.parametrize(
    ("each", "words"),
    [
        (3, "`each` must be a function, a table"),
        ([1], "`each` must be a function, a table"),
        ({"image": "a"}, "`each` must be"),
        ([{"step": 1}], "row 1 of the table `each` names no picture"),
        ("nowhere.csv", "there is no file"),
    ],
)
def test_what_is_no_table_is_one_line(each: Any, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        own_settings(each)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"image,iterations\na.jpg,many\n", 'row 1 of the table: `iterations` cannot be "many"'),
        (
            b"image,keep_colors\na.jpg,maybe\n",
            'row 1 of the table: `keep_colors` cannot be "maybe"',
        ),
        (b"image\n\xff\xff\n", "cannot be read"),
        (b'image\n"a\n', "cannot be read"),
        (b"image,layers\na.jpg,mixed3=x\n", "a layer must be given as"),
    ],
)
def test_a_wrong_csv_file_is_one_line(tmp_path: Path, text: bytes, words: str) -> None:
    (tmp_path / "own.csv").write_bytes(text)
    with pytest.raises(ArgumentError, match=words):
        own_settings(tmp_path / "own.csv")


def test_rows_about_no_picture_are_told() -> None:
    rows = [{"image": name, "step": 0.5} for name in ("a.jpg", "b.jpg", "c.jpg")]
    with pytest.warns(ArgumentWarning, match="^2 rows .* none of the pictures: 'b.jpg', 'c.jpg'"):
        own_settings(rows, items=[ITEM])
    with pytest.warns(ArgumentWarning, match="^a row of the table `each` about none"):
        own_settings(rows[:2], items=[ITEM])
    assert own_settings(rows[:1], items=[ITEM])(ITEM, 1) == {"step": 0.5}
