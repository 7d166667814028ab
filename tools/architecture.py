"""Writes the table of rooms in ARCHITECTURE.md: each module with the first line of its docstring.

The order of the rooms is that of the table itself; new modules are put at its end, to be moved by
hand to their place on the way. usage: python tools/architecture.py
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "ARCHITECTURE.md"
PACKAGE = ROOT / "python" / "deepdreamr"


def first_line(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.splitlines()[0] if text else ""


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    modules = {path.stem: path for path in sorted(PACKAGE.glob("[!_]*.py"))}
    known = [name for name in re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) if name in modules]
    order = known + [name for name in modules if name not in known]
    rows = "\n".join(f"| `{name}` | {first_line(modules[name])} |" for name in order)
    table = f"| room | what it does |\n| --- | --- |\n{rows}\n"
    start = page.index("| room |")
    end = re.compile(r"\n\n|\Z").search(page, start)
    rest = page[end.end() :] if end else ""
    PAGE.write_text(page[:start] + table + ("\n" + rest if rest.strip() else ""), encoding="utf-8")


if __name__ == "__main__":
    main()
