"""The small pictures of the page: of each recipe from the gallery, of each layer its dream alone.

usage: python tools/page_pictures.py
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageOps

from deepdreamr import RECIPES, layer_sheet, sample_image

ROOT = Path(__file__).resolve().parents[1]
GALLERY = ROOT / "gallery"
FOLDER = ROOT / "python" / "deepdreamr" / "page" / "static" / "pictures"
SIZE = (192, 144)
HEAD = (0.29, 0.08, 0.85, 0.64)  # left, top, right, bottom, as shares of the picture
LAYERS = {f"mixed{n}": 1.0 for n in range(11)}
QUALITY = 80


def save(picture: Image.Image, name: str) -> None:
    """A picture as the page shows it, small and without metadata."""
    small = ImageOps.fit(picture.convert("RGB"), SIZE, Image.Resampling.LANCZOS)
    small.save(FOLDER / f"{name}.jpg", quality=QUALITY, optimize=True, progressive=True)


def head(picture: Image.Image) -> Image.Image:
    """The jellyfish's head, which shows at once what is dreamed into it."""
    width, height = picture.size
    left, top, right, bottom = HEAD
    return picture.crop((left * width, top * height, right * width, bottom * height))


def draw_recipes() -> None:
    for name in RECIPES:
        with Image.open(GALLERY / f"{name}.jpg") as picture:
            save(head(picture), f"recipe-{name}")


def draw_layers() -> None:
    with Image.open(sample_image()) as sample:
        part = head(sample).resize((288, 216), Image.Resampling.LANCZOS)
    sheet = layer_sheet(part, LAYERS, recipe="vivid", octaves=3, step=0.03, seed=1)
    for layer, dream in zip(sheet.layers, sheet.dreams, strict=True):
        save(Image.fromarray(dream.image), f"layer-{layer}")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    draw_recipes()
    draw_layers()


if __name__ == "__main__":
    main()
