"""call → **plan** → page: what it would take, asked of the process that dreams where it is free."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from .processes import Ended, Helper

_TOLD = ("text", "seconds", "memory", "can_run")


class Planner:
    """Asks what calls would take.

    Parameters
    ----------
    dreamer, reader : the process that dreams, which finds out the time too, and the other one
    """

    def __init__(self, dreamer: Helper, reader: Helper) -> None:
        self._dreamer, self._reader = dreamer, reader
        self._begun = asyncio.Event()  # set while the one cannot answer
        self._begun.set()
        self._asking = asyncio.Lock()

    def set_free(self, free: bool) -> None:
        """Note whether the process that dreams has nothing to do."""
        self._begun.clear() if free else self._begun.set()

    async def plan(self, order: dict[str, Any]) -> dict[str, Any]:
        """What an order's call would take; `measured` says whether the time was asked for.

        Errors are those that the processes tell of.
        """
        answer = None if self._begun.is_set() else await self._measured(order)
        measured = answer is not None
        answer = answer or await self._reader.ask({**order, "measure": False})
        return {**{name: answer[name] for name in _TOLD}, "measured": measured}

    async def _measured(self, order: dict[str, Any]) -> dict[str, Any] | None:
        """The answer of the process that dreams; None where a dream begins, or it ends, before."""
        asked = asyncio.ensure_future(self._in_turn({**order, "measure": True}))
        begun = asyncio.ensure_future(self._begun.wait())
        await asyncio.wait({asked, begun}, return_when=asyncio.FIRST_COMPLETED)
        begun.cancel()
        if not asked.done():
            asked.cancel()
            return None
        with contextlib.suppress(Ended):  # the other one knows all but the time
            return await asked
        return None

    async def _in_turn(self, order: dict[str, Any]) -> dict[str, Any]:
        """Ask the process that dreams, one question after the other."""
        async with self._asking:
            return await self._dreamer.ask(order)
