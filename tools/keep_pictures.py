"""Writes the pictures and checkpoints of version 0.1 that are kept in tests/python/kept.

    PYTHONPATH=PACKAGE python tools/keep_pictures.py FOLDER

PACKAGE is a folder with the deepdreamr of 0.1: `pip install --no-deps --target PACKAGE` of the
commit's tree makes one, as does `compare_versions.py --keep`. For each recipe FOLDER gets the dream
of a small picture and the checkpoint of the same dream, stopped in its second octave.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import skimage.data
from skimage.transform import resize

from deepdreamr import RECIPES, __version__, dream, save_image

SHAPE = (112, 128)
SAME: dict[str, Any] = {"octaves": 2, "iterations": 2, "seed": 1}
LOW = {"mixed1": 0.5, "mixed2": 1.0}  # so that cells are left within a border of two
OWN: dict[str, dict[str, Any]] = {
    "rblog": {"max_loss": 100.0},  # of which the small picture's losses stay below
    "keras": {"layers": LOW},
    "keras-io": {"layers": LOW},
    "tf2-octaves": {"octaves": 3, "octaves_above": 1},
    "gordic": {"layers": {"mixed2": 1.0}},
}
FORMATS = (".jpg", ".tif", ".webp")  # of one recipe's dream, besides PNG


def write_source(folder: Path) -> Path:
    """The picture that all of them are dreamed from."""
    values = resize(skimage.data.coffee(), SHAPE, anti_aliasing=True)
    path = folder / "source.png"
    save_image(np.rint(values * 255).astype(np.uint8), path, overwrite=True)
    return path


def keep(recipe: str, source: Path, folder: Path) -> None:
    """The finished dream, and a checkpoint of it."""
    call = {"recipe": recipe, **SAME, **OWN.get(recipe, {})}
    finished = dream(source, **call)
    for suffix in (".png", *(FORMATS if recipe == "rblog" else ())):
        finished.save(folder / f"{recipe}{suffix}", overwrite=True)
    checkpoint = folder / f"{recipe}.checkpoint"
    checkpoint.unlink(missing_ok=True)
    stopped = dream(source, **call, checkpoint=checkpoint, on_step=lambda step: step.octave < 2)
    print(recipe, finished.octaves, len(finished.losses), stopped.stopped, finished.seconds)


def main(folder: Path) -> None:
    """All of them."""
    if __version__ != "0.1.0":
        raise SystemExit(f"this is deepdreamr {__version__}, and not 0.1.0")
    folder.mkdir(parents=True, exist_ok=True)
    source = write_source(folder)
    for recipe in RECIPES:
        keep(recipe, source, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
