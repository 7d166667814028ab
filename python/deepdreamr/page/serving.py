"""http → **routes** → desk: a translation, and nothing else. The guard stands before it."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from ..errors import DeepDreamError
from .answers import chunks, event, file, fixed, shown, tab_of, value_of
from .desk import Desk, NotFound, preview_path
from .processes import Ended
from .sessions import Session
from .turns import Full
from .uploads import CLIP_BYTES, MASK_BYTES, PICTURE_BYTES, NoRoom
from .words import start_words
from .workshop import Busy

CAPS = {"/api/pictures": PICTURE_BYTES, "/api/masks": MASK_BYTES, "/api/clips": CLIP_BYTES}
"""Bytes of bodies that are files."""

_STATUS: dict[type[DeepDreamError], int] = {NotFound: 404, Busy: 429, NoRoom: 507, Ended: 503}
_SOON = 1.0  # seconds that the page has to itself before pictures can be read
_ALIVE = 15.0  # seconds between two signs of life of a stream of events


def application(desk: Desk) -> Starlette:
    """The page as an ASGI application, without what guards it."""
    routes = Routes(desk)
    return Starlette(
        routes=[
            Route("/", routes.index),
            Route("/static/{path:path}", routes.static),
            Mount("/api", routes=routes.all()),
        ],
        exception_handlers={404: _missing, 405: _missing},
    )


async def _missing(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "there is nothing here."}, getattr(error, "status_code", 404))


def told(function: Callable[..., Awaitable[Response]]) -> Any:
    """What is wrong, as JSON with a status."""

    @functools.wraps(function)
    async def call(self: Routes, request: Request) -> Response:
        try:
            session = self.desk.workshop.sessions.find(request.scope["session"])
            return await function(self, request, session)
        except Full as error:
            return JSONResponse({"error": str(error)}, 429)
        except DeepDreamError as error:
            status = _STATUS.get(type(error), 400)
            return JSONResponse({"error": error.message, "hint": error.hint}, status)

    return call


class Routes:
    """What each address does."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def all(self) -> list[Route]:
        """The addresses below `api`."""
        return [
            Route("/start", self.start),
            Route("/events", self.events),
            Route("/pictures", self.take_picture, methods=["PUT"]),
            Route("/pictures/sample", self.take_sample, methods=["POST"]),
            Route("/pictures/{id}", self.picture),
            Route("/masks", self.take_mask, methods=["PUT"]),
            Route("/masks/{id}", self.mask),
            Route("/clips", self.take_clip, methods=["PUT"]),
            Route("/films/{id}/code", self.film_code),
            Route("/films/{id}", self.film),
            Route("/plan", self.plan, methods=["POST"]),
            Route("/jobs", self.begin, methods=["POST"]),
            Route("/jobs/{id}/stop", self.stop, methods=["POST"]),
            Route("/jobs/{id}/go-on", self.go_on, methods=["POST"]),
            Route("/jobs/{id}/preview", self.preview),
            Route("/dreams/{id}/code", self.code),
            Route("/dreams/{id}/again", self.again, methods=["POST"]),
            Route("/dreams/{id}.thumb.jpg", self.thumb),
            Route("/dreams/{id}.png", self.png),
            Route("/dreams/{id}.jpg", self.jpeg),
        ]

    async def index(self, request: Request) -> Response:
        """The page itself."""
        return fixed("index.html")

    @told
    async def static(self, request: Request, session: Session) -> Response:
        """A part of it that is always the same."""
        return fixed(request.path_params["path"])

    @told
    async def start(self, request: Request, session: Session) -> Response:
        """What there is to choose from."""
        workshop = self.desk.workshop
        asyncio.get_running_loop().call_later(_SOON, workshop.wake, workshop.reader)
        sample = await self.desk.take_sample(session)
        return JSONResponse({**start_words(), "sample": sample.plain()})

    # ---- Pictures --------------------------------------------------------------------------------

    @told
    async def take_picture(self, request: Request, session: Session) -> Response:
        """A picture that is sent."""
        name = request.headers.get("x-name")
        picture = await self.desk.take_picture(session, chunks(request), name)
        return JSONResponse(picture.plain())

    @told
    async def take_sample(self, request: Request, session: Session) -> Response:
        """The picture that comes with the package."""
        return JSONResponse((await self.desk.take_sample(session)).plain())

    @told
    async def picture(self, request: Request, session: Session) -> Response:
        """What is shown of a picture."""
        return shown(self.desk.picture(session, request.path_params["id"]).view)

    @told
    async def take_mask(self, request: Request, session: Session) -> Response:
        """A mask that is sent."""
        return JSONResponse({"id": await self.desk.take_mask(session, chunks(request))})

    @told
    async def mask(self, request: Request, session: Session) -> Response:
        """A mask, to be kept beside the code."""
        path = self.desk.mask(session, request.path_params["id"].removesuffix(".png"))
        return file(path, "application/octet-stream", "mask.png", request)

    @told
    async def take_clip(self, request: Request, session: Session) -> Response:
        """A clip that is sent."""
        name = request.headers.get("x-name")
        number = await self.desk.take_clip(session, chunks(request), name)
        return JSONResponse({"id": number, "name": session.clips[number].name})

    # ---- Jobs ------------------------------------------------------------------------------------

    @told
    async def plan(self, request: Request, session: Session) -> Response:
        """What a call would take."""
        return JSONResponse(await self.desk.plan(session, await value_of(request)))

    @told
    async def begin(self, request: Request, session: Session) -> Response:
        """A dream is asked for."""
        value = await value_of(request)
        return JSONResponse({"job": self.desk.begin(session, tab_of(request), value).id}, 202)

    @told
    async def stop(self, request: Request, session: Session) -> Response:
        """A dream is to stop."""
        self.desk.stop(session, request.path_params["id"])
        return JSONResponse({}, 202)

    @told
    async def go_on(self, request: Request, session: Session) -> Response:
        """A dream is to go on."""
        job = self.desk.go_on(session, tab_of(request), request.path_params["id"])
        return JSONResponse({"job": job.id}, 202)

    @told
    async def preview(self, request: Request, session: Session) -> Response:
        """The last preview of a dream."""
        return shown(preview_path(self.desk.job(session, request.path_params["id"])))

    @told
    async def events(self, request: Request, session: Session) -> Response:
        """What happens, as long as somebody listens."""
        stream = self._stream(session, tab_of(request))
        return StreamingResponse(stream, media_type="text/event-stream")

    async def _stream(self, session: Session, tab: str) -> AsyncIterator[str]:
        workshop, queue = self.desk.workshop, session.listen(tab)
        workshop.wake(workshop.dreamer)  # the page is there, and needs the processor no more
        try:
            yield event("state", workshop.state(session, tab))
            while True:
                try:
                    yield event(*await asyncio.wait_for(queue.get(), _ALIVE))
                except (asyncio.TimeoutError, TimeoutError):
                    yield ": alive\n\n"
        finally:
            session.listeners.pop(queue, None)
            session.seen = time.monotonic()

    @told
    async def film(self, request: Request, session: Session) -> Response:
        """A clip that is finished."""
        found = self.desk.film(session, request.path_params["id"])
        return file(found.path, "video/mp4", found.name, request)

    @told
    async def film_code(self, request: Request, session: Session) -> Response:
        """The call of a clip, as code."""
        return JSONResponse(self.desk.code(self.desk.film(session, request.path_params["id"])))

    # ---- Dreams ----------------------------------------------------------------------------------

    @told
    async def png(self, request: Request, session: Session) -> Response:
        """A dream."""
        dream = self.desk.dream(session, request.path_params["id"])
        return file(dream.png, "image/png", f"{dream.name}.png", request)

    @told
    async def jpeg(self, request: Request, session: Session) -> Response:
        """A dream as JPEG."""
        dream = self.desk.dream(session, request.path_params["id"])
        return file(await self.desk.jpeg(dream), "image/jpeg", f"{dream.name}.jpg", request)

    @told
    async def thumb(self, request: Request, session: Session) -> Response:
        """A dream, small."""
        return shown(self.desk.dream(session, request.path_params["id"]).thumb)

    @told
    async def code(self, request: Request, session: Session) -> Response:
        """The call of a dream, as code."""
        return JSONResponse(self.desk.code(self.desk.dream(session, request.path_params["id"])))

    @told
    async def again(self, request: Request, session: Session) -> Response:
        """A dream as a picture to dream on from."""
        picture = await self.desk.again(session, request.path_params["id"])
        return JSONResponse(picture.plain())
