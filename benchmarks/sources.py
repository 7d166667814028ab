"""(g) Each published recipe beside an independent transcription of its source, on a real picture.

All at the published settings; the picture's size is the source's where that is known. For each
recipe: where its octaves start, the largest difference after one step, as a share of the largest
change; and, at a fiftieth of the step, how far the losses of a whole dream are apart at most, as a
share of the largest, and the PSNR of the two pictures. Of `lucid`, the loss curve at a fiftieth of
its step, each step by itself, on the same network.

usage: python benchmarks/sources.py [RECIPE ...]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from measuring import machine, print_table
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "python"))

from deepdreamr.backend import import_tensorflow  # noqa: E402

import_tensorflow()
import feature_oracles  # noqa: E402
from parity import ORACLES, SEED, first_steps, keras_inception, whole_dreams  # noqa: E402

from deepdreamr import RECIPES, dream, sample_image  # noqa: E402
from deepdreamr.networks.engine.trunk import Trunk  # noqa: E402
from deepdreamr.networks.loading import load_network  # noqa: E402
from deepdreamr.recipes.schedule import octave_shapes  # noqa: E402

SHAPE, SMALLEST = (480, 640), 85  # smaller octaves are left out: the network does not take them
SHAPES = {
    "tf2": (375, 500),
    "tf2-octaves": (375, 500),
    "google2015": (575, 1024),
    "laplace2015": (224, 224),
    "gordic": (450, 600),
}
LUCID = (128, 128)
FEW = 2  # iterations from one octave's first step to the next one's
HEAD = ["recipe", "size", "octaves", "steps", "one step", "losses", "PSNR (dB)"]


def picture_of(shape: tuple[int, int]) -> np.ndarray:
    """The sample picture as float32 (1, height, width, 3)."""
    picture = (
        Image.open(sample_image("jelly"))
        .convert("RGB")
        .resize(shape[::-1], Image.Resampling.LANCZOS)
    )
    return (np.asarray(picture, np.float32) / 127.5 - 1)[None]


def compared(name: str, inception: Any) -> list[str]:
    """A recipe's row."""
    recipe, shape = RECIPES[name], SHAPES.get(name, SHAPE)
    settings, image = {"octaves": recipe.octaves}, picture_of(shape)
    while min(octave_shapes(shape, recipe.replace(**settings))[0]) < SMALLEST:
        settings["octaves"] -= 1
    shares = first_steps(name, image, **settings, iterations=FEW)
    settings["iterations"] = recipe.iterations
    result, losses, decibels = whole_dreams(name, inception(*recipe.layers), image, **settings)
    apart = share_apart([loss.loss for loss in result.losses], losses)
    cells = [str(settings["octaves"]), str(recipe.iterations), f"{max(shares):.1e}"]
    return [name, "{} x {}".format(*shape), *cells, f"{apart:.1e}", f"{decibels:.1f}"]


def share_apart(ours: list[float], losses: list[tuple[int, int, float]]) -> float:
    """The largest difference of two curves, as a share of the largest loss."""
    mine, theirs = np.array(ours), np.array([loss for *_, loss in losses])
    return float(np.abs(mine - theirs).max() / np.abs(theirs).max())


def lucid(start: str) -> list[str]:
    """The row of `lucid` from "noise" or from the "picture"."""
    recipe, layers = RECIPES["lucid"], RECIPES["lucid"].layers
    image = picture_of(LUCID) if start == "picture" else None
    trunk = Trunk(load_network(), layers)
    _, losses = feature_oracles.lucid(
        lambda image, training: trunk(image),
        image,
        shape=LUCID,
        noise=np.random.default_rng((SEED, 1)),
        rng=np.random.default_rng(SEED),
        step=recipe.step / 50,
    )
    size = None if start == "picture" else LUCID
    result = dream(image, size=size, recipe=recipe, seed=SEED, step=recipe.step / 50)
    apart = share_apart([loss.loss for loss in result.losses], losses)
    shape = "{} x {}".format(*LUCID)
    return [f"lucid, {start}", shape, "1", str(recipe.iterations), "-", f"{apart:.1e}", "-"]


def main(names: list[str]) -> None:
    """Print the table."""
    rows, inception = [], keras_inception()
    for name in names or [*ORACLES, "lucid"]:
        starts = ("noise", "picture")
        made = [lucid(start) for start in starts] if name == "lucid" else None
        made = made or [compared(name, inception)]
        print(*made, file=sys.stderr, flush=True)
        rows += made
    print(machine())
    print_table(HEAD, rows)


if __name__ == "__main__":
    main(sys.argv[1:])
