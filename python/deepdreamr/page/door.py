"""token → **cookie** → session: what lets a browser in.

All of the page lies below a path that nobody guesses, and so does its cookie: browsers send a
cookie to every port of a machine, so to servers of its other users too, but to that path alone.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping

from .request import LOOPBACK

_VALUE = re.compile(r"[A-Za-z0-9_-]{1,64}\.[A-Za-z0-9_-]{43}")


@dataclasses.dataclass(frozen=True)
class Door:
    """What lets a browser in.

    Attributes
    ----------
    token : the secret of the address that is printed
    hosts : names that the page may be reached by, in small letters
    name : of the cookie; another for each server on this machine, as cookies know no ports
    root_path : what all paths begin with behind a proxy, or nothing
    room : the part of the path that the page is below, known to who was let in
    secure : whether the cookie is for https alone
    secret : what cookies are signed with, of this process alone
    once : other tokens, each of which lets in once: what the browser is started with can be seen
        by other users of the machine
    """

    token: str
    hosts: frozenset[str] = frozenset(LOOPBACK)
    name: str = "deepdreamr"
    root_path: str = ""
    secure: bool = False
    room: str = dataclasses.field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)
    secret: bytes = dataclasses.field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    once: set[str] = dataclasses.field(default_factory=set, repr=False)

    @property
    def place(self) -> str:
        """The path that the page is below."""
        return f"{self.root_path}/{self.room}/"

    def inside(self, path: str) -> str | None:
        """A path as the page knows it; None where it is not below the page's own.

        Parameters
        ----------
        path : without the root's
        """
        room, _, rest = path[1:].partition("/")
        ours = hmac.compare_digest(room.encode(), self.room.encode())
        return f"/{rest}" if ours and path != f"/{self.room}" else None

    def fits(self, token: str, take: bool = False) -> bool:
        """Whether this is the token, or one that lets in once and has not.

        Parameters
        ----------
        take : whether somebody is let in by it now
        """
        for other in [*self.once]:
            if hmac.compare_digest(token.encode(), other.encode()):
                if take:
                    self.once.discard(other)
                return True
        return hmac.compare_digest(token.encode(), self.token.encode())

    def signed(self, session: str) -> str:
        """A cookie's value for a session."""
        digest = hmac.digest(self.secret, session.encode(), hashlib.sha256)
        return f"{session}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"

    def session(self, headers: Mapping[str, str]) -> str | None:
        """The session that the cookie of a request names, if the cookie is one of ours."""
        for value in _cookies(headers.get("cookie", ""), self.name):
            session = value.partition(".")[0]
            if hmac.compare_digest(value.encode(), self.signed(session).encode()):
                return session
        return None

    def cookie(self, session: str) -> str:
        """The header that sets a session's cookie."""
        secure = "; Secure" if self.secure else ""
        place = f"Path={self.place}; HttpOnly; SameSite=Strict{secure}"
        return f"{self.name}={self.signed(session)}; {place}"


def _cookies(text: str, name: str) -> list[str]:
    """The values of all cookies of a name that have the form of ours."""
    pairs = [part.strip().partition("=") for part in text.split(";")]
    return [value for key, _, value in pairs if key == name and _VALUE.fullmatch(value)]
