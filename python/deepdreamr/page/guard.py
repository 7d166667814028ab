"""request of a browser → **guard** → page: who may come in, with what, and how much of it.

One wrapper around all of the page, for http and websockets. It knows nothing of what is behind it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import urllib.parse
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from .checks import READING, Refusal, check_host, check_origin, check_path, single_headers
from .door import Door

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "connect", "media", "font")),
        *("base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"),
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
SMALL = 2**18  # bytes of a body that is no file
_HEARD, _PATIENCE = 2**20, 2.0  # bytes of one that is too large, and seconds for each part of it
_AGAIN = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>deepdreamr</title>'
    '<meta http-equiv="refresh" content="0; url={0}"><p><a href="{0}">To the page</a></p></html>'
)
_LOCKED = (
    "This page opens with the whole address that deepdreamr printed when it started, "
    "which ends in ?token= and a secret."
)


class Guard:
    """Lets in who has the door's cookie, and hands on what is neither too large nor foreign.

    The session stands in the scope as `session`.

    Parameters
    ----------
    app : what is behind it
    caps : bytes of a body at most, by the path's beginning below the root; others have `SMALL`
    """

    def __init__(self, app: App, door: Door, caps: Mapping[str, int]) -> None:
        self._app, self._door, self._caps = app, door, caps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, as ASGI has it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, with_headers(send))
        else:  # there is none here, and what is not known is not let in
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            headers = single_headers(scope)
            check_path(scope["path"])
            check_host(headers, self._door.hosts)
            check_origin(scope["method"], headers)
            outer = self._below_root(scope["path"])
            path = self._door.inside(outer)
            session = None if path is None else self._door.session(headers)
            if "/" in (outer, path) and (token := _token_of(scope)) is not None:
                await self._let_in(token, path is not None, session, headers, send)
                return
            if path is None or session is None:
                raise Refusal(403 if "/" in (outer, path) else 401, _LOCKED)
            cap = next((c for start, c in self._caps.items() if path.startswith(start)), SMALL)
            body = Body(receive, cap, headers.get("content-length"))
        except Refusal as refusal:
            if refusal.status == 413:
                await _heard_out(receive)
            await refuse(send, refusal, scope["path"])
            return
        inner = {**scope, "path": path, "raw_path": path.encode(), "root_path": ""}
        await body.handed(self._app, {**inner, "session": session}, send)

    def _below_root(self, path: str) -> str:
        """The path that is meant, whether a proxy has taken its own part away or not."""
        root = self._door.root_path
        return path[len(root) :] or "/" if root and f"{path}/".startswith(f"{root}/") else path

    async def _let_in(
        self, token: str, inside: bool, session: str | None, headers: Mapping[str, str], send: Send
    ) -> None:
        """Lead the browser to where its cookie is sent, and there give it one for the token."""
        if not self._door.fits(token, take=inside):
            raise Refusal(403, _LOCKED)
        place = self._door.place if inside else f"{self._door.place}?token={token}"
        more = []
        if inside:
            cookie = self._door.cookie(session or secrets.token_urlsafe(24))
            more.append(("set-cookie", cookie))
        if headers.get("sec-fetch-site") == "cross-site":  # after a redirect it would not be sent
            await answer(send, 200, _AGAIN.format(place), *more, kind="text/html")
        else:
            await answer(send, 303, "", *more, ("location", place))


def _token_of(scope: Scope) -> str | None:
    """The token that a request to read has in its address."""
    query = dict(urllib.parse.parse_qsl(scope["query_string"].decode("latin-1")))
    return query.get("token") if scope["method"] in READING else None


class Body:
    """The body of a request, which is not handed on beyond a cap.

    Raises
    ------
    Refusal
        If it says that it is larger.
    """

    def __init__(self, receive: Receive, cap: int, length: str | None) -> None:
        self._receive, self._cap, self._size, self._over = receive, cap, 0, False
        self._more = True
        if length is not None and not (length.isascii() and length.isdigit()):
            raise Refusal(400, "The length of the request is no number.")
        if length is not None and int(length) > cap:
            raise self._refusal()

    def _refusal(self) -> Refusal:
        return Refusal(413, f"More than {self._cap:,} bytes are not taken here.")

    async def handed(self, app: App, scope: Scope, send: Send) -> None:
        """Serve with it; where it turns out to be larger, that is the answer."""
        begun = False

        async def kept(message: Message) -> None:
            nonlocal begun
            if not self._over:
                begun = True
                await send(message)

        try:
            await app(scope, self._counted, kept)
        except Exception:
            if not self._over:
                raise
        if self._over and not begun:
            if self._more:
                await _heard_out(self._receive)
            await refuse(send, self._refusal(), scope["path"])

    async def _counted(self) -> Message:
        if self._over:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._size += len(message.get("body", b""))
        self._more = message.get("more_body", False)
        if self._size > self._cap:
            self._over = True
            return {"type": "http.disconnect"}
        return message


async def _heard_out(receive: Receive) -> None:
    """Take the rest of a body that is a little too large: a browser may lose the answer if not."""
    size = 0
    with contextlib.suppress(asyncio.TimeoutError, TimeoutError):
        while size < _HEARD:
            message = await asyncio.wait_for(receive(), _PATIENCE)
            size += len(message.get("body", b""))
            if not message.get("more_body"):
                return


def with_headers(send: Send) -> Send:
    """What sends the guard's own headers with each answer, and keeps answers out of caches."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = list(message.get("headers", ()))
            names = {name.lower() for name, _ in given}
            more = {"cache-control": "no-store", **HEADERS}
            add = [(k.encode(), v.encode()) for k, v in more.items() if k.encode() not in names]
            message = {**message, "headers": given + add}
        await send(message)

    return sent


async def refuse(send: Send, refusal: Refusal, path: str) -> None:
    """Say why a request is not served: to a page as JSON, to a person as text.

    What is too large, or no proper request, is not read to its end: the connection is closed.
    """
    close = [("connection", "close")] if refusal.status in (400, 413) else []
    if "/api/" in path:
        text = json.dumps({"error": refusal.why, "hint": None})
        await answer(send, refusal.status, text, *close, kind="application/json")
    else:
        await answer(send, refusal.status, refusal.why, *close)


async def answer(
    send: Send, status: int, text: str, *headers: tuple[str, str], kind: str = "text/plain"
) -> None:
    """Send a short answer; the body of the request is not waited for."""
    body = text.encode()
    all_headers = [
        ("content-type", f"{kind}; charset=utf-8"),
        ("content-length", str(len(body))),
        *headers,
    ]
    start = {"type": "http.response.start", "status": status}
    await send({**start, "headers": [(k.encode(), v.encode()) for k, v in all_headers]})
    await send({"type": "http.response.body", "body": body})
