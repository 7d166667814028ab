"""state + record → **dream**: a finished dream, its losses, and how it is saved."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import ArgumentError
from ..pictures.files import write_whole
from ..pictures.mixing import mixed, recolored
from ..pictures.picture import Picture
from ..pictures.writing import FORMATS, check_output, encode
from ..recipes.objectives import as_text
from ..recipes.schedule import Shape
from ..recipes.terms import LayerTerm
from ..values import in_range
from .notebooks import details_html, show
from .record import Record

MOST_CHANNELS = 5  # of a term, in a dream's text


class Loss(NamedTuple):
    """The loss of one iteration; octave and iteration count from 1."""

    octave: int
    iteration: int
    loss: float


@dataclasses.dataclass(frozen=True, eq=False)
class Dream:
    """A finished dream.

    Attributes
    ----------
    image : uint8 (height, width, 3)
    losses : one `Loss` for each step, in order
    seconds : how long it took
    record : all that it takes to make the dream again, as saved pictures carry it; see `show`.
        `recipe`, `settings`, `network`, `weights`, `training`, `precision`, `engine`, `seed`,
        `device`, `stopped` and `source` can be read from the dream too
    alpha : uint8 (height, width), the source's transparency, or None
    icc_profile : the source's colour profile, or None
    original : uint8 (height, width, 3), what was dreamed on, or None where that was noise
    """

    image: np.ndarray
    losses: tuple[Loss, ...]
    seconds: float
    record: Record = dataclasses.field(repr=False)
    alpha: np.ndarray | None = None
    icc_profile: bytes | None = None
    original: np.ndarray | None = dataclasses.field(default=None, repr=False)

    @property
    def shape(self) -> Shape:
        """Height and width in pixels."""
        height, width = self.image.shape[:2]
        return height, width

    @property
    def octaves(self) -> tuple[Shape, ...]:
        """(height, width) of each octave, the smallest first."""
        return tuple(self.record.octaves)

    @property
    def layers(self) -> tuple[LayerTerm, ...]:
        """The terms of the loss."""
        return self.record.terms()

    @property
    def recipe(self) -> str:
        """The recipe's name."""
        return self.record.recipe

    @property
    def settings(self) -> Mapping[str, Any]:
        """Every setting as it was used."""
        return self.record.settings

    @property
    def network(self) -> str:
        """The network's name."""
        return self.record.network

    @property
    def weights(self) -> str:
        """Where the network's parameters come from, in words."""
        return self.record.weights

    @property
    def training(self) -> bool:
        """Whether batch normalisation took the image's own statistics."""
        return self.record.training

    @property
    def precision(self) -> str:
        """In which the network computed."""
        return self.record.precision

    @property
    def engine(self) -> str:
        """What ran the network: "fast" or "keras"."""
        return self.record.engine

    @property
    def seed(self) -> int:
        """Of everything random."""
        return self.record.seed

    @property
    def device(self) -> str:
        """What TensorFlow computed on."""
        return self.record.device

    @property
    def stopped(self) -> str | None:
        """None, or why it ended early: "callback", "interrupted" or "not finite".

        Or why nothing was dreamed, "max_loss" or "no gradient", and at which octaves if not at all
        of them.
        """
        return self.record.stopped

    @property
    def source(self) -> str | None:
        """The source's file name, or None."""
        return self.record.source

    def png(self, *, strip_metadata: bool = False) -> bytes:
        """The dream as the content of a PNG file, with the source's transparency."""
        return self.encoded("PNG", strip_metadata)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        strip_metadata: bool = False,
    ) -> Path:
        """Write the dream; the suffix names the format (.png .jpg .jpeg .webp .tif .tiff .bmp).

        Unless `strip_metadata` is true the file says how it was made: see `show` and `replay`.

        Raises
        ------
        OutputError
            If it cannot be written, or the file exists and `overwrite` is false.
        """
        path = check_output(path, overwrite)
        content = self.encoded(FORMATS[path.suffix.lower()], strip_metadata)
        write_whole(path, content, overwrite)
        return path

    def mixed(self, *, strength: float = 1.0, keep_colors: bool = False) -> Dream:
        """The dream mixed with what it was made from, as if `dream` had been given these arguments.

        Parameters
        ----------
        strength : how much of the dream there is, from 0 (the original) to 1
        keep_colors : whether the dream's brightness alone is taken

        Raises
        ------
        ArgumentError
            If it began as noise, or has been mixed before: begin with the whole dream.
        """
        strength = in_range("strength", strength, float, least=0, most=1)
        keep_colors = in_range("keep_colors", keep_colors, bool)
        if self.original is None:
            raise ArgumentError("a dream from noise has no original to be mixed with.")
        if self.record.strength < 1 or self.record.keep_colors:
            raise ArgumentError("the dream is mixed with its original already: mix the whole one.")
        image = recolored(self.original, self.image) if keep_colors else self.image
        return dataclasses.replace(
            self,
            image=mixed(self.original, image, strength) if strength < 1 else image,
            record=dataclasses.replace(self.record, strength=strength, keep_colors=keep_colors),
        )

    def encoded(self, format: str, strip_metadata: bool = False) -> bytes:
        """The content of a file of one of Pillow's formats: a value of `FORMATS`."""
        stripped = in_range("strip_metadata", strip_metadata, bool)
        return encode(
            self.image,
            format,
            alpha=self.alpha,
            icc_profile=self.icc_profile,
            note=None if stripped else self.record.note(),
        )

    def read_picture(self) -> Picture:
        """The dream as a picture, to dream on from."""
        return Picture(self.image, self.alpha, self.icc_profile, self.source)

    def _repr_png_(self) -> bytes:
        return self.png()

    def _ipython_display_(self) -> None:
        show(self)

    def details(self) -> str:
        """What made it and the curve of its loss, as HTML that is folded, for a notebook's cell."""
        layers = ", ".join(in_few_words(term) for term in self.layers)
        steps, sizes = _counted(len(self.losses), "step"), self.octaves
        rows: list[tuple[str, Any]] = [
            *(("layers", layers), ("network", f"{self.network}, {self.weights}")),
            ("octaves", ", ".join(f"{width}x{height}" for height, width in sizes)),
            *(("seed", self.seed), ("seconds", f"{self.seconds:.1f} on {self.device}")),
            *self.settings.items(),
        ]
        rows += [("stopped", self.stopped)] if self.stopped else []
        losses = [loss.loss for loss in self.losses]
        return details_html(f"{self.recipe}: {layers}; {steps}", rows, losses)

    def __repr__(self) -> str:
        height, width = self.shape
        layers = ", ".join(in_few_words(term) for term in self.layers)
        last = f"loss {self.losses[-1].loss:.3f}" if self.losses else "no step"
        most = self.settings.get("max_loss")
        limit = "no max_loss" if most is None else f"max_loss {most:g}"
        stopped = f", stopped: {self.stopped}" if self.stopped else ""
        return (
            f"<Dream {width}x{height} by recipe {self.recipe}: {layers}; {self.network}, "
            f"{self.weights}; {_counted(len(self.octaves), 'octave')}, "
            f"{_counted(len(self.losses), 'step')}, {limit}, {last}, "
            f"{self.seconds:.1f} s on {self.device}{stopped}>"
        )


def in_few_words(term: LayerTerm) -> str:
    """A term in few words: `mixed4 2`, `mixed4[66, 143 x 2.5] 1`, `mixed4 neuron(66) 1`."""
    numbers = [f"{n}" if w == 1 else f"{n} x {w:g}" for n, w in term.channels or ()]
    if len(numbers) > MOST_CHANNELS:
        numbers = [*numbers[: MOST_CHANNELS - 1], "..."]
    channels = f"[{', '.join(numbers)}]" if numbers else ""
    unit = term.unit.brief() if term.unit else term.objective and as_text(term.objective)
    return " ".join(filter(None, (f"{term.layer}{channels}", unit, f"{term.weight:g}")))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
