"""request → **answer**: parts of http that several addresses have in common."""

from __future__ import annotations

import contextlib
import functools
import json
import re
import urllib.parse
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from ..errors import ArgumentError
from ..values import parse_json
from .desk import NotFound
from .words import STATIC

_TAB = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KINDS = {
    **{".html": "text/html", ".css": "text/css", ".js": "text/javascript"},
    **{".svg": "image/svg+xml", ".jpg": "image/jpeg"},
}
_HOUR = {"cache-control": "private, max-age=3600"}


async def chunks(request: Request) -> AsyncIterator[bytes]:
    """The body of a request, piece by piece."""
    async for chunk in request.stream():
        if chunk:
            yield chunk


def tab_of(request: Request) -> str:
    """The name that a page has given itself.

    Raises
    ------
    ArgumentError
        If it has none.
    """
    tab = request.headers.get("x-tab") or request.query_params.get("tab") or ""
    if not _TAB.fullmatch(tab):
        raise ArgumentError("a tab must say its own name, of letters and digits.")
    return tab


def event(name: str, content: Any) -> str:
    """An event of a stream."""
    return f"event: {name}\ndata: {json.dumps(content)}\n\n"


@functools.cache
def _fixed() -> dict[str, Path]:
    """The files that a browser is given as they are, by their names below the folder."""
    return {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*.*")}


def fixed(name: str) -> Response:
    """A file that a browser is given as it is; they are small, and read faster than handed on."""
    path = _fixed().get(name)
    if path is None:
        raise NotFound("there is nothing here.")
    return Response(path.read_bytes(), media_type=_KINDS.get(path.suffix))


def shown(path: Path) -> Response:
    """A picture that we have written, by what it is."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        kind = "image/png" if file.read(4) == b"\x89PNG" else "image/jpeg"
        return FileResponse(path, media_type=kind, headers=_HOUR)
    raise NotFound("there is no such picture here any more.")


def file(path: Path, kind: str, name: str, request: Request) -> Response:
    """A file, for the page, or to be kept under its name."""
    if not path.exists():
        raise NotFound("there is no such file here any more.")
    headers = dict(_HOUR)
    if "download" in request.query_params:
        quoted = urllib.parse.quote(name, safe="")
        headers["content-disposition"] = f"attachment; filename*=UTF-8''{quoted}"
    return FileResponse(path, media_type=kind, headers=headers)


async def value_of(request: Request) -> Any:
    """The value that a request's body is in JSON.

    Raises
    ------
    ArgumentError
        If it is none, or has a number that is not finite.
    """
    try:
        return parse_json(await request.body())
    except ValueError as error:
        raise ArgumentError(f"the request is no JSON: {str(error)[:200]}.") from None
