"""What R calls: an envelope of plain types, whatever happens."""

from __future__ import annotations

import ast
import inspect
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image

from deepdreamr import RECIPES, LayerTerm, LContrib, dream, show
from deepdreamr.errors import DeepDreamError, OutputError
from deepdreamr.front import bridge
from deepdreamr.front._envelopes import plain, with_arrays
from deepdreamr.front._words import in_r_words
from deepdreamr.pictures.picture import to_uint8
from deepdreamr.pictures.reading import read_picture
from deepdreamr.recipes.settings import SETTINGS
from deepdreamr.runs.request import ARGUMENTS

LAYERS = {"mixed0": 1.0}
SMALL = {"octaves": 1.0, "iterations": 2.0, "seed": 3.0}  # as R sends whole numbers
FAILURE = {"ok", "type", "message", "hint", "py_type", "traceback", "warnings"}


def check_plain(value: object, where: str = "result") -> None:
    """Fail unless the value is made of types that reticulate converts, and of nothing else."""
    if type(value) is dict:
        for key, item in value.items():
            assert type(key) is str, f"{where} has the key {key!r}"
            check_plain(item, f"{where}[{key!r}]")
    elif type(value) is list:
        for i, item in enumerate(value):
            check_plain(item, f"{where}[{i}]")
    else:
        plain = (str, int, float, bool, bytearray, type(None))
        assert type(value) in plain, f"{where} is {type(value)}"


def ok(result: dict[str, Any]) -> dict[str, Any]:
    check_plain(result)
    assert result["ok"] is True, result
    return result


def failed(result: dict[str, Any], kind: str) -> str:
    """The failure's message and hint."""
    check_plain(result)
    assert result["ok"] is False and result["type"] == kind, result
    assert set(result) == FAILURE
    return f"{result['message']} {result['hint'] or ''}"


@pytest.fixture(scope="module")
def picture(photo: np.ndarray) -> bytes:
    """A PNG file of 60 x 66 pixels."""
    out = io.BytesIO()
    Image.fromarray(to_uint8(photo[:, :60, :66])).save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="module")
def result(picture: bytes) -> dict[str, Any]:
    return ok(bridge.dream(bytearray(picture), LAYERS, dict(SMALL)))


def decoded(png: bytearray) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


# ---- A dream -------------------------------------------------------------------------------------


def test_a_dream_is_the_one_of_python(result: dict[str, Any], picture: bytes) -> None:
    own = dream(picture, LAYERS, octaves=1, iterations=2, seed=3)
    np.testing.assert_array_equal(decoded(result["png"]), own.image)
    assert result["size"] == [60, 66]
    assert result["losses"] == {
        "octave": [1, 1],
        "iteration": [1, 2],
        "loss": [loss.loss for loss in own.losses],
    }
    assert result["record"] == plain(own.record)
    assert result["record"]["octaves"] == [[60, 66]]
    assert result["record"]["layers"] == [{"layer": "mixed0", "weight": 1.0, "channels": None}]
    assert result["seconds"] > 0 and result["warnings"] == []


def test_the_record_is_the_one_that_the_picture_carries(result: dict[str, Any]) -> None:
    shown = ok(bridge.show(result["png"]))
    assert shown["record"] == result["record"]
    assert shown["text"].startswith("{") and '"recipe": "rblog"' in shown["text"]


def test_whole_numbers_become_whole(result: dict[str, Any]) -> None:
    for name in ("octaves", "iterations"):
        assert type(result["record"]["settings"][name]) is int
    assert type(result["record"]["seed"]) is int
    assert all(type(n) is int for n in result["losses"]["octave"] + result["size"])


def test_whole_numbers_that_r_has_no_integer_for_become_floats() -> None:
    assert plain([2**31 - 1, 2**31, -(2**31), True]) == [2**31 - 1, 2.0**31, -(2.0**31), True]
    assert [type(n) for n in plain((2**31 - 1, 2**31, -(2**31)))] == [int, float, float]
    assert plain({"seed": 2**40, "far": -(10**400)}) == {"seed": 2.0**40, "far": float("-inf")}
    noise = ok(bridge.dream(None, LAYERS, {**SMALL, "size": [50.0, 58.0], "seed": 2.0**40}))
    assert noise["record"]["seed"] == 2**40 and type(noise["record"]["seed"]) is float


def test_an_array_is_not_let_through() -> None:
    assert type(plain(np.float64(1.5))) is float and plain(b"ab") == bytearray(b"ab")
    with pytest.raises(TypeError, match="ndarray"):
        plain({"image": np.zeros(3)})


