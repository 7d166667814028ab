"""What a forge reads: workflows, forms, citation, the container; and what a release checks."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import REPOSITORY
from hatchling.build import build_sdist

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import release  # noqa: E402

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NOT_RUN = CONTRIBUTING.split("### Not run")[1].split("\n## ")[0]
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in (ROOT / ".github" / "workflows").glob("*.yml")
}
HERE = {"debian:12", "3.11", "4.2"}
"""What the matrices name and was seen to work: all else is in `NOT_RUN`."""


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def steps(kind: str) -> list[tuple[str, str, Any]]:
    """Workflow, job and value of each step of a kind."""
    return [
        (name, title, step[kind])
        for name, workflow in WORKFLOWS.items()
        for title, job in workflow["jobs"].items()
        for step in job["steps"]
        if kind in step
    ]


# ---- Workflows -----------------------------------------------------------------------------------


def test_each_step_is_a_target_that_runs_anywhere() -> None:
    own = [(job, said) for name, job, said in steps("run") if name == "check"]
    assert len(own) > 10
    for job, said in own:
        if said.startswith("make "):
            assert said.split()[1] in TARGETS and len(said.split()) == 2, said
        else:  # what a bare container needs before there is a make
            assert job == "bare" and said.startswith(("apt-get ", "git config ")), said
    made = [said for name, _, said in steps("run") if name == "release" and "make" in said]
    assert made == ["make dist", "make setup", "make try"]


def versions(job: str, *keys: str) -> set[str]:
    """What a job's matrix has of some keys."""
    matrix = WORKFLOWS["check"]["jobs"][job]["strategy"]["matrix"]
    found = {value for key in keys for value in matrix.get(key, ())}
    return found | {row[key] for row in matrix.get("include", ()) for key in keys if key in row}


def test_the_matrices_have_all_that_is_supported() -> None:
    assert versions("python", "python") == {f"3.{n}" for n in range(10, 15)}
    assert versions("r", "r") == {f"4.{n}" for n in range(2, 6)}
    for job in ("python", "r"):
        systems = versions(job, "system")
        assert {name.split("-")[0] for name in systems} == {"ubuntu", "macos", "windows"}
    assert {name.split(":")[0] for name in versions("bare", "image")} == {"debian", "ubuntu"}
    [oldest] = re.findall(r'^requires-python = ">=(.*)"$', text("pyproject.toml"), re.MULTILINE)
    lowest = WORKFLOWS["check"]["jobs"]["lowest"]["steps"]
    assert [step["with"]["python-version"] for step in lowest if "setup-python" in str(step)] == [
        oldest
    ]


def test_what_was_not_run_here_is_said() -> None:
    named = versions("python", "python", "system") | versions("r", "r", "system")
    for name in (named | versions("bare", "image")) - HERE:
        said = name.partition("-")[0].replace(":", " ")
        assert re.search(rf"(?<![\d.]){re.escape(said)}(?!\d)", NOT_RUN, re.IGNORECASE), name
    for word in ("Docker", "devcontainer", "publish", "attest"):
        assert word.lower() in NOT_RUN.lower(), word


def test_a_workflow_may_do_what_it_must_and_no_more() -> None:
    for workflow in WORKFLOWS.values():
        assert workflow["permissions"] == {}
        for title, job in workflow["jobs"].items():
            wanted = {
                "attest": {"attestations": "write", "id-token": "write"},
                "publish": {"id-token": "write"},
                "page": {"contents": "write"},
            }.get(title, {"contents": "read"})
            assert job["permissions"] == wanted, title
            assert job["timeout-minutes"] <= 90
    for _, job, step in steps("with"):
        assert "password" not in step and "token" not in step, job


# ---- One version, one name -----------------------------------------------------------------------


def test_authors_title_and_year_are_everywhere_the_same() -> None:
    description = " ".join(text("DESCRIPTION").split())
    given, family = re.findall(r'person\("(.*?)", "(.*?)"', description)[0]
    citation = yaml.safe_load(text("CITATION.cff"))
    assert citation["authors"] == [{"name": f"{given} {family}"}]
    assert f'person(family = "{given} {family}")' in text("inst/CITATION")
    assert f"COPYRIGHT HOLDER: {given} {family}" in text("LICENSE")
    assert f'authors = [{{ name = "{given} {family}" }}]' in text("pyproject.toml")
    [title] = re.findall(r"Title: (.*?) Version:", description)
    assert citation["title"] == f"deepdreamr: {title}"
    [year] = re.findall(r"^YEAR: (\d+)$", text("LICENSE"), re.MULTILINE)
    assert f'year = "{year}"' in text("inst/CITATION")
    assert f"Copyright (c) {year} {given} {family}" in text("LICENSE.md")


