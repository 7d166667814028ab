"""The package as a whole: its wings, its sizes, public names, version, wheel, and `make`."""

from __future__ import annotations

import ast
import importlib
import os
import pkgutil
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import deepdreamr
from deepdreamr.networks.weights import BUNDLED_SHA256

PACKAGE = Path(deepdreamr.__file__).parent
ROOT = Path(__file__).parents[2]
SOURCES = sorted(PACKAGE.rglob("*.py"))
MODULES = [path.relative_to(PACKAGE).with_suffix("").as_posix() for path in SOURCES]
TREES = {
    name: ast.parse(path.read_text(encoding="utf-8"))
    for name, path in zip(MODULES, SOURCES, strict=True)
}
WINGS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))

sys.path.insert(0, str(ROOT / "tools"))
import sizes  # noqa: E402

# ---- Wings ---------------------------------------------------------------------------------------


def lint_imports(folder: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """What import-linter says of the package in a folder."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-logo", "--no-cache", *(contracts or (ROOT / "pyproject.toml",))],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the package, to do something wrong in."""
    ignored = shutil.ignore_patterns("__pycache__", "data")
    shutil.copytree(PACKAGE, tmp_path / "deepdreamr", ignore=ignored)
    return tmp_path


def test_imports_go_down_the_wings_only() -> None:
    for contracts in ((), (ROOT / "tools" / "types.importlinter",)):
        done = lint_imports(PACKAGE.parent, *contracts)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("recipes/terms.py", "from ..runs import job", "Imports go down the wings only"),
        ("core/loss.py", "from ..networks import nodes", "Imports go down the wings only"),
        ("pictures/reading.py", "import deepdreamr.front.cli", "Imports go down the wings only"),
        ("errors.py", "from . import backend", "Imports go down the wings only"),
        ("core/octaves.py", "from ..pictures import picture", "The core knows"),
        ("core/octaves.py", "import psutil", "The core knows"),
        ("networks/nodes.py", "from ..recipes import terms", "Networks know no recipe"),
        ("recipes/terms.py", "import tensorflow", "Recipes and pictures know no TensorFlow"),
        ("core/loss.py", "from . import octaves", "No circle"),
        ("runs/job.py", "from ..pictures import _arrays", "What starts with an underscore"),
    ],
)
def test_a_wrong_import_is_seen(copied: Path, module: str, line: str, contract: str) -> None:
    path = copied / "deepdreamr" / module
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    done = lint_imports(copied)
    assert done.returncode == 1
    broken = [row for row in done.stdout.splitlines() if row.endswith("BROKEN")]
    assert any(row.startswith(contract) for row in broken), broken


def test_networks_know_pictures_by_their_types_only(copied: Path) -> None:
    contracts = ROOT / "tools" / "types.importlinter"
    path = copied / "deepdreamr" / "networks" / "nodes.py"
    path.write_text(f"{path.read_text(encoding='utf-8')}\nfrom ..pictures import picture\n")
    assert lint_imports(copied, str(contracts)).returncode == 1


