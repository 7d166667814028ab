"""What large imports do without: Python's search for garbage, which is then as it was."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from deepdreamr import backend
from deepdreamr.errors import BackendError
from deepdreamr.interpreter import uncollected


@pytest.fixture(params=[True, False])
def collects(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether garbage is looked for in this process."""
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if before else gc.disable)()


def test_no_garbage_is_looked_for_until_it_ends_or_fails(collects: bool) -> None:
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled() is collects
    with pytest.raises(ZeroDivisionError), uncollected():
        _ = 1 / 0
    assert gc.isenabled() is collects


def test_tensorflow_is_imported_so(collects: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def imported(name: str) -> Any:
        seen.append((name, gc.isenabled()))
        raise BackendError("it cannot be imported.")

    monkeypatch.setattr(backend, "_imported", imported)
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    with pytest.raises(BackendError):
        backend.import_tensorflow()
    assert seen == [("tensorflow", False)] and gc.isenabled() is collects
