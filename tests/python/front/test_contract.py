"""The stub of the R tests answers as the real bridge does: the same keys and types, all the way.

Run as a program, this file writes the stub's `answers.json` anew.
"""

from __future__ import annotations

import base64
import importlib.util
import inspect
import io
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image

from deepdreamr.front import bridge
from deepdreamr.recipes.settings import SETTINGS
from deepdreamr.runs.request import ARGUMENTS

STUB = Path(__file__).parents[2] / "testthat" / "stub" / "deepdreamr" / "front"
OF_BRIDGE = ("deepdreamr.front.bridge", "deepdreamr.front._bridged")
SAID = ("arguments", "recipes", "lcontrib")
"""The functions whose answers depend on nothing: the stub has them in a file."""

SMALL: dict[str, Any] = {"octaves": 1, "iterations": 2, "seed": 3, "max_loss": None}
WARNED = {"mixed0": 1, "mixed11": 2}  # InceptionV3 has no mixed11
TERMS = [
    {"layer": "mixed0", "weight": 2, "channels": [3, 5], "objective": None},
    {"layer": "mixed0", "weight": 1, "channels": None, "objective": "neuron(3)"},
]


def stub_bridge() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stub_bridge", STUB / "bridge.py")
    if spec is None or spec.loader is None:
        raise ImportError(STUB)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def functions(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """What R can call: of the real bridge all that has an envelope."""
    return {
        name: function
        for name, function in vars(module).items()
        if hasattr(function, "__wrapped__") and function.__module__ in OF_BRIDGE
    }


def kinds(value: object) -> Any:
    """The keys and types of a value; of a list those of its elements, each once."""
    if isinstance(value, dict):
        return {name: kinds(item) for name, item in value.items()}
    if isinstance(value, list):
        found: list[object] = []
        for item in value:
            if kinds(item) not in found:
                found.append(kinds(item))
        return found
    return type(value).__name__


def without_prose(value: Any) -> Any:
    """A value without what is written for people, which may be worded anew."""
    if isinstance(value, dict):
        prose = ("description", "source", "help")
        return {name: name in prose or without_prose(item) for name, item in value.items()}
    return [without_prose(item) for item in value] if isinstance(value, list) else value


def picture_bytes() -> bytearray:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((66, 60)).convert("RGB").save(out, "PNG")
    return bytearray(out.getvalue())


PICTURE = picture_bytes()
REAL, FAKE = functions(bridge), stub_bridge()


@pytest.fixture(scope="module")
def dreamed() -> bytearray:
    """A picture that tells how it was made."""
    return bridge.dream(PICTURE, {"mixed0": 1}, SMALL)["png"]


def both(name: str, *arguments: Any, steps: bool = False) -> tuple[Any, Any]:
    """The kinds of what both bridges answer to the same call, and of the steps they report."""
    answers: list[dict[str, Any]] = []
    for function in (REAL[name], getattr(FAKE, name)):
        seen: list[object] = []
        answer = function(*arguments, *([seen.append] if steps else []))
        answers.append(kinds({"answer": answer, "steps": seen}))
        assert bool(seen) == steps
    names = [[list(step) for step in answer["steps"][:1]] for answer in answers]
    assert names[0] == names[1]  # in one order: R shows a list in its own
    return answers[0], answers[1]


# ---- Names ---------------------------------------------------------------------------------------


def test_the_stub_has_every_function_with_the_same_parameters() -> None:
    for name, function in REAL.items():
        parameters = inspect.signature(getattr(FAKE, name)).parameters
        assert list(parameters) == list(inspect.signature(function).parameters), name
        for parameter in inspect.signature(function).parameters.values():
            same = parameter.default is parameter.empty
            assert (parameters[parameter.name].default is parameter.empty) == same, name


@pytest.mark.parametrize("name", SAID)
def test_what_the_stub_has_in_its_file_is_what_the_real_bridge_says(name: str) -> None:
    said = without_prose(getattr(FAKE, name)())
    assert said == without_prose(REAL[name]()), f"run {__file__} to write it anew"


def test_the_stub_knows_the_arguments_and_settings_of_a_call() -> None:
    assert list(FAKE.ARGUMENTS) == list(ARGUMENTS) and list(FAKE.SETTINGS) == list(SETTINGS)


# ---- Answers -------------------------------------------------------------------------------------


LOOKED_UP = [
    ("class_names",),
    ("about",),
    ("about", True),
    ("layer_names",),
    ("layer_names", "inception_v3", None),
]


@pytest.mark.parametrize("call", LOOKED_UP, ids=str)
def test_what_is_looked_up(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPDREAMR_STUB_TENSORFLOW", "2.99")
    real, stub = both(*call)
    assert real == stub


DREAMS = [
    (PICTURE, {"mixed0": 1}, SMALL),
    (PICTURE, {"mixed0": 1}, {**SMALL, "every": 2}),
    (PICTURE, WARNED, SMALL),
    (PICTURE, TERMS, {**SMALL, "max_size": 60, "training": True}),
    (None, {"mixed0": 1}, {**SMALL, "size": [50, 58], "seed": 2.0**40}),
]


@pytest.mark.slow
@pytest.mark.parametrize("call", DREAMS, ids=["plain", "images", "warned", "channels", "noise"])
def test_a_dream_and_its_steps(call: Any) -> None:
    real, stub = both("dream", *call, steps=True)
    assert real == stub


def test_a_dream_that_is_stopped() -> None:
    answers = [
        function(PICTURE, {"mixed0": 1}, SMALL, lambda step: False)
        for function in (bridge.dream, FAKE.dream)
    ]
    assert kinds(answers[0]) == kinds(answers[1])
    assert [answer["record"]["stopped"] for answer in answers] == ["callback", "callback"]


@pytest.mark.slow
def test_many_dreams(tmp_path: Path) -> None:
    (tmp_path / "good.png").write_bytes(PICTURE)
    (tmp_path / "bad.png").write_bytes(b"")
    images = [str(tmp_path / name) for name in ("good.png", "bad.png")]
    options = {**SMALL, "workers": 1, "step": 0.01}
    output = str(tmp_path / "dreams")
    real, stub = both("dream_many", images, {"mixed0": 1}, output, options, steps=True)
    for answer in (real, stub):
        del answer["answer"]["ignored"]  # there is nothing
    assert real == stub


@pytest.mark.slow
def test_a_zoom(tmp_path: Path) -> None:
    options = {**SMALL, "seconds": 0.2, "fps": 5}
    real, stub = both(
        "dream_zoom", PICTURE, {"mixed0": 1}, str(tmp_path / "out"), options, steps=True
    )
    for answer in (real, stub):
        steps = [{**step, "left": step["left"] or 0} for step in answer.pop("steps")]
        assert all(
            set(step) == {"key", "keys", "frame", "frames", "left", "loss"} for step in steps
        )
    assert real == stub
    answers = [
        kinds(
            function(PICTURE, {"mixed0": 1}, str(tmp_path / "new"), options, lambda _: "interrupt")
        )
        for function in (bridge.dream_zoom, FAKE.dream_zoom)
    ]
    assert answers[0] == answers[1] and set(answers[0]) >= {"ok", "interrupted", "text"}


def test_a_video(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(2):
        (tmp_path / "in" / f"{number}.png").write_bytes(PICTURE)
    options = {name: value for name, value in SMALL.items() if name != "iterations"}
    options |= {"first_iterations": 1, "motion": "flow"}
    clip, out = str(tmp_path / "in"), str(tmp_path / "out")
    real, stub = both("dream_video", clip, {"mixed0": 1}, out, options, steps=True)
    for answer in (real, stub):
        steps = answer.pop("steps")
        assert all(
            set(step) == {"frame", "frames", "scene", "loss", "done", "left"} for step in steps
        )
    assert real == stub


def test_plans_of_clips_and_a_sheet(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(2):
        (tmp_path / "in" / f"{number}.png").write_bytes(PICTURE)
    clip, out = str(tmp_path / "in"), str(tmp_path / "out")
    rest = {name: value for name, value in SMALL.items() if name != "iterations"}
    for call in (
        ("plan_zoom", PICTURE, {"mixed0": 1}, out, {**SMALL, "seconds": 0.2, "fps": 5}),
        ("plan_video", clip, {"mixed0": 1}, out, {**rest, "first_iterations": 1}),
    ):
        real, stub = both(*call)
        for planned in (real["answer"]["plan"], stub["answer"]["plan"]):
            for name in ("memory", "allowed"):
                assert planned.pop(name) in ("int", "float")  # a float from 2^31 on
            planned.pop("notes", None)
        assert real == stub
    real, stub = both("clip_sheet", clip, {"frames": 2, "columns": 1})
    assert real == stub


def test_a_replay_and_a_record(dreamed: bytearray) -> None:
    real, stub = both("replay", dreamed, PICTURE, {"max_memory": "4GB"}, steps=True)
    wanted = dict(real["answer"]["record"], size="list")  # the stub dreams from noise
    assert real["answer"].keys() == stub["answer"].keys()
    assert wanted.keys() == stub["answer"]["record"].keys() and real["steps"] == stub["steps"]
    real, stub = both("show", dreamed)
    assert real == stub
    real, stub = both("mix", dreamed, PICTURE, {"strength": 0.5})
    assert real["answer"].keys() == stub["answer"].keys()
    assert real["answer"]["losses"] == stub["answer"]["losses"]


def test_a_plan() -> None:
    real, stub = both("plan", PICTURE, WARNED, {"max_memory": "4GB", "border": 3, "octaves": 2})
    for planned in (real["answer"]["plan"], stub["answer"]["plan"]):
        for name in ("memory", "allowed"):
            assert planned.pop(name) in ("int", "float")  # a float from 2^31 on
    assert real == stub


@pytest.mark.slow
def test_looking_inside() -> None:
    options = {"order": "index", "channels": [3, 5], "columns": 2}
    real, stub = both("feature_maps", PICTURE, "mixed0", options)
    assert real == stub
    real, stub = both("layer_sheet", PICTURE, {"mixed0": 1, "mixed1": 1}, SMALL, steps=True)
    assert real == stub
    options = {**SMALL, "channels": [3, 5], "columns": 2, "recipe": "rblog"}
    real, stub = both("channel_sheet", "mixed0", PICTURE, options, steps=True)
    assert real == stub
    real, stub = both("gradient_picture", PICTURE, {"mixed0": 1}, {})
    assert real == stub


def shown_by(dream: Callable[..., Any]) -> Any:
    """What a dream shows at its end."""
    shown: list[Any] = []
    dream(PICTURE, {"mixed0": 1}, SMALL, None, lambda *given: shown.append(given))
    return shown[-1]


def test_a_preview() -> None:
    seen = [shown_by(dream) for dream in (REAL["dream"], FAKE.dream)]
    assert kinds(list(seen[0])) == kinds(list(seen[1]))
    for bundle, size in seen:
        assert size["image/jpeg"].keys() == {"width", "height"}
        assert base64.b64decode(bundle["image/jpeg"])[:2] == b"\xff\xd8"


def test_a_page() -> None:
    for options in ({"browser": False}, {"browser": False, "port": 99999}):
        real, stub = bridge.page("open", options), FAKE.page("open", options)
        assert (kinds(real), real["ok"]) == (kinds(stub), stub["ok"]) or not real["ok"]
        assert real["ok"] == stub["ok"] == ("port" not in options)
        if real["ok"]:
            assert real["running"] and "?token=" in real["once"]
            for what in ("look", "close"):
                answers = [
                    page(what, {"number": real["number"]}) for page in (bridge.page, FAKE.page)
                ]
                assert kinds(answers[0]) == kinds(answers[1])
                assert [answer["running"] for answer in answers] == [what == "look"] * 2
    assert bridge.page("look", {"number": 0})["type"] == "argument"


def test_saving(tmp_path: Path, dreamed: bytearray) -> None:
    for overwrite in (False, True):
        options, paths = {"overwrite": overwrite}, [str(tmp_path / n) for n in ("a.png", "b.png")]
        answers = [
            f(dreamed, p, options) for f, p in zip((bridge.save, FAKE.save), paths, strict=True)
        ]
        assert kinds(answers[0]) == kinds(answers[1]) and answers[0]["ok"]
    answers = [f(dreamed, p, {}) for f, p in zip((bridge.save, FAKE.save), paths, strict=True)]
    assert [(a["ok"], a["type"]) for a in answers] == [(False, "output")] * 2


def test_a_dream_that_is_interrupted() -> None:
    answers = [
        function(PICTURE, {"mixed0": 1}, SMALL, lambda step: "interrupt")
        for function in (bridge.dream, FAKE.dream)
    ]
    assert kinds(answers[0]) == kinds(answers[1])
    assert [answer["record"]["stopped"] for answer in answers] == ["interrupted"] * 2


# ---- Errors --------------------------------------------------------------------------------------


WRONG = [
    ("dream", PICTURE, {"mixed0": 1}, {"octavse": 2}),
    ("dream", PICTURE, {"mixd0": 1}, SMALL),
    ("dream", PICTURE, WARNED, {**SMALL, "missing": "error"}),
    ("replay", None, None, {"nettwork": 2}),
    ("layer_sheet", PICTURE, {"mixed0": 1}, {"octavse": 2}),
    ("feature_maps", PICTURE, "mixd0", {}),
    ("feature_maps", PICTURE, "mixed0", {"channles": 2}),
]


@pytest.mark.parametrize("call", WRONG, ids=[f"{call[0]}-{call[-1]}" for call in WRONG])
def test_an_error(call: Any, dreamed: bytearray) -> None:
    name, picture, *others = call
    answers = [
        function(dreamed if picture is None else picture, *others)
        for function in (REAL[name], getattr(FAKE, name))
    ]
    assert answers[0].keys() == answers[1].keys()
    assert answers[0]["type"] == answers[1]["type"] and not answers[0]["ok"]
    for name in answers[0].keys() - {"hint"}:  # None or a text
        assert type(answers[0][name]) is type(answers[1][name]), name


def write_answers() -> None:
    text = json.dumps({name: REAL[name]() for name in SAID}, indent=1, ensure_ascii=False)
    (STUB / "answers.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_answers()
