"""What can go wrong: one class for each kind of mistake, with a hint that says how to go on."""

from __future__ import annotations

import difflib
import re
import sys
import warnings
from collections.abc import Iterable
from typing import Any

_INSIDE = (__name__.split(".")[0], "contextlib", "functools")
"""Modules whose lines no warning is of."""


class DeepDreamError(Exception):
    """Base of every error that deepdreamr raises.

    Parameters
    ----------
    message : what was expected and what was received.
    hint : what the reader can do about it, or None.
    """

    kind = "internal"

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.message = _shortened(message)
        self.hint = hint and _shortened(hint)
        super().__init__(self.message)

    def __str__(self) -> str:
        if not self.hint:
            return self.message
        return f"{self.message.removesuffix('.')}. {self.hint}"


class ArgumentError(DeepDreamError, ValueError):
    """An argument that is missing, unknown or out of its range."""

    kind = "argument"


class ImageError(DeepDreamError, ValueError):
    """A picture that cannot be read, or that is too small or too large."""

    kind = "image"


class ClipError(DeepDreamError, ValueError):
    """A clip that cannot be read, or that what reads and writes clips is missing for."""

    kind = "clip"


class UnknownLayerError(DeepDreamError, ValueError):
    """None of the layers asked for is in the network, or one is missing and `missing="error"`."""

    kind = "unknown_layer"


class NetworkError(DeepDreamError, ValueError):
    """A network that is not known, cannot be loaded or cannot be dreamed with."""

    kind = "network"


class WeightsError(DeepDreamError):
    """Parameters that cannot be found, downloaded or fitted to the network."""

    kind = "weights"


class BackendError(DeepDreamError, ImportError):
    """TensorFlow or Keras cannot be imported, or Keras runs on something else."""

    kind = "backend"


class OutputError(DeepDreamError, OSError):
    """A file that cannot be written."""

    kind = "output"

    def __init__(self, message: str, hint: str | None = None) -> None:
        DeepDreamError.__init__(self, message, hint)


class ConsentError(DeepDreamError):
    """What a picture from anybody asks for, and nobody here has: a download, hours of work."""

    kind = "consent"


class ForkedError(DeepDreamError, RuntimeError):
    """A process that was forked from one in which TensorFlow had computed."""

    kind = "forked"


class WorkerError(DeepDreamError, RuntimeError):
    """The workers that many pictures are dreamed by are lost, or are not alike."""

    kind = "worker"


class PageError(DeepDreamError, RuntimeError):
    """The page cannot be served: what serves it is missing, or its address is taken."""

    kind = "page"


class MemoryLimitError(DeepDreamError, MemoryError):
    """A dream that does not fit into the memory allowed."""

    kind = "memory"


class DreamInterrupted(KeyboardInterrupt):
    """Ctrl-C during a dream.

    Attributes
    ----------
    dream : the `Dream` after the last finished step
    """

    def __init__(self, dream: Any) -> None:
        super().__init__("the dream was interrupted; this error's `dream` is the picture so far")
        self.dream = dream


class DeepDreamWarning(UserWarning):
    """Base of every warning that deepdreamr gives."""

    kind = "general"

    def __init__(self, message: str) -> None:
        super().__init__(_shortened(message))


class ArgumentWarning(DeepDreamWarning):
    """An argument that may have been meant otherwise."""

    kind = "argument"


class UnknownLayerWarning(DeepDreamWarning):
    """Some of the layers asked for are not in the network and were left out."""

    kind = "unknown_layer"


class NetworkWarning(DeepDreamWarning):
    """A network is not run as its file says, such as with a second input held at zero."""

    kind = "network"


class ImageWarning(DeepDreamWarning):
    """Something in a picture is left out, such as all frames of an animation but the first."""

    kind = "image"


class DreamStoppedWarning(DeepDreamWarning):
    """A dream or an octave that did nothing or ended early: its loss forbade it, or was flat."""

    kind = "stopped"


class CheckpointWarning(DeepDreamWarning):
    """A dream goes on under other circumstances than before, or it or an octave cannot be kept."""

    kind = "checkpoint"


class ReplayWarning(DeepDreamWarning):
    """A picture is made again under other circumstances than before."""

    kind = "replay"


_LONGEST = 500  # characters of a value, a path or a name in a message


def _shortened(message: str) -> str:
    """A message on one line, without the middle of its longest words.

    Some are names that a stranger or a program wrote: what is not to be seen of them, such as line
    breaks, is written as Python writes it.
    """
    seen = "".join(c if c.isprintable() else repr(c)[1:-1] for c in message)
    end = rf"\S{{{_LONGEST // 2}}}"
    return re.sub(rf"(?<!\S)({end})\S+({end})", r"\1...\2", seen)


def shown(value: Any) -> str:
    """A value as Python writes it, on one line, and cut where it is long."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # of another's class, or a number of more digits than Python writes
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def received(name: str, value: Any) -> str:
    """The end of a message: what was received under the name of an argument.

    >>> received("seed", -1)
    'Received: seed=-1'
    """
    return f"Received: {name}={shown(value)}"


def warn(warning: DeepDreamWarning) -> None:
    """Warn of the line outside of this package that called into it."""
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_globals.get("__name__", "").split(".")[0] in _INSIDE:
        frame, level = frame.f_back, level + 1
    warnings.warn(warning, stacklevel=level)


def said(error: BaseException) -> str:
    """What an error of somebody else says, on one line and cut; its class if it says nothing."""
    return " ".join(str(error).split())[:300] or type(error).__name__


def said_with_class(error: BaseException) -> str:
    """The same behind the name of its class, where that alone may tell what happened."""
    name, words = type(error).__name__, said(error)
    return name if words == name else f"{name}: {words}"


def system_said(error: OSError | ValueError) -> str:
    """Why a file or folder cannot be had, in the system's words, without its name."""
    return getattr(error, "strerror", None) or said(error)


def near_names(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known names most like `name`, best first."""
    return difflib.get_close_matches(name[:_LONGEST], dict.fromkeys(known), n=count, cutoff=0.6)


def unknown_name(what: str, name: object, known: Iterable[str]) -> str:
    """A sentence for a name that is not known: near names first, then all of them."""
    known = list(dict.fromkeys(known))
    near = near_names(name, known) if isinstance(name, str) else []
    guess = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"unknown {what} {shown(name)}.{guess} Known: {', '.join(known)}."
