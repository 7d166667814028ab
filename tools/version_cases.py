"""Dreams a recipe's cases with the version in PYTHONPATH, and keeps what came out as numbers.

    PYTHONPATH=PACKAGE python tools/version_cases.py RECIPE FOLDER [--quick]

`compare_versions.py` runs this once for each version and each recipe. Only public functions are
called, which both versions have; float images are read from the checkpoints that a dream writes
after each octave.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import pathlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

MOST_OCTAVES, MOST_ITERATIONS, HEAVY_ITERATIONS = 3, 10, 2
SMALLEST, SMALLEST_WITH_BORDER = 80, 130  # pixels of an octave of which the deepest layers see some
ROOM = 226_000_000  # bytes beyond the process's own: the sample picture is dreamed in windows
NOTHING = 1e-30  # a step that changes no float


class Case(NamedTuple):
    """A dream for both versions, as plain data; pictures are named.

    Attributes
    ----------
    call : arguments of `dream`
    how : "" or "windows", "tiles", "resume"
    """

    name: str
    call: dict[str, Any]
    how: str = ""


def fitting(recipe: Any, shorter: int) -> dict[str, int]:
    """How many octaves fit a picture with a shorter side of this many pixels."""
    smallest = SMALLEST_WITH_BORDER if recipe.border else SMALLEST
    above = min(1, recipe.octaves_above)
    most = min(MOST_OCTAVES, recipe.octaves) - above
    below = sum(shorter / recipe.octave_scale**i >= smallest for i in range(1, most))
    return {"octaves": 1 + below + above, "octaves_above": above}


def cases(recipe: Any, quick: bool) -> list[Case]:
    """What is dreamed with a recipe."""
    sample: dict[str, Any] = {"image": "sample", "max_size": 256, **fitting(recipe, 192)}
    coffee = {"image": "coffee", **fitting(recipe, 187)}
    channels = [["mixed4", 0.2, [66, 143]], ["mixed2", 0.1, [[3, 1.0], [40, -0.5]]]]
    two = {"octaves": min(2, recipe.octaves), "octaves_above": min(1, recipe.octaves_above)}
    parts = "tiles" if recipe.tile_size else "windows"
    found = [
        Case("sample", sample),
        Case("coffee 187x251", coffee),
        Case("astronaut 203x149", {"image": "astronaut", **fitting(recipe, 149)}),
        Case("guide", {**coffee, "guide": "astronaut"}),
        Case("negative weight", {**coffee, "layers": {"mixed3": 1.0, "mixed4": -0.5}}),
        Case("single channels", {**coffee, "layers": channels}),
        Case("noise", {"size": [190, 233], **fitting(recipe, 190)}),
        Case(parts, {"image": "sample", **two}, parts),
        Case("resume", {**sample, "octaves": max(2, sample["octaves"])}, "resume"),
    ]
    return found[:1] if quick else found


def picture(name: str) -> Any:
    """A picture by its name."""
    from deepdreamr import sample_image

    if name == "sample":
        return sample_image("jelly")
    import skimage.data
    from skimage.transform import resize

    shape = {"coffee": (187, 251), "astronaut": (203, 149)}[name]
    values = resize(getattr(skimage.data, name)(), shape, anti_aliasing=True)
    return np.rint(values * 255).astype(np.uint8)


def arguments(call: dict[str, Any]) -> dict[str, Any]:
    """A case's call with the pictures and the terms that it names."""
    from deepdreamr import LayerTerm

    made = {**call, "seed": 1}
    for name in ("image", "guide"):
        if name in call:
            made[name] = picture(call[name])
    if isinstance(call.get("layers"), list):
        made["layers"] = [LayerTerm(*term) for term in call["layers"]]
    return {"image": None, **made}


def runs(recipe: Any, case: Case) -> dict[str, dict[str, Any]]:
    """The dreams of a case: one that changes nothing, and those that are compared."""
    most = HEAVY_ITERATIONS if case.how in ("windows", "tiles") else MOST_ITERATIONS
    same = {"recipe": recipe.name, **case.call}
    plain = {name: value for name, value in same.items() if name not in ("guide", "layers")}
    iterations = min(most, recipe.iterations)
    return {
        "nothing": {**plain, "step": NOTHING, "iterations": 1},
        "1/50": {**same, "step": recipe.step / 50, "iterations": iterations},
        "1 step": {**same, "iterations": 1},
    }


def used_memory() -> int:
    """Bytes that this process holds; 0 where that cannot be told."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE
    except OSError:
        return 0


@contextlib.contextmanager
def staying(path: Path) -> Iterator[None]:
    """A finished dream deletes its checkpoint: not here."""

    def but(delete: Callable[..., None]) -> Callable[..., None]:
        return lambda file, *a, **k: None if Path(file) == path else delete(file, *a, **k)

    with contextlib.ExitStack() as stack:
        for owner, name in ((os, "unlink"), (os, "remove"), (pathlib.Path, "unlink")):
            stack.enter_context(mock.patch.object(owner, name, but(getattr(owner, name))))
        yield


def dreamed(call: dict[str, Any], how: str, path: Path) -> dict[str, Any]:
    """The float images after each octave, by the octave's number, and the losses."""
    from deepdreamr import dream

    found: dict[str, Any] = {}
    made = arguments(call)

    def look(step: Any = None) -> None:
        if path.exists() and (step is None or step.iteration == 1):
            with np.load(path) as archive:
                found[f"image {json.loads(bytes(archive['note']))['octave']}"] = archive["image"]

    if how == "resume":
        dream(**made, checkpoint=path, on_step=lambda step: step.octave < 2)
    if how == "windows":
        made["max_memory"] = used_memory() + ROOM
    with staying(path):
        result = dream(**made, checkpoint=path, on_step=look)
        look()
    path.unlink()
    found["losses"] = np.array([tuple(loss) for loss in result.losses])
    return {**found, "window pixels": np.array(result.record["window_pixels"] or 0)}


def measure(name: str, folder: Path, quick: bool) -> None:
    """Dream a recipe's cases with the version that is imported; what is there already stays."""
    import deepdreamr

    package = os.environ["PYTHONPATH"].split(os.pathsep)[0]
    if not Path(deepdreamr.__file__).resolve().is_relative_to(Path(package).resolve()):
        raise SystemExit(f"{deepdreamr.__file__} is imported, and not the package in {package}")
    recipe = deepdreamr.RECIPES[name]
    for case in cases(recipe, quick):
        wanted, path = runs(recipe, case), folder / f"{name}, {case.name}.npz"
        text = json.dumps([wanted, case.how, ROOM])
        if path.exists() and str(np.load(path)["call"]) == text:
            continue
        arrays = {"call": np.array(text)}
        for kind, call in wanted.items():
            how = "" if kind == "nothing" else case.how
            values = dreamed(call, how, folder / "checkpoint")
            arrays |= {f"{kind}, {key}": value for key, value in values.items()}
        np.savez(path, **arrays)  # type: ignore[arg-type]


if __name__ == "__main__":
    measure(sys.argv[1], Path(sys.argv[2]), "--quick" in sys.argv)
