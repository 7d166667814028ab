"""What is wrong with the links of a site that was built: files, anchors, and what it would fetch.

Every page is read. A link leads to a file, or to a place in one, that is there; and nothing that a
browser fetches by itself, such as a script, a style, a font or a picture, comes from elsewhere. A
link that a reader may follow to another site is let be.

usage: python tools/links.py FOLDER
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHED = {"src", "srcset", "poster", "data"}
LINKS_FETCHED = {"stylesheet", "icon", "preload", "modulepreload", "manifest", "apple-touch-icon"}
_URL = re.compile(r"""url\(\s*['"]?([^'")]+)['"]?\s*\)|@import\s+['"]([^'"]+)['"]""")
_WRITTEN = re.compile(r"""(?:fetch|import|importScripts)\(\s*['"`](https?://[^'"`]+)""")


class Page(HTMLParser):
    """The links of a page, those of them that a browser follows by itself, and its anchors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.anchors: set[str] = set()
        self._style = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take down what an element links to, and its name."""
        given = {name: value for name, value in attrs if value}
        self.anchors.update(given[name] for name in ("id", "name") if name in given)
        for name in FETCHED & given.keys():
            targets = [part.split()[0] for part in given[name].split(",")]
            self.fetched += targets if name == "srcset" else [given[name]]
        if "href" in given:
            loads = tag == "link" and LINKS_FETCHED & set((given.get("rel") or "").split())
            (self.fetched if loads else self.links).append(given["href"])
        self.fetched += _in_style(given.get("style", ""))
        self._style = tag == "style"

    def handle_data(self, data: str) -> None:
        """Take down what a style fetches."""
        if self._style:
            self.fetched += _in_style(data)


def _in_style(text: str) -> list[str]:
    return [first or second for first, second in _URL.findall(text)]


def pages_of(root: Path) -> list[Path]:
    """The pages of a site; what themes keep among their own files is none."""
    return [path for path in root.rglob("*.html") if "_static" not in path.relative_to(root).parts]


def faults(folder: Path) -> Iterator[str]:
    """What is wrong in a folder, a line each."""
    root = folder.resolve()

    @functools.cache
    def page(path: Path) -> Page:
        return Page(path.read_text(encoding="utf-8"))

    for path in sorted(pages_of(root)):
        name, found = path.relative_to(root), page(path)
        for link in sorted({*found.links, *found.fetched}):
            fault = _fault(link, path, root, link in found.fetched, page)
            if fault:
                yield f"{name}: {fault}: {link}"
    for path in sorted([*root.rglob("*.css"), *root.rglob("*.js")]):
        text = path.read_text(encoding="utf-8", errors="replace")
        css = path.suffix == ".css"
        for link in sorted({*(_in_style(text) if css else _WRITTEN.findall(text))}):
            fault = _fault(link, path, root, True, page)
            if fault:
                yield f"{path.relative_to(root)}: {fault}: {link}"


def _fault(
    link: str, path: Path, root: Path, fetched: bool, page: Callable[[Path], Page]
) -> str | None:
    """What is wrong with a link of a file, if anything is."""
    parts = urlsplit(link)
    if parts.scheme == "data" or (parts.scheme in ("http", "https", "mailto") and not fetched):
        return None
    if parts.scheme or parts.netloc:
        return "comes from elsewhere" if fetched else "is of no kind that is known"
    start = root if parts.path.startswith("/") else path.parent
    target = (start / unquote(parts.path).lstrip("/")).resolve() if parts.path else path
    target = target / "index.html" if target.is_dir() else target
    if not target.is_relative_to(root):
        return "leads out of the site"
    if not target.is_file():
        return "leads to no file"
    anchor = unquote(parts.fragment)
    is_place = target.suffix == ".html" and anchor not in ("", "top") and not fetched
    if is_place and anchor not in page(target).anchors:
        return "leads to no place in that page"
    return None


def main(folder: Path) -> int:
    """Print what is wrong; gives the exit status."""
    found = list(faults(folder))
    pages = len(pages_of(folder))
    print("\n".join([*found, f"{pages} pages, {len(found)} faults"]))
    return 1 if found or not pages else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
