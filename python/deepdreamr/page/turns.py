"""jobs → **turns** → one at a time: who is next, so that nobody waits for all of another's."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")
MOST = 20


class Full(Exception):
    """There is no room for another job; the text says why."""


@dataclasses.dataclass
class _Waiting(Generic[T]):
    item: T
    owner: Hashable


class Turns(Generic[T]):
    """What waits, in a fair order: whoever was served longest ago is next.

    Parameters
    ----------
    most : how many may wait, the one that is being worked at counted
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._waiting: list[_Waiting[T]] = []
        self._served: dict[Hashable, int] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, item: T, owner: Hashable, working: int = 0) -> None:
        """Let something wait.

        Parameters
        ----------
        owner : whose it is
        working : how many are being worked at

        Raises
        ------
        Full
            If too many wait already.
        """
        if len(self._waiting) + working >= self._most:
            raise Full(f"{self._most} dreams are waiting here already: try again later.")
        self._waiting.append(_Waiting(item, owner))

    def next(self) -> T | None:
        """Take the next one, or None."""
        order = self.order()
        if not order:
            return None
        found = next(waiting for waiting in self._waiting if waiting.item is order[0])
        self._waiting.remove(found)
        self._count += 1
        self._served[found.owner] = self._count
        self._served = dict(list(self._served.items())[-1000:])
        return found.item

    def remove(self, item: T) -> bool:
        """Take one that waits away; whether it was there."""
        before = len(self._waiting)
        self._waiting = [waiting for waiting in self._waiting if waiting.item != item]
        return len(self._waiting) < before

    def order(self) -> list[T]:
        """All that wait, the next one first."""
        served, left, found = dict(self._served), list(self._waiting), list[T]()
        count = self._count
        while left:
            first = min(left, key=lambda waiting: served.get(waiting.owner, 0))
            left.remove(first)
            found.append(first.item)
            count += 1
            served[first.owner] = count
        return found
