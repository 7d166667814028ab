"""A page's examples: found, run as they stand, and what they print and leave behind.

A page is Markdown. Its blocks of one language are one program, which runs in a folder of its own
with the files that the page names (`PREPARED`). A comment `<!-- not run: why -->` in front leaves a
block out. Pictures that a page shows as `made/<page>/<name>` are those that its examples write.

usage: python tools/examples.py FOLDER [PAGE...]    runs those of docs/, or of some pages; what they
print is kept in FOLDER, and what has not changed since is not run again
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from deepdreamr import sample_image

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
LANGUAGES = {"python": "Python", "r": "R", "sh": "Shell"}
BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<why>.*?) -->\n)?```(?P<language>python|sh|r)\n(?P<code>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
SHOWN = re.compile(r"\]\([./]*made/(?P<page>[\w-]+)/(?P<name>[\w.-]+)\)")
MARK = "\x1e"
"""What a program prints after each block."""

_MARKS = {
    "python": 'print("\\x1e", end="", flush=True)',
    "sh": "printf '\\036'",
    "r": 'cat("\\036")',
}
AT_ONCE = 2


class ExampleError(Exception):
    """An example that ended with an error, or did not write what its page shows."""


@dataclasses.dataclass(frozen=True)
class Block:
    """An example: its language, its code, and why it is not run, if it is not."""

    language: str
    code: str
    why_not: str | None = None


def blocks_of(text: str) -> list[Block]:
    """The examples of a page, in their order."""
    return [Block(m["language"], m["code"], m["why"]) for m in BLOCK.finditer(text)]


def pages() -> list[Path]:
    """The pages of the site that have examples to run."""
    every = sorted(DOCS.rglob("*.md"))
    return [path for path in every if any(not b.why_not for b in blocks_of(_text(path)))]


def shown_pictures(text: str) -> list[str]:
    """Names of the pictures of its examples that a page shows."""
    return [match["name"] for match in SHOWN.finditer(text)]


# ---- What examples find in their folder ---------------------------------------------------------


def _sample(size: tuple[int, int]) -> Image.Image:
    return Image.open(sample_image("jelly")).convert("RGB").resize(size)


def _photographs(folder: Path) -> None:
    (folder / "photos").mkdir()
    for name, size in (("a.jpg", (96, 80)), ("b.png", (80, 96))):
        _sample(size).save(folder / "photos" / name)


def _photograph(folder: Path) -> None:
    _sample((160, 120)).crop((20, 10, 148, 106)).save(folder / "photo.jpg")


def _clip(folder: Path) -> None:
    """A clip in which a photograph moves."""
    from deepdreamr.motion.clips import ClipInfo, write_clip

    photo, times = _sample((160, 120)), [Fraction(n, 8) for n in range(8)]
    frames = [np.asarray(photo.crop((2 * n, n, 2 * n + 128, n + 96))) for n in range(8)]
    info = ClipInfo((96, 128), rate=Fraction(8), frames=8)
    write_clip(folder / "in.mp4", info, zip(frames, times, strict=True))


def _mine(folder: Path) -> None:
    _sample((320, 240)).save(folder / "mine.jpg", quality=95)


def _mask(folder: Path) -> None:
    shutil.copy(ROOT / "gallery" / "mask.png", folder)


def _model(folder: Path) -> None:
    """A small network in a file of Keras, not trained."""
    import keras

    inputs = keras.Input((None, None, 3))
    strokes = keras.layers.Conv2D(16, 7, strides=2, activation="relu", name="strokes")(inputs)
    shapes = keras.layers.Conv2D(32, 5, activation="relu", name="shapes")(strokes)
    keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(shapes)).save(
        folder / "my-model.keras"
    )


PREPARED: dict[str, Callable[[Path], None]] = {
    "photos": _photographs,
    "photo.jpg": _photograph,
    "in.mp4": _clip,
    "mine.jpg": _mine,
    "mask.png": _mask,
    "my-model.keras": _model,
}
"""Files that a page may name, and what makes them."""


def prepare(text: str, folder: Path) -> None:
    """Make the files that a page's examples name."""
    code = "\n".join(block.code for block in blocks_of(text))
    for name, make in PREPARED.items():
        if re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", code):
            make(folder)


