"""A picture made again from what it says of itself; the same call gives the same bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_record import made
from PIL import ExifTags, Image
from toys import frozen, saved, small_model

import deepdreamr
from deepdreamr import LayerTerm, Recipe, dream, replay, show
from deepdreamr.errors import (
    ArgumentError,
    ConsentError,
    DreamInterrupted,
    ImageError,
    MemoryLimitError,
    NetworkError,
    ReplayWarning,
    UnknownLayerError,
    WeightsError,
)
from deepdreamr.front import bridge
from deepdreamr.front.cli import main
from deepdreamr.pictures.writing import encode
from deepdreamr.recipes.chain import IN_CHAIN
from deepdreamr.recipes.settings import SETTINGS
from deepdreamr.runs.record import FIELDS, parse_record

SHORT = {"octaves": 2, "iterations": 2}
VIVID = {"recipe": "vivid", "layers": {"mixed0": 0.3, "mixed1": 1.0}, "seed": 7, **SHORT}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, photo: np.ndarray) -> Path:
    path = tmp_path_factory.mktemp("source") / "Kaffee ☕.png"
    pixels = np.rint((photo[0, 60:156, 40:136] + 1) * 127.5).astype(np.uint8)
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera & Co"
    exif[ExifTags.Base.Orientation] = 6
    Image.fromarray(pixels[:80]).save(path, exif=exif)
    return path


@pytest.fixture(scope="module")
def vivid(source: Path) -> Any:
    return dream(source, **VIVID)


def same(first: Any, second: Any) -> None:
    np.testing.assert_array_equal(first.image, second.image)
    assert first.losses == second.losses and first.png() == second.png()


def with_record(result: Any, **changes: Any) -> bytes:
    """The dream's picture with a record that says something else."""
    record = parse_record(json.dumps({**result.record, **changes}))
    return encode(result.image, note=record.note())


# ---- What a dream says ---------------------------------------------------------------------------


@pytest.mark.slow
def test_a_dream_says_all_that_made_it(vivid: Any, source: Path) -> None:
    record = vivid.record
    assert list(record) == list(FIELDS) and parse_record(record.json()) == record
    assert record["settings"] == vivid.settings and len(record["settings"]) > 20
    assert (
        record["recipe"] == "vivid" and record["seed"] == 7 and record["network"] == "inception_v3"
    )
    assert record["layers"][1] == {"layer": "mixed1", "weight": 1.0, "channels": None}
    assert record["weights"] == vivid.weights and record["weights_from"] == "bundled"
    assert record["source"] == "Kaffee ☕.png" and record["source_size"] == [96, 80]
    assert record["octaves"] == [list(shape) for shape in vivid.octaves]
    assert (record["octave"], record["steps"], record["last_step"]) == (2, 4, [2, 2])
    assert record["versions"]["numpy"] == np.__version__
    assert {"python", "tensorflow", "keras", "numpy", "pillow"} == set(record["versions"])


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_a_saved_dream_says_nothing_of_camera_or_folder(
    tmp_path: Path, vivid: Any, source: Path, suffix: str
) -> None:
    path = vivid.save(tmp_path / f"dream{suffix}")
    content = path.read_bytes()
    assert b"Camera" not in content and os.fsencode(source.parent) not in content
    assert show(path) == vivid.record


# ---- The same picture again ----------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_every_format_is_made_again(tmp_path: Path, vivid: Any, source: Path, suffix: str) -> None:
    path = vivid.save(tmp_path / f"dream{suffix}")
    again = replay(path, source)
    same(again, vivid)
    assert again.save(tmp_path / f"again{suffix}").read_bytes() == path.read_bytes()


