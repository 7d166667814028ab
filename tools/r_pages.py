"""R's pages as pkgdown made them → pages as they are shown: formulas in MathML, no empty logo.

usage: python tools/r_pages.py FOLDER
"""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

from docstrings import mathml

FORMULA = re.compile(r'<span class="math (inline|display)">\\[(\[](.*?)\\[)\]]</span>', re.DOTALL)


def with_mathml(page: str) -> str:
    """A page whose formulas a browser draws itself."""
    return FORMULA.sub(lambda m: mathml(html.unescape(m[2]), block=m[1] == "display"), page)


def without_logo(page: str) -> str:
    """A page without the picture that pkgdown leaves where there is no logo."""
    return page.replace('<img src="" class="logo" alt="">', "")


def main(folder: Path) -> None:
    """Go through all pages of a folder."""
    for path in folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        changed = without_logo(with_mathml(text))
        if changed != text:
            path.write_text(changed, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
