"""request → **job** → dream: what a call comes to when it has been checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..networks.activations import activations_of
from ..networks.loaded import loaded_network, nodes_of
from ..networks.nodes import Node
from ..networks.sources import Source
from ..pictures.picture import Picture
from ..recipes.schedule import Shape, largest_shape
from ..recipes.settings import Recipe
from ..recipes.terms import LayerTerm
from .checkpoints import Checkpoint
from .places import Place
from .request import Request

GUIDE_SIZE = 400  # pixels of a guide's longer side at most: each cell is compared with all its own


@dataclasses.dataclass(frozen=True)
class Job:
    """What a request comes to, checked.

    Attributes
    ----------
    request : what was asked
    recipe : with the call's own settings
    terms, unknown : those of the loss whose layers the network has, and the layers that it has not
    source : where the network comes from
    engine, training, precision, seed : as for `dream`, each with its value
    picture, guide : what is dreamed on, and what the dream is to be like, or None
    place : where the dream grows, and how much of it is seen
    shapes : (height, width) of the octaves, the smallest first
    smallest : pixels that the layers need each way
    memory : bytes that may be used, or None for the default
    folder, animation, checkpoint : what is kept on the way, or None
    """

    request: Request
    recipe: Recipe
    terms: tuple[LayerTerm, ...]
    source: Source
    engine: str
    training: bool
    precision: str
    seed: int
    picture: Picture
    guide: Picture | None = None
    place: Place = Place()
    unknown: tuple[str, ...] = ()
    shapes: tuple[Shape, ...] = ()
    smallest: int = 1
    memory: int | None = None
    folder: Path | None = None
    animation: Path | None = None
    checkpoint: Checkpoint | None = None

    @property
    def of_network(self) -> tuple[LayerTerm, ...]:
        """The terms of layers, without penalties on the picture itself."""
        return tuple(term for term in self.terms if not term.of_image)

    @property
    def layers(self) -> list[str]:
        """Their layers."""
        return [term.layer for term in self.of_network]

    def activations(self, layers: Iterable[str]) -> Any:
        """The function from an image to the activations of layers; loads the network."""
        return activations_of(
            loaded_network(self.source),
            layers,
            engine=self.engine,
            training=self.training,
            precision=self.precision,
        )

    def shown(self, octave: int) -> Shape:
        """The largest shape that an octave, counted from 0, has on its way to the network."""
        return largest_shape(self.shapes[octave], self.recipe)

    @property
    def largest(self) -> Shape:
        """The largest shape that anything has on its way to the network."""
        return max(self.shown(octave) for octave in range(len(self.shapes)))

    @property
    def parts(self) -> list[Job]:
        """A job for each region with layers of its own; without regions this one."""
        regions = self.place.regions
        return [dataclasses.replace(self, terms=r.terms) for r in regions] or [self]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The network's, without loading it where that can be."""
        return nodes_of(self.source)