CALLS: dict[str, dict[str, Any]] = {
    "rblog": {"layers": {"mixed0": 1.0}},
    "channels": {"layers": [LayerTerm("mixed0", -1.0, {3: 2.0, 9: 1.0}), LayerTerm("conv2d_3")]},
    "max_size": {"layers": "mixed0", "max_size": 84},
    "training": {"layers": "mixed0", "training": True},
    "bfloat16": {"layers": "mixed0", "precision": "bfloat16"},
    "untrained": {"layers": "mixed0", "weights": "untrained"},
    "a recipe of one's own": {
        "layers": "mixed0",
        "recipe": Recipe(name="[mine]", step=0.5, jitter=3),
    },
    "tiles": {"layers": "mixed0", "tile_size": 80, "tile_start": "random", "tile_normalize": True},
    "larger": {"layers": "mixed0", "octaves_above": 1},
    "no seed": {"layers": "mixed0", "jitter": 9, "seed": None},
}


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLS)
def test_every_kind_of_dream_is_made_again(source: Path, call: Any) -> None:
    first = dream(source, **{**SHORT, "seed": 3, **CALLS[call]})
    same(replay(first.png(), source), first)


def test_noise_is_made_again_without_a_source() -> None:
    first = dream(size=(81, 90), layers="mixed0", seed=3, **SHORT)
    same(replay(first), first)
    with pytest.raises(ArgumentError, match="made from noise of 81x90: no `source`"):
        replay(first, np.zeros((81, 90)))


@pytest.mark.slow
def test_a_guide_must_be_given_again(source: Path, vivid: Any) -> None:
    guide = np.random.default_rng(0).integers(0, 256, (90, 90, 3), np.uint8)
    first = dream(source, "mixed0", guide=guide, **SHORT)
    same(replay(first, source, guide=guide), first)
    with pytest.raises(ArgumentError, match="made with a guide. Give it again as `guide`"):
        replay(first, source)
    with pytest.raises(ArgumentError, match="made without a guide"):
        replay(vivid, source, guide=guide)
    with pytest.warns(ReplayWarning, match="the guide"):
        replay(first, source, guide=255 - guide)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["callback", "interrupted"])
@pytest.mark.parametrize("last", [(1, 2), (2, 1)])
def test_a_dream_that_was_stopped_is_stopped_there_again(
    source: Path, how: str, last: tuple[int, int]
) -> None:
    def stop(step: Any) -> bool:
        if (step.octave, step.iteration) == last and how == "interrupted":
            raise KeyboardInterrupt
        return (step.octave, step.iteration) != last

    try:
        first = dream(source, on_step=stop, **VIVID)
    except DreamInterrupted as interrupt:
        first = interrupt.dream
    assert first.stopped == how and tuple(first.record["last_step"]) == last
    seen: list[Any] = []
    again = replay(first.png(), source, on_step=seen.append)
    np.testing.assert_array_equal(again.image, first.image)
    assert again.losses == first.losses and len(seen) == len(first.losses)
    assert again.image.shape == first.image.shape == (96, 80, 3)


def test_a_dream_that_was_stopped_before_its_first_step(source: Path) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch, pytest.raises(DreamInterrupted) as caught:
        patch.setattr("deepdreamr.core.ascent.climb", interrupt)
        dream(source, **VIVID)
    with pytest.raises(ArgumentError, match="before its first step"):
        replay(caught.value.dream.png(), source)


def test_the_picture_of_an_octave_leads_to_the_whole_dream(
    tmp_path: Path, source: Path, vivid: Any
) -> None:
    dream(source, save_octaves=tmp_path, **VIVID)
    first = next(path for path in tmp_path.iterdir() if "96x80" not in path.name)
    assert show(first)["octave"] == 1 and show(first)["steps"] == 2
    with pytest.warns(ReplayWarning, match="that of octave 1/2; the dream is made to its end"):
        same(replay(first, source), vivid)


def test_a_replay_can_be_kept_and_goes_on(tmp_path: Path, source: Path, vivid: Any) -> None:
    def fail(step: Any) -> None:
        if step.octave == 2:
            raise InterruptedError

    path = tmp_path / "run"
    with pytest.raises(InterruptedError):
        replay(vivid, source, checkpoint=path, on_step=fail)
    assert path.exists()
    same(replay(vivid, source, checkpoint=path, save_octaves=tmp_path / "octaves"), vivid)
    assert not path.exists() and len(list((tmp_path / "octaves").iterdir())) == 2


# ---- Networks from files -------------------------------------------------------------------------