def test_the_core_imports_nothing_else() -> None:
    """A list of what is forbidden has holes: this is the list of what is allowed."""
    allowed = {"tensorflow", "numpy", "deepdreamr.errors", "deepdreamr.backend"}
    for name in (name for name in MODULES if name.startswith("core/")):
        for node in ast.walk(TREES[name]):
            if isinstance(node, ast.Import):
                found = {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                above = {0: "", 1: "deepdreamr.core.", 2: "deepdreamr."}[node.level]
                found = {above + (node.module or "")}
            else:
                continue
            others = {
                module
                for module in found
                if module.partition(".")[0] not in sys.stdlib_module_names
                and module not in allowed
                and not module.startswith(
                    ("deepdreamr.core.", "deepdreamr.recipes.", "numpy.", "tensorflow.")
                )
            }
            assert not others, f"{name} imports {others}"


@pytest.mark.parametrize("wing", WINGS)
def test_a_wing_says_what_it_is_for(wing: Any) -> None:
    text = ast.get_docstring(TREES[f"{wing}/__init__"]) or ""
    assert text.splitlines()[0].endswith(".") and "What others may use" in text, wing


def imports(module: str) -> Iterator[tuple[str, str]]:
    """What a module imports from others of ours: (module, name), as `runs.job`, `Job`."""
    parts = module.split("/")
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = parts[: len(parts) - node.level]
            where = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield where, alias.name


def test_a_wing_imports_of_another_only_what_that_one_says() -> None:
    """The lists in the first lines of the wings are whole."""
    said = {wing: ast.get_docstring(TREES[f"{wing}/__init__"]) or "" for wing in WINGS}
    found = 0
    for module in MODULES:
        for where, name in imports(module):
            wing, _, inner = where.partition(".")
            if wing not in WINGS or wing == module.split("/")[0]:
                continue
            found += 1
            words = [inner, name] if inner else [name]
            missing = [word for word in words if f"`{word}`" not in said[wing]]
            assert not missing, f"{module} imports {where}.{name}: {wing} does not say {missing}"
    assert found > 100


def test_the_tests_have_the_same_folders() -> None:
    folders = {path.relative_to(PACKAGE) for path in PACKAGE.rglob("*") if path.is_dir()}
    wings = {folder for folder in folders if (PACKAGE / folder / "__init__.py").exists()}
    for wing in wings:
        assert list((ROOT / "tests" / "python" / wing).glob("test_*.py")), wing


def test_the_page_of_the_architecture_names_every_wing() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for wing in WINGS:
        assert f"`{wing}/`" in page, wing


def test_the_page_of_the_architecture_names_what_there_is() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    every = [*SOURCES, *ROOT.glob("tests/python/**/*.py"), *ROOT.glob("tools/*.py")]
    sources = {path.as_posix(): path.read_text(encoding="utf-8") for path in every}
    wrong = []
    for name, said in re.findall(r"`([\w/]+\.py)`(?:: ((?:`[\w.]+`(?:, )?)+))?", page):
        words = set(re.findall(r"(\w+)`", said))
        there = [text for path, text in sources.items() if path.endswith(f"/{name}")]
        if not any(words <= set(re.findall(r"\w+", text)) for text in there):
            wrong.append((name, said))
    assert not wrong


def test_the_oldest_python_is_checked() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    [oldest] = re.findall(r'^requires-python = ">=(.*)"$', project, re.MULTILINE)
    assert re.findall(r'^python_version = "(.*?)"', project, re.MULTILINE) == [oldest]
    assert f'oldest_python <- "{oldest}"' in (ROOT / "R/python.R").read_text(encoding="utf-8")


# ---- Sizes ---------------------------------------------------------------------------------------


def test_r_offers_the_extras_that_are_not_for_developers() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    table = project.split("[project.optional-dependencies]")[1].split("\n[project")[0]
    extras = set(re.findall(r"^(\w+) = \[", table, re.MULTILINE))
    source = (ROOT / "R/install.R").read_text(encoding="utf-8")
    (named,) = re.findall(r"^python_extras <- c\((.*)\)$", source, re.MULTILINE)
    assert set(re.findall(r"\w+", named)) == extras - {"test", "docs"}


def test_nothing_is_too_large(capsys: pytest.CaptureFixture[str]) -> None:
    assert sizes.main() == 0, capsys.readouterr().out


def test_what_counts_as_a_line_of_code() -> None:
    source = '''"""A docstring

of three lines."""

# a comment
X = (
    1,
)
"""What X is."""


def f(a, b):
    """One."""
    return """two
lines"""
'''
    assert sizes.code_lines(source) == {6, 7, 8, 12, 14, 15}


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("x = 1\n" * 251, "251 lines"),
        ("def f():\n" + "    x = 1\n" * 26, "26 lines of code"),
        ("def f(a, b, c, d, e, f, g):\n    return a\n", "7 positional"),
    ],
)
def test_what_is_too_large_is_seen(source: Any, fault: str) -> None:
    assert [fault in found for found in sizes.faults(Path("x.py"), source)] == [True]


def test_what_is_just_right_or_excused_is_not() -> None:
    assert not list(sizes.faults(Path("x.py"), "x = 1\n" * 250))
    long = "def f():\n    # long: a list\n" + "    x = 1\n" * 26
    assert not list(sizes.faults(Path("x.py"), long))
    method = "class C:\n    def f(self, a, b, c, d, e, f, *, g):\n        return a\n"
    assert not list(sizes.faults(Path("x.py"), method))


