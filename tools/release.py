"""Checks, builds and tries what is released: wheel, source archive and R's source archive.

usage: python tools/release.py versions|dist|try|release [--tag]

versions  all places say the same version
dist      that; then builds the three files into dist/, from what HEAD has
try       installs each into an environment of its own, dreams with it, and runs its quick tests
release   versions, a clean tree, a tag that is not there yet, dist, try; --tag then makes the tag
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VERSIONS = {
    "DESCRIPTION": r"^Version: (\S+)$",
    "NEWS.md": r"^# deepdreamr (.+)$",
    "CITATION.cff": r"^version: (\S+)$",
}
"""Where a version is written, and how. The wheel's and the archives' names are compared with it."""

SMALL = "--max-size 96 --octaves 2 --iterations 5 --max-loss 1000 --seed 1".split()
EXTRAS = "test,video,cluster,app"
OURS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "R_LIBS", "R_LIBS_USER", "RETICULATE_PYTHON")
"""What would let an environment see another one."""


class NotReady(Exception):
    """Why there is no release."""


def git(*words: str, root: Path = ROOT) -> str:
    """What git says."""
    return subprocess.run(
        ["git", *words], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


def version(root: Path = ROOT) -> str:
    """The version that all places say, which must be one that can be released."""
    found = {}
    for name, pattern in VERSIONS.items():
        match = re.search(pattern, (root / name).read_text(encoding="utf-8"), re.MULTILINE)
        found[name] = match[1] if match else "none"
    one = found["DESCRIPTION"]
    if set(found.values()) != {one}:
        raise NotReady(f"the versions differ: {found}")
    if not re.fullmatch(r"\d+\.\d+\.\d+", one):
        raise NotReady(f"{one} is not the version of a release")
    return one


def check_tree(root: Path = ROOT) -> None:
    """Raise `NotReady` unless the tree is clean and the tag is free."""
    if changed := git("status", "--porcelain", root=root):
        raise NotReady(f"the tree is not clean:\n{changed}")
    if tag := git("tag", "--list", f"v{version(root)}", root=root):
        raise NotReady(f"the tag {tag} is there already")


def check_tags(root: Path = ROOT) -> None:
    """Raise `NotReady` if HEAD has been tagged as another version."""
    tags = [tag for tag in git("tag", "--points-at", "HEAD", root=root).split() if tag[0] == "v"]
    if tags and f"v{version(root)}" not in tags:
        raise NotReady(f"HEAD is tagged {' '.join(tags)}, and its version is {version(root)}")


def clean(**more: str) -> dict[str, str]:
    """The environment's variables without what leads to other installations."""
    return {name: value for name, value in os.environ.items() if name not in OURS} | more


