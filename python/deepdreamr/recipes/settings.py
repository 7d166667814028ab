"""**settings** → recipes: every setting of a dream, with its help and its range, in one record.

Every real difference between the systems is a field; nothing in the package tests a recipe's name.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentError, unknown_name
from ..values import in_range


def setting(
    default: Any,
    help: str,
    *,
    choices: tuple[str, ...] | None = None,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
) -> Any:
    """A field of `Recipe` with its help text and the range it must lie in."""
    limits = {"choices": choices, "above": above, "least": least, "most": most}
    return dataclasses.field(default=default, metadata={"help": help, **limits})


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
        "floor", "how an octave's size is rounded to whole pixels", choices=("floor", "round")
    )
    octave_chain: bool = setting(
        False, "shrink each octave from the next larger one, not from the original"
    )
    octave_sigma: float = setting(
        0.0, "deviation in pixels of a gaussian blur before a picture is shrunk", least=0, most=1000
    )
    resize: str = setting(
        "aligned",
        "bilinear resizing: corner pixels aligned, or pixel areas (half_pixel)",
        choices=("aligned", "half_pixel"),
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
    clip: bool = setting(False, "cut off colours beyond black and white after each step")
    objective: str = setting(
        "mean_square",
        "what of its activation each layer adds to the loss",
        choices=("mean_square", "mean", "half_sum_square"),
    )
    border: int = setting(
        0,
        "how many cells at the edges of each activation do not count in the loss",
        least=0,
        most=10_000,
    )
    normalize: str = setting(
        "l1",
        "the gradient is divided by its mean absolute value (l1) or standard deviation (std), "
        "or standardised to mean 0 and deviation 1 (standardize)",
        choices=("l1", "std", "standardize", "none"),
    )
    epsilon: float = setting(
        1e-7,
        "keeps the normalisation from dividing by 0: least divisor with l1, else added to it",
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
        "where tiles lie: on a fixed grid (origin), or from a random start at each step",
        choices=("origin", "random"),
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
        for name, value in self.settings().items():
            object.__setattr__(self, name, check_setting(name, value))
        if self.octaves_above >= self.octaves:
            raise ArgumentError(
                "`octaves_above` must be less than `octaves`. "
                f"Received: octaves_above={self.octaves_above}, octaves={self.octaves}"
            )
        if self.smooth_kernel is not None and self.smooth_kernel % 2 == 0:
            raise ArgumentError(
                f"`smooth_kernel` must be odd. Received: smooth_kernel={self.smooth_kernel}"
            )
        self._check_sigma()

    def _check_sigma(self) -> None:
        """Sigma at the first and the last iteration."""
        growth = [i + self.sigma_phase for i in (0, self.iterations - 1)]
        sigmas = [(self.sigma or 0) + self.sigma_growth * g / self.iterations for g in growth]
        if self.sigma is not None and not 0 <= min(sigmas) <= max(sigmas) <= 1000:
            raise ArgumentError(
                "`sigma` must stay >= 0 and <= 1000 as it grows. "
                f"Received: sigma={self.sigma:g}, sigma_growth={self.sigma_growth:g}, "
                f"sigma_phase={self.sigma_phase:g}"
            )

    def settings(self) -> dict[str, Any]:
        """The settings by name, without the recipe's own name, texts and layers."""
        return {name: getattr(self, name) for name in SETTINGS}

    def replace(self, **settings: Any) -> Recipe:
        """This recipe with some settings changed."""
        for name in settings:
            if name not in SETTINGS and name != "layers":
                raise ArgumentError(unknown_name("setting", name, SETTINGS))
        return dataclasses.replace(self, **settings)


SETTINGS: dict[str, dataclasses.Field[Any]] = {
    f.name: f for f in dataclasses.fields(Recipe) if "help" in f.metadata
}
"""The fields of `Recipe` that a call may set, by name, in order."""


def _parameters() -> str:
    """The settings with their help, as a docstring has them."""
    lines = ["Parameters", "----------"]
    for name, field in SETTINGS.items():
        choices = field.metadata["choices"]
        words = f" ({', '.join(choices)})" if choices else ""
        lines.append(f"{name} : {field.metadata['help']}{words}")
    return "\n    ".join(lines)


if Recipe.__doc__:  # not under `python -OO`
    Recipe.__doc__ = Recipe.__doc__.replace("    Raises\n", f"    {_parameters()}\n\n    Raises\n")


@functools.cache
def setting_type(name: str) -> tuple[type, bool]:
    """The type of a setting, and whether it may be None."""
    hint = typing.get_type_hints(Recipe)[name]
    if isinstance(hint, types.UnionType):
        return next(t for t in typing.get_args(hint) if t is not types.NoneType), True
    return hint, False


def check_setting(name: str, value: Any) -> Any:
    """`value` in the type of the setting, or an `ArgumentError` that states the constraint."""
    kind, optional = setting_type(name)
    limits = {word: limit for word, limit in SETTINGS[name].metadata.items() if word != "help"}
    return in_range(name, value, kind, optional=optional, **limits)
