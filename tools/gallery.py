"""One photograph, every recipe: writes the pictures of the README and the gallery's page.

usage: python tools/gallery.py [RECIPE...]    default: all of them
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from PIL import Image

from deepdreamr import RECIPES, dream, sample_image

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "gallery"
OPTIONS: dict[str, dict[str, Any]] = {"tf2-octaves": {"iterations": 30}}
"""Where a call differs from the recipe's own settings, to save time."""


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
        "are the bundled ones. Made by `python tools/gallery.py`.",
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
    return "\n".join(lines)


def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in names or RECIPES:
        result = dream(sample_image(), recipe=name, seed=1, **OPTIONS.get(name, {}))
        Image.fromarray(result.image).save(FOLDER / f"{name}.jpg", quality=85)
        print(f"{name}: {result.seconds:.0f} s", flush=True)
    (FOLDER / "README.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
