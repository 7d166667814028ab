"""message → **words of a front end**: a shell's options, R's NULL and TRUE.

Errors, warnings and plans speak Python: "`max_loss` must be a number > 0, or None. Received:
max_loss=-1". What stands in quotes is a user's or a file's, and stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

_QUOTED = r"(?<!\w)(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
_NAMES = re.compile(
    rf"{_QUOTED}|`(?P<ticked>\w+)`|\b(?P<given>\w+)=(?P<value>(?:None|True|False)\b)?"
    r"|\b(?P<bare>[a-z]+(?:_[a-z]+)+)\b|(?P<none>\bNone\b)"
)
_VALUES = re.compile(rf"{_QUOTED}|\b(?P<word>None|True|False|true or false)\b")
_LIST = re.compile(rf"{_QUOTED}|(?<==)\[(?P<items>[^][]*)\]")
_DICT = re.compile(rf"{_QUOTED}|(?<==)\{{(?P<entries>[^{{}}]*)\}}")
_ENTRY = re.compile(r"'(?P<name>[^']*)': ")
_IN_R_EXTRA = r'`install_deepdreamr(extras = "\g<extra>")`, or in your own Python \g<0>'
_EXTRA = re.compile(r'pip install "deepdreamr\[(?P<extra>\w+)\]"')
_FUNCTIONS = {
    "class_names": "`deepdreamr classes`",
    "dream_video": "`deepdreamr video`",
    "dream_zoom": "`deepdreamr zoom`",
}
_IN_R = {"None": "NULL", "True": "TRUE", "False": "FALSE", "true or false": "TRUE or FALSE"}


def in_r_words(text: str) -> str:
    """Python's `None`, `True`, `[1, 2]` and `{'a': 1}`, and calls of pip, as R's own words.

    >>> in_r_words("`tile_size` must be a whole number >= 1, or None. Received: tile_size=[1, 2]")
    '`tile_size` must be a whole number >= 1, or NULL. Received: tile_size=c(1, 2)'
    """
    text = _EXTRA.sub(_IN_R_EXTRA, text)
    text = _LIST.sub(_unless_quoted(lambda found: f"c({found['items']})"), text)
    text = _DICT.sub(_unless_quoted(_named_list), text)
    return _VALUES.sub(_unless_quoted(lambda found: _IN_R[found["word"]]), text)


def _named_list(found: re.Match[str]) -> str:
    """A dict of Python's, none within another, as a list of R's."""
    return f"list({_ENTRY.sub(_entry, found['entries'])})"


def _entry(found: re.Match[str]) -> str:
    name = found["name"]
    return f"{name} = " if name.isidentifier() else f'"{name}" = '


def shell_names(group: click.Group) -> dict[str, str]:
    """What a group of commands calls arguments, by Python's names."""
    parameters = [p for command in group.commands.values() for p in command.params]
    arguments = [p for p in parameters if p.param_type_name == "argument"]
    options = [p for p in parameters if p.param_type_name == "option"]
    names = {p.name or "": (p.metavar or p.name or "").strip("[]").upper() for p in arguments}
    names |= {p.name or "": max(p.opts, key=len) for p in options}
    return {**names, "path": names["output"], "layer_names": "`deepdreamr layers`", **_FUNCTIONS}


def in_shell_words(text: str, names: Mapping[str, str]) -> str:
    """Python's names of arguments and functions as the options and commands of the shell.

    >>> in_shell_words("`tile_size` must be >= 1, or None.", {"tile_size": "--tile-size"})
    '--tile-size must be >= 1, or none.'
    """

    def spelled(found: re.Match[str]) -> str:
        if found["none"]:
            return "none"
        name = names.get(found["ticked"] or found["given"] or found["bare"])
        if name is None:
            return found[0]
        if not found["given"]:
            return name
        if found["value"] in ("True", "False"):
            return name if found["value"] == "True" else f"--no-{name[2:]}"
        return f"{name}={(found['value'] or '').lower()}"

    return _NAMES.sub(_unless_quoted(spelled), text)


def _unless_quoted(replace: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
    return lambda found: replace(found) if found.lastgroup else found[0]
