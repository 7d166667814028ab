"""**settings** → recipes: every setting of a dream, with its help and its range, in one record.

Every real difference between the systems is a field; nothing in the package tests a recipe's name.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentError, unknown_name
from .chain import CHAIN, IN_CHAIN, NORMS, chain_of_fields, check_chain, check_sigmas
from .fields import Kept, checked, document, field_type, setting
from .objectives import WORDS
from .transforms import TRANSFORMS, Transform
from .units import Unit, UnitsGiven, unit_texts, units_from


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """The settings of a dream, complete: the same recipe and picture give the same dream.

    Change any of them with `recipe.replace(step=0.01)`, or in the call: `dream(image, step=0.01)`.
    Lengths are in pixels, `step` and all colours in units of the image's range [-1, 1].

    Raises
    ------
    ArgumentError
        If a setting is of the wrong type or out of its range; in `replace`, also if it is unknown.
    """

    name: str = "custom"
    description: str = ""
    source: str = ""
    layers: Mapping[str, float] = dataclasses.field(default_factory=dict)

    octaves: int = setting(6, "number of sizes the picture is dreamed at", least=1, most=100)
    octave_scale: float = setting(
        1.4, "how many times as large an octave is as the one before", above=1, most=100
    )
    octaves_above: int = setting(0, "how many of the octaves are larger than the picture", least=0)
    octave_rounding: str = setting(
        "floor",
        "how an octave's size is rounded to whole pixels: down after a division by octave_scale "
        "(floor) or a product with its inverse (floor_product), or to the nearest (round)",
        choices=("floor", "floor_product", "round"),
    )
    octave_chain: bool = setting(
        False, "shrink each octave from the next larger one, not from the original"
    )
    octave_sigma: float = setting(
        0.0, "deviation in pixels of a gaussian blur before a picture is shrunk", least=0, most=1000
    )
    resize: str = setting(
        "aligned",
        "bilinear resizing: corner pixels aligned, or pixel areas (half_pixel); or Pillow's "
        "lanczos, on colours cut off to 8 bits",
        choices=("aligned", "half_pixel", "lanczos"),
    )
    carry: str = setting(
        "lost_detail",
        "what an octave takes over: lost_detail (the dream; detail put back after the ascent), "
        "detail (what was dreamed, added to the original), blend (dream mixed with the original) "
        "or image (the dream alone)",
        choices=("lost_detail", "detail", "blend", "image"),
    )
    blend: float = setting(
        0.2, "how strongly the original is mixed in, with carry=blend", least=0, most=1
    )
    iterations: int = setting(20, "steps at each octave, at most", least=1)
    step: float = setting(
        0.025, "how far a step goes: it is multiplied with the normalised gradient", above=0
    )
    max_loss: float | None = setting(
        None, "leave the octave when the loss is larger than this", above=0
    )
    max_loss_step: str = setting(
        "skipped",
        "whether the step at a loss above max_loss is taken before the octave is left",
        choices=("skipped", "taken"),
    )
    parameters: str = setting(
        "pixels",
        "what is climbed: pixels, the coefficients of the image's Fourier transform (fourier), its "
        "phases alone (phases), or the one from noise, the other from a picture (spectrum)",
        choices=("pixels", "fourier", "phases", "spectrum"),
    )
    optimizer: str = setting(
        "ascent",
        "how: step times the gradient (ascent), or by Adam, about step whatever its size (adam)",
        choices=("ascent", "adam"),
    )
    clip: bool = setting(False, "cut off colours beyond black and white after each step")
    objective: str = setting(
        "mean_square", "what of its activation each layer adds to the loss", choices=WORDS
    )
    border: int = setting(
        0,
        "how many cells at the edges of each activation do not count in the loss",
        least=0,
        most=10_000,
    )
    mean_over: str = setting(
        "all",
        "the cells that a mean divides by: all of an activation, or those within border (inner)",
        choices=("all", "inner"),
    )
    weights_scale: str = setting(
        "float64",
        "precision the bundled parameters are scaled in",
        choices=("float32", "float64"),
        before="float32",
    )
    chain: Kept[tuple[str, ...] | None, UnitsGiven | None] = setting(
        None,
        'what is done to the gradient before a step, in order, of smooth(0.5), normalize("l1"), '
        "laplacian(4), colors(1, 1, 0.5); default: what sigma, normalize and their like say",
    )
    transforms: Kept[tuple[str, ...], UnitsGiven] = setting(
        (),
        "what is done to the image before the network sees it, drawn anew at each step, of "
        "pad(12), crop(8), jitter(8), scale(0.9, 1.1), rotate(10), mirror",
    )
    normalize: str = setting(
        "l1",
        "the gradient is divided by its mean absolute value (l1), the root of its sum of squares "
        "(l2) or its standard deviation (std), or standardised to mean 0 and deviation 1 "
        "(standardize)",
        choices=(*NORMS, "none"),
    )
    epsilon: float = setting(
        1e-7,
        "keeps the normalisation from dividing by 0: least mean with l1, least sum with l2, else "
        "added to the deviation",
        least=0,
        most=1e30,
    )
    jitter: int = setting(
        0,
        "roll the image by at most this many pixels before a step, and back",
        least=0,
        most=100_000,
    )
    tile_size: int | None = setting(
        None,
        "take the gradient of tiles of about this many pixels a side, each with its own loss",
        least=1,
    )
    tile_start: str = setting(
        "origin",
        "where tiles lie: on a fixed grid, from a random start at each step, or one a column",
        choices=("origin", "random", "columns"),
    )
    tile_weights: str = setting(
        "area",
        "what a tile's gradient counts for: as much as any, or, where it is that of a mean and not "
        "divided by its deviation, its share of a full tile's pixels (area)",
        choices=("equal", "area"),
        before="equal",
    )
    tile_normalize: bool = setting(False, "divide each tile's gradient by its standard deviation")
    sigma: float | None = setting(
        None,
        "blur the gradient: mean of three gaussians, of 1, 2 and 1/2 times this many pixels",
        least=0,
        most=1000,
    )
    sigma_growth: float = setting(
        0.0, "how much sigma grows from the first to the last step of an octave"
    )
    sigma_phase: float = setting(
        0.0,
        "shifts the growth of sigma: at step i of n, from 0, it is "
        "sigma_growth * (i + sigma_phase) / n",
        least=0,
    )
    smooth_kernel: int | None = setting(
        None,
        "width of the gaussian kernels in pixels, odd; default: 4 sigma to each side",
        least=1,
        most=10_001,
    )
    smooth_color: bool = setting(
        True, "blur the gradient across the three colours too: they stay near the picture's own"
    )

    def __post_init__(self) -> None:
        if isinstance(self.layers, dict):
            object.__setattr__(self, "layers", dict(self.layers))  # no one else's to change
        for name in SETTINGS:
            object.__setattr__(self, name, check_setting(name, getattr(self, name)))
        if self.octaves_above >= self.octaves:
            given = f"octaves_above={self.octaves_above}, octaves={self.octaves}"
            raise ArgumentError(f"`octaves_above` must be less than `octaves`. Received: {given}")
        if self.chain == chain_of_fields(self):
            object.__setattr__(self, "chain", None)
        check_chain(self, {name: SETTINGS[name].default for name in IN_CHAIN})
        check_sigmas(self.units(), self.iterations)

    def units(self) -> tuple[Unit, ...]:
        """What is done to a gradient before a step, in order."""
        texts = chain_of_fields(self) if self.chain is None else self.chain
        return units_from(texts, tuple(CHAIN.items()))

    def shown(self) -> tuple[Transform, ...]:
        """What is done to an image before the network sees it, in order."""
        return units_from(self.transforms, tuple(TRANSFORMS.items()))  # type: ignore[return-value]

    def settings(self) -> dict[str, Any]:
        """The settings by name, without the recipe's own name, texts and layers."""
        settings = {name: getattr(self, name) for name in SETTINGS}
        return {**settings, "chain": chain_of_fields(self) if self.chain is None else self.chain}

    def replace(self, **settings: Any) -> Recipe:
        """The recipe with some fields changed; a new name and new layers do not keep `max_loss`."""
        known = [field.name for field in dataclasses.fields(self)]
        for name in settings:
            if name not in known:
                raise ArgumentError(unknown_name("setting", name, known))
        if "name" in settings and settings.get("layers", self.layers) != self.layers:
            settings = {"max_loss": None} | settings
        if settings.get("chain") is not None:  # it takes the place of what said it before
            settings = {name: SETTINGS[name].default for name in IN_CHAIN} | settings
        return dataclasses.replace(self, **settings)


SETTINGS: dict[str, dataclasses.Field[Any]] = {
    f.name: f for f in dataclasses.fields(Recipe) if "help" in f.metadata
}
"""The fields of `Recipe` that a call may set, by name, in order."""

UNITS: dict[str, dict[str, type[Unit]]] = {"chain": CHAIN, "transforms": TRANSFORMS}
"""The settings that are lists of units, and the units that each may have."""

document(Recipe, SETTINGS)


def setting_type(name: str) -> tuple[type, bool]:
    """The type of a setting, `tuple` for a list of units, and whether it may be None."""
    return field_type(Recipe, name)


def check_setting(name: str, value: Any) -> Any:
    """`value` in the type of the setting, or an `ArgumentError` that states the constraint."""
    if name not in UNITS:
        return checked(Recipe, SETTINGS[name], value)
    none = value is None and setting_type(name)[1]
    return None if none else unit_texts(name, value, UNITS[name])
