"""Shows that this version dreams what an earlier one dreamed; exit status 1 where it does not.

    python tools/compare_versions.py --keep FOLDER      the commit of 0.1 against python/
    python tools/compare_versions.py --quick            one case for each recipe
    python tools/compare_versions.py vivid tf2          these recipes only
    python tools/compare_versions.py --against FOLDER   the commit against the package in FOLDER

The earlier version is installed from its commit into a folder of its own. Each version dreams each
recipe's cases, those of `version_cases.py`, in a process of its own, through the public functions
only. Two things are held against each other, after each octave:

    1/50     the dream at a fiftieth of the published step: images may differ by 2 % of the largest
             change that the dream made, losses by 1e-4 of their value
    1 step   one published step at the start of each octave: images may differ by 1e-5 of their
             largest value, losses by 1e-5 of theirs

Gradients jump where a ReLU or a maximum turns: a sum in another order can be enough to move
single pixels by more in one step, and many after ten. Versions that compute the same operations in
the same order differ by nothing at all.

What a dream changed is told from the same dream with a step of almost nothing. It needs numpy,
scikit-image (for two pictures) and what deepdreamr needs, and hatchling to install the commit.
What --keep keeps is for later runs on the same machine with the same TensorFlow.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
NAMES = "rblog keras keras-io inception5h tf2 tf2-octaves google2015 gordic vivid".split()
LIMITS = {"1/50": (0.02, 1e-4), "1 step": (1e-5, 1e-5)}  # of the images, of the losses


def run_version(package: Path, folder: Path, name: str, quick: bool) -> None:
    """The cases of a recipe with a version, in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, str(ROOT / "tools/version_cases.py"), name, str(folder)]
    subprocess.run([*command, *["--quick"] * quick], check=True, env=environment)


def install(commit: str, folder: Path) -> Path:
    """The package of a commit, in a folder of its own; what is there already stays."""
    target = folder / "package"
    if not (target / "deepdreamr").exists():
        git = ["git", "-C", str(ROOT), "archive", commit]
        archive = subprocess.run(git, check=True, capture_output=True).stdout
        with tempfile.TemporaryDirectory() as source:
            subprocess.run(["tar", "x", "-C", source], input=archive, check=True)
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
            pip += ["--no-build-isolation", "--target", str(target), source]
            subprocess.run(pip, check=True)
    return target


class Gap(NamedTuple):
    """The largest differences between two versions' numbers, after any octave.

    Attributes
    ----------
    change : of the images, as a share of the largest change that the dream made
    value : of the images, as a share of their largest value
    spread : of the images, root mean squares: small where only few pixels differ
    loss : as a share of the loss
    """

    change: float = np.inf
    value: float = np.inf
    spread: float = np.inf
    loss: float = np.inf


def compared(old: Any, new: Any, kind: str) -> Gap:
    """The differences; infinite where one version lacks what the other has."""
    keys = [key for key in old if key.startswith(f"{kind}, image")]
    losses = [file[f"{kind}, losses"] for file in (old, new)]
    steps = [loss[:, :2].tolist() for loss in losses]
    if not keys or sorted(old) != sorted(new) or steps[0] != steps[1]:
        return Gap()
    images = []
    for key in keys:
        gap, change = old[key] - new[key], old[key] - old[key.replace(kind, "nothing")]
        shares = [largest(gap) / (largest(part) or 1e-30) for part in (change, old[key])]
        images.append([*shares, np.sqrt(np.mean(gap**2)) / (np.sqrt(np.mean(change**2)) or 1e-30)])
    first, second = (loss[:, 2] for loss in losses)
    loss = np.abs(first - second) / np.maximum(np.abs(first), 1e-30)
    change, value, spread = np.max(images, axis=0)
    return Gap(change, value, spread, loss.max(initial=0))


def largest(values: Any) -> Any:
    """The largest magnitude; not a number where one of the values is none."""
    return np.abs(values).max()


def report(before: Path, after: Path, name: str) -> bool:
    """Prints a line for each case of a recipe; whether all of them pass."""
    passed = True
    for path in sorted(after.glob(f"{name}, *.npz"), key=lambda path: path.stat().st_mtime):
        old, new = (dict(np.load(folder / path.name)) for folder in (before, after))
        label = path.stem.removeprefix(f"{name}, ")
        for kind, (image_limit, loss_limit) in LIMITS.items():
            gap = compared(old, new, kind)
            image = gap.change if kind == "1/50" else gap.value
            windows = [int(file.get(f"{kind}, window pixels", 0)) for file in (old, new)]
            good = image <= image_limit and gap.loss <= loss_limit
            good = good and (label != "windows" or min(windows) > 0)
            note = f"  window pixels {windows[0]}, {windows[1]}" if any(windows) else ""
            numbers = " ".join(f"{number:9.2e}" for number in gap)
            verdict = "PASS" if good else "FAIL"
            print(f"{name:12} {label:18} {kind:7} {numbers}  {verdict}{note}", flush=True)
            passed = passed and good
    return passed


def compare(options: argparse.Namespace, kept: Path, fresh: Path) -> bool:
    """Run both versions, recipe by recipe; whether all cases pass."""
    kept = kept / options.commit
    package = install(options.commit, kept)
    columns = " ".join(f"{name:>9}" for name in Gap._fields)
    print(f"{'recipe':12} {'case':18} {'dream':7} {columns}")
    passed = True
    for name in options.recipes or NAMES:
        run_version(package, kept, name, options.quick)
        run_version(options.against, fresh, name, options.quick)
        passed = report(kept, fresh, name) and passed
    return passed


def main() -> int:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help="default: all nine")
    parser.add_argument("--commit", default="ed9a53f", help="of the earlier version")
    parser.add_argument(
        "--against", type=Path, default=ROOT / "python", metavar="FOLDER", help="default: python/"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="for the earlier version's results"
    )
    parser.add_argument("--quick", action="store_true", help="only one case for each recipe")
    options = parser.parse_args()
    if unknown := set(options.recipes) - set(NAMES):
        parser.error(f"no such recipe: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as folder:
        kept = (options.keep or Path(folder) / "kept").resolve()
        return 0 if compare(options, kept, Path(folder) / "new") else 1


if __name__ == "__main__":
    sys.exit(main())
