"""Who is let in, with what, and how much of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from deepdreamr.page import guard
from deepdreamr.page.door import Door
from deepdreamr.page.guard import HEADERS, POLICY, SMALL, Guard

TOKEN = "t" * 32
HOST = {"host": "127.0.0.1:8000"}
OWN = {**HOST, "origin": "http://127.0.0.1:8000"}


class Answer:
    """What came back: status, headers and body."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        start = messages[0]
        self.type, self.status = start["type"], start.get("status")
        pairs = [(k.decode(), v.decode()) for k, v in start.get("headers", ())]
        self.headers = dict(pairs)
        self.body = b"".join(message.get("body", b"") for message in messages[1:]).decode()


def asked(
    door: Door,
    method: str = "GET",
    path: str = "/",
    headers: dict[str, str] | list[tuple[str, str]] | None = None,
    chunks: tuple[bytes, ...] = (b"",),
    outside: bool = False,
) -> tuple[Answer, list[Any]]:
    """The answer to a request, and what the page behind the guard got of it.

    The path is below the page's own, unless it is outside.
    """
    seen: list[Any] = []
    left = [{"type": "http.request", "body": c, "more_body": True} for c in chunks]
    left[-1]["more_body"] = False

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionError
            body += message["body"]
            if not message["more_body"]:
                break
        seen.append((scope["path"], scope["session"], len(body)))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"inside"})

    async def receive() -> Any:
        return left.pop(0)

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    path, _, query = f"{'' if outside else f'/{door.room}'}{path}".partition("?")
    pairs = headers.items() if isinstance(headers, dict) else headers or HOST.items()
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(k.encode(), v.encode()) for k, v in pairs],
    }
    asyncio.run(Guard(app, door, {"/api/pictures": 10_000})(scope, receive, send))
    return Answer(sent), seen


@pytest.fixture
def door() -> Door:
    return Door(TOKEN)


def with_cookie(door: Door, **headers: str) -> dict[str, str]:
    return {**HOST, "cookie": f"a=b; {door.name}={door.signed('me')}", **headers}


# ---- The token and the cookie --------------------------------------------------------------------


@pytest.mark.parametrize("outside", [False, True])
def test_nobody_is_let_in_without_the_cookie(door: Door, outside: bool) -> None:
    for path, status in (("/", 403), ("/api/start", 401), ("/static/app.js", 401)):
        answer, seen = asked(door, path=path, outside=outside)
        assert (answer.status, seen) == (status, [])
        words = json.loads(answer.body)["error"] if path == "/api/start" else answer.body
        assert "?token=" in words


@pytest.mark.parametrize("outside", [False, True])
@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "t", "\u00e9" * 32])
def test_a_wrong_token_gets_no_cookie_and_leads_nowhere(
    door: Door, token: Any, outside: bool
) -> None:
    answer, _ = asked(door, path=f"/?token={token}", outside=outside)
    assert answer.status == 403
    assert "set-cookie" not in answer.headers and "location" not in answer.headers


def test_the_token_is_exchanged_for_a_cookie_that_scripts_and_other_pages_do_not_get(
    door: Door,
) -> None:
    answer, seen = asked(door, path=f"/?token={TOKEN}", outside=True)
    assert (answer.status, seen, "set-cookie" in answer.headers) == (303, [], False)
    assert answer.headers["location"] == f"/{door.room}/?token={TOKEN}"
    answer, seen = asked(door, path=f"/?token={TOKEN}")
    assert (answer.status, answer.headers["location"], seen) == (303, f"/{door.room}/", [])
    value, _, rest = answer.headers["set-cookie"].partition("; ")
    assert rest == f"Path=/{door.room}/; HttpOnly; SameSite=Strict"
    assert value.startswith("deepdreamr=") and TOKEN not in value and door.room not in value
    answer, seen = asked(door, headers={**HOST, "cookie": value})
    assert answer.status == 200 and seen[0][0] == "/"
    assert answer.headers["cache-control"] == "no-store"


def test_the_cookie_alone_is_worth_nothing(door: Door) -> None:
    """Cookies know no ports: a server of another user of the machine may get one to see."""
    paths = [
        "/",
        "/api/start",
        "/api/events",
        f"/{door.room}",
        f"/{door.room}x/",
        f"//{door.room}/",
    ]
    for path in [*paths, f"/{Door(TOKEN).room}/api/start", f"/x/../{door.room}/api/start"]:
        for method in ("GET", "POST"):
            answer, seen = asked(door, method, path, with_cookie(door, **OWN), outside=True)
            assert (answer.status in (401, 403), seen) == (True, []), path


