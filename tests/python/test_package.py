"""The package as a whole: rooms import only rooms before them; public names, version, wheel."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import deepdreamr
from deepdreamr.networks.weights import BUNDLED_SHA256

PACKAGE = Path(deepdreamr.__file__).parent
ROOT = Path(__file__).parents[2]
SOURCES = sorted(PACKAGE.glob("*.py"))
ORDER = re.findall(
    r"^\| `(\w+)` \|", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), re.MULTILINE
)
"""The rooms on the way, in ARCHITECTURE.md's order; `__init__` is outside of it."""


def imported(tree: ast.AST) -> set[str]:
    """The rooms that a module imports, wherever it does."""
    rooms: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.level or node.module == "deepdreamr"):
            module = (node.module or "").removeprefix("deepdreamr").strip(".")
            rooms |= {module} if module else {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("deepdreamr."):
            rooms.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("deepdreamr."):
                    rooms.add(alias.name.split(".")[1])
    return rooms


TREES = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}
ROOMS = [name for name in TREES if not name.startswith("__")]


def test_every_room_has_its_place():
    assert set(ROOMS) <= set(ORDER), "a new module needs a place: run tools/architecture.py"
    assert len(ORDER) == len(set(ORDER))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_before_it(room):
    place = ORDER.index(room)
    later = {name for name in imported(TREES[room]) if ORDER.index(name) >= place}
    assert not later, f"{room} imports {later}, which are not before it"


def test_the_walk_sees_every_kind_of_import():
    code = """
from .images import resize
from . import loss
from deepdreamr.runs import windows
from deepdreamr.recipes.published import Recipe
import deepdreamr.core.octaves
def later():
    from .trunk import Trunk
"""
    expected = {"images", "loss", "tiling", "recipes", "octaves", "trunk"}
    assert imported(ast.parse(code)) == expected


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_s_first_line_says_where_it_sits(room):
    text = ast.get_docstring(TREES[room])
    assert text and text.splitlines()[0].endswith(".")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_library_code_does_not_print_assert_or_exit(path):
    for node in ast.walk(TREES[path.stem]):
        assert not isinstance(node, ast.Assert), f"assert in line {node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("print", "exit", "quit"), f"in line {node.lineno}"


@pytest.mark.parametrize("room", ["cli", "bridge", "dreaming", "jobs", "files", "features"])
def test_tensorflow_is_not_imported_before_it_is_needed(room):
    code = f"import sys, deepdreamr.{room}; print({{'tensorflow', 'keras'}} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# ---- Public names --------------------------------------------------------------------------------


def test_importing_the_package_imports_little():
    code = "import sys, deepdreamr; print(len(sys.modules), 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, numpy = done.stdout.split()
    assert int(count) < 200 and numpy == "False"


def test_public_names_resolve_and_are_listed():
    names = deepdreamr.__all__
    assert len(names) == len(set(names))
    for name in names:
        assert getattr(deepdreamr, name) is not None
    assert set(names) <= set(dir(deepdreamr))
    for name in ("dream", "Dream", "loss_and_gradient", "layer_names", "Recipe", "RECIPES"):
        assert name in names
    for name in ("LContrib", "load_image", "save_image", "sample_image", "feature_maps"):
        assert name in names


def test_public_names_are_documented():
    for name in deepdreamr.__all__:
        thing = getattr(deepdreamr, name)
        if callable(thing):
            assert (thing.__doc__ or "").strip(), name


def test_a_star_import_brings_the_public_names():
    space: dict[str, object] = {}
    exec("from deepdreamr import *", space)
    assert set(deepdreamr.__all__) <= set(space)


def test_an_unknown_name():
    with pytest.raises(AttributeError, match="'deepdreamr' has no attribute 'dreem'"):
        _ = deepdreamr.dreem
    with pytest.raises(ImportError):
        exec("from deepdreamr import dreem", {})


def test_every_module_can_be_imported():
    for module in pkgutil.iter_modules([str(PACKAGE)]):
        if module.name != "__main__":
            importlib.import_module(f"deepdreamr.{module.name}")


# ---- Version -------------------------------------------------------------------------------------


def description() -> str:
    text = (ROOT / "DESCRIPTION").read_text(encoding="utf-8")
    return re.search(r"^Version: (\S+)$", text, re.MULTILINE)[1]


def test_both_packages_have_one_version():
    assert deepdreamr.__version__ == description()
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.9\d{3})?", description())


def test_the_newest_changes_are_this_version_s():
    news = (ROOT / "NEWS.md").read_text(encoding="utf-8")
    assert re.search(r"^# deepdreamr (\S+)", news, re.MULTILINE)[1] in (
        description(),
        "(development",
    )


# ---- The wheel -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built as pip builds it but without its own environment."""
    backend = pytest.importorskip("hatchling.build")
    folder = tmp_path_factory.mktemp("wheel")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return folder / backend.build_wheel(str(folder))


def test_the_wheel_has_every_module_the_parameters_and_the_licences(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"deepdreamr/{path.name}" for path in SOURCES} <= names
    assert {"deepdreamr/py.typed", "deepdreamr/data/jelly.jpg", "deepdreamr/data/NOTICE"} <= names
    assert "deepdreamr/data/inception_v3_uint8.npz" in names
    information = f"deepdreamr-{description()}.dist-info"
    for licence in ("LICENSE.md", "NOTICE"):
        assert f"{information}/licenses/{licence}" in names
    folders = {name.split("/")[0] for name in names}
    assert folders == {"deepdreamr", information}
    assert not [name for name in names if "__pycache__" in name or "test" in name]


def test_the_wheel_works_from_any_folder(wheel, tmp_path):
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
