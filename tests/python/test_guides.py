"""The site's examples, run as they stand, one after another, in a folder with what they name."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from needing import skip_without_r

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import examples  # noqa: E402
import warm  # noqa: E402

DOCS = ROOT / "docs"
PAGES = examples.pages()
MADE = {
    "many": ("dreams/a.png", "dreams/b.png", "clustered/a.png", "clustered/b.png"),
    "motion": ("out.mp4", "moving.mp4"),
}
"""What a page's examples leave behind, in whichever language, besides what the page shows."""

KEPT = 300_000  # bytes of a clip that a page shows, at most
TRIED = tuple(MADE)  # `make docs` runs the other pages' examples too, in the same way


def cases() -> list[Any]:
    """Each page that is tried with each of its languages."""
    found = []
    for page in (page for page in PAGES if page.stem in TRIED):
        blocks = examples.blocks_of(page.read_text(encoding="utf-8"))
        for language in sorted({block.language for block in blocks if not block.why_not}):
            found.append(pytest.param(page, language, id=f"{page.stem}-{language}"))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("page", "language"), cases())
def test_examples_run(page: Any, language: Any, tmp_path: Path) -> None:
    skip_without_r(language)
    text = page.read_text(encoding="utf-8")
    if page.stem == "motion":
        pytest.importorskip("av")
        pytest.importorskip("cv2")
    examples.prepare(text, tmp_path)
    printed = examples.run(text, language, tmp_path)
    blocks = examples.blocks_of(text)
    assert len(printed) == len([b for b in blocks if b.language == language and not b.why_not])
    for name in (*MADE.get(page.stem, ()), *examples.shown_pictures(text)):
        assert (tmp_path / name).stat().st_size > 1000, name
    assert not list(tmp_path.glob(".*.dreams"))  # everything was finished


def test_an_example_that_fails_is_an_error_with_its_words(tmp_path: Path) -> None:
    text = "```python\nprint(1)\n```\n\n```python\nraise SystemExit('no such thing')\n```\n"
    with pytest.raises(examples.ExampleError, match="no such thing"):
        examples.run(text, "python", tmp_path)


def test_each_example_has_what_it_printed_itself(tmp_path: Path) -> None:
    text = (
        "```python\nprint('a')\n```\n<!-- not run: there is none -->\n```python\nprint('b')\n```\n"
        "```python\nx = 1\n```\n```python\nprint('c', x)\n```\n"
    )
    assert examples.run(text, "python", tmp_path) == ["a\n", "", "c 1\n"]
    shell = "```sh\necho a > file\n```\n```sh\ncat file\n```\n"
    assert examples.run(shell, "sh", tmp_path) == ["", "a\n"]


@pytest.mark.parametrize("language", ["python", "r", "sh"])
def test_a_session_gives_each_page_a_folder_and_names_of_its_own(
    tmp_path: Path, language: str
) -> None:
    skip_without_r(language)
    set_x, show = {
        "python": (
            "x = 1\nopen('a', 'w').close()",
            "print('x' in dir(), __import__('os').listdir())",
        ),
        "r": ("x <- 1\ninvisible(file.create('a'))", "c(exists('x'), length(dir()))"),
        "sh": ("x=1; touch a", 'echo "$x$(ls)"'),
    }[language]
    folders = [tmp_path / "one", tmp_path / "it's two"]
    for folder in folders:
        folder.mkdir()
    codes = [f"```{language}\n{code}\n```\n" for code in (set_x, show)]
    asked = [("one", codes[0], folders[0]), ("two", codes[1], folders[1])]
    printed = {"python": "False []\n", "r": "[1] 0 0\n", "sh": "\n"}[language]
    assert examples.run_all(asked, language) == [[""], [printed]]
    fails = f"```{language}\nno_such_thing\n```\n"
    with pytest.raises(examples.ExampleError, match=r"^two:(.|\n)*no_such_thing"):
        examples.run_all([asked[0], ("two", fails, folders[1])], language)


@pytest.mark.slow
def test_a_command_that_stays_does_what_it_does_by_itself(tmp_path: Path) -> None:
    code = (
        "deepdreamr recipes | head -2; pwd; deepdreamr dream none.jpg -o a.png 2>&1 || echo $?\n"
        "deepdreamr dream sample:jelly -o a.png --layers mixed0=1 --max-size 96 --octaves 1 "
        "--iterations 1 --seed 1 | wc -l; deepdreamr show a.png | grep -c mixed0; ls"
    )
    asked = ("one", f"```sh\n{code}\n```\n", tmp_path)
    with warm.command() as commands:
        stayed = examples.run_all([asked], "sh", commands)
    (tmp_path / "a.png").unlink()
    assert stayed == examples.run_all([asked], "sh")
    assert "2\n" in stayed[0][0] and "a.png" in stayed[0][0]


def test_what_is_not_run_says_why() -> None:
    for page in PAGES:
        for block in examples.blocks_of(page.read_text(encoding="utf-8")):
            assert block.why_not is None or len(block.why_not) > 10, block.code


def test_each_picture_of_a_guide_is_there_and_each_there_is_in_a_guide() -> None:
    linked = set[Path]()
    for page in DOCS.rglob("*.md"):
        links = re.findall(r"!\[[^\]]*\]\(((?!http)[^)#]+)\)", page.read_text(encoding="utf-8"))
        linked.update((page.parent / link).resolve() for link in links)
    linked = {path for path in linked if not path.is_relative_to(DOCS / "made")}
    kept = {path for path in (DOCS / "guides").rglob("*") if path.suffix not in ("", ".md")}
    assert linked >= kept and all(path.exists() for path in linked)
    for path in kept:
        assert path.stat().st_size < KEPT, path.name
