"""What errors say: of ours on one line that is not too long, of others in their own words."""

from __future__ import annotations

import errno

import pytest

from deepdreamr.errors import DeepDreamError, said, said_with_class, system_said


@pytest.mark.parametrize("length", [1, 499, 500, 501, 5000])
def test_the_middle_of_long_words_is_left_out(length: int) -> None:
    message = str(DeepDreamError(f"a {'x' * (length - 1)}y b {'z' * length}"))
    words = message.split(" ")
    assert [words[0], words[2]] == ["a", "b"]
    if length <= 500:
        assert [len(word) for word in words[1::2]] == [length, length]
    else:
        assert words[1] == f"{'x' * 250}...{'x' * 249}y"
        assert words[3] == f"{'z' * 250}...{'z' * 250}"


def test_a_line_break_is_written_out() -> None:
    assert str(DeepDreamError("two\nlines\x1b", "a\tb")) == "two\\nlines\\x1b. a\\tb"


@pytest.mark.parametrize(
    ("error", "words", "with_class"),
    [
        (ValueError("no\n  good"), "no good", "ValueError: no good"),
        (KeyError("a"), "'a'", "KeyError: 'a'"),
        (ZeroDivisionError(), "ZeroDivisionError", "ZeroDivisionError"),
        (ValueError("x" * 400), "x" * 300, f"ValueError: {'x' * 300}"),
    ],
)
def test_what_others_say_is_one_line(error: Exception, words: str, with_class: str) -> None:
    assert (said(error), said_with_class(error)) == (words, with_class)


def test_what_the_system_says_is_without_the_file_s_name() -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "/somewhere/a.png")
    assert system_said(full) == "No space left on device"
    assert system_said(OSError("no number")) == "no number"
    assert system_said(ValueError("embedded null byte")) == "embedded null byte"
    assert system_said(OSError()) == "OSError"
