"""What a call asks for, as it was asked."""

from __future__ import annotations

import dataclasses
import inspect
import subprocess
import sys
from typing import Any

import pytest

from deepdreamr import dream
from deepdreamr.errors import ArgumentError
from deepdreamr.recipes.settings import SETTINGS
from deepdreamr.runs.dreaming import run
from deepdreamr.runs.request import ARGUMENTS, GROUPS, NOT_KEEPING, Request, request_of


def test_a_request_is_the_arguments_and_the_settings() -> None:
    names = [field.name for field in dataclasses.fields(Request)]
    assert names == [*ARGUMENTS, "settings"] and not set(names) & set(SETTINGS)
    request = Request()
    assert request.image is None and request.recipe == "rblog" and request.settings == {}
    with pytest.raises(dataclasses.FrozenInstanceError):
        request.seed = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        Request("a picture")  # type: ignore[call-arg]


def test_each_argument_says_what_it_is_and_of_which_group() -> None:
    for field in ARGUMENTS.values():
        assert field.metadata["group"] in GROUPS and field.metadata["help"]
    assert {field.metadata["group"] for field in ARGUMENTS.values()} == set(GROUPS)


def test_dream_spells_out_what_a_request_has() -> None:
    parameters = dict(inspect.signature(dream).parameters)
    assert parameters.pop("settings").kind is inspect.Parameter.VAR_KEYWORD
    assert {parameters.pop(name).default for name in ("on_step", "progress", "preview")} == {None}
    assert {name: p.default for name, p in parameters.items()} == {
        name: field.default for name, field in ARGUMENTS.items()
    }


def test_dream_asks_for_what_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    from deepdreamr.runs import dreaming

    def seen(request: Any, on_step: Any, progress: Any, *, preview: Any) -> Any:
        return request, on_step, progress, preview

    monkeypatch.setattr(dreaming, "run", seen)
    given: dict[str, Any] = {name: object() for name in ARGUMENTS}
    request, on_step, bar, shown = dream(**given, on_step=print, progress=True, step=3, anything=4)
    assert (
        on_step is print
        and bar is shown is True  # what looks on shows both
        and request == Request(**given, settings={"step": 3, "anything": 4})
    )
    assert dream()[0] == Request() and dream(progress=False)[3] is False
    assert dream(progress=False, preview=True)[3] is True and dream(preview=False)[3] is False


def test_a_request_of_some_groups() -> None:
    request = request_of("a.jpg", "mixed0", {"seed": 3, "step": 0.1, "guide": "b.jpg"})
    assert request == Request(
        image="a.jpg", layers="mixed0", seed=3, guide="b.jpg", settings={"step": 0.1}
    )
    assert request_of(None, None, {"checkpoint": "c"}, GROUPS).checkpoint == "c"
    assert request_of("a", "b", {"weights": "w"}, ["network"]).weights == "w"


@pytest.mark.parametrize(
    ("arguments", "groups", "message"),
    [
        ({"checkpoint": "c"}, NOT_KEEPING, "unknown argument 'checkpoint'"),
        ({"sed": 1}, GROUPS, "unknown argument 'sed'. Did you mean seed"),
        ({"step": 1}, ["network"], "unknown argument 'step'"),
        ({"settings": {}}, GROUPS, "unknown argument 'settings'"),
        ({"image": 1}, GROUPS, "unknown argument 'image'"),
        ({"on_step": print}, GROUPS, "unknown argument 'on_step'"),
    ],
)
def test_arguments_of_other_groups_are_refused(arguments: Any, groups: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message) as caught:
        request_of("a.jpg", None, arguments, groups)
    assert "Known: " in str(caught.value) and "max_size" in str(caught.value) or groups != GROUPS


def test_on_step_must_be_a_function() -> None:
    with pytest.raises(ArgumentError, match="`on_step` must be a function. Received: on_step=3"):
        run(Request(), 3)  # type: ignore[arg-type]


def test_no_tensorflow_is_imported() -> None:
    code = "import sys, deepdreamr.runs.request; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
