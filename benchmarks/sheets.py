"""A sheet of dreams against its ascents: what it takes besides them to make their graphs.

The ascents are the same dreams, each made alone a second time, when its graph is there. A sheet of
channels has one graph for all, which each sheet makes anew; one of layers has a graph for what
layers have in common, and takes no layer further than it is deep.

usage: python benchmarks/sheets.py
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

from measuring import machine, print_table, seconds

from deepdreamr import LayerTerm, channel_sheet, dream, layer_sheet, sample_image
from deepdreamr.backend import import_tensorflow

LAYERS = ("mixed0", "mixed2", "mixed4", "mixed6", "mixed8")
NOISE: dict[str, Any] = {"recipe": "vivid", "seed": 1}
SMALL = {"octaves": 3, "iterations": 10}


def ascents(terms: list[LayerTerm], image: Any = None, **options: Any) -> float:
    """Seconds of the dreams of the terms, one by one, the graph of each made before."""
    taken = 0.0
    for term in terms:
        dream(image, [term], **(options | {"iterations": 1}))
        taken += seconds(functools.partial(dream, image, [term], **options))
    return taken


def channels(size: int, **settings: Any) -> tuple[float, float]:
    """Of the sheet of mixed4's channels, and of its ascents."""
    options = {**NOISE, "size": (size, size), **settings}
    start = time.perf_counter()
    sheet = channel_sheet("mixed4", **options)
    taken = time.perf_counter() - start
    return taken, ascents([dream.layers[0] for dream in sheet.dreams], **options)


def layers(size: int, **settings: Any) -> tuple[float, float]:
    """Of a sheet of five layers, and of its ascents."""
    image, options = sample_image(), {"max_size": size, "seed": 1, **settings}
    taken = seconds(lambda: layer_sheet(image, LAYERS, **options))
    return taken, ascents([LayerTerm(layer) for layer in LAYERS], image, **options)


CASES: dict[str, Callable[[], tuple[float, float]]] = {
    "12 channels of mixed4 from noise, as `channel_sheet` does": lambda: channels(300),
    "the same, 200 pixels, 3 octaves, 10 iterations": lambda: channels(200, **SMALL),
    "5 layers, 480 pixels, 4 octaves, 20 iterations": lambda: layers(480, octaves=4),
    "the same, 240 pixels, 3 octaves, 10 iterations": lambda: layers(240, **SMALL),
}


def main() -> None:
    import_tensorflow()
    dream(size=(80, 80), layers="mixed0", octaves=1, iterations=1)  # TensorFlow's own start
    rows = []
    for name, case in CASES.items():
        sheet, alone = case()
        rows.append((name, f"{sheet:.1f} s", f"{alone:.1f} s", f"{sheet / alone:.2f}"))
    print(machine())
    print_table(("sheet", "whole", "ascents", "ratio"), rows)


if __name__ == "__main__":
    main()
