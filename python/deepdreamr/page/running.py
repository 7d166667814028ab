"""request → **server** → page: an address that is listened at, a worker, and a browser."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..interpreter import uncollected
from .door import Door
from .extra import check_extra
from .listening import address, advice, check_certificate, listen, names
from .request import LOOPBACK, PAGE_ARGUMENTS, PageRequest, checked
from .uploads import Store

if TYPE_CHECKING:
    from .workshop import Workshop

_SWEEP = 30.0  # seconds
_SOON = 2.0  # seconds after which TensorFlow is imported though no browser has come
_QUIETLY: dict[str, Any] = {
    **{"log_config": None, "log_level": "critical", "access_log": False, "server_header": False},
    **{"lifespan": "off", "ws": "none", "loop": "asyncio", "interface": "asgi3"},
    "proxy_headers": False,
    "timeout_graceful_shutdown": 1,  # second that answers have when the server ends
}

Say = Callable[[str], Any]


def run(
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    browser: bool = True,
    token: str | None = None,
    certfile: str | os.PathLike[str] | None = None,
    keyfile: str | os.PathLike[str] | None = None,
    allow_host: str | Sequence[str] = (),
    root_path: str = "",
) -> None:
    """Serve the page until Ctrl-C: drop a picture, choose what to see, watch it grow, keep it.

    Its address is printed once; it ends in a secret, which lets a browser in.

    Parameters
    ----------
    host : the address to listen at, "0.0.0.0" for all of this machine's. Any other than the default
        can be reached from other machines; all that is sent can be read there without a `certfile`
    port : the port to listen at; None for any that is free
    browser : whether the page is opened in the browser
    token : the secret in the address, of at least 16 letters and digits; None for a random one
    certfile, keyfile : the certificate and its private key, to serve https
    allow_host : other names that the page is reached by, such as a tunnel's
    root_path : the path that a proxy serves the page below, such as "/dream"

    Raises
    ------
    ArgumentError
        If an argument is not what it should be.
    PageError
        If what serves the page is not installed, the address is taken, or the certificate is none.
    """
    given = locals()  # by name, so that the arguments are not written a third time
    serve(PageRequest(**{name: given[name] for name in PAGE_ARGUMENTS}), say)


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def serve(asked: PageRequest, tell: Say = say) -> None:
    """Serve a page until it is ended; the errors are those of `run`.

    Parameters
    ----------
    tell : called with its address
    """

    def told(place: str) -> None:
        tell(place)
        if others := advice(asked):
            tell(others)

    page = Serving(asked, told)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        page.run()
    else:  # as in a notebook, whose loop goes on when this has ended
        _beside(page)


def _beside(page: Serving) -> None:
    thread = threading.Thread(target=page.run, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.2)
    finally:
        page.end()
        thread.join()


class Serving:
    """A page that listens already, and is served by `run`.

    Parameters
    ----------
    asked : what is asked for; the errors are those of `run` above
    tell : called with the page's address
    """

    def __init__(self, asked: PageRequest, tell: Say) -> None:
        self._asked = asked = checked(asked)
        check_extra()
        check_certificate(asked)
        self._socket, self._tell = listen(asked), tell
        port = self._socket.getsockname()[1]
        self._door = Door(
            token=asked.token or secrets.token_urlsafe(24),
            hosts=frozenset({*LOOPBACK, *names(asked)}),
            name=f"deepdreamr_{port}",
            root_path=asked.root_path,
            secure=asked.certfile is not None,
        )
        self._place = address(asked, port)
        self._server: Any = None
        self._ended = False

    def run(self) -> None:
        """Serve until it is ended."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        """Serve until it is ended; files and processes go with it."""
        self.store = Store()
        try:
            self._tell(f"{self._place}?token={self._door.token}")
            self._open()  # a browser comes while what serves it is imported
            await self._work()
        finally:
            self.store.delete()
            self._socket.close()

    async def _work(self) -> None:
        with uncollected():
            from .words import start_words
            from .workshop import Workshop

        loop, workshop = asyncio.get_running_loop(), Workshop(self.store)
        sweeping = loop.create_task(_sweep(workshop))
        try:
            with uncollected():
                self._server = self._made(workshop)
            self._server.should_exit = self._ended
            loop.run_in_executor(None, start_words)  # before it is asked for
            loop.call_later(_SOON, workshop.wake, workshop.dreamer)
            await self._server.serve(sockets=[self._socket])
        finally:
            sweeping.cancel()
            await workshop.close()

    def end(self) -> None:
        """Let it end, from any thread."""
        self._ended = True
        if self._server is not None:
            self._server.should_exit = True

    def _made(self, workshop: Workshop) -> Any:
        import uvicorn

        from .connections import Connection, allow_files
        from .desk import Desk
        from .guard import Guard
        from .serving import CAPS, application

        allow_files()
        app = Guard(application(Desk(workshop)), self._door, CAPS)
        files = {"ssl_certfile": self._asked.certfile, "ssl_keyfile": self._asked.keyfile}
        return uvicorn.Server(uvicorn.Config(app, http=Connection, **_QUIETLY, **files))

    def once(self) -> str:
        """An address that lets a browser in once."""
        token = secrets.token_urlsafe(24)
        self._door.once.add(token)
        return f"{self._place}?token={token}"

    def _open(self) -> None:
        if self._asked.browser and _has_browser():
            threading.Thread(target=_open_browser, args=(self.once(),), daemon=True).start()


async def _sweep(workshop: Workshop) -> None:
    """Let sessions go that are away; other pages' left-overs go at the start."""
    with contextlib.suppress(Exception):  # a page without a lock is a page too
        _held = await asyncio.to_thread(workshop.store.lock)  # as long as this runs
    while True:
        await asyncio.sleep(_SWEEP)
        workshop.sessions.sweep()


def _has_browser() -> bool:
    """Whether there is a screen that a browser opens on, and not in this terminal."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def _open_browser(place: str) -> None:
    import webbrowser

    with contextlib.suppress(Exception):  # the address is printed
        webbrowser.open(place)
