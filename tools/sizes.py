"""Holds the code to its sizes: the core, modules, functions, positional arguments.

Lines of code are those with a token on them: no docstring, no comment, no blank line. A function
that reads better long has a comment in it that begins with "long:" and says why. usage: sizes.py
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "python" / "deepdreamr"
CORE, MODULE, FUNCTION, POSITIONAL = 520, 250, 25, 6
_NO_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT),
    *(tokenize.ENCODING, tokenize.ENDMARKER),
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def texts(tree: ast.AST) -> set[int]:
    """Lines of docstrings, and of texts that stand alone behind what they describe."""
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def code_lines(source: str) -> set[int]:
    """Numbers of the lines that hold code."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    lines = {
        line
        for token in tokens
        if token.type not in _NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    return lines - texts(ast.parse(source))


def body_lines(function: Function, lines: set[int]) -> int:
    """Lines of code in a function's body."""
    body = range(function.body[0].lineno, (function.end_lineno or 0) + 1)
    return len(lines.intersection(body))


def positional(function: Function) -> int:
    """How many arguments can be given by their place, without self and cls."""
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    return len([name for name in names if name not in ("self", "cls")])


def faults(path: Path, source: str) -> Iterator[str]:
    """What is too large in a module."""
    rows, lines = source.splitlines(), code_lines(source)
    if len(rows) > MODULE:
        yield f"{path}: {len(rows)} lines, at most {MODULE}"
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, Function):
            continue
        where = f"{path}:{node.lineno} {node.name}"
        excused = any("# long:" in row for row in rows[node.lineno - 1 : node.end_lineno])
        if body_lines(node, lines) > FUNCTION and not excused:
            yield f"{where}: {body_lines(node, lines)} lines of code, at most {FUNCTION}"
        if positional(node) > POSITIONAL:
            yield f"{where}: {positional(node)} positional arguments, at most {POSITIONAL}"


def main() -> int:
    """Print what is too large; the exit status is 1 if there is anything."""
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
    found = [
        fault
        for path, source in sources.items()
        for fault in faults(path.relative_to(PACKAGE), source)
    ]
    core = sum(len(code_lines(text)) for path, text in sources.items() if "core" in path.parts)
    if core > CORE:
        found.append(f"core: {core} lines of code, at most {CORE}")
    print("\n".join([*found, f"core: {core} of {CORE} lines; {len(sources)} modules"]))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