def test_a_path_gives_the_source_its_name(
    picture: bytes, tmp_path: Path, result: dict[str, Any]
) -> None:
    (tmp_path / "here.png").write_bytes(picture)
    other = ok(bridge.dream(str(tmp_path / "here.png"), LAYERS, dict(SMALL)))
    assert other["record"]["source"] == "here.png"
    np.testing.assert_array_equal(decoded(other["png"]), decoded(result["png"]))


def test_layers_with_channels_go_there_and_back(picture: bytes) -> None:
    layers = [{"layer": "mixed0", "weight": 2.0, "channels": [3.0, 5.0]}]
    first = ok(bridge.dream(picture, layers, dict(SMALL)))
    given = first["record"]["layers"]
    assert given == [{"layer": "mixed0", "weight": 2.0, "channels": [[3, 1.0], [5, 1.0]]}]
    again = ok(bridge.dream(picture, given, dict(SMALL)))
    assert again["png"] == first["png"]
    own = dream(picture, [LayerTerm("mixed0", 2, [3, 5])], octaves=1, iterations=2, seed=3)
    np.testing.assert_array_equal(decoded(first["png"]), own.image)


def test_noise_of_a_size(picture: bytes) -> None:
    noise = ok(bridge.dream(None, LAYERS, {"size": [50.0, 58.0], **SMALL}))
    assert noise["size"] == [50, 58] and noise["record"]["source"] is None


def test_steps_are_records_of_plain_values(picture: bytes) -> None:
    records: list[dict[str, Any]] = []
    ok(bridge.dream(picture, LAYERS, dict(SMALL), records.append))
    check_plain(records)
    assert [record.pop("loss") > 0 for record in records] == [True, True]
    same = {"octave": 1, "octaves": 1, "height": 60, "width": 66, "iterations": 2, "image": None}
    assert records == [{**same, "iteration": 1}, {**same, "iteration": 2}]


def test_a_step_s_image_is_the_bytes_of_its_pixels(picture: bytes) -> None:
    records: list[dict[str, Any]] = []
    made = ok(bridge.dream(picture, LAYERS, {**SMALL, "every": 2.0}, records.append))
    assert records[0]["image"] is None
    assert records[1]["image"] == decoded(made["png"]).tobytes()


def test_a_callback_s_false_stops_the_dream(picture: bytes) -> None:
    stopped = ok(bridge.dream(picture, LAYERS, dict(SMALL), lambda record: False))
    assert stopped["record"]["stopped"] == "callback" and len(stopped["losses"]["loss"]) == 1


def test_options_are_not_changed(picture: bytes) -> None:
    options, layers = dict(SMALL), dict(LAYERS)
    ok(bridge.dream(picture, layers, options))
    assert options == SMALL and layers == LAYERS


# ---- Warnings and errors -------------------------------------------------------------------------


