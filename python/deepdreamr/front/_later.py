"""name → module → **command**: imported when it is asked for, so that each is there at once."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, MutableMapping

import click


class Later(MutableMapping[str, click.Command]):
    """Commands by name.

    Parameters
    ----------
    modules : name → the module beside this one whose `NAME_command` it is
    """

    def __init__(self, modules: Mapping[str, str]) -> None:
        self._commands: dict[str, click.Command | str] = dict(modules)

    def __getitem__(self, name: str) -> click.Command:
        found = self._commands[name]
        if isinstance(found, str):
            module = importlib.import_module(f".{found}", __package__)
            found = self._commands[name] = getattr(module, f"{name.replace('-', '_')}_command")
        return found

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._commands[name] = command

    def __delitem__(self, name: str) -> None:
        del self._commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._commands)

    def __len__(self) -> int:
        return len(self._commands)