def test_the_citation_has_the_version_of_the_package() -> None:
    [version] = re.findall(release.VERSIONS["DESCRIPTION"], text("DESCRIPTION"), re.MULTILINE)
    assert str(yaml.safe_load(text("CITATION.cff"))["version"]) == version


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A small repository that could be released."""
    files = {
        "DESCRIPTION": "Package: deepdreamr\nVersion: 1.2.3\n",
        "NEWS.md": "# deepdreamr 1.2.3\n\n- It dreams.\n\n# deepdreamr 1.2.2\n",
        "CITATION.cff": "title: deepdreamr\nversion: 1.2.3\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    release.git("init", "--quiet", root=tmp_path)
    for key in ("name", "email"):
        release.git("config", f"user.{key}", "somebody", root=tmp_path)
    release.git("add", "--all", root=tmp_path)
    release.git("commit", "--quiet", "--message", "All", root=tmp_path)
    return tmp_path


def test_what_can_be_released(repository: Path) -> None:
    assert release.version(repository) == "1.2.3"
    release.check_tree(repository)
    release.check_tags(repository)
    release.git("tag", "v1.2.2", "HEAD", root=repository)
    with pytest.raises(release.NotReady, match=r"HEAD is tagged v1\.2\.2"):
        release.check_tags(repository)
    release.git("tag", "v1.2.3", "HEAD", root=repository)
    release.check_tags(repository)
    with pytest.raises(release.NotReady, match=r"the tag v1\.2\.3 is there already"):
        release.check_tree(repository)


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("NEWS.md", "# deepdreamr 1.2.3", "# deepdreamr 1.3.0", "the versions differ"),
        ("NEWS.md", "1.2.3", "(development version)", "the versions differ"),
        ("CITATION.cff", "version: 1.2.3", "", "the versions differ"),
        ("DESCRIPTION", "1.2.3", "1.2.3.9000", "the versions differ"),
    ],
)
def test_versions_that_differ_are_no_release(
    repository: Path, file: str, old: str, new: str, reason: str
) -> None:
    path = repository / file
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(release.NotReady, match=reason):
        release.version(repository)


def test_neither_is_a_version_of_development_nor_a_tree_with_changes(repository: Path) -> None:
    (repository / "new").touch()
    with pytest.raises(release.NotReady, match="not clean:\n.*new"):
        release.check_tree(repository)
    for name in release.VERSIONS:
        path = repository / name
        path.write_text(path.read_text().replace("1.2.3", "1.2.3.9000"))
    with pytest.raises(release.NotReady, match="not the version of a release"):
        release.version(repository)


def test_a_word_that_is_no_step_is_told_what_there_is() -> None:
    command: list[Any] = [sys.executable, ROOT / "tools" / "release.py"]
    for words in ([], ["publish"], ["dist", "--tags"]):
        done = subprocess.run([*command, *words], capture_output=True, text=True)
        assert done.returncode == 2 and "usage: python tools/release.py" in done.stderr


# ---- The archives, and containers ----------------------------------------------------------------


def test_the_source_archive_has_the_package_and_its_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    archive = tmp_path / build_sdist(str(tmp_path))
    with tarfile.open(archive) as file:
        names = [name.partition("/")[2] for name in file.getnames()]
    tracked = release.git("ls-files", "python", "tests/python").splitlines()
    assert set(tracked) <= {*names} and "DESCRIPTION" in names
    folders = {name.split("/")[0] for name in names if "/" in name}
    assert folders == {"python", "tests", "inst"}
    left_out = set(REPOSITORY)
    reads = re.compile(r"\bROOT\b|parents\[[23]\] / \"(?!python)")
    for path in (ROOT / "tests" / "python").rglob("test_*.py"):
        name = path.relative_to(ROOT / "tests" / "python").as_posix()
        assert (name in left_out) == bool(reads.search(path.read_text(encoding="utf-8"))), name


def test_the_containers_name_what_is_there() -> None:
    docker = text("Dockerfile")
    stages = re.findall(r"^FROM \S+ AS (\w+)$", docker, re.MULTILINE)
    dev = json.loads(text(".devcontainer/devcontainer.json"))
    folder = ROOT / ".devcontainer"
    assert (folder / dev["build"]["dockerfile"]).resolve() == ROOT / "Dockerfile"
    assert dev["build"]["target"] in stages and dev["postCreateCommand"] == "make setup"
    extras = re.findall(r"deepdreamr\[(.*?)\]", docker)
    project = text("pyproject.toml")
    assert extras and all(f"\n{extra} = [\n" in project for extra in extras)


def test_all_that_is_not_r_s_stays_out_of_r_s_archive() -> None:
    listed = release.git("ls-files").splitlines()
    patterns = [re.compile(line) for line in text(".Rbuildignore").split()]
    top = {name.split("/")[0] for name in listed}
    kept = {name for name in top if not any(pattern.search(name) for pattern in patterns)}
    files = {"DESCRIPTION", "NAMESPACE", "LICENSE", "NEWS.md", ".Rbuildignore"}
    assert kept == files | {"R", "man", "inst", "tests", "vignettes"}
