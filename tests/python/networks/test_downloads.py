"""Downloads: only when asked for, checked, kept where 0.1 kept them; from a server in a thread."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pooch
import pytest
from toys import inception5h_graph

from deepdreamr.errors import WeightsError
from deepdreamr.networks import sources
from deepdreamr.networks.downloads import INCEPTION5H, Download, cache_folder, fetch
from deepdreamr.networks.loading import load_network
from deepdreamr.networks.sources import find_network


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEEPDREAMR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def content() -> bytes:
    """A zip with a graph in it, as inception5h.zip is."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("tensorflow_inception_graph.pb", inception5h_graph().SerializeToString())
    return stream.getvalue()


@pytest.fixture
def asked() -> list[str]:
    """What the server has been asked for."""
    return []


@pytest.fixture
def serve(content: bytes, asked: list[str]) -> Iterator[Callable[..., Download]]:
    """Serves the content, or says 404; gives what to fetch from there."""
    status = [200]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status[0])
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def download(code: int = 200, **changes: Any) -> Download:
        status[0] = code
        address = f"http://127.0.0.1:{server.server_port}/inception5h.zip"
        return Download(address, hashlib.sha256(content).hexdigest())._replace(**changes)

    yield download
    server.shutdown()
    thread.join()
    server.server_close()


def test_nothing_is_downloaded_without_being_asked_for(cache: Path) -> None:
    with pytest.raises(WeightsError, match=r'Use weights="download" .*inception5h.zip') as caught:
        find_network("inception5h")
    assert str(cache) in str(caught.value) and not cache.exists()


def test_a_download_is_checked_and_kept(
    cache: Path,
    content: bytes,
    serve: Callable[..., Download],
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sources, "INCEPTION5H", serve(sha256="0" * 64))
    with pytest.raises(WeightsError, match="is not inception5h.zip as published"):
        load_network("inception5h", weights="download")
    assert not list(cache.iterdir())
    monkeypatch.setattr(sources, "INCEPTION5H", serve())
    load_network("inception5h", weights="download")
    network = load_network("inception5h")  # from the cache now
    assert "mixed5b" in network.layer_names and asked == ["/inception5h.zip"] * 2
    assert (cache / "inception5h.zip").read_bytes() == content
    (cache / "inception5h.zip").write_bytes(content[:-1])
    with pytest.raises(WeightsError, match="is not inception5h.zip as published"):
        load_network("inception5h")
    assert len(asked) == 2 and INCEPTION5H.address.endswith("/inception5h.zip")


@pytest.mark.parametrize("reached", [True, False])
def test_a_download_that_fails_says_where_to_put_the_file(
    cache: Path, serve: Callable[..., Download], reached: bool
) -> None:
    closed = "http://127.0.0.1:1/inception5h.zip"
    download = serve(404) if reached else serve(address=closed)
    with pytest.raises(WeightsError, match=f"cannot download {download.address}") as caught:
        fetch(download)
    assert str(cache / "inception5h.zip") in str(caught.value)
    assert not list(cache.iterdir())


def test_too_large_an_answer_is_not_read_to_its_end(
    cache: Path, content: bytes, serve: Callable[..., Download]
) -> None:
    with pytest.raises(WeightsError, match="is not inception5h.zip as published") as caught:
        fetch(serve(largest=len(content) - 1))
    assert "more than" in str(caught.value.__cause__) and not list(cache.iterdir())
    assert fetch(serve(largest=len(content))).read_bytes() == content


def test_a_cache_that_cannot_be_written_names_the_variable(
    tmp_path: Path, serve: Callable[..., Download], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DEEPDREAMR_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(WeightsError, match="cannot keep a download .* DEEPDREAMR_CACHE"):
        fetch(serve())


def test_pooch_says_nothing_of_its_own_and_speaks_again_after_it(
    cache: Path, serve: Callable[..., Download]
) -> None:
    said: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = said.append  # type: ignore[method-assign, assignment]
    pooch.get_logger().addHandler(handler)
    try:
        fetch(serve())
        assert not said
        pooch.get_logger().warning("again")
        assert len(said) == 1
    finally:
        pooch.get_logger().removeHandler(handler)


def test_what_0_1_has_kept_is_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own rule: `~/.cache` or `XDG_CACHE_HOME`, `~/Library/Caches`, `%LOCALAPPDATA%`."""
    import platformdirs.macos
    import platformdirs.windows

    monkeypatch.delenv("DEEPDREAMR_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    own = {"linux": ".cache/deepdreamr", "darwin": "Library/Caches/deepdreamr"}
    if sys.platform in own:
        assert cache_folder() == tmp_path / own[sys.platform]
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
        assert cache_folder() == tmp_path / "elsewhere" / "deepdreamr"
        monkeypatch.delenv("XDG_CACHE_HOME")
    mac = platformdirs.macos.MacOS("deepdreamr", appauthor=False)
    assert Path(mac.user_cache_dir) == tmp_path / own["darwin"]
    monkeypatch.setattr(platformdirs.windows, "get_win_folder", lambda name: f"<{name}>")
    windows = platformdirs.windows.Windows("deepdreamr", appauthor=False)
    assert windows.user_cache_dir == os.path.join("<CSIDL_LOCAL_APPDATA>", "deepdreamr", "Cache")


def test_a_network_that_is_there_is_found_without_pooch() -> None:
    code = (
        "import sys; from deepdreamr.networks.sources import find_network; "
        "find_network('VGG16', weights='untrained'); "
        "sys.exit('pooch' in sys.modules or 'requests' in sys.modules)"
    )
    folder = Path(sources.__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=folder).returncode == 0
