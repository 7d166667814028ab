"""job → a dream for each tile → **tiles** → sheet: what sheets of dreams have in common."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import ArgumentError, CheckpointWarning, OutputError, warn
from ..pictures.files import write_whole
from ..pictures.picture import picture_uint8
from ..pictures.sheets import Label, contact_sheet
from ..pictures.writing import check_output, encode
from ..pictures.zoom import zoomed
from ..recipes.objectives import as_text
from ..recipes.terms import LayerTerm
from ..runs.bars import Progress, shown
from ..runs.job import Job
from ..runs.request import GROUPS, Request, files_read, request_of
from ..runs.result import Dream
from ..runs.saving import check_files, check_folder
from ..runs.steps import AscentStep, OnStep, check_on_step
from ..values import in_range

ORIGINAL = "original"
LONGEST = 480  # pixels that a tile's longer side has at most, unless asked


class LayerStep(NamedTuple):
    """One iteration of one of a sheet's dreams, as the callback gets it.

    Attributes
    ----------
    layer : the tile's name: a layer, with a channel of it in brackets
    number, layers : which tile, from 1, of how many
    step : the iteration
    """

    layer: str
    number: int
    layers: int
    step: AscentStep

    def __str__(self) -> str:
        return f"layer {self.number}/{self.layers} {self.layer}, {self.step}"


OnTile = Callable[[LayerStep], Any] | None


def sheet_request(image: Any, layers: Any, on_step: Any, arguments: Mapping[str, Any]) -> Request:
    """What is asked of all of a sheet's dreams.

    Raises
    ------
    ArgumentError
        If it keeps what only a single dream can.
    """
    check_on_step(on_step)
    request = request_of(image, layers, arguments, GROUPS)
    for name in ("save_octaves", "save_steps"):
        if getattr(request, name) is not None:
            raise ArgumentError(f"`{name}` must be None on a sheet.", "`folder` keeps files.")
    if request.masks is not None:
        raise ArgumentError("`masks` must be None on a sheet: they have layers of their own.")
    if request.checkpoint is not None:
        raise ArgumentError("`checkpoint` must be None on a sheet: it is of one dream.")
    return request


def term_label(term: LayerTerm) -> Label:
    """The layer, its channels if not all, an objective of its own, and its weight if not 1."""
    name = term.layer
    if term.channels is not None:
        numbers = [str(number) for number, _ in term.channels]
        name += f" [{', '.join(numbers if len(numbers) <= 4 else [*numbers[:3], '...'])}]"
    unit = term.unit.brief() if term.unit else term.objective and as_text(term.objective)
    return Label(
        " ".join(filter(None, (name, unit))), "" if term.weight == 1 else f"weight {term.weight:g}"
    )


class Tiles:
    """The dreams of a sheet, one for each term, and what is shown and kept of them.

    Parameters
    ----------
    job : of all of them
    terms : of each tile
    original : whether the first tile is the picture itself
    folder : where to write a file for each tile, in full size, or None
    overwrite : whether files there may be replaced

    Raises
    ------
    OutputError, ArgumentError
        If a file cannot be written there.
    """

    def __init__(
        self, job: Job, terms: Sequence[LayerTerm], original: bool, folder: Any, overwrite: bool
    ) -> None:
        self._job, self._terms = job, tuple(terms)
        self._labels = [term_label(term) for term in terms]
        self._original = picture_uint8(job.picture) if original else None
        self._overwrite = in_range("overwrite", overwrite, bool)
        self.dreams: list[Dream] = []
        names = {n: label.name for n, label in enumerate(self._labels, start=1)}
        names |= {0: ORIGINAL} if original else {}
        self._paths = _checked_paths(folder, names, overwrite, files_read(job.request))

    @property
    def terms(self) -> tuple[LayerTerm, ...]:
        """Those that were dreamed."""
        return self._terms[: len(self.dreams)]

    def dream(
        self,
        dream_of: Callable[[LayerTerm, OnStep | None], Dream],
        on_step: OnTile,
        progress: Progress,
    ) -> None:
        """Dream of each term, until the callback returns False."""
        with shown(progress, on_step, self._job) as report:
            self._dream(dream_of, report)

    def _dream(
        self, dream_of: Callable[[LayerTerm, OnStep | None], Dream], on_step: OnTile
    ) -> None:
        if self._paths and self._original is not None:
            alpha, icc_profile = self._job.picture.alpha, self._job.picture.icc_profile
            content = encode(self._original, alpha=alpha, icc_profile=icc_profile)
            self._keep(0, lambda path: write_whole(path, content, self._overwrite))
        for number, (term, label) in enumerate(
            zip(self._terms, self._labels, strict=True), start=1
        ):
            report = on_step and _reporter(on_step, label.name, number, len(self._terms))
            self.dreams.append(dream_of(term, report))
            save = functools.partial(self.dreams[-1].save, overwrite=self._overwrite)
            self._keep(number, save)
            if self.dreams[-1].stopped == "callback":
                break

    def _keep(self, number: int, save: Callable[[Path], Any]) -> None:
        """Write a tile's file; where that fails, the sheet goes on, as it may have taken hours."""
        if not self._paths:
            return
        try:
            save(self._paths[number])
        except OutputError as error:
            warn(CheckpointWarning(f"no file of tile {number}: {error}"))

    def sheet(
        self, title: str, labels: Sequence[Label], columns: int | None, zoom: float | None
    ) -> np.ndarray:
        """The tiles side by side, uint8 (height, width, 3); one label for each term dreamed."""
        pictures = [dream.image for dream in self.dreams]
        if self._original is not None:
            pictures, labels = [self._original, *pictures], [Label(ORIGINAL), *labels]
        if zoom is None:
            zoom = min(1.0, LONGEST / max(pictures[0].shape[:2]))
        made = f"recipe {self.dreams[0].recipe}, {self.dreams[0].network}"
        tiles = [zoomed(pixels, zoom) for pixels in pictures]
        return contact_sheet(tiles, labels, columns=columns, title=Label(title, made))


def _checked_paths(
    folder: Any, names: Mapping[int, str], overwrite: bool, read: Mapping[str, Any]
) -> dict[int, Path]:
    """A file for each tile, numbered so that none has another's name; none without a folder."""
    path = check_folder(folder)
    if path is None:
        return {}
    files = {
        n: f"{n:02d}_{re.sub(r'[^0-9A-Za-z_.-]+', '_', name)}.png" for n, name in names.items()
    }
    check_files(read, {name: path / name for name in files.values()})
    return {n: check_output(path / name, overwrite) for n, name in files.items()}


def _reporter(on_step: Callable[[LayerStep], Any], layer: str, number: int, layers: int) -> OnStep:
    return lambda step: on_step(LayerStep(layer, number, layers, step))
