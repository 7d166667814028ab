"""How alike the gradient put together from windows is to the whole one: the cosine between the two.

Photographs at 1.5 megapixels, at the default halo, in the windows of three limits; each figure is
the least likely of three draws.

usage: python benchmarks/windows.py [MEGAPIXELS]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from measuring import LAYERS, machine, print_table
from PIL import Image
from skimage import data

from deepdreamr.backend import import_tensorflow
from deepdreamr.runs._fitting import windows_for
from deepdreamr.runs._layouts import HALO
from deepdreamr.runs.checking import check
from deepdreamr.runs.gradients import gradient_for, windowed
from deepdreamr.runs.request import Request

import_tensorflow()
import tensorflow as tf  # noqa: E402

PHOTOS: dict[str, Callable[[], Any]] = {
    "coffee": data.coffee,
    "astronaut": data.astronaut,
    "cat": data.chelsea,
}
LIMITS = (200_000, 500_000, 1_000_000)  # pixels of a window
TERMS: dict[str, dict[str, float]] = {
    "mixed2": {"mixed2": 1.0},
    "mixed3": {"mixed3": 1.0},
    "mixed4": {"mixed4": 1.0},
    "mixed5": {"mixed5": 1.0},
    "recipe keras's": LAYERS,
}


def cosine(one: tf.Tensor, other: tf.Tensor) -> float:
    a, b = (np.asarray(value, np.float64).ravel() for value in (one, other))
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def main(megapixels: float) -> None:
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    shape = height, round(height * 1.5)
    rows = []
    for name, layers in TERMS.items():
        for title, photo in PHOTOS.items():
            resized = Image.fromarray(photo()).resize(shape[::-1], Image.Resampling.LANCZOS)
            image = tf.constant((np.asarray(resized, np.float32) / 127.5 - 1)[None])
            one_octave = {"octaves": 1}
            request = Request(
                image=image.numpy(), layers=layers, recipe="keras", seed=0, settings=one_octave
            )
            job = check(request)
            gradient, random = gradient_for(job), np.random.default_rng(0)
            _, whole = gradient.whole(image)
            cells = []
            for limit in LIMITS:
                parts = windowed(gradient, job, limit)
                parts.enter(0)
                likeness = min(cosine(whole, parts(image, random)[1]) for _ in range(3))
                cells.append(f"{likeness:.5f} ({len(windows_for(job, limit, 0)(shape))})")
            rows.append([name, title, *cells])
    print(f"{machine()}; {shape[1]} x {shape[0]}, halo {HALO} px\n")
    heads = [f"windows up to {limit / 1e6:g} MP" for limit in LIMITS]
    print_table(["layers", "photograph", *heads], rows)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.5)
