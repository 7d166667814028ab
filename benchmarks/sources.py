"""(g) Each published recipe beside an independent transcription of its source, on a real picture.

For each recipe: where its octaves start, the largest difference after one step of the published
size, as a share of the largest change; and the PSNR of a whole dream at a fiftieth of the step,
with at most 10 iterations at each octave, of octaves of at least 85 pixels, and tiles of 120.

usage: python benchmarks/sources.py [RECIPE ...]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from measuring import machine, print_table
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "python"))

from deepdreamr.backend import import_tensorflow  # noqa: E402

import_tensorflow()
from parity import ORACLES, first_steps, keras_inception, whole_dreams  # noqa: E402

from deepdreamr import RECIPES, sample_image  # noqa: E402
from deepdreamr.recipes.schedule import octave_shapes  # noqa: E402

SHAPE, SMALLEST = (241, 320), 85
ITERATIONS, TILE = 10, 120


def main(names: list[str]) -> None:
    """Print the table."""
    size = SHAPE[::-1]
    picture = Image.open(sample_image("jelly")).convert("RGB").resize(size, Image.LANCZOS)
    image = (np.asarray(picture, np.float32) / 127.5 - 1)[None]
    rows, inception = [], keras_inception()
    for name in names or ORACLES:
        recipe = RECIPES[name]
        settings = {"iterations": min(ITERATIONS, recipe.iterations)}
        settings |= {"tile_size": TILE} if recipe.tile_size else {}
        settings["octaves"] = recipe.octaves
        while min(octave_shapes(SHAPE, recipe.replace(**settings))[0]) < SMALLEST:
            settings["octaves"] -= 1
        shares = first_steps(name, image, **settings)
        result, losses, decibels = whole_dreams(name, inception(*recipe.layers), image, **settings)
        ours = np.array([loss.loss for loss in result.losses])
        theirs = np.array([loss for *_, loss in losses])
        apart = np.abs(ours - theirs).max() / np.abs(theirs).max()
        rows.append(
            [name, str(len(shares)), f"{max(shares):.1e}", f"{apart:.1e}", f"{decibels:.1f}"]
        )
        print(*rows[-1], flush=True)
    print(machine())
    print_table(["recipe", "octaves", "one step", "losses", "PSNR (dB)"], rows)


if __name__ == "__main__":
    main(sys.argv[1:])