# ---- Modules -------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", [name for name in MODULES if "__main__" not in name])
def test_a_module_s_first_line_says_what_it_is(module: Any) -> None:
    text = ast.get_docstring(TREES[module])
    assert text and text.splitlines()[0].endswith(".")


@pytest.mark.parametrize("module", MODULES)
def test_library_code_does_not_print_assert_or_exit(module: Any) -> None:
    for node in ast.walk(TREES[module]):
        assert not isinstance(node, ast.Assert), f"assert in line {node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("print", "exit", "quit"), f"in line {node.lineno}"


LIGHT = (
    "front.cli front.bridge front.plans runs.dreaming runs.planning runs.checking runs.record "
    "looking.features looking.layers looking.gradient pictures.writing networks.loading"
).split()


def test_tensorflow_is_not_imported_before_it_is_needed() -> None:
    modules = ", ".join(f"deepdreamr.{module}" for module in LIGHT)
    code = f"import sys, {modules}; print({{'tensorflow', 'keras'}} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# ---- Public names --------------------------------------------------------------------------------


def test_importing_the_package_imports_little() -> None:
    code = "import sys, deepdreamr; print(len(sys.modules), 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, numpy = done.stdout.split()
    assert int(count) < 200 and numpy == "False"


def test_public_names_resolve_and_are_listed() -> None:
    names = deepdreamr.__all__
    assert len(names) == len(set(names))
    for name in names:
        assert getattr(deepdreamr, name) is not None
    assert set(names) <= set(dir(deepdreamr))
    for name in ("dream", "Dream", "loss_and_gradient", "layer_names", "Recipe", "RECIPES"):
        assert name in names
    for name in ("LContrib", "load_image", "save_image", "sample_image", "feature_maps"):
        assert name in names


def test_the_page_is_there_without_an_import_of_its_own() -> None:
    code = "import sys, deepdreamr; print(deepdreamr.page.run.__name__, 'uvicorn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["run", "False"]
    assert "page" in dir(deepdreamr)


def test_public_names_are_documented() -> None:
    for name in deepdreamr.__all__:
        thing = getattr(deepdreamr, name)
        if callable(thing):
            assert (thing.__doc__ or "").strip(), name


def test_a_star_import_brings_the_public_names() -> None:
    space: dict[str, object] = {}
    exec("from deepdreamr import *", space)
    assert set(deepdreamr.__all__) <= set(space)


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="'deepdreamr' has no attribute 'dreem'"):
        _ = deepdreamr.dreem
    with pytest.raises(ImportError):
        exec("from deepdreamr import dreem", {})


def test_every_module_can_be_imported() -> None:
    for module in pkgutil.walk_packages([str(PACKAGE)], "deepdreamr."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


# ---- Version -------------------------------------------------------------------------------------


def description() -> str:
    text = (ROOT / "DESCRIPTION").read_text(encoding="utf-8")
    [version] = re.findall(r"^Version: (\S+)$", text, re.MULTILINE)
    return str(version)


def test_both_packages_have_one_version() -> None:
    assert deepdreamr.__version__ == description()
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.9\d{3})?", description())


def test_a_checkout_has_its_own_version_whatever_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import deepdreamr.version as versions

    description = tmp_path / "DESCRIPTION"
    monkeypatch.setattr(versions, "_DESCRIPTION", description)
    monkeypatch.setattr("importlib.metadata.version", lambda name: f"{name} as installed")
    assert versions.version() == "deepdreamr as installed"
    description.write_text("Package: other\nVersion: 9.9.9\n")  # a folder of somebody else's
    assert versions.version() == "deepdreamr as installed"
    description.write_text("Package: deepdreamr\nTitle: Dreams\nVersion: 1.2.3\nLicense: MIT\n")
    assert versions.version() == "1.2.3"


def test_the_newest_changes_are_this_version_s() -> None:
    news = (ROOT / "NEWS.md").read_text(encoding="utf-8")
    assert re.findall(r"^# deepdreamr (\S+)", news, re.MULTILINE)[0] in (
        description(),
        "(development",
    )


