"""standard input → **picture** → standard output: what `-` means in place of a file."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Iterator
from typing import IO, Any

import click

from ..errors import ImageError, OutputError, system_said
from ..pictures.picture import Picture
from ..pictures.reading import read_picture, read_stream

STANDARD = "-"
_STREAM = "deepdreamr.output"


class StandardInput:
    """The picture on standard input, which is read when it is wanted."""

    @functools.cached_property
    def content(self) -> bytes:
        """All of it.

        Raises
        ------
        ImageError
            If nothing comes, or more than a picture may have.
        """
        if sys.stdin is None or sys.stdin.isatty():
            what = "closed" if sys.stdin is None else "a terminal"
            raise ImageError(f"standard input is {what}.", "Send a picture to it, or name a file.")
        content = read_stream(sys.stdin.buffer, "standard input")
        if not content:
            hint = "It takes one picture, for one `-`."
            raise ImageError("standard input is empty.", hint)
        return content

    def read_picture(self) -> Picture:
        """The picture, or an `ImageError`."""
        try:
            return read_picture(self.content)
        except ImageError as error:
            message = error.message.replace("the data", "standard input", 1)
            raise ImageError(message, error.hint) from None


def take_output() -> None:
    """Keep standard output for the picture alone until the command ends.

    Whatever is printed meanwhile, by whomever, goes to standard error.

    Raises
    ------
    OutputError
        If it is a terminal, or closed.
    """
    if sys.stdout is None or sys.stdout.isatty():
        what = "closed" if sys.stdout is None else "a terminal, which shows no picture"
        raise OutputError(f"standard output is {what}.", "Send it into a file, or name one.")
    context = click.get_current_context()
    context.meta[_STREAM] = context.with_resource(_alone())


def give_up_output() -> None:
    """Let standard output lead nowhere, whatever is still to be written there."""
    with contextlib.suppress(AttributeError, OSError, ValueError):  # it is closed, or none
        _point(sys.stdout.fileno(), None)


def taken_output() -> IO[bytes] | None:
    """Standard output, if this command keeps it for its picture."""
    stream: IO[bytes] | None = click.get_current_context().meta.get(_STREAM)
    return stream


def send(content: bytes, stream: IO[bytes]) -> None:
    """Write all of a picture to standard output, or raise an `OutputError`."""
    rest = memoryview(content)
    try:
        while rest:
            rest = rest[stream.write(rest) or 0 :]
    except OSError as error:
        raise OutputError(f"cannot write to standard output: {system_said(error)}.") from None


@contextlib.contextmanager
def _alone() -> Iterator[IO[bytes]]:
    """Standard output without a buffer, while its number and its name stand for standard error."""
    sys.stdout.flush()
    number = sys.stdout.fileno()
    kept = os.dup(number)
    try:
        _point(number, sys.stderr)
        with contextlib.redirect_stdout(sys.stderr):
            with open(kept, "wb", buffering=0, closefd=False) as stream:
                yield stream
    finally:
        os.dup2(kept, number)
        os.close(kept)


def _point(number: int, stream: Any) -> None:
    """Let a file's number stand for a stream's file, or for nothing where that is closed."""
    try:
        os.dup2(stream.fileno(), number)
    except (AttributeError, OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, number)
        os.close(nothing)
