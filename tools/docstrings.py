"""Sphinx: the package's docstrings as its reader has them, and formulas without a script.

The docstrings say `name : text that may go on`, where numpydoc has a type between the colon and the
text: the types are in the signature. Formulas become MathML, which browsers draw themselves.
"""

from __future__ import annotations

import re
from typing import Any

LISTS = ("Parameters", "Attributes")
_RULE = re.compile(r"^-{3,}$")
_ITEM = re.compile(r"^(\*{0,2}\w[\w, ]*?) : (\S.*)$")
_GOES_ON = re.compile(r"^\w[\w, ]*,$")


def without_types(lines: list[str]) -> list[str]:
    """A docstring's lines, the text of each parameter and attribute below its name."""
    found: list[str] = []
    listed, names = False, ""
    for number, line in enumerate(lines):
        heading = number + 1 < len(lines) and bool(_RULE.match(lines[number + 1]))
        if heading:
            listed = line in LISTS
        if listed and _GOES_ON.match(line):  # names that go on in the next line
            names += line + " "
            continue
        item = _ITEM.match((names + line.strip()) if names else line) if listed else None
        names = ""
        if item:
            found += [item[1].replace("**", r"\*\*"), f"    {item[2]}"]
        else:
            found.append(line)
    return found


def _on_docstring(
    app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    lines[:] = without_types(lines)


def mathml(formula: str, *, block: bool) -> str:
    """A formula of LaTeX as an element of MathML."""
    from docutils.utils.math.latex2mathml import tex2mathml

    return tex2mathml(formula, as_block=block)


def _inline(writer: Any, node: Any) -> None:
    writer.body.append(mathml(node.astext(), block=False))
    raise _skip()


def _displayed(writer: Any, node: Any) -> None:
    writer.body.append(f'<div class="math">{mathml(node.astext(), block=True)}</div>')
    raise _skip()


def _skip() -> Exception:
    from docutils.nodes import SkipNode

    return SkipNode()


def setup(app: Any) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", _on_docstring, priority=400)  # before napoleon
    app.add_html_math_renderer("mathml", (_inline, None), (_displayed, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