@pytest.mark.slow
def test_a_network_from_a_file_must_be_given_again(tmp_path: Path, source: Path) -> None:
    path = saved(small_model(), tmp_path / "mine.keras")
    first = dream(source, "second_relu", network=path, convention="0-1", **SHORT)
    record = show(first)
    assert record["network"] == "mine.keras" and record["weights_from"] == "own"
    assert os.fsencode(tmp_path) not in first.png()
    message = r"made with the network 'mine.keras', own: .*sha256 .*again as `network`"
    with pytest.raises(ArgumentError, match=message):
        replay(first, source)
    same(replay(first.png(), source, network=path), first)
    elsewhere = tmp_path / "renamed.keras"
    path.rename(elsewhere)
    again = replay_with(
        ReplayWarning, "network .was 'mine.keras', is 'renamed.keras'", first, source, elsewhere
    )
    np.testing.assert_array_equal(again.image, first.image)


def replay_with(warning: type[Warning], message: str, first: Any, source: Any, network: Any) -> Any:
    with pytest.warns(warning, match=message):
        return replay(first, source, network=network)


@pytest.mark.slow
def test_other_parameters_are_warned_of(tmp_path: Path, source: Path) -> None:
    path = saved(small_model(), tmp_path / "mine.keras")
    first = dream(source, "second_relu", network=path, **SHORT)
    again = replay(
        first, source, network=saved(small_model(), path)
    )  # another file, the same model
    np.testing.assert_array_equal(again.image, first.image)
    model = small_model()
    model.get_layer("first").set_weights([model.get_layer("first").get_weights()[0] * 1.5])
    other = replay_with(
        ReplayWarning, "the network's parameters", first, source, saved(model, path)
    )
    assert (other.image != first.image).any()
    model = small_model(size=32)  # a layer that is not used does not count
    model.get_layer("scores").set_weights([w * 2 for w in model.get_layer("scores").get_weights()])
    again = replay(first, source, network=saved(model, path))
    np.testing.assert_array_equal(again.image, first.image)


def test_a_model_object_and_a_frozen_graph(tmp_path: Path, source: Path) -> None:
    import tensorflow as tf

    model = small_model(name="live")
    first = dream(source, "pool", network=model, **SHORT)
    assert show(first)["network"] == "Keras model live"
    with pytest.raises(ArgumentError, match="Keras model live"):
        replay(first, source)
    same(replay(first, source, network=model), first)

    kernel = tf.constant(np.random.default_rng(0).normal(0, 0.3, (3, 3, 3, 8)), tf.float32)
    graph = frozen(lambda x: tf.nn.relu(tf.nn.conv2d(x, kernel, 2, "SAME"), name="layer"))
    path = tmp_path / "graph.pb"
    path.write_bytes(graph.as_graph_def().SerializeToString())
    first = dream(source, "layer", network=path, **SHORT)
    same(replay(first, source, network=path), first)
    kernel = kernel * 2
    graph = frozen(lambda x: tf.nn.relu(tf.nn.conv2d(x, kernel, 2, "SAME"), name="layer"))
    path.write_bytes(graph.as_graph_def().SerializeToString())
    replay_with(ReplayWarning, "the network's parameters", first, source, path)


@pytest.mark.slow
def test_parameters_from_a_file_must_be_given_again(tmp_path: Path, source: Path) -> None:
    import keras

    model = keras.applications.MobileNet(weights=None, include_top=False, alpha=1.0)
    path = saved(model, tmp_path / "mine.weights.h5")
    options = {"network": "MobileNet", "weights": path, "layers": "conv_pw_1_relu", **SHORT}
    first = dream(source, **options)
    assert show(first)["weights_from"] == "file" and show(first)["network"] == "mobilenet"
    with pytest.raises(ArgumentError, match=r"mine\.weights\.h5 .*again as `weights`"):
        replay(first, source)
    same(replay(first, source, weights=path), first)


# ---- Something is not what it was ----------------------------------------------------------------


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"deepdreamr": "9.9"}, r"these do: deepdreamr \(was '9.9', is"),
    ({"versions": {"python": "2.7"}}, r"python \(was '2.7', is .*tensorflow \(was None"),
    ({"device": "GPU 0"}, r"device \(was 'GPU 0', is 'CPU'\)"),
    ({"weights_sha256": "0" * 64}, "these do: the network's parameters$"),
    ({"source_sha256": "0" * 64}, "these do: the picture's pixels$"),
    ({"window_pixels": 70_000}, "other windows than before"),
]