def test_under_tls_the_cookie_is_for_tls_alone() -> None:
    answer, _ = asked(Door(TOKEN, secure=True), path=f"/?token={TOKEN}")
    assert answer.headers["set-cookie"].endswith("; Secure")


def test_each_browser_has_a_session_and_keeps_it(door: Door) -> None:
    cookies = {asked(door, path=f"/?token={TOKEN}")[0].headers["set-cookie"] for _ in range(3)}
    assert len(cookies) == 3
    answer, _ = asked(door, path=f"/?token={TOKEN}", headers=with_cookie(door))
    assert door.signed("me") in answer.headers["set-cookie"]


def test_a_cookie_that_we_have_not_signed_is_none(door: Door) -> None:
    other = Door(TOKEN).signed("me")
    for value in ("me", other, door.signed("me")[:-1] + "-", door.signed("me") + "x", "", "."):
        answer, _ = asked(door, headers={**HOST, "cookie": f"deepdreamr={value}"})
        assert answer.status == 403, value


def test_what_the_browser_is_started_with_lets_in_once() -> None:
    door = Door(TOKEN, once={"o" * 32})
    once, always = f"/?token={'o' * 32}", f"/?token={TOKEN}"
    for path, outside, status in [
        *((once, True, 303), (once, False, 303), (once, True, 403), (once, False, 403)),
        *((always, True, 303), (always, False, 303), (always, True, 303), (always, False, 303)),
    ]:
        assert asked(door, path=path, outside=outside)[0].status == status


def test_a_link_from_another_page_leads_in_as_well(door: Door) -> None:
    """The browser would not send a strict cookie after a redirect that another site began."""
    headers = {**HOST, "sec-fetch-site": "cross-site"}
    answer, _ = asked(door, path=f"/?token={TOKEN}", headers=headers, outside=True)
    assert answer.status == 200 and "set-cookie" not in answer.headers
    assert f'content="0; url=/{door.room}/?token={TOKEN}"' in answer.body
    answer, _ = asked(door, path=f"/?token={TOKEN}", headers=headers)
    assert answer.status == 200 and "set-cookie" in answer.headers
    assert f'content="0; url=/{door.room}/"' in answer.body


# ---- Host and Origin -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost:1", "LOCALHOST:8000", "[::1]:8000", "a.example:443"]
)
def test_names_that_are_ours_on_any_port(host: str) -> None:
    door = Door(TOKEN, hosts=frozenset({"127.0.0.1", "localhost", "::1", "a.example"}))
    assert asked(door, path=f"/?token={TOKEN}", headers={"host": host})[0].status == 303


