"""Mutation tests of the core and the recipes: small changes that a test has to see.

cosmic-ray makes the mutants; a seed draws some of all there are. Each is put into a copy of the
project and meets the tests of its own wing, those named after its module first, until one fails;
what is left meets those of the other wing and the published formulas, too. A process for a mutant
is forked from one that has imported TensorFlow, and has computed nothing with it. What no test saw
is printed with its difference: a test is missing, or the mutant is as good as the code.

usage: python tools/mutants.py [--count 300] [--seed 1] [--minutes 60] [--log FILE] [--again]

Each result is a line of the log; what has one is not tried again, but with --again what survived.
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import difflib
import functools
import itertools
import json
import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).resolve().parents[1]
WINGS = ("core", "recipes")
ELSEWHERE = {"lists": ("tests/python/front/test_parsing.py",)}
"""The tests of a module that do not lie in the folder of its wing."""
PARITY = ("test_parity.py", "test_feature_parity.py")
LEFT_OUT = re.compile(r"BitOr_")
"""Operators that are not tried: nearly all of `|` is in types, which nobody runs."""
STAGES = ("own", "other")
PRELOADED = ["numpy", "scipy.ndimage", "PIL.Image", "hypothesis", "pytest", "tensorflow", "keras"]
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1", "KERAS_BACKEND": "tensorflow"}
SLOWER = 4  # times the processor time of the unchanged code: what takes longer does not end
LONGEST = 1200.0  # seconds of the clock
MOST_DATA = 8 << 30  # bytes
_CONTEXT = multiprocessing.get_context("forkserver")


@dataclasses.dataclass(frozen=True)
class Mutant:
    """The n-th place of a module at which an operator of cosmic-ray changes something."""

    path: str
    operator: str
    number: int

    @property
    def wing(self) -> str:
        """That of its module."""
        return Path(self.path).parent.name

    def source(self) -> str | None:
        """Its module's; None if it is no Python, or differs in what is never run."""
        before = _source(self.path)
        after = mutate_code(before, get_operator(self.operator)(), self.number)
        try:
            return after if after and run_part(after) != run_part(before) else None
        except SyntaxError:
            return None


@functools.cache
def _source(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@functools.cache
def run_part(source: str) -> str:
    """What of a module is run: its syntax tree without the types of arguments and answers."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.dump(tree)


def every_mutant() -> Iterator[Mutant]:
    """All there are in the two wings, those too that are left out when they are drawn."""
    names = [name for name in operator_names() if not LEFT_OUT.search(name)]
    kinds = {name: get_operator(name) for name in names}
    for wing in WINGS:
        for path in sorted((ROOT / "python" / "deepdreamr" / wing).glob("*.py")):
            nodes = list(ast_nodes(get_ast(path.read_text(encoding="utf-8"))))
            for name, kind in kinds.items():
                if kind.arguments():
                    continue
                places = sum(len(list(kind().mutation_positions(node))) for node in nodes)
                module = path.relative_to(ROOT).as_posix()
                yield from (Mutant(module, name, number) for number in range(places))


def difference(before: str, after: str) -> str:
    """The lines that differ, with the number of the first."""
    lines = list(difflib.unified_diff(before.split("\n"), after.split("\n"), n=0, lineterm=""))
    number = lines[2].split()[1].lstrip("-").split(",")[0]
    return "\n".join([number, *lines[3:]])


# ---- Its tests ----------------------------------------------------------------------------------


def own_tests(root: Path, path: str) -> tuple[str, ...]:
    """The module's doctests and the tests of its wing, those that name the module first."""
    wing, stem = Path(path).parent.name, Path(path).stem
    folder = root / "tests" / "python" / wing

    def far(test: Path) -> tuple[bool, bool, str]:
        names = f"deepdreamr.{wing}.{stem} import" in test.read_text(encoding="utf-8")
        return test.stem != f"test_{stem}", not names, test.name

    tests = sorted(folder.glob("test_*.py"), key=far)
    named = (test.relative_to(root).as_posix() for test in tests)
    return path, *ELSEWHERE.get(stem, ()), *named


def other_tests(wing: str) -> tuple[str, ...]:
    """Those of the other wing, and those that compare with the published formulas."""
    others = sorted(f"tests/python/{other}" for other in WINGS if other != wing)
    return *others, *(f"tests/python/{name}" for name in PARITY)


class Unshrunk:
    """Has hypothesis stop at the first example that fails, and look for no smaller one."""

    def pytest_configure(self) -> None:
        """After `conftest.py`, whose profile this is but for that."""
        from hypothesis import Phase, settings

        phases = [Phase.explicit, Phase.generate]
        settings.register_profile("unshrunk", settings.get_profile("suite"), phases=phases)
        settings.load_profile("unshrunk")


def session(folder: str, tests: Sequence[str], output: str, seconds: int) -> None:
    """What a process of a mutant does: pytest, whose exit status is its own."""
    os.setsid()
    os.chdir(folder)
    sys.path.insert(0, str(Path(folder, "python")))
    os.environ["PYTHONPATH"] = str(Path(folder, "python"))
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_DATA, MOST_DATA))
    import pytest

    early = "ignore::pytest.PytestAssertRewriteWarning"  # what was imported before the fork
    how = ["-x", "-q", "--tb=no", "-p", "no:cacheprovider", "-W", early]
    status = pytest.main([*how, *tests], [Unshrunk()])
    print(f"\nprocessor: {time.process_time():.0f}", flush=True)
    sys.exit(status)