@pytest.mark.parametrize(("changes", "message"), CHANGES, ids=[next(iter(c)) for c, _ in CHANGES])
def test_what_differs_is_warned_of_and_the_dream_is_made(
    vivid: Any, source: Path, changes: Any, message: Any
) -> None:
    with pytest.warns(ReplayWarning, match=message) as caught:
        again = replay(with_record(vivid, **changes), source)
    assert len(caught) == 1
    np.testing.assert_array_equal(again.image, vivid.image)


def test_another_source_is_warned_of_before_the_dream(vivid: Any, source: Path) -> None:
    seen: list[Any] = []
    larger = np.zeros((100, 90, 3))
    message = r"the picture's size \(was \[96, 80\], is \[100, 90\]\), the picture's pixels"
    with warnings.catch_warnings(), pytest.raises(ReplayWarning, match=message):
        warnings.simplefilter("error", ReplayWarning)
        replay(vivid, larger, on_step=seen.append)
    assert not seen
    with pytest.warns(ReplayWarning, match=message):
        assert replay(vivid, larger).shape == (100, 90)


def test_a_source_that_is_missing_or_bad(vivid: Any, source: Path, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"`source` must be given: .* 'Kaffee ☕.png', 96x80"):
        replay(vivid)
    with pytest.raises(ImageError, match="there is no file"):
        replay(vivid, tmp_path / "none.png")
    with pytest.raises(ImageError, match="does not say how it was made"):
        replay(source, source)
    with pytest.raises(ImageError, match="does not say how it was made"):
        replay(vivid.save(tmp_path / "bare.png", strip_metadata=True), source)


# ---- Strangers' pictures -------------------------------------------------------------------------


def changed_settings(**changes: Any) -> dict[str, Any]:
    return {"settings": {**made()["settings"], **changes}}


HOSTILE: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "a path as network": ({"network": "/etc/passwd"}, ArgumentError),
    "a model's path": ({"network": "../evil.keras", "weights_from": "own"}, ArgumentError),
    "a known name as own": ({"weights_from": "own"}, ArgumentError),
    "weights of nobody": ({"weights_from": "file"}, ArgumentError),
    "a download": ({"network": "inception5h", "weights_from": "download"}, WeightsError),
    "an unknown setting": (changed_settings(command="rm"), ArgumentError),
    "a dunder": (changed_settings(__class__=1), ArgumentError),
    "recipe's own fields": (changed_settings(layers="mixed0"), ArgumentError),
    "a setting out of range": (changed_settings(octave_scale=0.5), ArgumentError),
    "endless octaves": (changed_settings(octaves=10**9), ArgumentError),
    "huge octaves": (changed_settings(octaves=100, octaves_above=99), ImageError),
    "no such layer": (
        {"layers": [{"layer": "../x", "weight": 1.0, "channels": None}]},
        UnknownLayerError,
    ),
    "no layers": ({"layers": []}, ArgumentError),
    "no such channel": (
        {"layers": [{"layer": "mixed0", "weight": 1.0, "channels": [[10**6, 1.0]]}]},
        ArgumentError,
    ),
    "no such precision": ({"precision": "float8"}, ArgumentError),
    "a scaled-up picture": ({"max_size": 0}, ArgumentError),
    "noise": ({"size": [96, 80]}, ArgumentError),
    "huge noise": ({"size": [10**9, 10**9], "source_size": [10**9, 10**9]}, ConsentError),
    "a guide": ({"guide_sha256": "0" * 64}, ArgumentError),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_stranger_s_record_opens_no_file_and_runs_nothing(
    vivid: Any, source: Path, monkeypatch: pytest.MonkeyPatch, case: Any
) -> None:
    changes, error = HOSTILE[case]
    monkeypatch.setattr("socket.socket.connect", lambda *_, **__: pytest.fail("a download"))
    picture = with_record(vivid, **changes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReplayWarning)
        with pytest.raises(error) as caught:
            replay(picture, None if case == "huge noise" else source)
    assert isinstance(caught.value, deepdreamr.DeepDreamError), caught.value
    assert "\n" not in str(caught.value)


