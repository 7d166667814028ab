"""request → **socket** → server: where a page listens, before anything of it is imported."""

from __future__ import annotations

import os
import socket

import psutil

from ..errors import ArgumentWarning, PageError, said, system_said, warn
from .request import LOOPBACK, PageRequest

_BACKLOG = 512
_WILD = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is told apart
"""Hosts that are all addresses of this machine, and how it reaches itself then."""


def listen(asked: PageRequest) -> socket.socket:
    """A socket that listens where a page is asked for.

    Raises
    ------
    PageError
        If that cannot be.
    """
    try:
        found = socket.getaddrinfo(asked.host, asked.port or 0, type=socket.SOCK_STREAM)
        family, _, _, _, place = found[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        if os.name == "posix":  # elsewhere it lets two programs have one address
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(place)
            listening.listen(_BACKLOG)
        except OSError:
            listening.close()
            raise
    except (OSError, UnicodeError) as error:
        hint = "Name another port, or none." if asked.port else None
        where = f"{asked.host}:{asked.port}" if asked.port else asked.host
        raise PageError(f"cannot listen at {where}: {system_said(error)}.", hint) from None
    if asked.host not in LOOPBACK and not asked.host.startswith("127.") and not asked.certfile:
        warn(
            ArgumentWarning(
                "whoever is on the way can read this page, its secret too, as it is served without "
                "https: give a `certfile` and its `keyfile`, or use a tunnel"
            )
        )
    return listening


def check_certificate(asked: PageRequest) -> None:
    """Raise a `PageError` if there is a certificate that cannot be used."""
    if asked.certfile is None:
        return
    import ssl

    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(asked.certfile, asked.keyfile, lambda: "")
    except (OSError, ValueError) as error:
        message = f"{str(asked.certfile)!r} is no certificate with its key: {said(error)}."
        raise PageError(message) from None


def names(asked: PageRequest) -> tuple[str, ...]:
    """Names that a page is reached by besides this machine's own for itself, the best first."""
    if asked.host not in _WILD:
        return tuple(dict.fromkeys((*asked.allow_host, asked.host)))
    heard = {socket.AF_INET} if "." in asked.host else {socket.AF_INET, socket.AF_INET6}
    found = [
        place.address.partition("%")[0]
        for places in psutil.net_if_addrs().values()
        for place in places
        if place.family in heard
    ]
    others = [socket.gethostname().lower(), *found]
    others = [name for name in others if name not in LOOPBACK and not name.startswith("fe80:")]
    return tuple(dict.fromkeys((*asked.allow_host, *others)))


def address(asked: PageRequest, port: int) -> str:
    """Where a page is, as this machine reaches it; where it has another name, by that."""
    host = _WILD.get(asked.host, asked.host)
    if asked.host in _WILD and asked.allow_host:
        host = asked.allow_host[0]
    return f"http{'s' if asked.certfile else ''}://{_written(host)}:{port}{asked.root_path}/"


def advice(asked: PageRequest) -> str | None:
    """What others put in place of the address that is told, where they must."""
    if asked.host not in _WILD or asked.allow_host or not (others := names(asked)):
        return None
    instead = " or ".join(map(_written, others))
    return f"Other machines reach it by {instead} in place of {_written(_WILD[asked.host])}."


def _written(host: str) -> str:
    """A host as it is written in an address."""
    return f"[{host}]" if ":" in host else host
