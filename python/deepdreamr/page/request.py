"""arguments → **request**: what a call about a page asks for. No server is imported."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentError, received, unknown_name
from ..paths import as_path
from ..runs.request import argument
from ..values import in_range

GROUP = "page"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Names of this machine for itself."""

_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_TOKEN = re.compile(r"[A-Za-z0-9_.~-]{16,200}")
_ROOT = re.compile(r"(/[A-Za-z0-9_.~@%-]+)*")


@dataclasses.dataclass(frozen=True, kw_only=True)
class PageRequest:
    """What was asked for of a page; see `run` for what each argument means."""

    host: str = argument(
        "127.0.0.1",
        GROUP,
        "the address to listen at, 0.0.0.0 for all of this machine's; any other than the default "
        "can be reached from other machines",
    )
    port: int | None = argument(
        None, GROUP, "the port to listen at  [default: any that is free]", type=int
    )
    browser: bool = argument(True, GROUP, "open the page in the browser", type=bool)
    token: str | None = argument(
        None,
        GROUP,
        "the secret in the page's address, of at least 16 letters and digits  [default: random]",
    )
    certfile: Any = argument(
        None, GROUP, "the certificate, to serve https; of a chain the whole", metavar="FILE"
    )
    keyfile: Any = argument(None, GROUP, "the certificate's private key", metavar="FILE")
    allow_host: Any = argument(
        (),
        GROUP,
        "another name that the page is reached by, such as a tunnel's; may be given again",
        metavar="NAME",
        words=1,
    )
    root_path: str = argument(
        "", GROUP, "the path that a proxy serves the page below, such as /dream", metavar="PATH"
    )


PAGE = {field.name: field for field in dataclasses.fields(PageRequest)}
"""The arguments of a page, with what the command's help says of them."""

PAGE_ARGUMENTS = tuple(PAGE)


def page_arguments(options: Mapping[str, Any] | None) -> PageRequest:
    """The request of arguments by name, as R gives them.

    Raises
    ------
    ArgumentError
        If an argument is not known.
    """
    for name in options or {}:
        if name not in PAGE:
            raise ArgumentError(unknown_name("argument", name, PAGE_ARGUMENTS))
    return PageRequest(**options or {})


def checked(asked: PageRequest) -> PageRequest:
    """The request, each argument checked, and paths as paths.

    Raises
    ------
    ArgumentError
        If one is not what it should be.
    """
    in_range("port", asked.port, int, optional=True, least=0, most=65535)
    in_range("browser", asked.browser, bool)
    if asked.token is not None and not _matches(_TOKEN, asked.token):
        raise ArgumentError(
            "`token` must be 16 to 200 letters, digits and -._~, or None for a random one."
        )
    if not _matches(_ROOT, asked.root_path):
        wrong = received("root_path", asked.root_path)
        raise ArgumentError(f"`root_path` must begin with a slash, and not end with one. {wrong}")
    return dataclasses.replace(
        asked,
        host=host_name("host", asked.host),
        allow_host=tuple(host_name("allow_host", name) for name in _names(asked.allow_host)),
        **_certificate(asked),
    )


def _certificate(asked: PageRequest) -> dict[str, Any]:
    files = {"certfile": asked.certfile, "keyfile": asked.keyfile}
    paths = {n: None if file is None else as_path(n, file) for n, file in files.items()}
    if asked.keyfile is not None and asked.certfile is None:
        raise ArgumentError("`keyfile` is the key of a `certfile`, which must be given too.")
    for name, path in paths.items():
        if path is not None and not path.is_file():
            raise ArgumentError(f"`{name}`: there is no file {str(path)!r}.")
    return paths


def _names(value: Any) -> tuple[Any, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def host_name(argument: str, value: Any) -> str:
    """A host's name or address in small letters, without brackets.

    Raises
    ------
    ArgumentError
        If it is none.
    """
    name = value.strip().lower().removeprefix("[").removesuffix("]") if _text(value) else ""
    if len(name) > 253 or not (_is_address(name) or _NAME.fullmatch(name)):
        hint = "Without http:// and port: localhost, 192.168.1.5, dreams.example.org."
        raise ArgumentError(
            f"`{argument}` must be a host's name. {received(argument, value)}", hint
        )
    return name


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and bool(pattern.fullmatch(value))
