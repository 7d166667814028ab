"""jobs → **workshop** → dreams: who is next, what its process says, and what becomes of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from ..errors import DeepDreamError
from .jobs import DONE, FAILED, STOPPED, WAITING, WORKING, Job, order_of
from .keeping import dream_of, film_of, is_stopped
from .planning import Planner
from .processes import DREAMER, READER, Helper
from .sessions import Session, Sessions
from .turns import Turns
from .uploads import Store

GRACE = 1.0  # seconds that a process has to stop
_FINISH = 15.0  # seconds that it has to write a picture once it has stopped


class Busy(DeepDreamError):
    """A tab that has a dream in work asks for another."""

    kind = "busy"


class Workshop:
    """Works on the jobs of all sessions, one after the other.

    Parameters
    ----------
    store : where files are
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.sessions = Sessions(self._leave)
        self.dreamer = Helper(DREAMER, self._hear, self._dreamer_ended)
        self.reader = Helper(READER, lambda said: None, lambda how: None)
        self._turns: Turns[Job] = Turns()
        self._current: Job | None = None
        self.planner = Planner(self.dreamer, self.reader)
        self.ready = False
        self._tasks: set[asyncio.Task[Any]] = set()

    async def close(self) -> None:
        """End all processes, and delete all files."""
        for task in self._tasks:
            task.cancel()
        await self.dreamer.close()
        await self.reader.close()
        self.store.delete()

    def wake(self, helper: Helper) -> None:
        """Start a process, as there soon is work for it."""
        self._later(helper.start())

    # ---- What is asked ---------------------------------------------------------------------------

    def add(self, job: Job, before: Job | None = None) -> None:
        """Let a job wait for its turn.

        Parameters
        ----------
        before : the one that it goes on from

        Raises
        ------
        Busy, Full
            If its tab has one, or too many wait.
        """
        session = self.sessions.find(job.session)
        last = session.tabs.get(job.tab)
        if last is not None and not last.ended:
            raise Busy("this page dreams already.", "Stop it first, or open another tab.")
        self._turns.add(job, job.session, int(self._current is not None))
        if before is not None:
            job.losses, job.stem = list(before.losses), before.stem
        if last is not None and last is not before:
            session.forget(last)
        session.jobs[job.id] = session.tabs[job.tab] = job
        self._next()

    def stop(self, job: Job) -> None:
        """Let a job end; what is there of it is kept."""
        if job.ended or job.asked:
            return
        job.asked = True
        if self._turns.remove(job):
            self._end(job, STOPPED, "stopped before it began")
        else:
            self._later(self._stop(job))

    def state(self, session: Session, tab: str) -> dict[str, Any]:
        """All that a tab shows."""
        job, order = session.tabs.get(tab), self._turns.order()
        place = None
        if job is not None and job.state == WAITING and job in order:
            place = order.index(job) + int(self._current is not None)
        history = [
            {**dream.plain(), "can_go_on": dream.stopped and session.goes_on(dream.job)}
            for dream in session.dreams.values()
        ]
        shown = job and job.plain(place)
        films = [film.plain() for film in session.films.values()][::-1]
        return {"job": shown, "history": history[::-1], "films": films, "ready": self.ready}

    # ---- What is done ----------------------------------------------------------------------------

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _next(self) -> None:
        if self._current is None and (job := self._turns.next()) is not None:
            self._current = job
            self.planner.set_free(False)
            job.state = WORKING
            self._later(self.dreamer.send(_order(job)))
        for session in self.sessions:  # the places of all others
            self.show(session)

    def show(self, session: Session) -> None:
        """Let a session's pages have their whole state."""
        for tab in {*session.listeners.values()}:
            session.tell("state", self.state(session, tab), tab)

    async def _stop(self, job: Job) -> None:
        await self.dreamer.send({"do": "stop", "job": job.id})
        if not job.began:  # nothing is there of it, and what it waits for is of use to others
            self._end(job, STOPPED, "stopped before its first step")
        await asyncio.sleep(GRACE)
        if job is self._current and job.began and not job.ending:
            self.dreamer.kill()
        await asyncio.sleep(_FINISH)
        if job is self._current and job.began:
            self.dreamer.kill()

    def _hear(self, said: dict[str, Any]) -> None:
        """What the process says of its job."""
        job = self._current
        if said["is"] == "ready":
            self.ready = True
            self.planner.set_free(job is None)
        if job is None or said.get("job") != job.id:
            return
        if said["is"] == "began":
            job.began = True
        elif said["is"] == "stopping":
            job.ending = True
        elif job.ended:  # it was left, and is skipped
            if said["is"] in ("stopped", "done", "failed"):
                self._free()
        elif said["is"] == "step":
            losses = job.heard(said)
            self._tell(job, "step", {"job": job.id, **job.progress, "losses": losses})
        elif said["is"] == "preview":
            self._tell(job, "preview", job.seen(said))
        else:
            self._finish(job, said)
            self._free()

    def _tell(self, job: Job, event: str, content: dict[str, Any]) -> None:
        self.sessions.find_alive(job.session).tell(event, content, job.tab)

    def _free(self) -> None:
        self._current = None
        self.planner.set_free(self.ready)
        self._next()

    def _finish(self, job: Job, said: dict[str, Any]) -> None:
        """A job is done, has failed, or was stopped."""
        if said["is"] == "failed":
            hint = f" {said['hint']}" if said.get("hint") else ""
            text = f"{said['error'].removesuffix('.')}.{hint}"
            self._end(job, FAILED, text.replace(str(job.folder), "the page's folder"))
            return
        if said["is"] == "stopped" or (is_stopped(said) and not said["steps"]):
            self._end(job, STOPPED, "stopped before its first step")
            return
        session = self.sessions.find_alive(job.session)
        if job.call.film is None:
            session.keep(dream_of(job, said))
        elif not is_stopped(said):
            session.keep_film(film_of(job, said))
        state = STOPPED if is_stopped(said) else DONE
        notes = [said["stopped"]] if said["stopped"] and state == DONE else []
        self._end(job, state, "; ".join([*notes, *said.get("warnings", ())]))
        if state == DONE:
            job.checkpoint.unlink(missing_ok=True)

    def _end(self, job: Job, state: str, message: str) -> None:
        job.state, job.message = state, message
        self.show(self.sessions.find_alive(job.session))

    def _dreamer_ended(self, how: str) -> None:
        """The process ended: its job is stopped or lost, and a fresh one is started.

        A job that it had not begun when it ended by something else is given to the fresh one.
        """
        job, ready, self.ready = self._current, self.ready, False
        self.planner.set_free(False)
        if job is not None and not (job.began or job.ended or job.again):
            job.again = True
            self._later(self.dreamer.send(_order(job)))
            return
        self._current = None
        if ready:  # one that does not even start is started by the next order
            self._later(self.dreamer.start())
        if job is not None and not job.ended:
            self._later(self._rescue(job, how))
        self._next()

    async def _rescue(self, job: Job, how: str) -> None:
        """Keep what a job whose process ended had after its last whole octave."""
        kept = job.checkpoint.exists()
        if kept:
            with contextlib.suppress(DeepDreamError):
                said = await self.reader.ask({**_order(job), "do": "rescue"})
                self.sessions.find_alive(job.session).keep(dream_of(job, said))
        if job.asked:
            what = (
                "stopped; this is the last whole octave" if kept else "stopped in its first octave"
            )
            self._end(job, STOPPED, what)
        else:
            more = " Its last whole octave is kept: it can go on from there." if kept else ""
            self._end(job, FAILED, f"{how} A fresh one is there.{more}")

    def _leave(self, session: Session) -> None:
        """A session has been away for too long."""
        for job in session.jobs.values():
            self.stop(job)
        self.store.leave(session.id)


def _order(job: Job) -> dict[str, Any]:
    """What the process is told to dream."""
    return {
        "do": "film" if job.call.film else "dream",
        "job": job.id,
        "checkpoint": str(job.checkpoint),
        "previews": str(job.folder / job.id),
        "out": str(job.folder / (job.stem if job.call.film else job.id)),
        **order_of(job.call, job.picture, job.mask, job.clip),
    }
