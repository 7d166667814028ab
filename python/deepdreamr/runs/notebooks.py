"""step, dream → **notebook**: one picture that grows, and below a finished one what made it."""

from __future__ import annotations

import contextlib
import dataclasses
import html
import sys
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..pictures.picture import picture_uint8, shrunk
from ..pictures.writing import encode, small_jpeg

OnStep = Callable[[Any], Any]  # as `steps` has it, which a dream does not know
Bundle = Mapping[str, Any]  # kind → the content of a picture, or a text
Show = Callable[[Bundle, Mapping[str, Any]], Any]

OFTEN = 0.5  # seconds between two pictures on the way of a dream, here and on the page
LONGEST = 1024  # pixels of their longer side
_SHOWN = 2048  # pixels of the longer side of a finished dream, of which a file has all
_WIDTH, _HEIGHT = 320, 80  # of the curve
_shown: weakref.WeakKeyDictionary[object, int] = weakref.WeakKeyDictionary()


def in_notebook() -> bool:
    """Whether this Python is a notebook's kernel."""
    return getattr(_shell(), "kernel", None) is not None


def _shell() -> Any:
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


class Growing:
    """A picture that grows with each step, at most twice a second.

    Parameters
    ----------
    shape : (height, width) of the dream, in which all of it is shown
    on_step, every : a callback, and after how many steps it is given the image
    show : shows a bundle in the place of the one before, with the size of what is in it
    """

    def __init__(
        self, shape: tuple[int, int], on_step: OnStep | None, every: int | None, show: Show
    ) -> None:
        self._shape, self._on_step, self._every, self._show = shape, on_step, every, show
        self._last = 0.0
        self._asked = False

    def wants(self, number: int) -> bool:
        """Whether the step of a number is to bring its image."""
        self._asked = self._every is not None and number % self._every == 0
        return self._asked or self._is_due()

    def _is_due(self) -> bool:
        return time.monotonic() - self._last >= OFTEN

    def __call__(self, step: Any) -> Any:
        """Show a step, and hand it on."""
        if step.image is not None and self._is_due():
            bundle = {"image/jpeg": small_jpeg(step.image, LONGEST), "text/plain": str(step)}
            self._show(bundle, _size(bundle, self._shape))
            self._last = time.monotonic()
        if self._on_step is None:
            return None
        return self._on_step(step if self._asked else dataclasses.replace(step, image=None))

    def end(self, dream: Any) -> None:
        """Put the finished dream in its place."""
        bundle = picture_of(dream)
        self._show(bundle, _size(bundle, self._shape))

    def clear(self) -> None:
        """Take away what came to nothing."""
        if self._last:
            self._show({"text/plain": ""}, {})


class Cell:
    """The place of a picture in a notebook's cell."""

    _place: Any = None

    def __call__(self, bundle: Bundle, size: Mapping[str, Any]) -> None:
        """Show a bundle in the place of the one before."""
        from IPython.display import display

        if self._place is None:
            self._place = display(bundle, raw=True, metadata=size, display_id=True)
        else:
            self._place.update(bundle, raw=True, metadata=size)


@contextlib.contextmanager
def growing(
    preview: bool | Show, shape: tuple[int, int], on_step: OnStep | None, every: int | None
) -> Iterator[tuple[OnStep | None, Callable[[Any], None]]]:
    """A callback that also shows each step, and what is called with the dream at the end.

    Parameters
    ----------
    preview : whether a notebook shows it; or what shows it
    shape, on_step, every : as `Growing` has them
    """
    show = preview if callable(preview) else Cell() if preview and in_notebook() else None
    if show is None:
        yield on_step, lambda dream: None
        return
    picture = Growing(shape, on_step, every, show)

    def end(dream: Any) -> None:
        picture.end(dream)
        if isinstance(show, Cell):  # the cell that it is in shows it no second time
            _shown[dream] = _shell().execution_count

    try:
        yield picture, end
    except BaseException as error:
        if (dream := getattr(error, "dream", None)) is not None:
            end(dream)
        else:
            picture.clear()
        raise


def picture_of(dream: Any) -> dict[str, Any]:
    """A finished dream as a notebook keeps it, by kind, with what it says of itself.

    It is a JPEG, or a PNG where there is transparency, of at most 2048 pixels a side: a notebook
    that held the pixels of a large dream, as text, could not be opened again.
    """
    picture = shrunk(dream.read_picture(), _SHOWN)
    kind = "JPEG" if picture.alpha is None else "PNG"
    more = {"alpha": picture.alpha, "icc_profile": picture.icc_profile, "note": dream.record.note()}
    content = encode(picture_uint8(picture), kind, **more)
    return {f"image/{kind.lower()}": content, "text/plain": repr(dream)}


def _size(bundle: Bundle, shape: tuple[int, int]) -> dict[str, dict[str, int]]:
    """The size in which the picture of a bundle is shown, whatever its own is."""
    height, width = shape
    return {kind: {"width": width, "height": height} for kind in bundle if "image" in kind}


def show(dream: Any) -> None:
    """Show a dream as the value of a cell: its picture, unless that is there, and the details.

    Raises
    ------
    NotImplementedError
        Elsewhere, for which IPython has a text.
    """
    if not in_notebook():
        raise NotImplementedError
    from IPython.display import display

    if _shown.pop(dream, None) != _shell().execution_count:
        bundle = picture_of(dream)
        display(bundle, raw=True, metadata=_size(bundle, dream.shape))
    display({"text/html": dream.details(), "text/plain": repr(dream)}, raw=True)


def details_html(title: str, rows: Sequence[tuple[str, Any]], losses: Sequence[float]) -> str:
    """What made a dream, folded: a table, and the loss as a curve over all steps."""
    cells = "".join(
        f"<tr><th style='text-align: left'>{html.escape(name)}</th>"
        f"<td style='text-align: left'>{html.escape(str(value))}</td></tr>"
        for name, value in rows
    )
    summary = f"<summary>{html.escape(title)}</summary>"
    return f"<details>{summary}{_curve(losses)}<table>{cells}</table></details>"


def _curve(losses: Sequence[float]) -> str:
    """The loss of each step; one that is no number is left out."""
    found = [(number, loss) for number, loss in enumerate(losses) if np.isfinite(loss)]
    if len(found) < 2:
        return ""
    numbers, values = np.array(found).T
    least, most = values.min(), values.max()
    x = numbers / max(numbers[-1], 1) * _WIDTH
    y = (most - values) / ((most - least) or 1) * (_HEIGHT - 4) + 2
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    words = f"loss from {least:.3g} to {most:.3g} in {len(losses)} steps"
    return (
        f"<svg width='{_WIDTH}' height='{_HEIGHT}' role='img' aria-label='{words}'>"
        f"<title>{words}</title><polyline points='{points}' fill='none' stroke='currentColor' "
        "stroke-width='1.5'/></svg>"
    )
