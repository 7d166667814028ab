"""Mutants of the R code that takes what users give: small changes that a test of R has to see.

A mutant has one token changed in the coercers of `R/`: another comparison, another number, TRUE for
FALSE, a condition turned round; a seed draws some of all there are. The coercers' own tests, which
need no network, run on a copy of the package until a file of them fails. What none saw is printed
with its line before and after.

usage: python tools/mutants_r.py [--count 50] [--seed 1] [--first 1]
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FILES = ("arguments.R", "bridge.R", "given.R", "layers.R", "terms.R")
TESTS = ("bridge", "given", "conditions", "layers", "pictures", "dream", "arguments")
"""Those that call these files' functions, the quick ones first."""
PARTS = ("DESCRIPTION", "NAMESPACE", "R", "inst", "tests/testthat")
SECONDS = 600  # for the tests of one mutant
_OTHER = {
    **{"==": "!=", "!=": "==", "<=": "<", ">=": ">", "<": "<=", ">": ">="},
    **{"&&": "||", "||": "&&", "&": "|", "|": "&", "!": "", "+": "-", "-": "+"},
    **{"*": "/", "/": "*", "TRUE": "FALSE", "FALSE": "TRUE", "any": "all", "all": "any"},
    **{"if (": "if (!", "return": "invisible", "%||%": "%in%"},
}
_TOKEN = re.compile(
    r"""(?P<skipped>\#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|<<-|<-|->|%in%)"""
    r"""|(?P<number>(?<![\w.])\d+L?(?![\w.]))"""
    r"""|(?P<operator>%\|\|%|==|!=|<=|>=|&&|\|\||if[ ]\((?!!)|\b(?:TRUE|FALSE|any|all|return)\b"""
    r"""|[<>&|!+*/-])"""
)


class Mutant(NamedTuple):
    """A file with the text from `start` to `end` replaced."""

    file: str
    start: int
    end: int
    text: str

    def of(self, source: str) -> str:
        """The source with it."""
        return source[: self.start] + self.text + source[self.end :]

    def told(self, source: str) -> str:
        """Its place, and its line before and after."""
        number = source.count("\n", 0, self.start) + 1
        before, after = (
            text.splitlines()[number - 1].strip() for text in (source, self.of(source))
        )
        return f"R/{self.file}:{number}\n  - {before}\n  + {after}"


def mutants_of(file: str, source: str) -> Iterator[Mutant]:
    """All mutants of a file's text."""
    for found in _TOKEN.finditer(source):
        token = found.group()
        if found.lastgroup == "number":
            number = int(token.rstrip("L"))
            yield Mutant(file, *found.span(), token.replace(str(number), str(number + 1), 1))
        elif found.lastgroup == "operator":
            yield Mutant(file, *found.span(), _OTHER[token])


class Package:
    """A copy of the R package, with a library of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.library = folder, folder / "library"
        self.library.mkdir()
        for part in PARTS:
            (folder / part).parent.mkdir(exist_ok=True)
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copyfile
            copy(ROOT / part, folder / part)

    def _run(self, *command: str) -> str:
        """What went wrong in a program; nothing if all went well."""
        # Snapshots count. The Python has no deepdreamr, which leaves out what needs the real core.
        there = {"NOT_CRAN": "true", "CI": "true", "RETICULATE_PYTHON": sys.executable}
        there["PYTHONPATH"] = str(self.folder / "tests" / "testthat" / "stub" / "none")
        there["R_LIBS"] = os.pathsep.join([str(self.library), os.environ.get("R_LIBS", "")])
        there = {**os.environ, **there}
        there.pop("DEEPDREAMR_TEST_REAL", None)
        try:
            ended = subprocess.run(
                command,
                cwd=self.folder,
                env=there,
                timeout=SECONDS,
                capture_output=True,
                text=True,
            )
        except subprocess.TimeoutExpired:
            return "does not end"
        if not ended.returncode:
            return ""
        failed = re.search(r"^(?:──.*|(?:Error|Failure) \(.*)", ended.stdout, re.MULTILINE)
        return failed[0].strip("─ ") if failed else ended.stderr.strip()[-200:] or "it failed"

    def installed(self) -> str:
        """What went wrong when it was installed."""
        quick = ["--no-docs", "--no-byte-compile", "--no-test-load", f"--library={self.library}"]
        return self._run("R", "CMD", "INSTALL", *quick, ".")

    def tested(self) -> str:
        """What is wrong in the first file of tests in which something is."""
        files = ", ".join(f'"{name}"' for name in TESTS)
        code = (
            f"library(deepdreamr); for (name in c({files})) "
            "testthat::test_file(sprintf('tests/testthat/test-%s.R', name), reporter = 'check', "
            "package = 'deepdreamr', load_package = 'installed', stop_on_failure = TRUE)"
        )
        return self._run("Rscript", "-e", code)

    def seen(self) -> str:
        """What installing it or a test says of it as it is; nothing if nobody minds."""
        return self.installed() or self.tested()

    def seen_with(self, mutant: Mutant, source: str) -> str:
        """The same of a mutant."""
        path = self.folder / "R" / mutant.file
        path.write_text(mutant.of(source), encoding="utf-8")
        try:
            return self.seen()
        finally:
            path.write_text(source, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=1, help="go on with this one")
    asked = parser.parse_args()
    sources = {file: (ROOT / "R" / file).read_text(encoding="utf-8") for file in FILES}
    found = [mutant for file, source in sources.items() for mutant in mutants_of(file, source)]
    chosen = Random(asked.seed).sample(found, min(asked.count, len(found)))  # noqa: S311
    chosen, left = chosen[asked.first - 1 :], []
    with tempfile.TemporaryDirectory() as name:
        package = Package(Path(name))
        if asked.first == 1 and (wrong := package.seen()):
            raise SystemExit(f"the tests fail without any mutant: {wrong}")
        print(f"{len(found)} mutants, seed {asked.seed}", flush=True)
        for number, mutant in enumerate(chosen, asked.first):
            start, source = time.monotonic(), sources[mutant.file]
            seen = package.seen_with(mutant, source)
            left += [] if seen else [mutant]
            what = f"seen: {seen}" if seen else f"SURVIVED {mutant.told(source)}"
            print(f"{number} {time.monotonic() - start:.0f} s {what}", flush=True)
    count = len(chosen) - len(left)
    share = count / max(1, len(chosen))
    print(
        f"{count} of {len(chosen)} mutants seen by a test, {share:.1%}, of {len(found)} there are"
    )
    return int(share < 0.9)


if __name__ == "__main__":
    sys.exit(main())
