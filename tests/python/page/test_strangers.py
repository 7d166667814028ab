"""What somebody sends who means ill, or knows no better: each is answered, and the page lives."""

from __future__ import annotations

import io
import itertools
import os
import socket
import struct
import threading
import time
import urllib.parse
import zlib
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
import requests
from browsing import LONG, Tab
from needing import present
from PIL import Image, PngImagePlugin

from deepdreamr.page.background import Background
from deepdreamr.page.connections import MOST, PATIENCE
from deepdreamr.page.uploads import PICTURE_BYTES, PIXELS


def chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def png(width: int, height: int, depth: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def large_png() -> bytes:
    """A valid picture of 500 megapixels, a bit each, in less than 70 kB."""
    width, height = 25_000, 20_000
    packer = zlib.compressobj(9)
    row = bytes(1 + width // 8)
    rows = b"".join(packer.compress(row * 1000) for _ in range(height // 1000)) + packer.flush()
    return png(width, height, 1, rows)


def small_png() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((96, 80)).save(out, "PNG")
    return out.getvalue()


def memory_besides(page: Background) -> int:
    """Bytes of the server, and of the process that reads pictures: of all but what dreams."""
    server = psutil.Process(page.pid)
    readers = [p for p in server.children() if "serve(False)" in " ".join(p.cmdline())]
    return sum(process.memory_info().rss for process in (server, *readers))


def is_refused(tab: Tab, content: bytes, words: str, status: int = 400) -> None:
    answer = tab.put(content)
    assert answer.status_code == status
    assert words in answer.json()["error"], answer.text


def files(page: Background) -> list[str]:
    """All files of pages in the temporary folder, but what is there of every page."""
    return [name for _, _, names in os.walk(page.folder) for name in names if name != "lock"]


# ---- Pictures that are none, or too many ---------------------------------------------------------


@pytest.mark.memory
def test_a_picture_of_500_megapixels_is_refused_by_its_header(tab: Tab, page: Background) -> None:
    content = large_png()
    assert len(content) < 70_000
    start = time.monotonic()
    is_refused(tab, content, f"more than {PIXELS:,} pixels")
    assert time.monotonic() - start < LONG
    assert memory_besides(page) < 200e6


def test_a_header_that_lies_is_found_out(tab: Tab) -> None:
    honest = png(90, 90, 8, zlib.compress(bytes(91 * 90)))
    assert tab.put(honest).status_code == 200
    is_refused(tab, honest.replace(struct.pack(">I", 90), struct.pack(">I", 9000), 1), "picture")
    is_refused(tab, png(2**31 - 1, 2**31 - 1, 8, b""), "pixels")
    is_refused(tab, png(0, 10, 8, b""), "")
    is_refused(tab, small_png()[:-40], "damaged")


@pytest.mark.parametrize(
    "content",
    [b"", b"This is a text.", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"\0" * 999],
)
def test_what_is_no_picture_is_refused(tab: Tab, content: Any) -> None:
    is_refused(tab, content, "")
    assert tab.put(small_png()).status_code == 200


def test_nothing_is_left_of_what_is_refused(tab: Tab, page: Background) -> None:
    before = set(files(page))
    is_refused(tab, b"no picture", "")
    assert set(files(page)) == before
    tab.put(small_png())
    assert len(set(files(page)) - before) == 2


def test_a_name_is_a_name_and_no_path(tab: Tab, page: Background) -> None:
    for name in (
        "../../a.png",
        "/etc/a.png",
        "C:\\b\\a.png",
        "..",
        "a\0\n.png",
        "x" * 999 + ".png",
    ):
        picture = tab.put(small_png(), name).json()
        assert "/" not in picture["name"] and "\\" not in picture["name"]
        assert picture["name"].isprintable() and len(picture["name"]) <= 100
    assert not any("a.png" in name for name in files(page))


def test_a_record_of_a_stranger_is_shown_as_text_and_opens_nothing(tab: Tab) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text(
        "deepdreamr", '{"deepdreamr": "<script>alert(1)</script>", "network": "/etc/passwd"}'
    )
    out = io.BytesIO()
    Image.new("RGB", (80, 80)).save(out, "PNG", pnginfo=info)
    picture = tab.put(out.getvalue()).json()
    assert picture["call"] is None and "script" not in str(picture["notes"])


# ---- Too much ------------------------------------------------------------------------------------


def test_an_upload_that_says_it_has_two_gigabytes_is_refused_before_it_comes(
    tab: Tab, page: Background
) -> None:
    answer, _ = raw(tab, {"Content-Length": str(2**31)}, [])
    assert answer.startswith(b"HTTP/1.1 413")


@pytest.mark.memory
def test_an_upload_without_a_length_is_cut_off(tab: Tab, page: Background) -> None:
    """It is sent piece by piece, and refused when there is more than is taken."""
    assert tab.put(small_png()).ok  # what reads pictures is there
    before = memory_besides(page)
    answer, went = raw(tab, {"Transfer-Encoding": "chunked"}, pieces(2 * PICTURE_BYTES))
    assert answer.startswith(b"HTTP/1.1 413"), answer[:200]
    assert went < 2 * PICTURE_BYTES
    assert memory_besides(page) - before < 50e6
    assert not any(name.endswith(".in") for name in files(page) if size(page, name) > 2**22)


def size(page: Background, name: str) -> int:
    return sum(p.stat().st_size for p in page.folder.rglob(name))


def pieces(total: int) -> Iterator[bytes]:
    block = os.urandom(2**16)
    for _ in range(total // len(block)):
        yield b"%x\r\n%b\r\n" % (len(block), block)


def raw(
    tab: Tab, headers: dict[str, str], body: Iterator[bytes] | list[bytes]
) -> tuple[bytes, int]:
    """The answer to a request that is written by hand, and how many bytes of its body went."""
    place = urllib.parse.urlsplit(tab.address)
    cookies = "; ".join(f"{c.name}={c.value}" for c in tab.http.cookies)
    lines = [f"PUT {place.path}api/pictures HTTP/1.1", f"Host: {place.netloc}"]
    lines += [f"Origin: {tab.origin}", f"Cookie: {cookies}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    went = 0
    with socket.create_connection(
        (place.hostname, present(place.port)), timeout=LONG
    ) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        answered: list[bytes] = []
        reader = threading.Thread(target=lambda: answered.append(connection.recv(65536)))
        reader.start()
        try:
            for piece in body:
                connection.sendall(piece)
                went += len(piece)
        except OSError:  # it was refused meanwhile
            pass
        reader.join(LONG)
    return answered[0], went


def test_a_json_that_is_large_deep_or_none_is_refused(tab: Tab) -> None:
    for content in (b"[" * 100_000, b'{"size": NaN}', b"\xff", b'{"size": [1e999, 1]}'):
        answer = tab.ask("POST", "api/jobs", data=content)
        assert (answer.status_code, "error" in answer.json()) == (400, True)
    assert tab.ask("POST", "api/jobs", data=b" " * 300_000).status_code == 413


NUMBERS = ("1e999", "-1e999", "NaN", "Infinity", "-Infinity")
PLACES = (
    '"options": {{"strength": {}}}',
    '"options": {{"seed": {}}}',
    '"options": {{"chain": [{}]}}',
    '"layers": {{"mixed3": {}}}',
    '"film": "zoom", "options": {{"zoom": {}}}',
)


@pytest.mark.parametrize("place", PLACES)
def test_no_number_that_is_not_finite_is_let_in(tab: Tab, place: str) -> None:
    """A browser could not read the page's state with one in it: the tab would hear no more."""
    for path, number in itertools.product(("api/jobs", "api/plan"), NUMBERS):
        content = f'{{"size": [90, 90], "recipe": "vivid", {place.format(number)}}}'
        answer = tab.ask("POST", path, data=content)
        assert answer.status_code == 400, answer.text
        assert answer.json()["error"] == (
            f"the request is no JSON: {number} is not a finite number."
        )
    assert tab.state()["job"] is None


# ---- Addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        *("static/../../errors.py", "static/%2e%2e/%2e%2e/errors.py", "static/..%2f..%2ferrors.py"),
        *("static//etc/passwd", "static/....//errors.py", "api/pictures/..%2f..%2fetc%2fpasswd"),
        *("api/dreams/../../a.png", "api/dreams/%2e%2e.png", "api/jobs/x/preview", "api/masks/x"),
        *("api/nothing", "nothing", "api/dreams/x/code", "static/%00", "static/"),
    ],
)
def test_there_is_nothing_outside_of_the_folder(tab: Tab, path: str) -> None:
    """The path is sent as it is: a client that tidies it up would try nothing."""
    request = requests.Request("GET", tab.address).prepare()
    request.url = tab.address + path
    request.headers["Cookie"] = "; ".join(f"{c.name}={c.value}" for c in tab.http.cookies)
    answer = tab.http.send(request, timeout=LONG)
    assert answer.status_code in (400, 404), answer.text[:200]
    assert "root:" not in answer.text and "import" not in answer.text


def test_what_is_another_browser_s_is_not_there(tab: Tab, page: Background) -> None:
    picture = tab.put(small_png()).json()
    assert tab.ask("GET", picture["url"]).status_code == 200
    other = Tab(page.address)
    assert other.ask("GET", picture["url"]).status_code == 404
    call = {"picture": picture["id"], "recipe": "vivid"}
    answer = other.ask("POST", "api/jobs", json=call)
    assert answer.status_code == 404 and "no such picture" in answer.json()["error"]


def test_a_foreign_page_gets_and_changes_nothing(tab: Tab) -> None:
    place = urllib.parse.urlsplit(tab.address).netloc
    for headers, status in (
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": None}, 403),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, 421),
        ({"Host": f"127.0.0.1.evil.example:{place.rpartition(':')[2]}"}, 421),
        ({"Cookie": ""}, 401),
    ):
        for path in ("api/jobs", "api/pictures/sample"):
            answer = tab.ask("POST", path, json={}, headers=headers)
            assert answer.status_code == status, headers
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    upgrade |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": "http://evil.example"}
    assert tab.ask("GET", "api/events?tab=a", headers=upgrade).status_code == 403


def test_a_websocket_is_none_without_an_origin(tab: Tab) -> None:
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    for origin in (None, "null"):
        answer = tab.ask("GET", "api/events?tab=a", headers={**upgrade, "Origin": origin})
        assert answer.status_code == 403, origin


# ---- Many ----------------------------------------------------------------------------------------


@pytest.mark.memory
def test_200_tabs_listen_and_the_page_stays_small(tab: Tab, page: Background) -> None:
    place = urllib.parse.urlsplit(tab.address)
    cookies = "; ".join(f"{c.name}={c.value}" for c in tab.http.cookies)
    headers, connections = [f"Host: {place.netloc}", f"Cookie: {cookies}"], []
    try:
        for number in range(200):
            connection = socket.create_connection(
                (place.hostname, present(place.port)), timeout=LONG
            )
            connections.append(connection)
            lines = [f"GET {place.path}api/events?tab=t{number} HTTP/1.1"]
            connection.sendall("\r\n".join([*lines, *headers, "", ""]).encode())
        for connection in connections:
            assert b"200 OK" in connection.recv(4096)
        assert tab.get("api/start")["version"]
        assert tab.put(small_png()).ok
        assert memory_besides(page) < 200e6
    finally:
        for connection in connections:
            connection.close()
    assert tab.put(small_png()).status_code == 200


@pytest.mark.memory
def test_connections_that_ask_for_nothing_make_room(tab: Tab, page: Background) -> None:
    place = urllib.parse.urlsplit(tab.address)
    tab.http.close()  # its own line is the oldest one
    connections = []
    try:
        for _ in range(MOST + 50):
            connections.append(
                socket.create_connection((place.hostname, present(place.port)), LONG)
            )
        assert tab.get("api/start")["version"]
        assert connections[0].recv(1) == b""  # the oldest one is closed
        connections[-1].sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"403" in connections[-1].recv(4096)
        assert memory_besides(page) < 200e6
    finally:
        for connection in connections:
            connection.close()


@pytest.mark.slow
def test_a_head_that_does_not_end_is_waited_for_but_not_for_ever(tab: Tab) -> None:
    place = urllib.parse.urlsplit(tab.address)
    with socket.create_connection((place.hostname, present(place.port)), LONG) as connection:
        connection.settimeout(0.5)
        begun = time.monotonic()
        while time.monotonic() - begun < PATIENCE + LONG:
            try:
                connection.sendall(b"a")
                if connection.recv(4096) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        assert PATIENCE - 2 < time.monotonic() - begun < PATIENCE + LONG


def test_twenty_wait_and_the_next_is_told(page: Background) -> None:
    tabs = [Tab(page.address, name=f"t{number}") for number in range(21)]
    call = {"size": [200, 200], "recipe": "vivid", "options": {"iterations": 200}}
    answers = [tab.ask("POST", "api/jobs", json=call) for tab in tabs]
    assert [answer.status_code for answer in answers] == [202] * 20 + [429]
    assert "20 dreams are waiting" in answers[-1].json()["error"]
    again = tabs[5].ask("POST", "api/jobs", json=call)
    assert again.status_code == 429 and "dreams already" in again.json()["error"]
    assert [tab.state()["job"]["place"] for tab in tabs[:20]] == [None, *range(1, 20)]
    for tab, answer in zip(tabs, answers[:20], strict=False):
        tab.post(f"api/jobs/{answer.json()['job']}/stop", status=202)
    for tab in tabs[:20]:
        tab.wait_for("stopped")