def test_settings_of_a_later_version_are_said_to_be_so(vivid: Any, source: Path) -> None:
    settings = {**vivid.settings, "hue": 3}
    with pytest.raises(ArgumentError, match="not those of this version: .*'hue'.*deepdreamr 8.0"):
        replay(with_record(vivid, settings=settings, deepdreamr="8.0"), source)


def test_a_setting_that_came_later_has_its_default(vivid: Any, source: Path) -> None:
    """Which is what an older version did: nothing differs, and nothing is said."""
    settings = dict(vivid.settings)
    del settings["octave_sigma"], settings["chain"]
    same_image = replay(with_record(vivid, settings=settings), source)
    np.testing.assert_array_equal(same_image.image, vivid.image)


def test_a_network_that_is_not_there(vivid: Any, source: Path, tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="there is no file"):
        replay(vivid, source, network=tmp_path / "none.keras")


# ---- The command and the bridge ------------------------------------------------------------------


def test_show_prints_json(tmp_path: Path, vivid: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(vivid.save(tmp_path / "dream.webp"))]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(vivid.record.json())
    bare = vivid.save(tmp_path / "bare.webp", strip_metadata=True)
    assert main(["show", str(bare)]) == 2
    assert capsys.readouterr().err.startswith("error: 'bare.webp' does not say how it was made")


