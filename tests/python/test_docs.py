"""The documentation site: nothing public is missing, and what makes it finds what is wrong."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from needing import present
from PIL import Image

import deepdreamr
from deepdreamr import RECIPES, errors
from deepdreamr.front.cli import cli
from deepdreamr.recipes.settings import SETTINGS, setting_type

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT / "tools"))
import docstrings  # noqa: E402
import links  # noqa: E402
import made_text  # noqa: E402
import pages  # noqa: E402
import r_pages  # noqa: E402
import settings_pictures  # noqa: E402

# ---- The reference is whole ----------------------------------------------------------------------


def in_reference(text: str) -> set[str]:
    """The names that a page of the reference documents."""
    found = re.findall(r"^\.\. (?:auto\w+|py:\w+):: (?:deepdreamr\.)?([\w.]+)", text, re.MULTILINE)
    return set(found)


def missing_in_python(text: str) -> set[str]:
    """Public names of the Python package that a page leaves out."""
    wanted = {*deepdreamr.__all__, "page.run", "errors"}
    return wanted - in_reference(text)


def missing_in_r(site: str) -> set[str]:
    """Exported functions of the R package of whose help pages none is in pkgdown's list."""
    listed = set(re.findall(r"^  - (\S+)$", site[site.index("reference:") :], re.MULTILINE))
    topics = [
        set(re.findall(r"^\\(?:name|alias)\{(.*?)\}$", path.read_text("utf-8"), re.MULTILINE))
        for path in (ROOT / "man").glob("*.Rd")
    ]
    exported = re.findall(r"^export\((\w+)\)$", (ROOT / "NAMESPACE").read_text(), re.MULTILINE)
    return set(exported) - set().union(*(topic for topic in topics if topic & listed))


def test_every_public_name_of_python_is_in_the_reference() -> None:
    text = (DOCS / "reference" / "python.md").read_text(encoding="utf-8")
    assert missing_in_python(text) == set()
    assert missing_in_python(text.replace(".. autofunction:: dream_zoom\n", "")) == {"dream_zoom"}


def test_every_exported_function_of_r_is_in_its_reference() -> None:
    site = (ROOT / "_pkgdown.yml").read_text(encoding="utf-8")
    assert missing_in_r(site) == set()
    assert missing_in_r(site.replace("  - dream_zoom\n", "")) == {"dream_zoom"}


def test_every_error_and_nothing_else_of_errors_is_in_the_reference() -> None:
    text = (DOCS / "reference" / "python.md").read_text(encoding="utf-8")
    left_out = present(re.search(r":exclude-members: (.*)$", text, re.MULTILINE))[1].split(", ")
    public = {
        name
        for name, thing in vars(errors).items()
        if not name.startswith("_") and getattr(thing, "__module__", "") == errors.__name__
    }
    classes = {name for name in public if isinstance(getattr(errors, name), type)}
    assert public - classes == set(left_out) - classes
    assert classes & set(left_out) <= in_reference(text)


def test_every_command_and_every_setting_is_in_the_reference() -> None:
    text = made_text.help_of_the_command()
    assert re.findall(r"^## `deepdreamr (.*)`$", text, re.MULTILINE) == sorted(cli.commands)
    assert "--octave-scale FLOAT" in text and max(map(len, text.splitlines())) <= made_text.WIDTH
    text = made_text.settings_of_recipes()
    assert sorted(re.findall(r"^### `(.*)`$", text, re.MULTILINE)) == sorted(SETTINGS)


def test_numbers_among_the_settings_have_units_and_nothing_else_has() -> None:
    numbers = {
        name
        for name, field in SETTINGS.items()
        if setting_type(name)[0] in (int, float) and not field.metadata["choices"]
    }
    assert set(made_text.UNITS) == numbers


