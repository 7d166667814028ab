"""Sphinx: what the site's pages are made of besides their own text.

A page of docs/ stays Markdown that reads well by itself. When the site is built, examples of the
same thing in several languages become tabs, with what they have printed below. A line
`<!-- put here: NAME -->` becomes what is made of the package or counted of the pages (`MADE`);
`<!-- put here: FILE -->` another Markdown file of the repository, or
`<!-- put here: FILE from "HEADING" -->` one section of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import made_text
from examples import BLOCK, DOCS, LANGUAGES, ROOT, blocks_of, kept, pages

PUT = re.compile(r"^<!-- put here: (?P<what>.+?)(?: from \"(?P<first>.+?)\")? -->$", re.MULTILINE)
LINK = re.compile(r"(!?\[[^\]]*\])\((?!https?:|#|/|mailto:)([^)#\s]+)(#[^)\s]*)?\)")
ELSEWHERE = {
    "gallery/README.md": "/gallery.md",
    "gallery/features.md": "/features.md",
    "benchmarks/README.md": "/benchmarks.md",
    "NEWS.md": "/news.md",
    "ARCHITECTURE.md": "/explanation/architecture.md",
}
"""Files of the repository that are pages of the site too."""


# ---- Examples ------------------------------------------------------------------------------------


def with_outputs(text: str, page: Path, folder: Path) -> str:
    """A page whose examples stand in tabs, with what each has printed."""
    printed = {language: _printed(text, page, folder, language) for language in LANGUAGES}
    pieces, end = [], 0
    for group in _groups(text):
        pieces.append(text[end : group[0].start()])
        items = [_shown(match, printed[match["language"]]) for match in group]
        pieces.append(_tabs(group, items) if len(group) > 1 else items[0])
        end = group[-1].end()
    return "".join([*pieces, text[end:]])


def _printed(text: str, page: Path, folder: Path, language: str) -> Iterator[str]:
    ran = [b for b in blocks_of(text) if b.language == language and not b.why_not]
    return iter(kept(folder, page, language) if ran else [])


def _groups(text: str) -> list[list[re.Match[str]]]:
    """The examples of a page; those that follow each other, in languages of their own, together."""
    groups: list[list[re.Match[str]]] = []
    for match in BLOCK.finditer(text):
        last = groups[-1] if groups else []
        near = last and not text[last[-1].end() : match.start()].strip()
        if near and match["language"] not in [other["language"] for other in last]:
            last.append(match)
        else:
            groups.append([match])
    return groups


def _shown(match: re.Match[str], printed: Iterator[str]) -> str:
    code = f"```{match['language']}\n{match['code']}```\n"
    if match["why"]:
        return f"{code}\n```{{admonition}} Not run\n:class: not-run\n{match['why']}\n```\n"
    output = next(printed).strip("\n")
    return f"{code}\n```{{code-block}} text\n:class: printed\n\n{output}\n```\n" if output else code


def _tabs(group: list[re.Match[str]], items: list[str]) -> str:
    lines = ["::::{tab-set}\n:sync-group: language\n\n"]
    for match, item in zip(group, items, strict=True):
        language = match["language"]
        title = f":::{{tab-item}} {LANGUAGES[language]}\n:sync: {language}\n\n"
        lines += [title, item, ":::\n\n"]
    return "".join([*lines, "::::\n"])


def counted() -> str:
    """How many examples there are, and which are not run."""
    found = [(page, block) for page in pages() for block in blocks_of(page.read_text("utf-8"))]
    left = [(page, block) for page, block in found if block.why_not]
    lines = [
        f"The pages have {len(found)} examples. {len(found) - len(left)} of them are run whenever "
        "the site is built, and what stands below them is what they printed; these are not:",
        "",
    ]
    for page, block in left:
        first = block.code.strip().splitlines()[0]
        lines.append(f"- [{page.stem}](/{page.relative_to(DOCS)}): `{first}` ({block.why_not})")
    return "\n".join(lines)


# ---- Other files ---------------------------------------------------------------------------------


def included(name: str, page: Path, first: str | None = None) -> str:
    """A Markdown file of the repository for a page, without its title, with links from there.

    `first` is a heading: no more than its section is taken.
    """
    text = (ROOT / name).read_text(encoding="utf-8")
    if first:
        start = text.index(first)
        level = first.split(" ")[0]
        end = re.compile(rf"^#{{1,{len(level)}}} ", re.MULTILINE).search(text, start + len(first))
        text = text[start + len(first) : end.start() if end else None]
    elif len(re.findall(r"^# ", text, re.MULTILINE)) > 1:
        text = re.sub(r"^#", "##", text, flags=re.MULTILINE)
    else:
        text = re.sub(r"\A# .*\n", "", text)
    return LINK.sub(lambda link: _link(link, name, page), text).strip("\n")


def _link(link: re.Match[str], name: str, page: Path) -> str:
    """A link of a file as a link of a page; in words where it leads to nothing of the site."""
    words, target, anchor = link[1], link[2], link[3] or ""
    path = Path(os.path.normpath(ROOT / Path(name).parent / target))
    inner = path.relative_to(ROOT).as_posix()
    if path.is_relative_to(DOCS):
        return f"{words}(/{path.relative_to(DOCS).as_posix()}{anchor})"
    if inner in ELSEWHERE:
        return f"{words}({ELSEWHERE[inner]}{anchor})"
    if path.suffix in (".jpg", ".png", ".webp"):
        return f"{words}({os.path.relpath(path, page.parent)})"
    return words[1:-1] if words[1:-1] == inner else f"{words[1:-1]} (`{inner}`)"


# ---- Sphinx --------------------------------------------------------------------------------------

MADE: dict[str, Callable[[], str]] = {
    "examples that are run": counted,
    "settings of recipes": made_text.settings_of_recipes,
    "help of the command": made_text.help_of_the_command,
}
"""What is made of the package where a page says so, by name."""


def written(text: str, page: Path, folder: Path) -> str:
    """A page as the site has it."""

    def put(match: re.Match[str]) -> str:
        if match["what"] in MADE:
            return MADE[match["what"]]()
        return included(match["what"], page, match["first"])

    return PUT.sub(put, with_outputs(text, page, folder))


def _on_source_read(app: Any, name: str, content: list[str]) -> None:
    page = Path(app.env.doc2path(name))
    content[0] = written(content[0], page, Path(app.config.examples_folder))


def setup(app: Any) -> dict[str, Any]:
    """Called by Sphinx."""
    app.add_config_value("examples_folder", "", "env")
    app.connect("source-read", _on_source_read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