def run(*command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run a command, and say how long it took; one that fails ends the release."""
    text, start = " ".join(map(str, command)), time.perf_counter()
    print(f"$ {text}", flush=True)
    if subprocess.run(list(map(str, command)), cwd=cwd, env=env).returncode:
        raise NotReady(f"this failed: {text}")
    print(f"  {time.perf_counter() - start:.0f} s", flush=True)


def archives(dist: Path) -> dict[str, Path]:
    """What has to be in dist/, by what it is."""
    one, name = version(), "deepdreamr"
    return {
        "wheel": dist / f"{name}-{one}-py3-none-any.whl",
        "sdist": dist / f"{name}-{one}.tar.gz",
        "r": dist / f"{name}_{one}.tar.gz",
    }


def unpacked(archive: Path, folder: Path) -> Path:
    """The one folder that an archive holds, unpacked into another."""
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    return next(path for path in folder.iterdir() if path.is_dir())


def build(dist: Path, work: Path) -> None:
    """Build the three files from HEAD alone; the wheel from the source archive."""
    check_tags()
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir()
    source = work / "source"
    content = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True)
    with tarfile.open(fileobj=io.BytesIO(content.stdout)) as file:
        file.extractall(source, filter="data")
    env = {**os.environ, "SOURCE_DATE_EPOCH": git("log", "-1", "--format=%ct")}
    hatchling = (sys.executable, "-m", "hatchling", "build", "-d", dist, "-t")
    run(*hatchling, "sdist", cwd=source, env=env)
    made = archives(dist)
    run(*hatchling, "wheel", cwd=unpacked(made["sdist"], work / "sdist"), env=env)
    run("R", "CMD", "build", source, cwd=dist, env=env)
    if {path.name for path in dist.iterdir()} != {path.name for path in made.values()}:
        raise NotReady(f"dist/ has {sorted(path.name for path in dist.iterdir())}")
    sums = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}" for p in made.values()]
    (dist / "SHA256SUMS").write_text("\n".join([*sums, ""]), encoding="utf-8")


def try_python(what: Path, work: Path) -> Path:
    """Install a wheel or a source archive into a new virtualenv, and dream; the virtualenv."""
    folder = work / what.suffix[1:]
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    run(sys.executable, "-m", "venv", folder, env=clean())
    run(programs / "python", "-m", "pip", "install", "--quiet", what, cwd=work, env=clean())
    dream = ("dream", "sample:jelly", "-o", str(work / f"{folder.name}.png"))
    run(programs / "deepdreamr", *dream, *SMALL, cwd=work, env=clean())
    return programs


def add_extras(programs: Path, what: Path, work: Path) -> None:
    """Install what the extras of an archive need into its virtualenv, as the tests use them."""
    needed = f"deepdreamr[{EXTRAS}] @ {what.as_uri()}"
    run(programs / "python", "-m", "pip", "install", "--quiet", needed, cwd=work, env=clean())


def try_tests(programs: Path, sdist: Path, work: Path) -> None:
    """Run the quick tests of a source archive on what is installed in a virtualenv."""
    folder = unpacked(sdist, work / "tests")
    shutil.rmtree(folder / "python")  # so that only what is installed can be meant
    pytest = ("-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "tests/python")
    run(programs / "python", *pytest, cwd=folder, env=clean())


def try_r(archive: Path, python: Path, work: Path) -> None:
    """Install R's source archive into its own library, dream, run its quick tests, check it."""
    library = work / "r-library"
    library.mkdir()
    ours = {"R_LIBS": str(library), "RETICULATE_PYTHON": str(python)}
    env = clean(**ours, DEEPDREAMR_TEST_REAL="1")
    run("R", "CMD", "INSTALL", "--no-test-load", f"--library={library}", archive, env=env)
    run("Rscript", ROOT / "tools" / "dream.R", work / "r.png", "96", cwd=work, env=env)
    tests = (ROOT / "tools" / "test.R", "quick")
    run("Rscript", *tests, cwd=unpacked(archive, work / "r"), env=env)
    run("sh", ROOT / "tools" / "check.sh", archive, "--no-tests", env=env)


def attempt(dist: Path, work: Path) -> None:
    """Try each of the three files."""
    made = archives(dist)
    wheel, sdist = (try_python(made[name], work) for name in ("wheel", "sdist"))
    add_extras(sdist, made["sdist"], work)
    try_r(made["r"], sdist / "python", work)
    for other in ("gz", "r"):
        pictures = (work / "whl.png", work / f"{other}.png")
        run(wheel / "python", ROOT / "tools" / "same_pixels.py", *pictures)
    try_tests(sdist, made["sdist"], work)


def release(dist: Path, work: Path) -> None:
    """All of it."""
    check_tree()
    build(dist, work)
    attempt(dist, work)
    check_tree()


STEPS: dict[str, Callable[[Path, Path], object]] = {
    "versions": lambda dist, work: print(version()),
    "dist": build,
    "try": attempt,
    "release": release,
}


def main(words: list[str]) -> int:
    """Do one of the steps; the exit status is 1 if it cannot be done."""
    if not words or words[0] not in STEPS or words[1:] not in ([], ["--tag"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        version()
        with tempfile.TemporaryDirectory() as work:
            STEPS[words[0]](ROOT / "dist", Path(work))
        if words == ["release", "--tag"]:
            git("tag", "--annotate", f"v{version()}", "--message", f"deepdreamr {version()}")
            print(f"The tag v{version()} is made; `git push origin v{version()}` publishes it.")
    except NotReady as reason:
        print(f"not released: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
