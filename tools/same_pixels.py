"""Says where two pictures are, and fails unless their pixels are identical."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image


def main(one: str, other: str) -> int:
    first, second = (np.asarray(Image.open(path).convert("RGB")) for path in (one, other))
    same = first.shape == second.shape and bool((first == second).all())
    print(f"from Python: {Path(one).resolve()}\nfrom R:      {Path(other).resolve()}")
    print("The pixels are identical." if same else "The pixels differ!")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
