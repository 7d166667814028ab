"""text of the shell → **key frames** → arguments: options that change with time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import click

from ..motion.keyframes import KEYED
from ..recipes.lists import parse_layers
from ._options import NONE

_FRAME = re.compile(r"\s*(?P<time>\d[\d:.]*\s*s?)\s*:\s*(?P<value>.*?)\s*", re.DOTALL)


class OrKeyFrames(click.ParamType):  # type: ignore[type-arg]
    """A value, or what it is at some moments: `0: 0.02; 10s: 0.05`."""

    def __init__(self, kind: click.ParamType) -> None:  # type: ignore[type-arg]
        self._kind, self.name = kind, kind.name

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """As that of a single value."""
        return self._kind.get_metavar(param, ctx)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value, or moment → value."""
        if not isinstance(value, str) or not _FRAME.fullmatch(value):
            return self._kind.convert(value, param, ctx)
        frames = {}
        for part in filter(str.strip, value.split(";")):
            found = _FRAME.fullmatch(part)
            if not found:
                self.fail(f"{part.strip()!r} must be TIME: VALUE, such as 10s: 0.05", param, ctx)
            if found["time"] in frames:
                self.fail(f"{found['time']} is given twice", param, ctx)
            frames[found["time"]] = self._kind.convert(found["value"], param, ctx)
        return frames


def may_change(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let the options of a command that may change with time be given as key frames too."""
    for param in getattr(command, "__click_params__", ()):
        is_one = isinstance(param, click.Option) and not param.is_flag and not param.multiple
        if is_one and param.name in KEYED:
            param.type = OrKeyFrames(param.type)
    return command


def given_changing(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, as `given` has them, those that change as moment → value."""
    from ._parsing import given

    changing = {name: value for name, value in options.items() if isinstance(value, Mapping)}
    found = given({name: value for name, value in options.items() if name not in changing})
    for name, frames in changing.items():
        read = parse_layers if name == "layers" else _value
        found[name] = {time: read(value) for time, value in frames.items()}
    return found


def _value(value: Any) -> Any:
    return None if value is NONE else value
