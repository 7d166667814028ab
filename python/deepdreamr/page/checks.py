"""headers of a request → **checks** → guard: whether it is meant for this page, and from it."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from typing import Any

READING = ("GET", "HEAD")
"""Methods that change nothing."""


class Refusal(Exception):
    """Why a request is not served: its status, and a sentence."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


def single_headers(scope: Mapping[str, Any]) -> dict[str, str]:
    """The headers by name in small letters; one that decides anything stands there once.

    Raises
    ------
    Refusal
        If it does not.
    """
    found: dict[str, str] = {}
    for key, value in scope["headers"]:
        name, text = key.decode("latin-1").lower(), value.decode("latin-1")
        if name in found and name in ("host", "origin", "content-length"):
            raise Refusal(400, f"The header {name} is there twice.")
        found[name] = f"{found[name]}; {text}" if name in found else text
    if "content-length" in found and "transfer-encoding" in found:  # a proxy may believe the other
        raise Refusal(400, "The length of the request is said in two ways.")
    return found


def check_path(path: str) -> None:
    """Raise a `Refusal` if a path has what no path of ours has, such as a zero byte."""
    if not path.isprintable():
        raise Refusal(400, "This is no address of the page.")


def check_host(headers: Mapping[str, str], hosts: frozenset[str]) -> None:
    """Raise a `Refusal` unless a request is meant for one of these names, on any port."""
    if (name := _name_of(headers.get("host", ""))) not in hosts:
        hint = f"Allow it with --allow-host {name}." if name and name.isascii() else ""
        raise Refusal(421, f"This page is not served under that name. {hint}".strip())


def check_origin(method: str, headers: Mapping[str, str]) -> None:
    """Raise a `Refusal` if a page of another origin asks.

    Requests that change something, or ask for another protocol, must say that they come from here;
    the others need not.
    """
    origin = headers.get("origin")
    if origin is None and method in READING and "upgrade" not in headers:
        return
    scheme, _, place = (origin or "").partition("://")
    if scheme not in ("http", "https") or place.lower() != headers["host"].lower():
        raise Refusal(403, "Another page than this one asked.")


def _name_of(host: str) -> str | None:
    """The name in a Host header, without its port; None where it has no such form."""
    try:
        parts = urllib.parse.urlsplit(f"//{host}")
        parts.port  # noqa: B018 - that it is a number
        plain = not (parts.username or parts.password or parts.path or parts.query)
        return parts.hostname if plain and "@" not in host and "#" not in host else None
    except ValueError:
        return None
