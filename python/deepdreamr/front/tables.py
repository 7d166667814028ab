"""plan, record → **text for a terminal**: what people read. No TensorFlow."""

from __future__ import annotations

import dataclasses
import json
import re
import textwrap
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..recipes.schedule import Shape
    from ..runs.planning import OctavePlan, Plan


def plan_table(plan: Plan) -> str:
    """What a dream would do, as a short table."""
    from ..runs.result import in_few_words

    layers = ", ".join(map(in_few_words, plan.layers))
    lines = [
        f"Plan: {plan.source or 'picture'} {_size(plan.shape)}, recipe {plan.recipe}",
        f"  network  {plan.network}, {plan.weights}",
        f"  loads    {plan.loads}",
        f"  layers   {layers or 'none'}",
        "  octave   height x width  gradient of",
        *(_octave_line(number, octave) for number, octave in enumerate(plan.octaves, 1)),
    ]
    if plan.memory is not None:
        of = "" if plan.allowed is None else f", of {plan.allowed / 1e9:.2f} GB that there are"
        lines.append(f"  memory   about {plan.memory / 1e9:.2f} GB at the peak{of}")
    if plan.seconds is not None:
        lines.append(f"  time     about {plan.seconds:.0f} s, if no octave ends early")
    lines += [f"  note     {note}" for note in plan.notes]
    lines += [f"  problem  {problem}" for problem in plan.problems]
    return "\n".join([*lines, f"  {'can run' if plan.can_run else 'CANNOT RUN'}"])


def in_words(plan: Plan, spell: Callable[[str], str]) -> Plan:
    """The plan with its notes and problems in the words of a front end."""
    notes, problems = tuple(map(spell, plan.notes)), tuple(map(spell, plan.problems))
    return dataclasses.replace(plan, notes=notes, problems=problems)


def fitted(text: str, columns: int) -> str:
    """Text with its long lines broken at spaces; what follows stands below what it belongs to.

    >>> print(fitted("  note     the colour profile is kept", 26))
      note     the colour
               profile is kept
    """
    lines = []
    for line in text.split("\n"):
        start = re.match(r" *(?:\S+ {2,})?", line)
        indent = min(start.end() if start else 0, columns // 2) or 2
        lines += textwrap.wrap(
            line,
            max(columns, 20),
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
            drop_whitespace=True,
            replace_whitespace=False,
        ) or [""]
    return "\n".join(lines)


def _octave_line(number: int, octave: OctavePlan) -> str:
    parts = "the whole" if octave.windows == 1 else "-"
    if octave.windows > 1:
        parts = f"{octave.windows} parts of at most {_size(octave.window_shape)}"
    silent = f"; nothing in {', '.join(octave.silent)}" if octave.silent else ""
    return f"  {number:<8} {_size(octave.shape):<15} {parts}{silent}"


def _size(shape: Shape) -> str:
    return f"{shape[0]}x{shape[1]}"


def readable(record: Mapping[str, Any]) -> str:
    """A record as JSON for people: a line for each field and setting, lists on one line."""
    text = json.dumps(dict(record), indent=2)
    innermost = r"\[\n\s*[^][{}]*?\n\s*\]"  # lists; no text has a line break in JSON

    def on_one_line(found: re.Match[str]) -> str:
        inside = found[0][1:-1].strip()
        return "[" + re.sub(r"\n\s*", " ", inside) + "]"

    return re.sub(innermost, on_one_line, text)
