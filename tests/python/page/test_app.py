"""How a page is asked for: arguments, the command, and what is told when it cannot be served."""

from __future__ import annotations

import dataclasses
import importlib.util
import inspect
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import types
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from needing import present

import deepdreamr.page
from deepdreamr.errors import ArgumentError, ArgumentWarning, PageError
from deepdreamr.front.cli import main
from deepdreamr.page.background import Background
from deepdreamr.page.listening import address, advice, listen, names
from deepdreamr.page.request import PAGE, PageRequest, checked, page_arguments
from deepdreamr.page.running import Serving


def test_the_arguments_are_those_of_the_function() -> None:
    parameters = inspect.signature(deepdreamr.page.run).parameters
    assert list(parameters) == list(PAGE)
    for name, field in PAGE.items():
        assert parameters[name].default == field.default, name


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"port": 70000}, "`port` must be"),
        ({"port": "80"}, "`port` must be"),
        ({"host": "http://a"}, "`host` must be a host's name"),
        ({"host": ""}, "`host` must be a host's name"),
        ({"host": None}, "`host` must be a host's name"),
        ({"allow_host": "a.example:80"}, "`allow_host` must be a host's name"),
        ({"allow_host": ["*"]}, "`allow_host` must be a host's name"),
        ({"token": "short"}, "`token` must be"),
        ({"token": "with a space in the middle"}, "`token` must be"),
        ({"root_path": "dream"}, "`root_path` must begin"),
        ({"root_path": "/dream/"}, "`root_path` must begin"),
        ({"root_path": "/a;b"}, "`root_path` must begin"),
        ({"browser": "yes"}, "`browser` must be"),
        ({"certfile": "/nowhere/a.pem"}, "`certfile`: there is no file"),
        ({"keyfile": "/nowhere/a.pem"}, "`keyfile` is the key of a `certfile`"),
        ({"colour": 1}, "unknown argument 'colour'"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_begun(arguments: Any, words: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        checked(page_arguments(arguments))
    assert words in str(caught.value)


def test_names_are_in_small_letters_and_addresses_without_brackets() -> None:
    asked = checked(PageRequest(host="[::1]", allow_host=("Dreams.Example", "10.0.0.1")))
    assert (asked.host, asked.allow_host) == ("::1", ("dreams.example", "10.0.0.1"))
    assert checked(PageRequest(allow_host="a.example")).allow_host == ("a.example",)
    assert address(asked, 80) == "http://[::1]:80/"
    wild = PageRequest(host="0.0.0.0", root_path="/a")
    assert address(wild, 80) == "http://127.0.0.1:80/a/"
    named = dataclasses.replace(wild, allow_host=("dreams.example",), certfile="a")
    assert address(named, 80) == "https://dreams.example:80/a/"


def test_a_page_for_the_network_is_reached_by_the_machines_own_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places = {"lo": ["127.0.0.1", "::1"], "eth0": ["192.168.1.5", "fd00::2", "fe80::1%eth0"]}
    kinds = {True: socket.AF_INET6, False: socket.AF_INET}
    found = {
        card: [types.SimpleNamespace(family=kinds[":" in a], address=a) for a in addresses]
        for card, addresses in places.items()
    }
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: found)
    monkeypatch.setattr(socket, "gethostname", lambda: "Studio")
    wild = PageRequest(host="0.0.0.0")
    assert names(wild) == ("studio", "192.168.1.5")
    assert advice(wild) == "Other machines reach it by studio or 192.168.1.5 in place of 127.0.0.1."
    told = "Other machines reach it by studio or 192.168.1.5 or [fd00::2] in place of [::1]."
    assert advice(PageRequest(host="::")) == told
    named = dataclasses.replace(wild, allow_host=("dreams.example",))
    assert names(named) == ("dreams.example", "studio", "192.168.1.5")
    assert advice(named) is None  # whose name is in the address
    assert (names(PageRequest()), advice(PageRequest())) == (("127.0.0.1",), None)


@pytest.mark.filterwarnings("ignore:whoever is on the way")
def test_the_command_tells_a_colleague_where_to_look(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def look(page: Serving) -> None:
        page._tell("http://127.0.0.1:8000/?token=a")
        assert {socket.gethostname().lower(), "127.0.0.1"} <= page._door.hosts
        page._socket.close()

    monkeypatch.setattr(Serving, "_serve", look)
    assert main(["app", "--host", "0.0.0.0", "--no-browser"]) == 0
    place, others = capsys.readouterr().out.splitlines()
    assert place.endswith("token=a") and others.startswith("Other machines reach it by ")


def test_help_shows_no_default_that_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["app", "--help"]) == 0
    told = capsys.readouterr().out
    assert "[default: 127.0.0.1]" in told and '""' not in told and "[default: ]" not in told


def test_an_address_that_is_taken_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["app", "--port", str(port), "--no-browser"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and len(said.err.splitlines()) == 1
    assert f"cannot listen at 127.0.0.1:{port}" in said.err


def test_a_missing_extra_is_one_line_that_says_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "uvicorn" else find(name, *a)
    )
    assert main(["app", "--no-browser"]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1 and 'pip install "deepdreamr[app]"' in said


def test_who_is_heard_by_others_is_warned() -> None:
    asked = PageRequest(host="0.0.0.0")
    with pytest.warns(ArgumentWarning, match="can read this page"):
        listen(asked).close()
    listen(dataclasses.replace(asked, certfile="a")).close()
    listen(PageRequest()).close()


def test_a_certificate_that_is_none_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "a.pem"
    file.write_text("no certificate")
    with pytest.raises(PageError, match="is no certificate with its key"):
        Background(PageRequest(certfile=str(file), browser=False))


def test_a_taken_address_is_told_in_the_background_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(PageError, match="cannot listen"):
            Background(PageRequest(port=taken.getsockname()[1], browser=False))


_HEARD = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
"""Also where the tests are run by something that has Ctrl-C ignored."""
_MAIN = "from deepdreamr.__main__ import main; raise SystemExit(main())"


def workers(pid: int) -> list[psutil.Process]:
    """The processes of a page, started when somebody looks at it, or some seconds later."""
    end = time.monotonic() + 60
    while not (found := psutil.Process(pid).children(recursive=True)):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def test_the_command_serves_until_it_is_ended_and_leaves_nothing(tmp_path: Path) -> None:
    """It is asked for with a token of our own; its files and processes go with it."""
    token = "0123456789abcdef"
    words = ["app", "--no-browser", "--token", token, "--allow-host", "dreams.example"]
    served = subprocess.Popen(
        [sys.executable, "-c", f"{_HEARD}; {_MAIN}", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    place = present(served.stdout).readline().strip()
    assert place.endswith(f"/?token={token}")
    http = requests.Session()
    answer = http.get(place, timeout=60)
    assert answer.status_code == 200
    base = answer.url
    hosts = {"dreams.example": 200, "dreams.example:99": 200, "other.example": 421}
    for host, status in hosts.items():
        cookies = "; ".join(f"{c.name}={c.value}" for c in http.cookies)
        headers = {"Host": host, "Cookie": cookies}
        assert requests.get(base, headers=headers, timeout=60).status_code == status
    children = workers(served.pid)
    assert list(tmp_path.glob("deepdreamr-page-*"))
    served.send_signal(signal.SIGINT)
    out, error = served.communicate(timeout=60)
    assert (served.returncode, out, error) == (130, "", "stopped.\n")
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == [] and list(tmp_path.glob("deepdreamr-page-*")) == []


def test_a_page_that_is_killed_takes_its_processes_along() -> None:
    page = Background(PageRequest(browser=False))
    children = workers(page.pid)
    os.kill(page.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []
    page.stop()
    assert not page.running and page.folder.exists()  # the next page deletes it
    shutil.rmtree(page.folder)
