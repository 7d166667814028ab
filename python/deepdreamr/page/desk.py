"""request → **desk** → workshop: what a session brings and asks for, by its own numbers alone."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, DeepDreamError
from ..pictures.samples import sample_image
from .calls import Call, parse_call, seeded
from .codes import Files, codes
from .jobs import DreamFile, FilmFile, Job, Picture, new_id
from .sessions import Session
from .uploads import PICTURE_BYTES, file_name
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
        number = new_id()
        view = path.with_name(f"{number}.view")
        order = {"do": "examine", "path": str(path), "view": str(view), "name": name}
        try:
            told = await self.workshop.reader.ask(order, _LONGEST)
        except BaseException:
            for file in (path, view):
                file.unlink(missing_ok=True)
            raise
        height, width = told["shape"]
        notes = (*told["notes"], *told["warnings"])
        found = Picture(number, name, path, view, (height, width), False, told["call"], notes)
        session.pictures[number] = found
        return found

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
        path = await self._store.take(session.id, chunks)
        number = new_id()
        view = path.with_name(f"{number}.view")
        order = {"do": "examine", "path": str(path), "view": str(view), "name": "mask"}
        try:
            await self.workshop.reader.ask(order, _LONGEST)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        finally:
            view.unlink(missing_ok=True)
        session.masks[number] = path
        return number

    async def take_clip(
        self, session: Session, chunks: AsyncIterator[bytes], name: str | None
    ) -> str:
        """The number of a clip that is sent; what it is is seen when it is dreamed of."""
        suffix = Path(file_name(name)).suffix.lower()
        suffix = suffix if _SUFFIX.fullmatch(suffix) else ".mp4"
        path = await self._store.take(session.id, chunks, suffix)
        number = new_id()
        session.clips[number] = path
        return number

    def _make_room(self, session: Session, size: int) -> None:
        """Let the oldest pictures of a session go that nothing is being dreamed of."""
        used = {job.picture for job in session.jobs.values() if not job.ended}
        for number, picture in list(session.pictures.items()):
            if not self._store.over(session.id, size):
                return
            if not picture.sample and picture not in used:
                del session.pictures[number]
                for path in (picture.path, picture.view):
                    path.unlink(missing_ok=True)

    # ---- Jobs ------------------------------------------------------------------------------------

    def _call(self, session: Session, value: Any) -> tuple[Call, Picture | None, Path | None]:
        """A call, and the picture and the mask that it names."""
        call = parse_call(value)
        picture = None if call.picture is None else self.picture(session, call.picture)
        mask = None if call.mask is None else self.mask(session, call.mask)
        return call, picture, mask

    async def plan(self, session: Session, value: Any) -> dict[str, Any]:
        """What a call would take."""
        call, picture, mask = self._call(session, value)
        return await self.workshop.plan(call, picture, None if mask is None else str(mask))

    def begin(self, session: Session, tab: str, value: Any) -> Job:
        """A job for what a tab asks for; it waits, or is begun."""
        call, picture, mask = self._call(session, value)
        folder = self._store.of(session.id)
        clip = None if call.clip is None else _found(session.clips, call.clip, "clip")
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

    def code(self, dream: DreamFile) -> dict[str, str]:
        """The call of a dream, as code."""
        original = dream.original
        name = None if original is None else original.name
        sample = original is not None and original.sample
        return codes(dream.call, Files(name, f"{dream.name}.png", sample))

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


def parse_json(content: bytes) -> Any:
    """The value of a body.

    Raises
    ------
    ArgumentError
        If it is no JSON.
    """
    try:
        return json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ArgumentError("the request is no JSON.") from None


def _no_number(text: str) -> None:
    raise ValueError(text)