# ---- The wheel -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as pip builds it but without its own environment."""
    backend = pytest.importorskip("hatchling.build")
    folder = tmp_path_factory.mktemp("wheel")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return folder / backend.build_wheel(str(folder))


def test_the_wheel_has_every_module_the_parameters_and_the_licences(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"deepdreamr/{name}.py" for name in MODULES} <= names
    assert {"deepdreamr/py.typed", "deepdreamr/data/jelly.jpg", "deepdreamr/data/NOTICE"} <= names
    assert "deepdreamr/data/inception_v3_uint8.npz" in names
    information = f"deepdreamr-{description()}.dist-info"
    for licence in ("LICENSE.md", "NOTICE"):
        assert f"{information}/licenses/{licence}" in names
    folders = {name.split("/")[0] for name in names}
    assert folders == {"deepdreamr", information}
    assert not [name for name in names if "__pycache__" in name or "test" in name]


def test_the_wheel_works_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = """
import hashlib, deepdreamr, deepdreamr.networks.weights as weights
print(deepdreamr.__version__)
print(deepdreamr.sample_image("jelly"), deepdreamr.load_image(deepdreamr.sample_image()).shape)
print(hashlib.sha256(weights.BUNDLED.read_bytes()).hexdigest())
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    version, sample, checksum = done.stdout.splitlines()
    assert version == description()
    assert sample == f"{tmp_path / 'site' / 'deepdreamr' / 'data' / 'jelly.jpg'} (1, 480, 640, 3)"
    assert checksum == BUNDLED_SHA256


# ---- make ----------------------------------------------------------------------------------------


MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE)


def test_every_target_of_make_can_be_planned() -> None:
    phony = " ".join(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)).split()
    assert sorted(TARGETS) == sorted(phony) and {"docs", "lint-r", "test-floor"} <= set(TARGETS)
    for target in TARGETS:
        plan = ["make", "--dry-run", "--always-make", "--no-print-directory", target]
        done = subprocess.run(plan, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0 and done.stdout, f"{target}: {done.stderr}"


def test_what_make_runs_is_there_and_can_be_read() -> None:
    """No program stands in quotes in the Makefile, where nobody reads it before it runs."""
    assert not re.search(r"Rscript.* -e|RSCRIPT\).* -e|python -c", MAKEFILE)
    named = set(re.findall(r"tools/[\w.]+", MAKEFILE))
    assert len(named) > 8
    for name in named:
        assert (ROOT / name).is_file(), name
    for path in (ROOT / "tools").glob("*.sh"):
        done = subprocess.run(["sh", "-n", path], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), path.name


@pytest.mark.parametrize(
    ("changed", "installs"),
    [
        ("python/deepdreamr/core/loss.py", "pip install"),
        ("python/deepdreamr/networks/engine/trunk.py", "pip install"),
        ("python/deepdreamr/__init__.py", "pip install"),
        ("DESCRIPTION", "tools/setup.sh"),
        ("R/dream.R", "R CMD INSTALL"),
        ("inst/extdata/jelly.jpg", "R CMD INSTALL"),
        ("README.md", None),
    ],
)
def test_make_installs_anew_what_was_changed(
    tmp_path: Path, changed: str, installs: str | None
) -> None:
    for folder in ("python/deepdreamr", "R", "man", "inst", "tools"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for file in ("Makefile", "pyproject.toml", "DESCRIPTION", "NAMESPACE", "README.md"):
        shutil.copy(ROOT / file, tmp_path / file)
    for path in tmp_path.rglob("*"):
        os.utime(path, (1e9, 1e9))
    (tmp_path / ".venv").mkdir()
    for stamp in ("tools", "python", "r"):
        (tmp_path / ".venv" / f"{stamp}.done").touch()
        os.utime(tmp_path / ".venv" / f"{stamp}.done", (1.1e9, 1.1e9))
    os.utime(tmp_path / changed, (1.2e9, 1.2e9))
    plan = ["make", "--dry-run", "--no-print-directory", "setup"]
    done = subprocess.run(plan, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (installs in done.stdout) if installs else ("install" not in done.stdout.lower())