@pytest.mark.parametrize(
    "host",
    [
        *("", "evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "evil/localhost"),
        *("localhost:80:80", "localhost:x", "[::1", "127.0.0.2", "localhost#", "localhost?a"),
    ],
)
def test_any_other_name_is_refused(door: Door, host: str) -> None:
    answer, seen = asked(door, headers={**with_cookie(door), "host": host})
    assert (answer.status, seen) == (421, [])
    assert asked(door, headers=[("host", host), ("host", "localhost")])[0].status == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize(
    "origin",
    [
        *(None, "null", "", "http://evil.example", "http://127.0.0.1", "http://127.0.0.1:8001"),
        *("http://localhost:8000", "file://127.0.0.1:8000", "127.0.0.1:8000"),
        *("http://127.0.0.1:8000.evil.example", "http://127.0.0.1:8000/"),
    ],
)
def test_only_this_page_changes_anything(door: Door, method: str, origin: str | None) -> None:
    headers = with_cookie(door) if origin is None else with_cookie(door, origin=origin)
    answer, seen = asked(door, method, "/api/jobs", headers)
    assert (answer.status, seen) == (403, [])


def test_this_page_does(door: Door) -> None:
    for origin in ("http://127.0.0.1:8000", "https://127.0.0.1:8000"):
        answer, _ = asked(door, "POST", "/api/jobs", with_cookie(door, origin=origin))
        assert answer.status == 200
    headers = list(with_cookie(door, **OWN).items()) + [("origin", "http://evil.example")]
    assert asked(door, "POST", "/api/jobs", headers)[0].status == 400


def test_another_page_reads_nothing_either(door: Door) -> None:
    headers = with_cookie(door, origin="http://evil.example")
    assert asked(door, path="/api/start", headers=headers)[0].status == 403


def test_websockets_are_refused(door: Door) -> None:
    async def receive() -> Any:
        return {"type": "websocket.connect"}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def app(*_: Any) -> None:
        raise AssertionError("it got in")

    headers = [(k.encode(), v.encode()) for k, v in with_cookie(door, **OWN).items()]
    scope = {"type": "websocket", "path": "/", "query_string": b"", "headers": headers}
    asyncio.run(Guard(app, door, {})(scope, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


# ---- What each answer says -----------------------------------------------------------------------


def test_every_answer_has_the_guard_s_headers(door: Door) -> None:
    answers = [
        asked(door)[0],
        asked(door, headers={"host": "evil.example"})[0],
        asked(door, path=f"/?token={TOKEN}")[0],
        asked(door, headers=with_cookie(door))[0],
        asked(door, "PUT", "/api/pictures", with_cookie(door, **OWN), (b"x" * 20_000,))[0],
    ]
    assert [answer.status for answer in answers] == [403, 421, 303, 200, 413]
    for answer in answers:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_the_policy_has_no_source_but_this_page() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert set(rules.values()) == {"'none'", "'self'"}
    assert HEADERS["x-content-type-options"] == "nosniff"
    assert HEADERS["referrer-policy"] == "no-referrer"


# ---- How much ------------------------------------------------------------------------------------


def test_what_says_that_it_is_too_large_is_refused_before_it_comes(door: Door) -> None:
    for path, cap in (("/api/pictures", 10_000), ("/api/jobs", SMALL)):
        for size, status in ((cap, 200), (cap + 1, 413), (2 * 2**30, 413)):
            headers = with_cookie(door, **OWN, **{"content-length": str(size)})
            answer, seen = asked(door, "PUT", path, headers)
            assert (answer.status, bool(seen)) == (status, status == 200)


def test_a_body_that_is_a_little_too_large_is_heard_out_and_no_other(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rest(size: Any) -> Any:
        left = [{"type": "http.request", "body": bytes(1000), "more_body": True}] * (size // 1000)
        left[-1] = {**left[-1], "more_body": False}

        async def receive() -> Any:
            if not left:
                await asyncio.sleep(60)
            return left.pop(0)

        asyncio.run(guard._heard_out(receive))
        return len(left)

    assert rest(300_000) == 0
    assert rest(3_000_000) == 3000 - -(-guard._HEARD // 1000)
    monkeypatch.setattr(guard, "_PATIENCE", 0.01)

    async def never() -> Any:
        await asyncio.sleep(60)

    asyncio.run(guard._heard_out(never))


def test_what_does_not_say_how_large_it_is_is_counted(door: Door) -> None:
    chunk = b"x" * 1000
    answer, seen = asked(door, "PUT", "/api/pictures", with_cookie(door, **OWN), (chunk,) * 10)
    assert (answer.status, seen[0][2]) == (200, 10_000)
    answer, seen = asked(door, "PUT", "/api/pictures", with_cookie(door, **OWN), (chunk,) * 11)
    assert (answer.status, seen) == (413, [])
    assert json.loads(answer.body)["error"] == "More than 10,000 bytes are not taken here."


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "", "1 000"])
def test_a_length_that_is_none_is_refused(door: Door, length: str) -> None:
    headers = with_cookie(door, **OWN, **{"content-length": length})
    assert asked(door, "PUT", "/api/pictures", headers)[0].status == 400


def test_a_length_that_is_said_in_two_ways_is_refused_and_the_line_closed(door: Door) -> None:
    headers = with_cookie(door, **OWN, **{"content-length": "4", "transfer-encoding": "chunked"})
    answer, seen = asked(door, "PUT", "/api/pictures", headers)
    assert (answer.status, seen, answer.headers["connection"]) == (400, [], "close")


# ---- Behind a proxy ------------------------------------------------------------------------------


def test_below_a_root_whether_the_proxy_takes_it_away_or_not() -> None:
    door = Door(TOKEN, root_path="/dream")
    answer, _ = asked(door, path=f"/dream/?token={TOKEN}", outside=True)
    place = f"/dream/{door.room}/"
    assert (answer.status, answer.headers["location"]) == (303, f"{place}?token={TOKEN}")
    for path in (f"{place}?token={TOKEN}", f"/{door.room}/?token={TOKEN}"):
        answer, _ = asked(door, path=path, outside=True)
        assert (answer.status, answer.headers["location"]) == (303, place)
        assert f"Path={place};" in answer.headers["set-cookie"]
    for path in (f"{place}api/start", f"/{door.room}/api/start"):
        _, seen = asked(door, path=path, headers=with_cookie(door), outside=True)
        assert seen[0][0] == "/api/start"
    for path in (f"/dreams/{door.room}/api", "/dream", f"/dream/{door.room}"):
        assert asked(door, path=path, headers=with_cookie(door), outside=True)[1] == []
