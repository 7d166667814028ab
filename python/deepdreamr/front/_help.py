"""options → **words** → help: examples of a command, and what is there by default.

`EXAMPLES` is the only place where they are written.
"""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, tuple[str, ...]] = {
    "dream": (
        "deepdreamr dream sample:jelly -o dream.png --layers mixed3=0.8,mixed4:66=2",
        "deepdreamr dream photos/ -o dreams/ --recipe vivid --max-size 1024",
        "cat a.jpg | deepdreamr dream - -o - --max-size 800 --octaves 4 > b.png",
    ),
    "video": (
        "deepdreamr video in.mp4 -o out.mp4 --layers mixed4=2 --preview",
        "deepdreamr video in.mp4 -o out.mkv --start 10s --end 0:20 --max-size 640",
        "deepdreamr video in.mp4 -o out.webm --layers '0: mixed3=1; 10s: mixed5=1' --dry-run",
    ),
    "clip-sheet": (
        "deepdreamr clip-sheet out.mp4 -o sheet.jpg --frames 12",
        "deepdreamr clip-sheet frames/ -o sheet.png --start 10s --columns 4",
    ),
    "zoom": (
        "deepdreamr zoom photo.jpg -o zoom.mp4 --layers mixed4=1,mixed5=1",
        "deepdreamr zoom -o noise.mp4 --size 480x640 --seconds 20 --rotate 10 --loop",
        "deepdreamr zoom photo.jpg -o out.webm --outward --layers '0: mixed4=1; 10s: mixed5=1'",
    ),
}
"""What a command's help begins with."""


def with_recipe(words: str, name: str, recipe: str) -> str:
    """An option's help, with what a recipe says where it is not given.

    >>> with_recipe("steps at each octave, at most", "iterations", "vivid")
    'steps at each octave, at most  [default: 20]'
    """
    from ..recipes.published import RECIPES

    chosen = RECIPES[recipe]
    if name == "layers":
        layers = ",".join(f"{layer}={weight:g}" for layer, weight in chosen.layers.items())
        return words.replace("[default: the recipe's]", f"[default: {layers}]")
    settings = chosen.settings()
    if name not in settings:
        return words
    return f"{words}  [default: {shown_setting(name, settings[name])}]"


def shown_setting(name: str, value: Any) -> str:
    """A setting, as its option says it: a flag by its name, all others by their value."""
    if isinstance(value, bool):
        return ("" if value else "no-") + name.replace("_", "-")
    return shown_value(value)


def shown_value(value: Any) -> str:
    """A setting's value, as its option takes it."""
    if isinstance(value, tuple):
        return repr(", ".join(value))
    return "none" if value is None else str(value)
