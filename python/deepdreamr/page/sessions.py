"""cookie → **session** → jobs, pictures, dreams, kept for ten minutes after it was last seen."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .jobs import ClipFile, DreamFile, FilmFile, Job, Picture

LIFE = 600.0  # seconds that a session is kept for
MOST_DREAMS, MOST_FILMS = 24, 6  # in a session's history
MOST_SESSIONS = 200
_MOST_EVENTS = 200  # that wait for a browser; a slow one gets the whole state anew


@dataclasses.dataclass(eq=False)
class Session:
    """A browser, with all of its tabs.

    Attributes
    ----------
    seen : when it gave its last sign of life, by `time.monotonic`
    pictures, masks, clips, dreams, films, jobs : its own, by their numbers, the oldest first
    tabs : the last job of each tab
    listeners : who hears of what happens: a queue, and its tab
    """

    id: str
    seen: float = dataclasses.field(default_factory=time.monotonic)
    pictures: dict[str, Picture] = dataclasses.field(default_factory=dict)
    masks: dict[str, Path] = dataclasses.field(default_factory=dict)
    clips: dict[str, ClipFile] = dataclasses.field(default_factory=dict)
    dreams: dict[str, DreamFile] = dataclasses.field(default_factory=dict)
    films: dict[str, FilmFile] = dataclasses.field(default_factory=dict)
    jobs: dict[str, Job] = dataclasses.field(default_factory=dict)
    tabs: dict[str, Job] = dataclasses.field(default_factory=dict)
    listeners: dict[asyncio.Queue[Any], str] = dataclasses.field(default_factory=dict)

    def tell(self, event: str, content: Any, tab: str | None = None) -> None:
        """Let the pages of a tab, or of all, hear of something."""
        for queue, whose in self.listeners.items():
            if tab is None or whose == tab:
                with contextlib.suppress(asyncio.QueueFull):
                    queue.put_nowait((event, content))

    def listen(self, tab: str) -> asyncio.Queue[Any]:
        """A queue of what happens from now on."""
        queue: asyncio.Queue[Any] = asyncio.Queue(_MOST_EVENTS)
        self.listeners[queue] = tab
        return queue

    def goes_on(self, number: str) -> bool:
        """Whether a job that has ended can go on."""
        job = self.jobs.get(number)
        return job is not None and job.can_go_on

    def forget(self, job: Job) -> None:
        """Take a job that has ended, and its files, away."""
        self.jobs.pop(job.id, None)
        for name in {job.id, job.stem}:
            for path in [*job.folder.glob(f"{name}[.-]*"), *job.folder.glob(f".{name}[.-]*")]:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def keep_film(self, film: FilmFile) -> None:
        """Put a clip into the history, and let the oldest ones go."""
        self.films[film.id] = film
        while len(self.films) > MOST_FILMS:
            self.films.pop(next(iter(self.films))).path.unlink(missing_ok=True)

    def keep(self, dream: DreamFile) -> None:
        """Put a dream into the history, and let the oldest ones go."""
        self.dreams[dream.id] = dream
        while len(self.dreams) > MOST_DREAMS:
            old = self.dreams.pop(next(iter(self.dreams)))
            for path in (old.png, old.thumb, old.png.with_suffix(".jpg")):
                path.unlink(missing_ok=True)


class Sessions:
    """All sessions; the ones without life are let go.

    Parameters
    ----------
    leave : called with each session that is let go
    """

    def __init__(self, leave: Callable[[Session], None]) -> None:
        self._leave = leave
        self._all: dict[str, Session] = {}

    def __iter__(self) -> Any:
        return iter(list(self._all.values()))

    def find(self, name: str) -> Session:
        """The session of a cookie, new if there is none; it is alive now."""
        if name not in self._all:
            self.sweep()
            while len(self._all) >= MOST_SESSIONS:
                self._let_go(min(self, key=lambda session: session.seen))
            self._all[name] = Session(name)
        session = self._all[name]
        session.seen = time.monotonic()
        return session

    def find_alive(self, name: str) -> Session:
        """The session, if it is still there, or one that nobody looks at; no sign of life."""
        return self._all.get(name) or Session(name)

    def sweep(self, now: float | None = None) -> None:
        """Let go who has given no sign of life for too long."""
        now = time.monotonic() if now is None else now
        for session in self:
            if not session.listeners and now - session.seen > LIFE:
                self._let_go(session)

    def _let_go(self, session: Session) -> None:
        del self._all[session.id]
        self._leave(session)
