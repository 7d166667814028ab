"""What sheets of dreams are made of, cut out again."""

from __future__ import annotations

import numpy as np

from deepdreamr.pictures.sheets import GAP, MARGIN, label_font, line_height


def tiles(sheet: np.ndarray, shape: tuple[int, int], count: int) -> list[np.ndarray]:
    """The tiles of a sheet that has one column."""
    line, head = line_height(label_font(shape)), line_height(label_font(shape, larger=True))
    top = MARGIN + head + GAP + line
    tops = [top + i * (shape[0] + GAP + line) for i in range(count)]
    return [sheet[t : t + shape[0], MARGIN : MARGIN + shape[1]] for t in tops]