def tested(folder: Path, tests: Sequence[str], seconds: int) -> tuple[str, str]:
    """What came of it: "survived" with what it took, "killed" by which test, or "endless"."""
    output = folder / "output.txt"
    process = _CONTEXT.Process(target=session, args=(str(folder), tests, str(output), seconds))
    process.start()
    process.join(LONGEST)
    with suppress(ProcessLookupError):
        os.killpg(process.pid or 0, signal.SIGKILL)
    process.join()
    text = output.read_text(encoding="utf-8", errors="replace")
    if process.exitcode == 0:
        return "survived", text.split()[-1]
    if process.exitcode in (-signal.SIGXCPU, -signal.SIGKILL):
        return "endless", ""
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", text, re.MULTILINE)
    return "killed", failed[1] if failed else text[-300:]


class Bench:
    """A copy of the project, in which one mutant after the other is tested."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.limits, self.changes = folder, dict[tuple[str, ...], int](), 0
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        for name in filter(None, listed.stdout.split("\0")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)

    def _write(self, path: str, source: str) -> None:
        """Put a source in its place; the time of no two is the same, as bytecode is kept by it."""
        self.changes += 1
        (self.folder / path).write_text(source, encoding="utf-8")
        os.utime(self.folder / path, (self.changes, self.changes))

    def _limit(self, tests: tuple[str, ...]) -> int:
        """Seconds of processor time that tests may take; the unchanged code has to pass them."""
        names = tuple(sorted(test for test in tests if test.startswith("tests/")))
        if names not in self.limits:
            outcome, said = tested(self.folder, tests, int(LONGEST))
            if outcome != "survived":
                raise SystemExit(f"the tests fail without any mutant: {outcome}, {said}")
            self.limits[names] = 60 + SLOWER * int(said)
        return self.limits[names]

    def outcome(self, mutant: Mutant, source: str, tests: tuple[str, ...]) -> tuple[str, str]:
        """What tests make of a mutant."""
        limit = self._limit(tests)
        self._write(mutant.path, source)
        try:
            return tested(self.folder, tests, limit)
        finally:
            self._write(mutant.path, _source(mutant.path))


# ---- The log ------------------------------------------------------------------------------------


class Log:
    """What came of mutants, a line of JSON for each; the last one of a mutant counts."""

    def __init__(self, path: Path) -> None:
        self.path, self.found = path, dict[Mutant, dict[str, Any]]()
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                self.found[Mutant(*entry["mutant"])] = entry

    def forget_survivors(self) -> None:
        """Have them tried again."""
        left = [mutant for mutant, entry in self.found.items() if entry["outcome"] == "survived"]
        for mutant in left:
            del self.found[mutant]

    def wants(self, mutant: Mutant, stage: str) -> bool:
        """Whether a mutant is to be tried: by its own tests, or what those left by others."""
        entry = self.found.get(mutant)
        if stage == "own":
            return entry is None
        return entry is not None and (entry["stage"], entry["outcome"]) == ("own", "survived")

    def add(self, mutant: Mutant, **entry: Any) -> None:
        """Add a line."""
        self.found[mutant] = {"mutant": dataclasses.astuple(mutant), **entry}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(self.found[mutant]) + "\n")


def try_one(bench: Bench, log: Log, mutant: Mutant, source: str, stage: str) -> None:
    """Test a mutant, and note what came of it."""
    start = time.monotonic()
    tests = own_tests(bench.folder, mutant.path) if stage == "own" else other_tests(mutant.wing)
    outcome, by = bench.outcome(mutant, source, tests)
    change = difference(_source(mutant.path), source)
    took = round(time.monotonic() - start)
    log.add(mutant, stage=stage, outcome=outcome, by=by, seconds=took, change=change)
    place = f"{mutant.path}:{change.split(maxsplit=1)[0]}"
    print(f"{stage} {outcome} {took} s {place} {by[-90:]!r}", flush=True)


def drawn(count: int, seed: int) -> Iterator[tuple[Mutant, str]]:
    """So many mutants and their sources, by chance; those that change nothing are passed over."""
    every = list(every_mutant())
    print(f"{len(every)} mutants, seed {seed}", flush=True)
    order = random.Random(seed).sample(every, len(every))  # noqa: S311
    made = ((mutant, mutant.source()) for mutant in order)
    competent = ((mutant, source) for mutant, source in made if source is not None)
    yield from itertools.islice(competent, count)


def report(chosen: Sequence[Mutant], log: Log) -> int:
    """Print what survived, and the share that did not; the status is 0 if that is at least 90 %."""
    tried = [log.found[mutant] for mutant in chosen if mutant in log.found]
    left = [entry for entry in tried if entry["outcome"] == "survived"]
    for entry in left:
        print("\n" + entry["mutant"][0] + ":" + entry["change"])
    seen = len(tried) - len(left)
    endless = sum(entry["outcome"] == "endless" for entry in tried)
    print(
        f"\n{seen} of {len(tried)} mutants seen by a test, {seen / max(1, len(tried)):.1%}; "
        f"{endless} of them did not end; {len(chosen) - len(tried)} not tried"
    )
    return int(seen < 0.9 * len(tried))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--log", type=Path, default=ROOT / "build" / "mutants.jsonl")
    parser.add_argument("--again", action="store_true")
    asked = parser.parse_args()
    end = time.monotonic() + 60 * asked.minutes
    os.environ.update(QUIET)
    _CONTEXT.set_forkserver_preload(PRELOADED)
    log, chosen = Log(asked.log), dict(drawn(asked.count, asked.seed))
    if asked.again:
        log.forget_survivors()
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name))
        for stage, (mutant, source) in itertools.product(STAGES, chosen.items()):
            if time.monotonic() < end and log.wants(mutant, stage):
                try_one(bench, log, mutant, source, stage)
    return report(list(chosen), log)


if __name__ == "__main__":
    sys.exit(main())
