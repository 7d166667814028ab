"""socket → **connection** → guard: how long one may ask for nothing, and how many there may be."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE = 20.0  # seconds that the head of a request may take
MOST = 600  # connections; beyond them the oldest that ask for nothing are closed
_FILES = 4096  # that this process may have open, where the system lets it


class Connection(H11Protocol):
    """A connection that is closed where nothing is asked for by it for too long."""

    _looked: Any = None
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, and close the oldest idle ones where there are too many."""
        super().connection_made(transport)
        self._since = time.monotonic()
        self._timer = self.loop.call_later(PATIENCE, self._look)
        if (over := len(self.connections) - MOST) > 0:
            idle = [c for c in self.connections if isinstance(c, Connection) and c.is_idle]
            for other in sorted(idle, key=lambda c: c._since)[:over]:
                other.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        super().connection_lost(exc)
        if self._timer is not None:
            self._timer.cancel()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked for that has not been answered."""
        return self.cycle is None or self.cycle.response_complete

    def _look(self) -> None:
        """Close it if it has asked for nothing since it was looked at last."""
        if self.is_idle and self.cycle is self._looked:
            self.transport.close()
            return
        self._looked = self.cycle
        self._timer = self.loop.call_later(PATIENCE, self._look)


def allow_files() -> None:
    """Let this process have as many open files as there may be connections, if it can."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has no such limit
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
