"""request → **desk** → workshop: what a session brings and asks for, by its own numbers alone."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from ..errors import DeepDreamError
from ..pictures.samples import sample_image
from .calls import Call, parse_call, seeded
from .codes import Files, codes
from .jobs import DONE, ClipFile, DreamFile, FilmFile, Job, Picture, order_of
from .sessions import Session
from .uploads import CLIP_BYTES, MASK_BYTES, PICTURE_BYTES, file_name, new_id
from .workshop import Workshop

_SUFFIX = re.compile(r"\.[a-z0-9]{2,4}")
_LONGEST = 90.0  # seconds that a picture may be read for


class NotFound(DeepDreamError):
    """There is no such picture, job or dream of this session."""

    kind = "missing"


class Desk:
    """Takes what sessions bring, and finds what they ask for.

    Parameters
    ----------
    workshop : where the work is done
    """

    def __init__(self, workshop: Workshop) -> None:
        self.workshop, self._store = workshop, workshop.store

    # ---- Pictures --------------------------------------------------------------------------------

    async def take_picture(
        self, session: Session, chunks: AsyncIterator[bytes], name: str | None
    ) -> Picture:
        """A picture that is sent; the errors are those of a file that is none, or too large."""
        self._make_room(session, PICTURE_BYTES)
        path = await self._store.take(session.id, chunks)
        return await self._examined(session, path, file_name(name))

    async def _examined(self, session: Session, path: Path, name: str) -> Picture:
        number, view, told = await self._read(path, name)
        height, width = told["shape"]
        notes = (*told["notes"], *told["warnings"])
        found = Picture(number, name, path, view, (height, width), False, told["call"], notes)
        session.pictures[number] = found
        return found

    async def _read(self, path: Path, name: str) -> tuple[str, Path, dict[str, Any]]:
        """A number for a file that is a picture, what is shown of it, and what it says."""
        number = new_id()
        view = path.with_name(f"{number}.view")
        order = {"do": "examine", "path": str(path), "view": str(view), "name": name}
        try:
            return number, view, await self.workshop.reader.ask(order, _LONGEST)
        except BaseException:
            for file in (path, view):
                file.unlink(missing_ok=True)
            raise

    async def take_sample(self, session: Session) -> Picture:
        """The picture that comes with the package."""
        for picture in session.pictures.values():
            if picture.sample:
                return picture
        path, number = sample_image("jelly"), new_id()
        shape = (480, 640)
        found = Picture(number, path.name, path, path, shape, sample=True)
        session.pictures[number] = found
        return found

    async def take_mask(self, session: Session, chunks: AsyncIterator[bytes]) -> str:
        """The number of a mask that is sent."""
        self._make_room(session, MASK_BYTES)
        path = await self._store.take(session.id, chunks)
        number, view, _ = await self._read(path, "mask")
        view.unlink(missing_ok=True)
        session.masks[number] = path
        return number

    async def take_clip(
        self, session: Session, chunks: AsyncIterator[bytes], name: str | None
    ) -> str:
        """The number of a clip that is sent; what it is is seen when it is planned."""
        self._make_room(session, CLIP_BYTES)
        name = file_name(name, "clip.mp4")
        suffix = Path(name).suffix.lower()
        suffix = suffix if _SUFFIX.fullmatch(suffix) else ".mp4"
        path = await self._store.take(session.id, chunks, suffix)
        number = new_id()
        session.clips[number] = ClipFile(number, name, path)
        return number

    def _make_room(self, session: Session, size: int) -> None:
        """Let what a session has sent go, the oldest first, where nothing is dreamed of it."""
        for number, paths in _unused(session):
            if not self._store.over(session.id, size):
                return
            for sent in (session.pictures, session.masks, session.clips):
                sent.pop(number, None)
            for path in paths:
                path.unlink(missing_ok=True)

    # ---- Jobs ------------------------------------------------------------------------------------

    def _files(
        self, session: Session, call: Call
    ) -> tuple[Picture | None, Path | None, ClipFile | None]:
        """The picture, the mask and the clip that a call names."""
        picture = None if call.picture is None else self.picture(session, call.picture)
        mask = None if call.mask is None else self.mask(session, call.mask)
        clip = None if call.clip is None else _found(session.clips, call.clip, "clip")
        return picture, mask, clip

    async def plan(self, session: Session, value: Any) -> dict[str, Any]:
        """What a call would take."""
        call = parse_call(value)
        order = order_of(call, *self._files(session, call))
        does = {"do": "plan film" if call.film else "plan"}
        out = str(self._store.of(session.id) / "plan")
        return await self.workshop.planner.plan({**order, **does, "out": out})

    def begin(self, session: Session, tab: str, value: Any) -> Job:
        """A job for what a tab asks for; it waits, or is begun."""
        call = parse_call(value)
        picture, mask, clip = self._files(session, call)
        folder = self._store.of(session.id)
        job = Job(session.id, tab, seeded(call), picture, mask, folder, clip=clip)
        self.workshop.add(job)
        return job

    def go_on(self, session: Session, tab: str, number: str) -> Job:
        """A job that goes on from one that was stopped."""
        old = self.job(session, number)
        if not old.can_go_on:
            raise NotFound("there is nothing to go on from.")
        job = Job(session.id, tab, old.call, old.picture, old.mask, old.folder, clip=old.clip)
        self.workshop.add(job, old)
        return job

    def stop(self, session: Session, number: str) -> None:
        """Let a job end."""
        self.workshop.stop(self.job(session, number))

    # ---- Dreams ----------------------------------------------------------------------------------

    async def jpeg(self, dream: DreamFile) -> Path:
        """The JPEG of a dream, made when it is first asked for."""
        path = dream.png.with_suffix(".jpg")
        if not path.exists():
            await self.workshop.reader.ask({"do": "jpeg", "png": str(dream.png), "out": str(path)})
        return path

    async def again(self, session: Session, number: str) -> Picture:
        """A dream as a picture, to dream on from."""
        dream = self.dream(session, number)
        self._make_room(session, dream.png.stat().st_size)
        path = dream.png.with_name(f"{new_id()}.in")
        shutil.copyfile(dream.png, path)
        return await self._examined(session, path, f"{dream.name}.png")

    def code(self, made: DreamFile | FilmFile) -> dict[str, str]:
        """The call of a dream, or of a clip, as code."""
        still = isinstance(made, DreamFile)
        source = made.original if isinstance(made, DreamFile) else made.source
        sample = isinstance(source, Picture) and source.sample
        output = f"{made.name}.png" if still else made.name
        return codes(made.call, Files(None if source is None else source.name, output, sample))

    # ---- By number -------------------------------------------------------------------------------

    def picture(self, session: Session, number: str) -> Picture:
        """A picture of the session."""
        return _found(session.pictures, number, "picture")

    def mask(self, session: Session, number: str) -> Path:
        """The file of a mask of the session."""
        return _found(session.masks, number, "mask")

    def film(self, session: Session, number: str) -> FilmFile:
        """A clip of the session that is finished."""
        return _found(session.films, number, "clip")

    def job(self, session: Session, number: str) -> Job:
        """A job of the session."""
        return _found(session.jobs, number, "dream in work")

    def dream(self, session: Session, number: str) -> DreamFile:
        """A dream of the session."""
        return _found(session.dreams, number, "dream")


def _unused(session: Session) -> list[tuple[str, list[Path]]]:
    """What a session has sent and nothing is dreamed of now: its number, and its files."""
    jobs = [job for job in session.jobs.values() if job.state != DONE]  # others may go on
    used: set[Any] = {thing for job in jobs for thing in (job.picture, job.mask, job.clip)}
    pictures = session.pictures.items()
    return [
        *((n, [p.path, p.view]) for n, p in pictures if not p.sample and p not in used),
        *((n, [mask]) for n, mask in session.masks.items() if mask not in used),
        *((n, [clip.path]) for n, clip in session.clips.items() if clip not in used),
    ]


def _found(items: dict[str, Any], number: str, what: str) -> Any:
    if number not in items:
        raise NotFound(f"there is no such {what} here any more.")
    return items[number]


def preview_path(job: Job) -> Path:
    """The last preview of a job.

    Raises
    ------
    NotFound
        If there is none.
    """
    path = job.folder / f"{job.id}-{job.preview}.jpg"
    if not job.preview or not path.exists():
        raise NotFound("there is no preview yet.")
    return path