def test_a_setting_says_what_each_recipe_has() -> None:
    text = made_text.settings_of_recipes()
    section = present(re.search(r"### `iterations`.*?(?=\n##)", text, re.DOTALL))[0]
    assert "a whole number (steps), at least 1" in section
    for recipe in RECIPES.values():
        row = rf"\| `{recipe.iterations}` \| [^|]*\b{recipe.name}\b"
        assert re.search(row, section), recipe.name


def test_each_setting_has_a_picture_or_a_reason_why_not() -> None:
    shown, unseen = set(settings_pictures.VALUES), set(settings_pictures.UNSEEN)
    assert shown | unseen == set(SETTINGS) and not shown & unseen
    for name, (values, others) in settings_pictures.VALUES.items():
        for value in values:  # each is a value of it, and of what is set with it
            RECIPES["rblog"].replace(**{**others, name: value})
        with Image.open(settings_pictures.FOLDER / f"{name}.jpg") as picture:
            assert picture.width >= 400 and picture.width > picture.height, name
    there = list(settings_pictures.FOLDER.iterdir())
    assert {path.stem for path in there} == shown
    assert sum(path.stat().st_size for path in there) < 2_000_000
    assert "![step: 0.01; 0.025; 0.08" in made_text.settings_of_recipes()


def test_the_guide_to_motion_has_each_parameter_with_a_picture_or_a_reason_why_not() -> None:
    pytest.importorskip("cv2")
    import motion_pictures

    from deepdreamr.motion.videos import MOTIONS, VIDEO_ARGUMENTS
    from deepdreamr.motion.zooms import ZOOM_ARGUMENTS

    parameters = {*VIDEO_ARGUMENTS, *ZOOM_ARGUMENTS, "progress"} - {"options"}
    parameters.add("strength")  # which is held in a clip
    text = (DOCS / "guides" / "motion.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\*\*`(\w+)`\*\*", text)) == parameters
    shown = [name for names in motion_pictures.SHOWN.values() for name in names]
    assert sorted([*shown, *motion_pictures.UNSEEN]) == sorted(parameters)
    for picture, names in motion_pictures.SHOWN.items():
        before = text[: text.index(f"](motion/{picture}.jpg)")]
        for name in names:  # told of in the same section, before the picture
            assert f"**`{name}`**" in before[before.rindex("\n#") :], name
    for name in MOTIONS:
        assert f'`"{name}"`' in text


