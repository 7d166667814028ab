"""A page's examples: found, run as they stand, and what they print and leave behind.

A page is Markdown. Its blocks of one language are one program, which runs in a folder of its own
with the files that the page names (`PREPARED`). The programs of all pages run one after another in
one session of Python, one of R and one of the shell, whose command stays (`warm`), as starting one
takes longer than most examples; what a page has defined, the next does not see. A comment
`<!-- not run: why -->` in front leaves a block out. Pictures that a page shows as
`made/<page>/<name>` are those that its examples write.

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
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import numpy as np
import warm
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
MARK, END = "\x1e", "\x1d"
"""What a program prints after each block, and a session after each page."""

_MARKS = {
    "python": 'print("\\x1e", end="", flush=True)',
    "sh": "printf '\\036'",
    "r": 'cat("\\036")',
}
_SESSIONS = {
    "python": """
import json, os
for folder, code in json.loads({pages!r}):
    os.chdir(folder)
    exec(compile(code, "<examples>", "exec"), {{"__name__": "__main__"}})
    print("\\x1d", end="", flush=True)
""",
    "r": """
for (page in list({pages})) {{
  setwd(page[[1]])
  source(exprs = parse(text = page[[2]], keep.source = FALSE), local = new.env(), print.eval = TRUE)
  cat("\\035")
}}
""",
}
"""Programs that run those of pages, each in its folder."""

AT_ONCE = 2  # sessions
COMMANDS = Path(sys.executable).parent


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
    """A clip whose camera goes in a circle over a photograph."""
    from deepdreamr.motion.clips import ClipInfo, write_clip

    photo, count, rate, turn = _sample((240, 180)), 12, 8, 12
    frames = []
    for angle in 2 * np.pi * np.arange(count) / count:
        left, top = (round(turn * (1 + part)) for part in (np.cos(angle), np.sin(angle)))
        left, top = left + 50, top + 10
        frames.append(np.asarray(photo.crop((left, top, left + 160, top + 120))))
    times = [Fraction(number, rate) for number in range(count)]
    info = ClipInfo((120, 160), rate=Fraction(rate), frames=count)
    write_clip(folder / "in.mp4", info, zip(frames, times, strict=True))


def _mine(folder: Path) -> None:
    _sample((320, 240)).save(folder / "mine.jpg", quality=95)


def _mask(folder: Path) -> None:
    shutil.copy(ROOT / "gallery" / "mask.png", folder)


def model_file(path: Path) -> None:
    """A small network in a file of Keras, not trained."""
    import keras

    inputs = keras.Input((None, None, 3))
    strokes = keras.layers.Conv2D(16, 7, strides=2, activation="relu", name="strokes")(inputs)
    shapes = keras.layers.Conv2D(32, 5, activation="relu", name="shapes")(strokes)
    means = keras.layers.GlobalAveragePooling2D(name="means")(shapes)
    keras.Model(inputs, means).save(path)


_ONE_AT_A_TIME = threading.Lock()


@functools.cache
def _model_of_all() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        model_file(path := Path(folder) / "my-model.keras")
        return path.read_bytes()


def _model(folder: Path) -> None:
    """The same file for the examples of all languages."""
    with _ONE_AT_A_TIME:
        (folder / "my-model.keras").write_bytes(_model_of_all())


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
    return run_all([("", text, folder)], language)[0]


def run_all(
    pages: Sequence[tuple[str, str, Path]], language: str, commands: Path = COMMANDS
) -> list[list[str]]:
    """Run several pages' examples in a language, one after another in one session.

    Each page is its name, its text and its folder; `commands` is where `deepdreamr` is.
    """
    programs = [(str(folder), _program(text, language)) for _, text, folder in pages]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        "PATH": os.pathsep.join([str(commands), os.environ["PATH"]]),
    }
    with tempfile.TemporaryDirectory() as work:
        command = _command(language, programs, Path(work))
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
    *ended, last = done.stdout.split(END)
    if done.returncode:
        name = pages[min(len(ended), len(pages) - 1)][0]
        raise ExampleError(f"{name}:\n{last.replace(MARK, '')}{done.stderr}")
    return [printed.split(MARK)[:-1] for printed in ended]


def _program(text: str, language: str) -> str:
    codes = [b.code for b in blocks_of(text) if b.language == language and not b.why_not]
    return "".join(f"{code}\n{_MARKS[language]}\n" for code in codes)


def _command(language: str, programs: Sequence[tuple[str, str]], work: Path) -> list[str]:
    if language == "python":
        return [sys.executable, "-c", _SESSIONS[language].format(pages=json.dumps(programs))]
    if language == "sh":
        each = [f"(cd {shlex.quote(f)}\n{code})\nprintf '\\035'\n" for f, code in programs]
        return ["sh", "-ec", "".join(each)]
    texts = [f"list({json.dumps(f)}, {json.dumps(code)})" for f, code in programs]
    script = work / "session.R"
    script.write_text(_SESSIONS[language].format(pages=", ".join(texts)), encoding="utf-8")
    return ["Rscript", str(script)]


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


def _key(page: Path, language: str) -> str:
    """What changes when the examples of a page in a language have to be run again."""
    text = _text(page)
    codes = [block.code for block in blocks_of(text) if block.language == language]
    return hashlib.sha256(_sources() + repr((codes, shown_pictures(text))).encode()).hexdigest()


def _is_due(folder: Path, page: Path, language: str) -> bool:
    if not _program(_text(page), language):
        return False
    path, pictures = _kept(folder, page, language), DOCS / "made" / page.stem
    if not path.exists() or not all((pictures / n).exists() for n in shown_pictures(_text(page))):
        return True
    return json.loads(path.read_text("utf-8"))["key"] != _key(page, language)


def _run_pages(folder: Path, chosen: Sequence[Path], language: str) -> str:
    """Run the examples of pages in a language, and keep what they print; gives what was run."""
    begun = time.monotonic()
    with ExitStack() as stack:
        work = stack.enter_context(tempfile.TemporaryDirectory())
        commands = stack.enter_context(warm.command()) if language == "sh" else COMMANDS
        asked = []
        for number, page in enumerate(chosen):
            (Path(work) / str(number)).mkdir()
            prepare(_text(page), Path(work) / str(number))
            name = f"{page.relative_to(DOCS)}, {LANGUAGES[language]}"
            asked.append((name, _text(page), Path(work) / str(number)))
        every = run_all(asked, language, commands)
        for page, (name, text, made), printed in zip(chosen, asked, every, strict=True):
            if unfinished := [path.name for path in made.rglob(".*.dreams")]:
                raise ExampleError(f"{name}: left unfinished: {unfinished}")
            _keep_pictures(text, made, DOCS / "made" / page.stem)
            kept = {"key": _key(page, language), "printed": printed}
            _kept(folder, page, language).write_text(json.dumps(kept), encoding="utf-8")
    names = ", ".join(page.stem for page in chosen)
    return f"{LANGUAGES[language]}: {names} ({time.monotonic() - begun:.0f} s)"


def _keep_pictures(text: str, work: Path, folder: Path) -> None:
    for name in shown_pictures(text):
        if (work / name).exists():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(work / name, folder)


def main(folder: Path, names: Sequence[str]) -> None:
    """Run the examples of pages that have to be run, and say which."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [page for page in pages() if not names or page.stem in names]
    due = {lang: [page for page in chosen if _is_due(folder, page, lang)] for lang in LANGUAGES}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        begun = [
            pool.submit(_run_pages, folder, due[lang], lang) for lang in LANGUAGES if due[lang]
        ]
        try:
            for done in as_completed(begun):
                print(done.result(), flush=True)
        except ExampleError:
            pool.shutdown(wait=False, cancel_futures=True)  # what has not begun
            raise
    for page in chosen:
        for name in shown_pictures(_text(page)):
            if not (DOCS / "made" / page.stem / name).exists():
                raise ExampleError(f"{page.name} shows {name}, which none of its examples writes")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2:])
    except ExampleError as error:
        sys.exit(str(error))
