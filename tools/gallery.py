"""One photograph, every recipe, and figures: the pictures of the README and the gallery's page.

usage: python tools/gallery.py [RECIPE|FIGURE...]    default: all of them
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from deepdreamr import RECIPES, dream, sample_image

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "gallery"
MASK = FOLDER / "mask.png"
OPTIONS: dict[str, dict[str, Any]] = {
    "tf2-octaves": {"iterations": 30},
    "lucid": {"max_size": 480, "iterations": 256},
}
"""Where a call differs from the recipe's own settings, to save time."""


class Figure(NamedTuple):
    """A picture of the page that a command of the shell makes."""

    file: str
    title: str
    text: str
    command: str


FIGURES = (
    Figure(
        "channels.jpg",
        "Channels",
        "What twelve channels of mixed4 dream from noise, each alone: a sheet to choose from.",
        "deepdreamr channels mixed4 -o channels.jpg --zoom 0.6 --seed 1",
    ),
    Figure(
        "neuron.jpg",
        "A neuron",
        "One cell of channel 66 of mixed4, in the middle of the picture: what it sees grows there.",
        "deepdreamr dream sample:jelly -o neuron.jpg --recipe vivid --octaves 3 --max-size 480 "
        "--seed 1 --layers 'mixed4 neuron(66)'",
    ),
    Figure(
        "strongest.jpg",
        "The strongest channels",
        "The three channels of mixed4 that respond most to this picture.",
        "deepdreamr dream sample:jelly -o strongest.jpg --recipe vivid --max-size 480 --seed 1 "
        "--layers 'mixed4 strongest(3)'",
    ),
    Figure(
        "mask.jpg",
        "A mask",
        "The dream grows where [the mask](mask.png) is white; nothing changes where it is black.",
        "deepdreamr dream sample:jelly -o mask.jpg --recipe vivid --max-size 480 --seed 1 "
        "--mask mask.png",
    ),
    Figure(
        "colors.jpg",
        "The picture's own colours",
        "The brightness of the dream alone.",
        "deepdreamr dream sample:jelly -o colors.jpg --recipe vivid --max-size 480 --seed 1 "
        "--keep-colors",
    ),
    Figure(
        "ascent.webp",
        "An ascent",
        "A dream while it is made, octave by octave.",
        "deepdreamr dream sample:jelly -o dream.png --save-steps ascent.webp --every 4 "
        "--recipe vivid --octaves 4 --max-size 320 --seed 1",
    ),
)


FEATURES = (
    "## Features",
    "",
    "Channels as the recipe lucid shows them, each beside 0.1's way from noise: "
    "[with figures](features.md), made by `python tools/features.py`.",
    "",
    "![Features](features.jpg)",
)


def call(name: str) -> str:
    """The command that makes a recipe's picture."""
    words = ["deepdreamr dream sample:jelly", f"-o {name}.jpg", f"--recipe {name}", "--seed 1"]
    words += [f"--{key.replace('_', '-')} {value}" for key, value in OPTIONS.get(name, {}).items()]
    return " ".join(words)


def page() -> str:
    """The gallery's page, in Markdown."""
    lines = [
        "# Gallery",
        "",
        "The sample picture by every recipe, each with the command that made it. The parameters",
        "are the bundled ones, by which mean squares of mixed4 and deeper, as in chollet2 and",
        "keras-io, come out as confetti. Made by `python tools/gallery.py`.",
        "",
        "![the sample picture](../inst/extdata/jelly.jpg)",
        "",
    ]
    for name, recipe in RECIPES.items():
        lines += [
            f"## {name}",
            "",
            f"{recipe.description} Source: {recipe.source}.",
            "",
            f"    {call(name)}",
            "",
            f"![{name}]({name}.jpg)",
            "",
        ]
    for figure in FIGURES:
        lines += [
            f"## {figure.title}",
            "",
            figure.text,
            "",
            f"    {figure.command}",
            "",
            f"![{figure.title}]({figure.file})",
            "",
        ]
    return "\n".join([*lines, *FEATURES, ""])


def draw_mask() -> None:
    """A soft ellipse around the jellyfish."""
    y, x = np.mgrid[:240, :320] / np.array([240, 320])[:, None, None]
    distance = np.hypot(x - 0.53, (y - 0.35) * 0.75)
    white = np.clip((0.3 - distance) / 0.08, 0, 1)
    Image.fromarray(np.rint(255 * white).astype(np.uint8)).save(MASK)


def draw(figure: Figure) -> None:
    """Run a figure's command and keep its file, a JPEG as small as the others."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(MASK, folder)
        words = shlex.split(figure.command)[1:]
        subprocess.run([sys.executable, "-m", "deepdreamr", *words], cwd=folder, check=True)
        made = Path(folder) / figure.file
        if made.suffix == ".jpg":
            Image.open(made).save(made, quality=85)
        shutil.copyfile(made, FOLDER / figure.file)


def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    draw_mask()
    for figure in FIGURES:
        if not names or figure.file in names:
            draw(figure)
    for name in [name for name in RECIPES if not names or name in names]:
        result = dream(sample_image(), recipe=name, seed=1, **OPTIONS.get(name, {}))
        Image.fromarray(result.image).save(FOLDER / f"{name}.jpg", quality=85)
        print(f"{name}: {result.seconds:.0f} s", flush=True)
    (FOLDER / "README.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
