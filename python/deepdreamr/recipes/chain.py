"""units → **chain** → settings, core: what may be done to a gradient before the step, as data."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import ArgumentError
from .fields import REQUIRED, setting
from .units import Unit, by_name

NORMS = ("l1", "l2", "std", "standardize")
EDGES = ("reflect", "mirror")


@dataclasses.dataclass(frozen=True)
class Smooth(Unit):
    """The mean of three gaussian blurs, of sigma, twice and half of it."""

    sigma: float = setting(REQUIRED, "deviation in pixels", least=0, most=1000)
    growth: float = setting(0.0, "how much it grows from the first to the last step of an octave")
    phase: float = setting(
        0.0, "shifts that: at step i of n, from 0, it is growth * (i + phase) / n", least=0
    )
    width: int | None = setting(
        None, "of the kernels in pixels, odd; default: 4 sigma to each side", least=1, most=10_001
    )
    color: bool = setting(True, "blur across the three colours too")
    edges: str = setting(
        "reflect",
        "what lies beyond an edge: the image turned over at the edge (reflect), or at the middle "
        "of its last pixel (mirror)",
        choices=EDGES,
    )

    def at(self, i: int, iterations: int) -> float:
        """Sigma at iteration i, counted from 0."""
        return self.sigma + self.growth * (i + self.phase) / iterations


@dataclasses.dataclass(frozen=True)
class Normalize(Unit):
    """Division by the gradient's own size, so that `step` alone says how far a step goes."""

    how: str = setting(
        "l1",
        "by the mean absolute value (l1), the root of the sum of squares (l2), the standard "
        "deviation (std), or that after the mean is taken off (standardize)",
        choices=NORMS,
    )
    epsilon: float = setting(
        1e-7,
        "keeps from dividing by 0: least mean (l1) or sum (l2), else added to the deviation",
        least=0,
        most=1e30,
    )


@dataclasses.dataclass(frozen=True)
class Laplacian(Unit):
    """Normalise each band of the gradient's Laplacian pyramid by itself: fine and coarse alike."""

    levels: int = setting(4, "how often it is split in two bands", least=1, most=20)
    epsilon: float = setting(1e-10, "least root mean square to divide by", above=0, most=1e30)


@dataclasses.dataclass(frozen=True)
class Colors(Unit):
    """A factor for each colour, such as a network's deviations."""

    red: float = setting(REQUIRED, "factor of red", least=-1e6, most=1e6)
    green: float = setting(REQUIRED, "factor of green", least=-1e6, most=1e6)
    blue: float = setting(REQUIRED, "factor of blue", least=-1e6, most=1e6)


CHAIN = by_name(Smooth, Normalize, Laplacian, Colors)
"""The units that a gradient's chain is made of."""

IN_CHAIN = "normalize epsilon sigma sigma_growth sigma_phase smooth_kernel smooth_color".split()
"""The settings of a recipe that come to a chain where none is given."""


def chain_of_fields(recipe: Any) -> tuple[str, ...]:
    """The chain that those settings come to."""
    units: list[Unit] = []
    if recipe.sigma is not None:
        smooth = Smooth(
            recipe.sigma,
            growth=recipe.sigma_growth,
            phase=recipe.sigma_phase,
            width=recipe.smooth_kernel,
            color=recipe.smooth_color,
        )
        units.append(smooth)
    if recipe.normalize != "none":
        units.append(Normalize(recipe.normalize, recipe.epsilon))
    return tuple(map(str, units))


def check_chain(recipe: Any, defaults: Mapping[str, Any]) -> None:
    """Raise an `ArgumentError` for an even kernel, or for settings besides a chain."""
    if recipe.smooth_kernel is not None and recipe.smooth_kernel % 2 == 0:
        raise ArgumentError(
            f"`smooth_kernel` must be odd. Received: smooth_kernel={recipe.smooth_kernel}"
        )
    for name, default in defaults.items():
        if recipe.chain is not None and getattr(recipe, name) != default:
            raise ArgumentError(
                f"`chain` says all that is done to the gradient: `{name}` cannot be given "
                f"besides. Received: {name}={getattr(recipe, name)!r}"
            )


def check_sigmas(units: Iterable[Unit], iterations: int) -> None:
    """Raise an `ArgumentError` if a blur's sigma leaves its range, or its kernel has no middle."""
    for unit in units:
        if not isinstance(unit, Smooth):
            continue
        if unit.width is not None and unit.width % 2 == 0:
            raise ArgumentError(f"`width` of smooth must be odd. Received: width={unit.width}")
        sigmas = [unit.at(i, iterations) for i in (0, iterations - 1)]
        if not 0 <= min(sigmas) <= max(sigmas) <= 1000:
            raise ArgumentError(
                "`sigma` must stay >= 0 and <= 1000 as it grows. "
                f"Received: sigma={unit.sigma:g}, sigma_growth={unit.growth:g}, "
                f"sigma_phase={unit.phase:g}"
            )
