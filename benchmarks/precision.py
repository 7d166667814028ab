"""The sample picture dreamed in each precision, side by side, and how far the pictures are apart.

Writes gallery/precision.jpg. usage: python benchmarks/precision.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from measuring import print_table
from PIL import Image

from deepdreamr import dream, sample_image

PRECISIONS = ("float32", "bfloat16", "float16")
OUT = Path(__file__).resolve().parents[1] / "gallery" / "precision.jpg"


def main() -> None:
    dreams = [
        dream(sample_image(), recipe="vivid", octaves=4, seed=1, precision=precision)
        for precision in PRECISIONS
    ]
    Image.fromarray(np.concatenate([d.image for d in dreams], axis=1)).save(OUT, quality=85)
    rows = [[d.precision, f"{d.losses[-1].loss:.3f}", f"{d.seconds:.0f} s"] for d in dreams]
    print_table(["precision", "last loss", "time"], rows)


if __name__ == "__main__":
    main()
