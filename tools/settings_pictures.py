"""What more and less of a recipe's setting does: a row of dreams for each, for the reference.

The sample picture, small, is dreamed with one setting changed and all others as they are. A setting
has no row where nothing of it is to be seen at that size; `UNSEEN` says which, and why. The rows
are kept in docs/reference/settings, as the gallery's pictures are: they take minutes.

usage: python tools/settings_pictures.py [NAME...]    default: all of them
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from deepdreamr import dream, sample_image
from deepdreamr.pictures.sheets import Label, contact_sheet

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference" / "settings"
HOW: dict[str, Any] = {
    **{"layers": {"mixed4": 1.0}, "recipe": "rblog", "max_size": 240, "seed": 1},
    **{"octaves": 3, "iterations": 10, "progress": False},
}
"""What all of them have in common."""

_BLURRED = {"sigma": 1.0}
_TILED = {"tile_size": 80}
VALUES: dict[str, tuple[Sequence[Any], Mapping[str, Any]]] = {
    "octaves": ((1, 2, 4), {}),
    "octave_scale": ((1.15, 1.4, 1.65), {}),
    "octaves_above": ((0, 1), {}),
    "octave_sigma": ((0.0, 1.0, 3.0), {}),
    "resize": (("aligned", "half_pixel", "lanczos"), {}),
    "carry": (("lost_detail", "detail", "blend", "image"), {}),
    "blend": ((0.0, 0.2, 0.8), {"carry": "blend"}),
    "iterations": ((3, 10, 30), {}),
    "step": ((0.01, 0.025, 0.08), {}),
    "parameters": (("pixels", "fourier", "phases"), {"optimizer": "adam", "step": 0.05}),
    "optimizer": (("ascent", "adam"), {}),
    "clip": ((False, True), {"step": 0.1}),
    "objective": (("mean_square", "mean", "half_sum_square"), {}),
    "border": ((0, 2), {}),
    "chain": (('normalize("l1")', 'laplacian(3), normalize("l1")'), {}),
    "transforms": (((), ("jitter(16)",), ("rotate(20)", "scale(0.8, 1.2)")), {}),
    "normalize": (("l1", "std", "standardize"), {}),
    "jitter": ((0, 8, 32), {}),
    "tile_size": ((None, 120, 80), {}),
    "tile_start": (("origin", "random"), _TILED),
    "tile_normalize": ((False, True), _TILED),
    "sigma": ((None, 0.5, 2.0), {}),
    "sigma_growth": ((0.0, 4.0), {"sigma": 0.5}),
    "smooth_kernel": ((3, 9), _BLURRED),
    "smooth_color": ((True, False), _BLURRED),
}
"""The values that are shown of a setting, and what else is set for them."""

UNSEEN = {
    "octave_rounding": "an octave is a pixel larger or smaller",
    "octave_chain": "a shrunk picture is a little softer",
    "max_loss": "where the loss stays below it, it does nothing; where not, the dream is weaker",
    "max_loss_step": "it is one step",
    "mean_over": "it is a factor of the loss, which a normalised gradient does not show",
    "weights_scale": "it is rounding",
    "epsilon": "it matters where the gradient is nearly nothing",
    "tile_weights": "it matters where tiles are narrow",
    "sigma_phase": "it is a shift of the growth by some steps",
}
"""Settings without pictures, and why."""


def row_of(name: str) -> Image.Image:
    """The dreams of a setting's values, side by side."""
    values, others = VALUES[name]
    dreams = [dream(sample_image(), **{**HOW, **others, name: value}) for value in values]
    labels = [Label(shown(value)) for value in values]
    return Image.fromarray(contact_sheet([d.image for d in dreams], labels, columns=len(values)))


def shown(value: Any) -> str:
    """A value, in few letters."""
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value).replace(', normalize("l1")', "")


def words_of(name: str) -> str:
    """What a setting's row shows, from left to right."""
    values, others = VALUES[name]
    given = "".join(f", {other}={value}" for other, value in others.items())
    said = "; ".join(shown(value) for value in values)
    return f"{said} (mixed4, {HOW['octaves']} octaves{given})"


def main(names: Sequence[str]) -> None:
    """Make the rows of settings."""
    FOLDER.mkdir(exist_ok=True)
    for name in names or VALUES:
        row_of(name).save(FOLDER / f"{name}.jpg", quality=82, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1:])