def test_warnings_are_listed(picture: bytes) -> None:
    frames = [Image.new("RGB", (60, 66), (n, n, n)) for n in (90, 160)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    odd = ok(bridge.dream(out.getvalue(), {"mixed0": 1, "mixed11": 2}, dict(SMALL)))
    first, second = sorted(odd["warnings"], key=lambda warning: warning["class"])
    assert first["class"] == "image" and "first of 2 frames" in first["message"]
    assert second["class"] == "unknown_layer" and "mixed11" in second["message"]


def test_warnings_come_with_an_error_too() -> None:
    text = failed(bridge.dream(None, {"mixed0": 1, "mixed11": 2}, {"size": [9, 9]}), "image")
    assert "too small" in text


NOISE = {"size": [60, 60], "octaves": 1, "iterations": 1}
WRONG = [
    ("image", "no such.jpg", LAYERS, {}, "no such.jpg.*current folder"),
    ("image", bytearray(b"no picture"), LAYERS, {}, "not a picture"),
    ("image", None, LAYERS, NOISE | {"octaves": 6}, "octaves=3 fit"),
    ("unknown_layer", None, {"mixd0": 1}, NOISE, "Did you mean mixed0"),
    ("unknown_layer", None, {"mixd0": 1, "mixed0": 1}, NOISE | {"missing": "error"}, "mixd0"),
    ("argument", None, LAYERS, NOISE | {"recipe": "rbloq"}, "Did you mean rblog"),
    ("argument", None, LAYERS, NOISE | {"octave_scale": 0.5}, "`octave_scale` must be .*=0.5"),
    ("argument", None, LAYERS, NOISE | {"octaves": 20.5}, "`octaves` must be a whole number"),
    ("argument", None, LAYERS, NOISE | {"octaves": True}, "Received: octaves=TRUE"),
    ("argument", None, LAYERS, NOISE | {"seed": 1.5}, "`seed` must be a whole number"),
    ("argument", None, LAYERS, NOISE | {"engine": "slow"}, "`engine` must be one of fast, keras"),
    ("argument", None, LAYERS, {}, "either a picture or `size`"),
    ("argument", None, [{"layer": "mixed0", "wait": 1}], NOISE, "layer, weight, channels"),
    ("network", None, LAYERS, NOISE | {"network": "inception_v4"}, "inception_v4"),
    ("weights", None, LAYERS, NOISE | {"weights": "/no/such.h5"}, "/no/such.h5"),
    ("memory", None, LAYERS, NOISE | {"max_memory": 5.0}, "GB"),
]


@pytest.mark.parametrize(("kind", "image", "layers", "options", "message"), WRONG, ids=str)
def test_errors_have_a_kind_and_a_message(
    kind: str, image: Any, layers: Any, options: Any, message: str
) -> None:
    answer = bridge.dream(image, layers, options)
    text = failed(answer, kind)
    assert re.search(message, text), text
    assert answer["traceback"] == "" and answer["py_type"].endswith("Error")


def test_output_errors(picture: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    options = {**SMALL, "save_octaves": str(tmp_path / "file")}
    assert "cannot make the folder" in failed(bridge.dream(picture, LAYERS, options), "output")


@pytest.mark.parametrize(
    "name", ["octave_scal", "image", "layers", "on_step", "preview", "progress", "settings"]
)
def test_unknown_arguments_list_the_known(name: str, picture: bytes) -> None:
    text = failed(bridge.dream(picture, LAYERS, {name: 1}), "argument")
    assert f"unknown argument '{name}'" in text
    assert all(known in text for known in [*SETTINGS, "recipe", "seed", "guide", "size"])


@pytest.mark.parametrize("name", ["recipe", "step", "on_step", "progress"])
def test_unknown_arguments_of_a_replay_list_its_own(name: str, result: dict[str, Any]) -> None:
    text = failed(bridge.replay(result["png"], None, {name: 1}), "argument")
    assert f"unknown argument '{name}'" in text and "network, weights, engine, guide" in text


def test_a_sheet_s_progress_is_r_s_own(picture: bytes) -> None:
    for answer in (
        bridge.layer_sheet(picture, LAYERS, {"progress": True}),
        bridge.channel_sheet("mixed0", picture, {"progress": True}),
    ):
        assert "unknown argument 'progress'" in failed(answer, "argument")


def test_an_error_of_another_s_is_internal_and_has_its_traceback(picture: bytes) -> None:
    def fail(record: Any) -> None:
        raise ZeroDivisionError("in R" * 4000)

    answer = bridge.dream(picture, LAYERS, dict(SMALL), fail)
    assert failed(answer, "internal").strip() == "in R" * 4000
    assert answer["py_type"] == "ZeroDivisionError"
    assert "Traceback" in answer["traceback"] and "in fail" in answer["traceback"]


def test_want_of_memory_is_no_fault_of_ours(picture: bytes) -> None:
    answer = bridge.dream(picture, LAYERS, dict(SMALL), Mock(side_effect=MemoryError))
    assert failed(answer, "memory").strip() == "there is too little memory."
    assert (answer["py_type"], answer["traceback"]) == ("MemoryError", "")


def test_an_interrupt_brings_the_picture_so_far(picture: bytes) -> None:
    def interrupt(record: Any) -> None:
        raise KeyboardInterrupt

    for stop in (interrupt, lambda record: "interrupt"):
        answer = bridge.dream(picture, LAYERS, dict(SMALL), stop)
        assert answer["ok"] and answer["record"]["stopped"] == "interrupted"
        assert len(answer["losses"]["loss"]) == 1


def test_an_interrupt_before_the_first_step_passes(
    picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("deepdreamr.core.ascent.climb", interrupt)
    with pytest.raises(KeyboardInterrupt):
        bridge.dream(picture, LAYERS, dict(SMALL))


def test_an_interrupt_of_a_sheet_passes(picture: bytes) -> None:
    with pytest.raises(KeyboardInterrupt):
        bridge.layer_sheet(picture, LAYERS, dict(SMALL), lambda record: "interrupt")


def test_a_picture_is_saved_as_it_is_or_in_another_format_with_what_it_says(
    picture: bytes, tmp_path: Path
) -> None:
    made = bridge.dream(picture, LAYERS, dict(SMALL))
    for name in ("a.png", "a.tif", "a.webp", "a.jpg", "a.bmp"):
        answer = bridge.save(made["png"], str(tmp_path / name), {"quality": 90})
        assert answer["ok"] and answer["path"] == str(tmp_path / name)
        saved = read_picture(tmp_path / name)
        if name not in ("a.jpg", "a.bmp"):
            assert show(tmp_path / name)["layers"] == made["record"]["layers"]
        if name != "a.jpg":
            np.testing.assert_array_equal(saved.values, read_picture(bytes(made["png"])).values)
    assert (tmp_path / "a.png").read_bytes() == bytes(made["png"])


def test_a_picture_is_saved_whole_or_not_at_all(picture: bytes, tmp_path: Path) -> None:
    def save(name: str, **options: object) -> dict[str, Any]:
        return bridge.save(picture, str(tmp_path / name), options)

    assert "no folder" in failed(save("none/a.png"), "output")
    assert "unknown format" in failed(save("a.gif"), "output")
    for quality in (101, -1, "high"):
        assert "quality" in failed(save("a.jpg", quality=quality), "argument")
    (tmp_path / "a.jpg").write_bytes(b"old")
    (tmp_path / "a.jpg").chmod(0o600)
    assert "exists already" in failed(save("a.jpg"), "output")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]
    assert ok(save("a.jpg", overwrite=True, quality=10))
    assert (tmp_path / "a.jpg").stat().st_mode & 0o777 == 0o600
    ok(save("better.jpg"))
    sizes = [(tmp_path / name).stat().st_size for name in ("a.jpg", "better.jpg")]
    assert sizes[0] < sizes[1]


def test_every_error_of_ours_has_a_kind_that_r_knows() -> None:
    kinds = {"image", "unknown_layer", "argument", "network", "weights", "memory", "output"}
    kinds |= {"backend", "clip", "consent", "forked", "page", "worker"}
    errors = DeepDreamError.__subclasses__()  # those of the page are for browsers
    found = {error.kind for error in errors if error.__module__ == DeepDreamError.__module__}
    assert found == kinds and DeepDreamError.kind == "internal"
    assert str(OutputError("a.", "b.")) == "a. b."


# ---- Looking things up ---------------------------------------------------------------------------


def test_about_needs_no_tensorflow() -> None:
    code = "import sys; from deepdreamr.front import bridge; print(bridge.about()); "
    code += "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""
    about = ok(ast.literal_eval(done.stdout))
    assert about["python"] == sys.executable and about["devices"] == []
    assert about["python_version"] == ".".join(map(str, sys.version_info[:3]))
    assert set(about["packages"]) == {"tensorflow", "keras", "numpy", "pillow"}
    assert about["packages"]["numpy"] == np.__version__
    assert all(about["packages"].values())


def test_devices_if_asked() -> None:
    assert any("CPU" in name for name in ok(bridge.about(devices=True))["devices"])


def test_a_package_that_is_missing_has_no_version() -> None:
    from deepdreamr.version import installed_version

    assert installed_version("no-such-package-here") is None


def test_recipes_and_settings() -> None:
    answer = ok(bridge.recipes())
    assert [recipe["name"] for recipe in answer["recipes"]] == list(RECIPES)
    for recipe in answer["recipes"]:
        own = RECIPES[recipe["name"]]
        assert recipe["settings"] == plain(own.settings()) and recipe["layers"] == own.layers
        assert recipe["description"] == in_r_words(own.description)
        assert recipe["source"] == own.source
        assert recipe["network"] == "inception_v3"
    assert [setting["name"] for setting in answer["settings"]] == list(SETTINGS)
    types = {setting["type"] for setting in answer["settings"]}
    assert types == {"int", "float", "bool", "str", "tuple"}
    assert all(setting["help"] for setting in answer["settings"])


def test_arguments_are_those_of_dream() -> None:
    defaults = ok(bridge.arguments())["arguments"]
    expected = {"recipe": "rblog", "network": "inception_v3", "weights": "auto", "missing": "warn"}
    assert {name: defaults[name] for name in expected} == expected
    assert defaults["seed"] is None and defaults["training"] is False
    signature = inspect.signature(dream).parameters.values()
    names = [
        p.name
        for p in signature
        if p.kind is not p.VAR_KEYWORD and p.name not in ("on_step", "progress", "preview")
    ]
    assert list(defaults) == names == list(ARGUMENTS)


def test_layer_contributions() -> None:
    assert ok(bridge.lcontrib())["layers"] == LContrib


def test_layer_names() -> None:
    names = ok(bridge.layer_names())["layers"]
    assert names[0] == "conv2d" and names[-1] == "mixed10" and "mixed9_1" in names
    assert ok(bridge.layer_names("inception_v3", None))["layers"] == names
    assert "inception_v3" in failed(bridge.layer_names("inception_v4"), "network")


def test_an_array_of_r_s_arrives_as_it_is() -> None:
    array = np.random.default_rng(0).random((4, 5, 3))
    given = {"values": bytearray(array.tobytes(order="F")), "shape": [4, 5, 3]}
    options = with_arrays({"guide": given, "layers": {"values": 1.0, "shape": 2.0}})
    np.testing.assert_array_equal(options["guide"], array)
    np.testing.assert_array_equal(with_arrays(given), array)
    assert options["layers"] == {"values": 1.0, "shape": 2.0}  # names of layers