def test_replay_writes_the_same_file(
    tmp_path: Path,
    vivid: Any,
    source: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    first = vivid.save("dream.png").read_bytes()
    command = ["replay", "dream.png", str(source), "-o", "again.png"]
    assert main(command) == 0
    assert Path("again.png").read_bytes() == first
    assert "vivid" in capsys.readouterr().out
    assert main(command) == 2
    assert "'again.png' exists already" in capsys.readouterr().err
    assert main([*command, "--overwrite", "--strip-metadata", "--checkpoint", "run"]) == 0
    assert b"vivid" not in Path("again.png").read_bytes()
    assert main(["replay", "dream.png", "-o", "other.png"]) == 2
    assert "error: SOURCE must be given" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.png", "dream.png"]


def test_the_bridge_shows_and_replays(vivid: Any, source: Path) -> None:
    shown = bridge.show(bytearray(vivid.png()))
    assert shown["ok"] and shown["record"] == dict(vivid.record)
    assert json.loads(shown["text"]) == vivid.record
    seen: list[dict[str, Any]] = []
    again = bridge.replay(bytearray(vivid.png()), str(source), {"max_memory": 8e9}, seen.append)
    assert again["ok"] and bytes(again["png"]) == vivid.png() and not again["warnings"]
    assert [step["iteration"] for step in seen] == [1, 2, 1, 2] and seen[0]["height"] == 68
    warned = bridge.replay(with_record(vivid, deepdreamr="9.9"), str(source))
    assert [w["class"] for w in warned["warnings"]] == ["replay"]
    for answer, kind in (
        (bridge.show(str(source)), "image"),
        (bridge.replay(vivid.png()), "argument"),
        (bridge.replay(vivid.png(), str(source), {"step": 1}), "argument"),
    ):
        assert (answer["ok"], answer["type"], answer["traceback"]) == (False, kind, "")


def test_ctrl_c_leaves_a_picture_that_is_made_again(
    tmp_path: Path,
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from deepdreamr.core import ascent

    calls: list[int] = []

    def climb(*arguments: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return original(*arguments, **named)

    original = ascent.climb
    out, command = (
        tmp_path / "out.jpg",
        ["dream", str(source), "--recipe", "vivid", "--octaves", "2"],
    )
    command += ["--iterations", "2", "--layers", "mixed0", "--seed", "4", "-o", str(out)]
    with monkeypatch.context() as patch:
        patch.setattr(ascent, "climb", climb)
        assert main(command) == 130
    assert capsys.readouterr().err.splitlines()[-1] == f"stopped after 3 steps: {out}"
    record = show(out)
    assert (record["stopped"], record["last_step"], record["steps"]) == ("interrupted", [2, 1], 3)
    first = out.read_bytes()
    assert main(["replay", str(out), str(source), "-o", str(tmp_path / "again.jpg")]) == 0
    one, other = (np.asarray(Image.open(path)) for path in (out, tmp_path / "again.jpg"))
    np.testing.assert_array_equal(one, other)
    assert out.read_bytes() == first
    calls.clear()
    command += ["--overwrite", "--checkpoint", str(tmp_path / "run")]
    with monkeypatch.context() as patch:
        patch.setattr(ascent, "climb", climb)
        assert main(command) == 130
    line = capsys.readouterr().err.splitlines()[-1]
    assert line == f"stopped after 3 steps: {out}; with --overwrite it goes on"
    assert main(command) == 0 and show(out)["stopped"] is None
    assert "octave 1/2" not in capsys.readouterr().err


# ---- The same bytes ------------------------------------------------------------------------------

_CHILD = """
import sys
from deepdreamr.runs import memory
from deepdreamr.front.cli import main

memory.WHOLE_PIXELS = int(sys.argv[1])
status = main(sys.argv[2:])
sys.exit(status)
"""


@pytest.mark.slow
@pytest.mark.parametrize("limit", [1_600_000, 70_000])
def test_another_process_and_the_command_give_the_same_bytes(
    tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    from deepdreamr.runs import memory

    path = tmp_path / "source.png"
    wide = np.tile(photo[0, :96], (1, 5, 1))[:, :760] if limit < 10**6 else photo[0, :96, :96]
    Image.fromarray(np.rint((wide + 1) * 127.5).astype(np.uint8)).save(path)
    options = {**VIVID, "octaves": 2 if limit > 10**6 else 1}
    monkeypatch.setattr(memory, "WHOLE_PIXELS", limit)
    results = [dream(path, **options) for _ in range(2)]
    assert results[0].png() == results[1].png()
    assert results[0].record["window_pixels"] == (limit if limit < 10**6 else None)
    command = ["dream", str(path), "-o", str(tmp_path / "out.png"), "--recipe", "vivid"]
    command += ["--layers", "mixed0=0.3,mixed1=1", "--seed", "7", "--iterations", "2"]
    command += ["--octaves", str(options["octaves"])]
    child = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", _CHILD, str(limit), *command],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(Path(deepdreamr.__file__).parents[1])},
    )
    assert child.returncode == 0, child.stderr
    assert (tmp_path / "out.png").read_bytes() == results[0].png()


def test_another_seed_gives_another_picture(source: Path, vivid: Any) -> None:
    other = dream(source, **{**VIVID, "seed": 8})
    assert (other.image != vivid.image).any()


def test_a_callback_that_cannot_be_called(vivid: Any, source: Path) -> None:
    with pytest.raises(ArgumentError, match="`on_step` must be a function. Received: on_step=3"):
        replay(vivid, source, on_step=3)


# ---- Nothing for hours, nothing from the web, on a stranger's word -------------------------------

NOISE = {"source": None, "source_size": [9000, 9000], "size": [9000, 9000]}
ASKS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "iterations": ({}, {"iterations": 10**9}, r"2,000,000,000 iterations, at up to 96x80 pixels"),
    "tiles": (
        {},
        {"iterations": 10**5, "tile_size": 1},
        "200,000 iterations.*hours on a few",
    ),
    "transforms": (
        {},
        {"transforms": ["scale(10, 10)"] * 2 + ["scale(0.1, 0.1)"] * 2},
        "megapixels",
    ),
    "chain": (
        {},
        {name: SETTINGS[name].default for name in IN_CHAIN}
        | {"chain": ["smooth(1000)"] * 100, "iterations": 20_000},
        "hours on a few cores",
    ),
    "blurs": (
        {},
        {name: SETTINGS[name].default for name in IN_CHAIN}
        | {"chain": ["smooth(50)"] * 100, "iterations": 2000},
        "hours on a few cores",
    ),
    "more than a float holds": ({}, {"iterations": 10**308}, "iterations.*hours on a few"),
    "turns": ({}, {"transforms": ["rotate(10)"] * 99, "iterations": 9000}, "hours on a few cores"),
    "bands": (
        {},
        {name: SETTINGS[name].default for name in IN_CHAIN}
        | {"chain": ["laplacian(3)"] * 99, "iterations": 40_000},
        "hours on a few cores",
    ),
    "noise": (NOISE, {}, "starts from noise of 9000x9000 pixels: 81 megapixels, more than 34"),
    "octaves": ({}, {"octaves_above": 1, "octave_scale": 99.0}, "asks for an octave of "),
    "imagenet": ({"weights_from": "imagenet"}, {}, "ImageNet's parameters of inception_v3, which"),
    "vgg16": ({"weights_from": "imagenet", "network": "vgg16"}, {}, "of vgg16, which Keras would"),
}


@pytest.fixture
def loading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a replay that loads the network says; Keras has downloaded nothing, nor can it."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr("socket.socket.connect", lambda *_, **__: pytest.fail("a download"))

    def load(_: Any) -> None:
        raise NetworkError("it is loaded")

    monkeypatch.setattr("deepdreamr.runs.replaying.describe", load)
    return "it is loaded"


def test_a_loss_of_very_many_terms_needs_consent(vivid: Any, source: Path, loading: str) -> None:
    term = vivid.record["layers"][0]
    picture = with_record(vivid, layers=[term] * 1001)
    with pytest.raises(ConsentError, match="a loss of 1,001 terms"):
        replay(picture, source)
    with pytest.raises(NetworkError, match=loading):
        replay(picture, source, consent=True)


@pytest.mark.parametrize("case", ASKS)
def test_what_needs_consent_is_an_error_at_once(
    vivid: Any, source: Path, loading: str, case: Any
) -> None:
    changes, settings, message = ASKS[case]
    picture = with_record(vivid, **changes, settings={**vivid.settings, **settings})
    start = None if case == "noise" else source
    with pytest.raises(ConsentError, match=message) as caught:
        replay(picture, start)
    assert "`consent=True`" in str(caught.value) and "\n" not in str(caught.value)
    answer = bridge.replay(picture, None if start is None else str(start))
    assert answer["type"] == "consent" and not answer["ok"]
    if case in ("iterations", "tiles", "imagenet"):
        with pytest.raises(NetworkError, match=loading):
            replay(picture, start, consent=True)


def test_consent_is_asked_for_whatever_memory_there_is(
    vivid: Any, source: Path, loading: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deepdreamr.runs.memory.free_memory", lambda: 0)
    picture = with_record(vivid, settings={**vivid.settings, **ASKS["octaves"][1]})
    with pytest.raises(ConsentError, match=ASKS["octaves"][2]):
        replay(picture, source)
    with pytest.raises(MemoryLimitError):
        replay(picture, source, consent=True)


def test_the_shell_asks_for_consent_too(
    vivid: Any, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], loading: str
) -> None:
    path = tmp_path / "asks.png"
    path.write_bytes(with_record(vivid, settings={**vivid.settings, "iterations": 10**9}))
    call = ["replay", str(path), str(source), "-o", str(tmp_path / "out.png")]
    assert main(call) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and "--consent" in line
    assert main([*call, "--consent"]) == 2
    assert loading in capsys.readouterr().err


def test_naming_the_parameters_is_consent(vivid: Any, source: Path, loading: str) -> None:
    with pytest.raises(NetworkError, match=loading):
        replay(with_record(vivid, weights_from="imagenet"), source, weights="imagenet")


def test_what_keras_has_is_not_downloaded(
    vivid: Any, source: Path, tmp_path: Path, loading: str
) -> None:
    name = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
    (tmp_path / "keras" / "models").mkdir(parents=True)
    (tmp_path / "keras" / "models" / name).touch()
    with pytest.raises(NetworkError, match=loading):
        replay(with_record(vivid, weights_from="imagenet"), source)


@pytest.mark.parametrize("odd", ["no", 2, None, []])
def test_consent_is_true_or_false(vivid: Any, source: Path, odd: Any) -> None:
    with pytest.raises(ArgumentError, match="`consent` must be"):
        replay(vivid, source, consent=odd)


def test_a_warning_is_of_the_line_that_called(vivid: Any, source: Path) -> None:
    picture = with_record(vivid, window_pixels=10**6, versions={})
    with pytest.warns(ReplayWarning) as caught:
        replay(picture, source)
    assert [warning.filename for warning in caught] == [__file__, __file__]
