"""plan, record → **text for a terminal**: what people read. No TensorFlow."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..recipes.schedule import Shape
    from ..runs.planning import OctavePlan, Plan


def plan_table(plan: Plan) -> str:
    """What a dream would do, as a short table."""
    layers = ", ".join(f"{term.layer} {term.weight:g}" for term in plan.layers)
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
