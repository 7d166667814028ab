"""A browser's part of the page, without a browser: what a tab sends, and what it hears."""

from __future__ import annotations

import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import requests

LONG = 120  # seconds that anything may take on a busy machine


class Tab:
    """A tab of a browser: what the page sends, and what it hears."""

    def __init__(self, address: str, cookies: Any = None, name: str = "tab") -> None:
        self.address, self.name = address, name
        self.http = requests.Session()
        if cookies is None:
            answer = self.http.get(address, timeout=LONG)
            assert [one.status_code for one in (*answer.history, answer)] == [303, 303, 200]
            self.address = answer.url
        else:
            self.http.cookies = cookies
        self.origin = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(self.address))
        self.events: list[tuple[str, Any]] = []
        self._heard = threading.Condition()

    def other(self, name: str) -> Tab:
        """Another tab of the same browser."""
        return Tab(self.address, self.http.cookies, name)

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        """Ask as the page does."""
        headers = {"Origin": self.origin, "X-Tab": self.name, **more.pop("headers", {})}
        url = urllib.parse.urljoin(self.address, path)
        return self.http.request(method, url, headers=headers, timeout=LONG, **more)

    def get(self, path: str) -> Any:
        """What an address says."""
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json() if "json" in answer.headers["content-type"] else answer.content

    def post(self, path: str, value: Any = None, status: int | None = None) -> Any:
        """Ask for something to be done."""
        answer = self.ask("POST", path, json={} if value is None else value)
        assert answer.status_code == (status or answer.status_code)
        assert status or answer.ok, answer.text
        return answer.json()

    def put(self, content: Any, name: str = "a.png", path: str = "api/pictures") -> Any:
        """Send a file."""
        headers = {"X-Name": urllib.parse.quote(name)}
        return self.ask("PUT", path, data=content, headers=headers)

    def state(self) -> dict[str, Any]:
        """What the page shows when it is opened."""
        url = urllib.parse.urljoin(self.address, f"api/events?tab={self.name}")
        with self.http.get(url, stream=True, timeout=LONG) as answer:
            return next(events(answer))[1]

    def wait(self, good: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """Listen until the job, or nothing, is as it should be; all events are kept."""
        url = urllib.parse.urljoin(self.address, f"api/events?tab={self.name}")
        end, state = time.monotonic() + LONG, dict[str, Any]()
        with self.http.get(url, stream=True, timeout=LONG) as answer:
            for name, content in events(answer):
                self.events.append((name, content))
                state = content if name == "state" else state
                if good({"event": name, "content": content, **state}):
                    return state
                assert time.monotonic() < end, state
        raise AssertionError("the stream has ended")

    def wait_for(self, *states: str) -> dict[str, Any]:
        """Listen until the job is in one of some states; its job."""
        found = self.wait(lambda now: now["job"] and now["job"]["state"] in states)
        return found["job"]

    def dream(self, call: dict[str, Any]) -> dict[str, Any]:
        """A finished dream."""
        self.post("api/jobs", call, 202)
        job = self.wait_for("done", "failed", "stopped")
        assert job["state"] == "done", job
        return next(d for d in self.state()["history"] if d["job"] == job["id"])


def events(answer: requests.Response) -> Iterator[tuple[str, Any]]:
    """The events of a stream."""
    name = ""
    for line in answer.iter_lines(chunk_size=1):
        key, _, value = line.decode().partition(": ")
        if key == "event":
            name = value
        elif key == "data":
            yield name, json.loads(value)