# ---- Running -------------------------------------------------------------------------------------


def run(text: str, language: str, folder: Path) -> list[str]:
    """Run a page's examples in a language, in a folder with what they name.

    Returns
    -------
    list of str
        What each has printed to standard output.

    Raises
    ------
    ExampleError
        If one ends with an error.
    """
    codes = [b.code for b in blocks_of(text) if b.language == language and not b.why_not]
    program = "".join(f"{code}\n{_MARKS[language]}\n" for code in codes)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run(
        _command(language, program), cwd=folder, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise ExampleError(f"{done.stdout}{done.stderr}")
    return done.stdout.split(MARK)[:-1]


def _command(language: str, program: str) -> list[str]:
    if language == "python":
        return [sys.executable, "-c", program]
    if language == "sh":
        return ["sh", "-ec", f'PATH="{Path(sys.executable).parent}:$PATH"\n{program}']
    return ["Rscript", "-e", program]


# ---- The site's ----------------------------------------------------------------------------------


def kept(folder: Path, page: Path, language: str) -> list[str]:
    """What the examples of a page have printed when they were run last, each of a language."""
    return json.loads(_kept(folder, page, language).read_text("utf-8"))["printed"]


def _kept(folder: Path, page: Path, language: str) -> Path:
    return folder / f"{page.stem}.{language}.json"


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@functools.cache
def _sources() -> bytes:
    """A checksum of all that an example's result depends on besides its own text."""
    total = hashlib.sha256()
    for path in sorted([*(ROOT / "python").rglob("*.py"), *(ROOT / "R").glob("*.R")]):
        total.update(path.read_bytes())
    return total.digest()


def _run_page(folder: Path, page: Path, language: str) -> str:
    """Run a page's examples in a language, unless nothing has changed; gives what happened."""
    text, name = _text(page), f"{page.relative_to(DOCS)}, {LANGUAGES[language]}"
    codes = [block.code for block in blocks_of(text) if block.language == language]
    if not codes:
        return f"{name}: none"
    seen = repr((codes, shown_pictures(text))).encode()
    key, path = hashlib.sha256(_sources() + seen).hexdigest(), _kept(folder, page, language)
    there = all((DOCS / "made" / page.stem / shown).exists() for shown in shown_pictures(text))
    if there and path.exists() and json.loads(path.read_text("utf-8"))["key"] == key:
        return f"{name}: as before"
    with tempfile.TemporaryDirectory() as work:
        try:
            prepare(text, Path(work))
            printed = run(text, language, Path(work))
        except ExampleError as error:
            raise ExampleError(f"{name}:\n{error}") from None
        _keep_pictures(text, Path(work), DOCS / "made" / page.stem)
    path.write_text(json.dumps({"key": key, "printed": printed}), encoding="utf-8")
    return f"{name}: {len(printed)}"


def _keep_pictures(text: str, work: Path, folder: Path) -> None:
    for name in shown_pictures(text):
        if (work / name).exists():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(work / name, folder)


def main(folder: Path, names: Sequence[str]) -> None:
    """Run the examples of pages, and say which."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [page for page in pages() if not names or page.stem in names]
    wanted = [(page, language) for language in LANGUAGES for page in chosen]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for line in pool.map(lambda each: _run_page(folder, *each), wanted):
            print(line, flush=True)
    for page in chosen:
        for name in shown_pictures(_text(page)):
            if not (DOCS / "made" / page.stem / name).exists():
                raise ExampleError(f"{page.name} shows {name}, which none of its examples writes")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2:])
    except ExampleError as error:
        sys.exit(str(error))
