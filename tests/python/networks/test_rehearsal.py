"""Rehearsals: a stranger's file is loaded in another process first; what happens there is told."""

from __future__ import annotations

import dataclasses
import zipfile
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from needing import present
from toys import frozen, saved, small_model, written

from deepdreamr import errors
from deepdreamr.errors import MemoryLimitError, NetworkError
from deepdreamr.networks import _rehearsal, _rehearsing
from deepdreamr.networks._rehearsal import rehearse
from deepdreamr.networks.loading import load_network
from deepdreamr.networks.sources import find_network


@pytest.fixture(autouse=True)
def real(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As for a user, with a folder for downloads of its own."""
    monkeypatch.delenv("DEEPDREAMR_REHEARSAL")
    monkeypatch.setenv("DEEPDREAMR_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def graph(tmp_path: Path) -> Any:
    return written(frozen(lambda image: tf.nn.relu(image * 2.0, name="body")), tmp_path / "own.pb")


class Ending:
    """A process that comes to some end, or answers."""

    def __init__(self, answer: Any) -> None:
        self.answers = iter([True, answer])

    def __call__(self, *_: Any) -> Any:
        return self

    __enter__ = __call__

    def __exit__(self, *_: Any) -> None:
        pass

    def tell(self, line: Any) -> None:
        assert int(line) >= 10

    def answer(self, *_: Any) -> Any:
        answer = next(self.answers)
        if isinstance(answer, type):
            raise answer
        return answer

    def end(self) -> Any:
        return "SIGSEGV"


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (None, NetworkError, r"^'own.pb' ends the process that tries it \(SIGSEGV\). It may be"),
        (TimeoutError, NetworkError, "^'own.pb' is not read and run in time"),
        (MemoryError, MemoryLimitError, "^'own.pb' takes more than 1.40 GB of memory"),
        (OSError, NetworkError, "no process can be started to try 'own.pb'"),
        ({"error": "WeightsError", "message": "m", "hint": "h"}, errors.WeightsError, "^m. h$"),
    ],
)
def test_each_end_is_one_error_and_is_not_remembered(
    graph: Any, monkeypatch: pytest.MonkeyPatch, answer: Any, error: Any, message: str
) -> None:
    for _ in range(2):
        monkeypatch.setattr(_rehearsal, "Process", Ending(answer))
        with pytest.raises(error, match=message):
            load_network(graph)


def test_where_no_memory_is_left_none_is_allowed(
    graph: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = find_network(graph)
    monkeypatch.setattr(_rehearsal, "free_memory", lambda: 0)
    monkeypatch.setattr(_rehearsal, "Process", Ending(MemoryError))
    with pytest.raises(MemoryLimitError, match="takes more than 0.00 GB"):
        rehearse(source)


def test_a_python_that_does_not_start_is_told_apart(
    graph: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending = Ending(None)
    ending.answers = iter([None])
    monkeypatch.setattr(_rehearsal, "Process", ending)
    with pytest.raises(
        NetworkError, match="to try 'own.pb': Python ended with SIGSEGV.*=off loads"
    ):
        rehearse(find_network(graph))


@pytest.mark.slow
def test_a_file_that_was_fine_is_remembered_by_its_content(
    graph: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearse(find_network(graph))
    (note,) = (tmp_path / "cache" / "rehearsed").iterdir()
    assert note.stat().st_size == 0
    monkeypatch.setattr(_rehearsal, "Process", Ending(None))
    rehearse(find_network(graph))
    other = frozen(lambda image: tf.nn.relu(image * 3.0, name="body"))
    with pytest.raises(NetworkError, match="ends the process"):
        rehearse(find_network(written(other, graph)))


def test_where_nothing_can_be_remembered_it_is_rehearsed_each_time(
    graph: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DEEPDREAMR_CACHE", str(tmp_path / "file"))
    for _ in range(2):
        monkeypatch.setattr(_rehearsal, "Process", Ending({}))
        rehearse(find_network(graph))


def test_what_is_known_costs_nothing(graph: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_rehearsal, "Process", Ending(None))
    rehearse(find_network("inception_v3"))
    rehearse(find_network("vgg16", weights="untrained", seed=1))
    rehearse(find_network(small_model()))
    monkeypatch.setenv("DEEPDREAMR_REHEARSAL", "off")
    rehearse(find_network(graph))


@pytest.mark.slow
def test_an_error_there_is_the_same_error_here(tmp_path: Path) -> None:
    with tf.Graph().as_default() as graph:
        tf.compat.v1.placeholder(tf.float32, (None, 8, 8, 3), name="input")
        tf.io.read_file("/etc/hostname")
    path = written(graph, tmp_path / "evil.pb")
    with pytest.raises(NetworkError) as caught:
        rehearse(find_network(path))
    assert "holds the operation 'ReadFile'" in caught.value.message
    assert "cut this one off" in present(caught.value.hint)


@pytest.mark.memory
def test_a_keras_file_is_rehearsed_within_the_memory_allowed(tmp_path: Path) -> None:
    source = find_network(saved(small_model(), tmp_path / "small.keras"))
    rehearse(source)
    said = "'small.keras' (takes more than 0.10|asks for 0.00) GB"  # the watch, or its own count
    with pytest.raises(MemoryLimitError, match=said):
        (tmp_path / "cache" / "rehearsed").rename(tmp_path / "forgotten")
        rehearse(dataclasses.replace(source, max_memory=10**8))


def test_keras_is_imported_only_where_it_is_needed(graph: Any, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "graph.zip", "w") as archive:
        archive.write(graph, "graph.pb")
    for path in (graph, tmp_path / "graph.zip"):
        assert _rehearsing._is_graph(find_network(path))
    keras_file = saved(small_model(), tmp_path / "small.keras")
    zipped = keras_file.rename(tmp_path / "small.zip")  # told by what is in it
    assert not _rehearsing._is_graph(find_network(zipped))
    zipped.write_bytes(zipped.read_bytes()[:40] + (tmp_path / "graph.zip").read_bytes()[-22:])
    assert not _rehearsing._is_graph(find_network(zipped))