def test_each_page_is_in_a_menu() -> None:
    listed: set[Path] = set()
    for page in DOCS.rglob("*.md"):
        for block in re.findall(r"```\{toctree\}\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            names = [line for line in block.splitlines() if line and not line.startswith(":")]
            listed.update((page.parent / f"{name}.md").resolve() for name in names)
    assert listed == set(DOCS.rglob("*.md")) - {DOCS / "index.md"}


def test_each_figure_of_the_comparison_is_in_the_benchmarks_of_its_script() -> None:
    text = (DOCS / "explanation" / "comparison.md").read_text(encoding="utf-8")
    measured = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", measured, flags=re.MULTILINE)
    rows = re.findall(r"\| ([\d.]+)(?: s)? \| ([\d.]+)(?: s)? \| `(.*?)` \|$", text, re.MULTILINE)
    assert len(rows) == 8
    for one, other, script in rows:
        assert (ROOT / script).exists()
        section = next(text for text in sections if f"python {script}" in text)
        for figure in (one, other):
            assert re.search(rf"\| (\*\*)?{figure}(\*\*)?( s)? \|", section), (figure, script)


# ---- What it is made with ------------------------------------------------------------------------


def test_examples_in_several_languages_become_tabs_with_what_they_printed(tmp_path: Path) -> None:
    text = "a\n\n```python\nprint(1)\n```\n\n```r\n2\n```\n\nb\n\n```sh\ntrue\n```\n"
    for language, printed in (("python", "1\n"), ("r", "[1] 2\n"), ("sh", "")):
        kept = tmp_path / f"page.{language}.json"
        kept.write_text(json.dumps({"printed": [printed]}))
    shown = pages.with_outputs(text, DOCS / "page.md", tmp_path)
    assert shown.count("{tab-set}") == 1 and shown.count("{tab-item}") == 2
    order = [shown.index(text) for text in ("print(1)", "\n1\n", "[1] 2", "\nb\n")]
    assert order == sorted(order)
    assert shown.count(":class: printed") == 2


def test_an_example_that_is_not_run_says_so(tmp_path: Path) -> None:
    text = "<!-- not run: there is no GPU here -->\n```python\nx\n```\n"
    shown = pages.with_outputs(text, DOCS / "page.md", tmp_path)
    assert "```python\nx\n```" in shown and "there is no GPU here" in shown and "<!--" not in shown


def test_a_file_of_the_repository_has_links_of_the_site() -> None:
    text = pages.included("gallery/README.md", DOCS / "gallery.md")
    assert "![vivid](../gallery/vivid.jpg)" in text and "(/features.md)" in text
    assert not text.startswith("# ")
    part = pages.included("benchmarks/README.md", DOCS / "index.md", "## (b) A whole dream")
    assert "plain Keras script" in part and "cold process" not in part and "## " not in part
    assert "(/guides/motion.md)" in pages.included("NEWS.md", DOCS / "news.md")


def test_the_text_of_a_parameter_goes_below_its_name() -> None:
    lines = ["What.", "", "Parameters", "----------", "a : text, that", "    goes on", "b, c,"]
    lines += ["    d : of", "**e : more", "", "Returns", "-------", "Dream : no"]
    found = docstrings.without_types(lines)
    assert found[4:11] == [
        "a",
        "    text, that",
        "    goes on",
        "b, c, d",
        "    of",
        r"\*\*e",
        "    more",
    ]
    assert found[-1] == "Dream : no"


def test_a_page_of_r_has_no_empty_logo_and_formulas_that_need_no_script() -> None:
    page = '<img src="" class="logo" alt=""><span class="math inline">\\(a &lt; b\\)</span>'
    shown = r_pages.without_logo(r_pages.with_mathml(page))
    assert shown.startswith("<math") and "<mi>a</mi>" in shown and "img" not in shown


PAGE = """<html><head><link rel="stylesheet" href="a.css"><link rel="next" href="b.html">
<script src="{script}"></script></head>
<body><p id="here"><a href="{link}">x</a> <a href="https://example.org/">elsewhere</a></body></html>"""


@pytest.mark.parametrize(
    ("link", "script", "css", "found"),
    [
        ("b.html#there", "a.js", "", None),
        ("#here", "a.js", "p { background: url(a.js) }", None),
        ("c.html", "a.js", "", "leads to no file: c.html"),
        ("b.html#here", "a.js", "", "leads to no place in that page: b.html#here"),
        ("../b.html", "a.js", "", "leads out of the site: ../b.html"),
        (
            "b.html",
            "https://example.org/a.js",
            "",
            "comes from elsewhere: https://example.org/a.js",
        ),
        ("b.html", "//example.org/a.js", "", "comes from elsewhere: //example.org/a.js"),
        ("b.html", "a.js", "@import 'https://example.org/x.css';", "comes from elsewhere: https"),
        ("b.html", "a.js", "p { background: url(no.png) }", "leads to no file: no.png"),
    ],
)
def test_what_is_wrong_with_links_is_seen(
    tmp_path: Path, link: str, script: str, css: str, found: str | None
) -> None:
    (tmp_path / "a.html").write_text(PAGE.format(link=link, script=script))
    (tmp_path / "b.html").write_text('<p id="there">')
    (tmp_path / "a.css").write_text(css)
    (tmp_path / "a.js").write_text("")
    faults = list(links.faults(tmp_path))
    assert faults == [] if found is None else len(faults) == 1 and found in faults[0]
