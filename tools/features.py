"""Channels as recipe `lucid` shows them, beside 0.1's way from noise: gallery/features.{jpg,md}.

usage: python tools/features.py
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from deepdreamr import channel_sheet, feature_maps
from deepdreamr.pictures.sheets import Label, contact_sheet

FOLDER = Path(__file__).resolve().parents[1] / "gallery"
SIZE, COLUMNS = (128, 128), 6
CHANNELS = {"mixed4": (32, 160, 416, 544, 672), "mixed5": (32, 96, 224, 288, 352, 480, 608)}
WAYS: dict[str, dict[str, Any]] = {
    "lucid": {"recipe": "lucid", "transforms": "pad(4), crop(8)"},
    "0.1": {"recipe": "rblog", "octaves": 2, "iterations": 256},
}
"""Each takes 512 steps."""

PAGE = """# Features

Channels of mixed4 and of mixed5, dreamed from noise of 128x128 pixels in 512 steps: in the upper
row of each two by the recipe `lucid` with `transforms="pad(4), crop(8)"`, which only move the
picture, below it as 0.1 dreamed from noise (`rblog`, over two octaves). They are twelve of those
of every 64th channel that respond to the noise, not chosen by eye. Beside a channel's number
stands its mean activation for the picture as it is, without a transform; 0 is that of a noise to
which it does not respond, so that there is no gradient. What holds while it is also scaled and
turned, as in the recipe itself, is not what activates most (channel 416 of mixed4 comes to 3.48
so, channel 288 of mixed5 to 4.46), but more channels find a way out of the noise: channel 160 of
mixed5, which does not respond to the noise, comes to 9.95. With the bundled parameters, made by

    python tools/features.py

![features](features.jpg)

| layer | channel | lucid | 0.1 |
| --- | ---: | ---: | ---: |
"""

Pictures = Mapping[tuple[str, int], np.ndarray]
"""Of layers' channels."""


def dreamed(way: str) -> Pictures:
    """What each channel dreams."""
    pictures = {}
    for layer, channels in CHANNELS.items():
        sheet = channel_sheet(layer, channels=list(channels), size=SIZE, seed=1, **WAYS[way])
        for channel, dream in zip(channels, sheet.dreams, strict=True):
            pictures[layer, channel] = dream.image
    return pictures


def activation(picture: np.ndarray, layer: str, channel: int) -> float:
    """The mean of a channel's activation for a picture."""
    return float(feature_maps(picture, layer).activations[..., channel].mean())


def write(ways: Mapping[str, Pictures]) -> None:
    """The sheet and its page, of what there is of each way."""
    means = {
        way: {key: activation(picture, *key) for key, picture in pictures.items()}
        for way, pictures in ways.items()
    }
    keys = [(layer, channel) for layer, channels in CHANNELS.items() for channel in channels]
    order = [
        (way, key)
        for start in range(0, len(keys), COLUMNS)
        for way in ways
        for key in keys[start : start + COLUMNS]
    ]
    labels = [Label("{} {}".format(*key), f"{means[way][key]:.2f}") for way, key in order]
    sheet = contact_sheet([ways[way][key] for way, key in order], labels, columns=COLUMNS)
    Image.fromarray(sheet).save(FOLDER / "features.jpg", quality=88)
    rows = [
        "| {} | {} | ".format(*key) + " | ".join(f"{means[way][key]:.2f}" for way in ways) + " |\n"
        for key in keys
    ]
    (FOLDER / "features.md").write_text(PAGE + "".join(rows), encoding="utf-8")


if __name__ == "__main__":
    write({way: dreamed(way) for way in WAYS})
