"""What a front end calls things: a shell's options, R's NULL and TRUE, long lines on a terminal."""

from __future__ import annotations

import pytest

from deepdreamr.front._words import in_r_words, in_shell_words, shell_names
from deepdreamr.front.cli import cli
from deepdreamr.front.tables import fitted
from deepdreamr.recipes.settings import SETTINGS
from deepdreamr.runs.request import ARGUMENTS

NAMES = shell_names(cli)


@pytest.mark.parametrize(
    ("python", "r"),
    [
        (
            "`a` must be a number, or None. Received: a=True",
            "`a` must be a number, or NULL. Received: a=TRUE",
        ),
        ("shape (None, 3, None)", "shape (NULL, 3, NULL)"),
        ("`a` must be true or false.", "`a` must be TRUE or FALSE."),
        ("Keras's 'None.png' and \"True\" of a user's, not False", None),
        (
            "sizes=[1, 2], text='[3]' and 'it\\'s None'",
            "sizes=c(1, 2), text='[3]' and 'it\\'s None'",
        ),
        (
            "Received: step={'0': 0.01, 'later': None, 'a': 'b=1'} and '={}'",
            "Received: step=list(\"0\" = 0.01, later = NULL, a = 'b=1') and '={}'",
        ),
        ("NoneType, and there is [1]", "NoneType, and there is [1]"),
        (
            'Install them: pip install "deepdreamr[cluster]"',
            'Install them: `install_deepdreamr(extras = "cluster")`, or in your own Python '
            'pip install "deepdreamr[cluster]"',
        ),
    ],
)
def test_r_s_words(python: str, r: str | None) -> None:
    assert in_r_words(python) == (r or python.replace("False", "FALSE"))


@pytest.mark.parametrize(
    ("python", "shell"),
    [
        (
            "`max_loss` must be > 0, or None. Received: max_loss=-1",
            "--max-loss must be > 0, or none. Received: --max-loss=-1",
        ),
        ("Try clip=True, training=False.", "Try --clip, --no-training."),
        ("Allow more with max_memory.", "Allow more with --max-memory."),
        ("octaves=3 fit, 'octaves=3', `tile`", "--octaves=3 fit, 'octaves=3', `tile`"),
        ("`image` and `path`", "IN and --output"),
        ("and 297 more (see layer_names)", "and 297 more (see `deepdreamr layers`)"),
        ("the sha256=3 of the file's 'max_loss'", "the sha256=3 of the file's 'max_loss'"),
    ],
)
def test_the_shell_s_words(python: str, shell: str) -> None:
    assert in_shell_words(python, NAMES) == shell


def test_every_argument_and_setting_has_its_word_in_the_shell() -> None:
    options = {name: NAMES[name] for name in (*ARGUMENTS, *SETTINGS)}
    assert options.pop("image") == "IN"
    assert options == {name: "--" + name.replace("_", "-") for name in options}


def test_long_lines_are_broken_at_spaces_below_what_they_belong_to() -> None:
    text = "Plan: a\n  note     one two three four five\n  layers: one two three four five\n\nend"
    assert fitted(text, 24).split("\n") == [
        "Plan: a",
        "  note     one two three",
        "           four five",
        "  layers: one two three",
        "  four five",
        "",
        "end",
    ]
    assert fitted("a" * 50, 20) == "a" * 50
    assert fitted(text, 200) == text
