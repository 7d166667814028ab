"""estimates → **plans** → planning: what a dream would do, take and leave out, as a record."""

from __future__ import annotations

import dataclasses

from ..pictures.images import Shape
from ..recipes.terms import LayerTerm


@dataclasses.dataclass(frozen=True)
class OctavePlan:
    """What would happen at one octave.

    Attributes
    ----------
    shape : (height, width) in pixels
    windows : of how many parts (windows or tiles) a gradient is put together, at most; 1 for the
        whole; 0 if the dream cannot run
    window_shape : (height, width) of the largest part
    silent : layers that get nothing here: the octave is too small for them, or all border
    """

    shape: Shape
    windows: int
    window_shape: Shape
    silent: tuple[str, ...]


@dataclasses.dataclass(frozen=True, repr=False)
class Plan:
    """What a dream would do, take and leave out. Printed, it is a short table.

    Attributes
    ----------
    source : the picture's file name, or None
    shape : (height, width) that it would be dreamed and returned at
    octaves : the smallest first
    layers : the terms of the loss that the network has the layers for
    unknown : layers that it does not have
    notes : how the picture is treated, and what else there is to know
    problems : why the dream cannot run; none if it can
    memory : bytes that the process would use at its peak; None where it cannot run
    seconds : how long it would take here at most, from the first import on, as far as this process
        has not done that before; None where it cannot run or nothing was measured
    recipe, network, weights : their names, and a description of the parameters
    loads : what would be loaded
    """

    source: str | None
    shape: Shape
    octaves: tuple[OctavePlan, ...]
    layers: tuple[LayerTerm, ...]
    unknown: tuple[str, ...]
    notes: tuple[str, ...]
    problems: tuple[str, ...]
    memory: int | None
    seconds: float | None
    recipe: str
    network: str
    weights: str
    loads: str

    @property
    def can_run(self) -> bool:
        """Whether there is no problem."""
        return not self.problems

    def __repr__(self) -> str:
        lines = [
            f"Plan: {self.source or 'picture'} {size_text(self.shape)}, recipe {self.recipe}",
            f"  network  {self.network}, {self.weights}",
            f"  loads    {self.loads}",
            f"  layers   {', '.join(f'{t.layer} {t.weight:g}' for t in self.layers) or 'none'}",
            "  octave   height x width  gradient of",
            *(_octave_line(number, octave) for number, octave in enumerate(self.octaves, 1)),
        ]
        if self.memory is not None:
            lines.append(f"  memory   about {self.memory / 1e9:.2f} GB at the peak")
        if self.seconds is not None:
            lines.append(f"  time     about {self.seconds:.0f} s, if no octave ends early")
        lines += [f"  note     {note}" for note in self.notes]
        lines += [f"  problem  {problem}" for problem in self.problems]
        return "\n".join([*lines, f"  {'can run' if self.can_run else 'CANNOT RUN'}"])


def size_text(shape: Shape) -> str:
    return f"{shape[0]}x{shape[1]}"


def _octave_line(number: int, octave: OctavePlan) -> str:
    parts = "the whole" if octave.windows == 1 else "-"
    if octave.windows > 1:
        parts = f"{octave.windows} parts of at most {size_text(octave.window_shape)}"
    silent = f"; nothing in {', '.join(octave.silent)}" if octave.silent else ""
    return f"  {number:<8} {size_text(octave.shape):<15} {parts}{silent}"
