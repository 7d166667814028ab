"""Sheets of dreams: what each layer does to a picture."""

from __future__ import annotations

import io
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_tiles import tiles
from PIL import Image
from toys import small_model

from deepdreamr import dream, layer_sheet
from deepdreamr.errors import (
    ArgumentError,
    CheckpointWarning,
    DreamStoppedWarning,
    ImageError,
    NetworkError,
    OutputError,
    UnknownLayerError,
    UnknownLayerWarning,
)
from deepdreamr.front import bridge
from deepdreamr.front.cli import main
from deepdreamr.looking.tiles import LONGEST, LayerStep, term_label
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.pictures.picture import to_uint8
from deepdreamr.pictures.sheets import MARGIN
from deepdreamr.pictures.writing import encode
from deepdreamr.recipes.terms import LayerTerm
from deepdreamr.runs import gradients

QUICK = {"octaves": 1, "iterations": 2, "seed": 3}


@pytest.fixture(scope="module")
def small(photo: np.ndarray) -> np.ndarray:
    """The photograph's middle, uint8 (60, 80, 3)."""
    return to_uint8(photo[:, 30:90, 40:120])


@pytest.mark.slow
def test_each_tile_is_the_dream_of_that_layer_alone(small: np.ndarray) -> None:
    sheet = layer_sheet(small, {"mixed0": 1.0, "mixed2": 0.5}, columns=1, jitter=3, **QUICK)
    assert sheet.layers == ("mixed0", "mixed2")
    expected = [
        dream(small, {name: weight}, jitter=3, **QUICK).image
        for name, weight in (("mixed0", 1.0), ("mixed2", 0.5))
    ]
    for pixels, wanted in zip(tiles(sheet.image, (60, 80), 3), [small, *expected], strict=True):
        np.testing.assert_array_equal(pixels, wanted)
    for result, wanted in zip(sheet.dreams, expected, strict=True):
        np.testing.assert_array_equal(result.image, wanted)
    assert (expected[0] != expected[1]).mean() > 0.3
    assert repr(sheet).startswith(f"<LayerSheet {sheet.shape[1]}x{sheet.shape[0]}: mixed0, mixed2;")


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["rblog", "inception5h", "lucid"])
def test_what_layers_have_in_common_is_traced_once(
    small: np.ndarray, recipe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    traced: Counter[str] = Counter()
    run = Trunk.run

    def counted(self: Any, steps: Any, *others: Any) -> None:
        traced.update(node.name for node, _ in steps)
        run(self, steps, *others)

    monkeypatch.setattr(Trunk, "run", counted)
    gradients._activations_of_each.cache_clear()
    layers = ["mixed2", LayerTerm("mixed0", channels=3), "mixed1", "mixed0"]
    sheet = layer_sheet(small, layers, recipe=recipe, **QUICK)
    assert set(traced.values()) == {1} and "mixed2" in traced
    for result, term in zip(sheet.dreams, layers, strict=True):
        alone = dream(small, [term], recipe=recipe, **QUICK)
        np.testing.assert_array_equal(result.image, alone.image)
        assert result.losses == alone.losses and result.record == alone.record


@pytest.mark.slow
def test_in_windows_too(photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    from deepdreamr.runs import memory

    monkeypatch.setattr(memory, "WHOLE_PIXELS", 8000)
    picture = to_uint8(photo)
    sheet = layer_sheet(picture, ["mixed0", "mixed1"], **QUICK)
    for result, name in zip(sheet.dreams, sheet.layers, strict=True):
        assert result.record.window_pixels
        np.testing.assert_array_equal(result.image, dream(picture, [name], **QUICK).image)


@pytest.mark.slow
def test_with_a_guide_as_well(small: np.ndarray, photo: np.ndarray) -> None:
    sheet = layer_sheet(small, ["mixed0", "mixed1"], guide=photo, **QUICK)
    for result, name in zip(sheet.dreams, sheet.layers, strict=True):
        alone = dream(small, [name], guide=photo, **QUICK)
        np.testing.assert_array_equal(result.image, alone.image)


def test_one_seed_serves_all_layers(small: np.ndarray) -> None:
    options = QUICK | {"seed": None}
    sheet = layer_sheet(small, ["mixed0", "mixed0"], jitter=5, **options)
    first, second = sheet.dreams
    assert first.seed == second.seed
    np.testing.assert_array_equal(first.image, second.image)


@pytest.mark.slow
def test_the_recipes_own_layers_and_channels(small: np.ndarray) -> None:
    with pytest.warns(DreamStoppedWarning, match="layers see nothing of 60x80 pixels"):
        sheet = layer_sheet(small, recipe="keras", **QUICK)
    assert sheet.layers == ("mixed2", "mixed3", "mixed4", "mixed5")
    assert [d.layers[0].weight for d in sheet.dreams] == [0.2, 3.0, 2.0, 1.5]
    term = LayerTerm("mixed0", 1.0, channels=[3, 5])
    sheet = layer_sheet(small, [term], **QUICK)
    assert sheet.layers == ("mixed0 [3, 5]",)
    np.testing.assert_array_equal(sheet.dreams[0].image, dream(small, [term], **QUICK).image)


def test_large_pictures_are_shrunk_on_the_sheet_alone(photo: np.ndarray) -> None:
    picture = to_uint8(photo[:, :120, :160])
    sheet = layer_sheet(picture, ["mixed0"], zoom=0.5, columns=1, **QUICK)
    (dreamed,) = sheet.dreams
    assert dreamed.shape == (120, 160)
    for pixels, whole in zip(
        tiles(sheet.image, (60, 80), 2), (picture, dreamed.image), strict=True
    ):
        means = whole.reshape(60, 2, 80, 2, 3).mean(axis=(1, 3))
        np.testing.assert_allclose(pixels, means, atol=1)


def test_a_sheet_of_dreams_from_noise() -> None:
    sheet = layer_sheet(layers=["mixed0", "mixed1"], size=(60, 80), columns=1, **QUICK)
    start, *dreamed = tiles(sheet.image, (60, 80), 3)
    assert start.std() > 1
    for pixels, name in zip(dreamed, sheet.layers, strict=True):
        expected = dream(layers={name: 1.0}, size=(60, 80), **QUICK).image
        np.testing.assert_array_equal(pixels, expected)


@pytest.mark.slow
def test_a_picture_can_be_scaled_down_first(photo: np.ndarray) -> None:
    sheet = layer_sheet(photo, ["mixed0"], max_size=90, **QUICK)
    (dreamed,) = sheet.dreams
    assert max(dreamed.shape) == 90
    np.testing.assert_array_equal(
        dreamed.image, dream(photo, {"mixed0": 1}, max_size=90, **QUICK).image
    )


@pytest.mark.slow
@pytest.mark.parametrize("start", [{"max_size": 70}, {"size": (60, 80)}])
def test_a_tiles_record_is_that_of_the_dream_of_its_layer_alone(
    photo: np.ndarray, start: Any
) -> None:
    image = None if "size" in start else photo
    sheet = layer_sheet(image, ["mixed0", "mixed2"], **start, **QUICK)
    alone = dream(image, ["mixed2"], **start, **QUICK)
    assert sheet.dreams[1].record == alone.record
    np.testing.assert_array_equal(sheet.dreams[1].image, alone.image)


def test_tiles_have_at_most_480_pixels() -> None:
    wide = np.zeros((80, 960, 3), np.uint8)
    sheet = layer_sheet(wide, ["conv2d"], columns=1, **QUICK)
    assert sheet.shape[1] == 2 * MARGIN + LONGEST


def test_a_file_for_each_tile(small: np.ndarray, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "tiles"
    alpha = np.full((60, 80, 1), 100, np.uint8)
    see_through = np.concatenate([small, alpha], axis=2)
    term = LayerTerm("mixed0", channels=[1, 2])
    sheet = layer_sheet(see_through, ["mixed0", term], folder=folder, **QUICK)
    names = ["00_original.png", "01_mixed0.png", "02_mixed0_1_2_.png"]
    assert sorted(path.name for path in folder.iterdir()) == names
    for name, pixels in zip(names, [small, *(d.image for d in sheet.dreams)], strict=True):
        written = np.asarray(Image.open(folder / name))
        np.testing.assert_array_equal(written, np.concatenate([pixels, alpha], axis=2))


def test_files_are_not_overwritten_unless_asked(small: np.ndarray, tmp_path: Path) -> None:
    (tmp_path / "01_mixed0.png").write_bytes(b"mine")
    with pytest.raises(OutputError, match="01_mixed0.png' exists already"):
        layer_sheet(small, ["mixed0"], folder=tmp_path, **QUICK)
    assert [path.name for path in tmp_path.iterdir()] == ["01_mixed0.png"]
    layer_sheet(small, ["mixed0"], folder=tmp_path, overwrite=True, **QUICK)
    assert np.asarray(Image.open(tmp_path / "01_mixed0.png")).shape == (60, 80, 3)


def test_the_callback_gets_each_step_and_can_end_the_sheet(small: np.ndarray) -> None:
    steps: list[LayerStep] = []
    sheet = layer_sheet(small, ["mixed0", "mixed1"], on_step=steps.append, **QUICK)
    assert [(s.layer, s.number, s.layers, s.step.iteration) for s in steps] == [
        ("mixed0", 1, 2, 1),
        ("mixed0", 1, 2, 2),
        ("mixed1", 2, 2, 1),
        ("mixed1", 2, 2, 2),
    ]
    assert str(steps[2]).startswith("layer 2/2 mixed1, octave 1/1 60x80, iteration 1, loss ")
    assert steps[2].step.loss == sheet.dreams[1].losses[0].loss

    ended = layer_sheet(small, ["mixed0", "mixed1"], on_step=lambda step: False, **QUICK)
    assert ended.layers == ("mixed0",)
    assert [len(d.losses) for d in ended.dreams] == [1]


def test_unknown_layers_are_left_out_with_one_warning(small: np.ndarray) -> None:
    with pytest.warns(UnknownLayerWarning, match="no layers mixed27, mixed37") as caught:
        sheet = layer_sheet(small, ["mixed0", "mixed27", "mixed37"], **QUICK)
    assert len(caught) == 1
    assert sheet.layers == ("mixed0",)
    with pytest.raises(UnknownLayerError, match="Did you mean mixed"):
        layer_sheet(small, ["mixed0", "mixed27"], missing="error", **QUICK)


def test_a_network_of_other_layers_shows_some_from_its_first_to_its_last() -> None:
    sheet = layer_sheet(size=(40, 50), network=small_model(), **QUICK)
    assert sheet.layers == (
        *("first", "first_norm", "first_relu", "pool", "second", "second_norm", "second_relu"),
    )
    options = QUICK | {"network": small_model(), "layers": ["second"], "size": (40, 50)}
    np.testing.assert_array_equal(sheet.dreams[4].image, dream(**options).image)


@pytest.mark.slow
def test_of_many_layers_those_are_taken_through_which_everything_goes() -> None:
    import keras

    x = image = keras.Input((None, None, 3))
    for i in range(14):
        y = keras.layers.Conv2D(3, 3, padding="same", name=f"branch{i}")(x)
        x = keras.layers.Add(name=f"block{i}")([x, y])
    model = keras.Model(image, x)
    sheet = layer_sheet(size=(20, 20), network=model, octaves=1, iterations=1, seed=1)
    assert sheet.layers == tuple(f"block{i}" for i in (0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 13))


@pytest.mark.slow
def test_layers_of_one_size_are_left_out_with_a_line() -> None:
    model = small_model(size=40)
    options = QUICK | {"network": model, "size": (50, 60)}
    with pytest.warns(UnknownLayerWarning, match="left out: scores; only pictures of one size"):
        sheet = layer_sheet(layers=["first", "scores"], **options)
    assert sheet.layers == ("first",)
    assert "scores" not in layer_sheet(**options).layers
    with pytest.raises(ImageError, match="only for pictures of 40x40"):
        layer_sheet(layers=["scores"], **options)
    there = options | {"size": (40, 40)}
    assert layer_sheet(layers=["first", "scores"], **there).layers == ("first", "scores")


@pytest.mark.parametrize(
    ("layers", "options", "error", "message"),
    [
        (["mixed0", "mixed8"], {}, ImageError, "at least 75 pixels"),
        (["mixed0"], {"octaves": 0}, ArgumentError, "`octaves` must be"),
        (["mixed0"], {"octave": 2}, ArgumentError, "Did you mean octaves"),
        (["mixed0"], {"recipe": "rblogg"}, ArgumentError, "unknown recipe"),
        (["mixed0"], {"network": "vgg15"}, NetworkError, "Did you mean vgg19 or vgg16"),
        (["mixed0"], {"columns": 0}, ArgumentError, "`columns` must be"),
        (["mixed0"], {"zoom": 0}, ArgumentError, "`zoom` must be"),
        (["mixed0"], {"save_octaves": "x"}, ArgumentError, "`save_octaves` must be None"),
        (["mixed0"], {"checkpoint": "x"}, ArgumentError, "`checkpoint` must be None"),
        ([], {}, ArgumentError, "at least one layer"),
        (
            ["mixed0", LayerTerm("image", -1, objective="total_variation")],
            {},
            ArgumentError,
            "a penalty on the picture is no tile",
        ),
    ],
)
def test_mistakes_are_found_before_the_first_dream(
    small: np.ndarray, layers: Any, options: Any, error: Any, message: str
) -> None:
    steps: list[LayerStep] = []
    with pytest.raises(error, match=message):
        layer_sheet(small, layers, on_step=steps.append, **(QUICK | options))
    assert steps == []


def test_a_wrong_callback(small: np.ndarray) -> None:
    with pytest.raises(ArgumentError, match="`on_step` must be a function. Received: on_step=5"):
        layer_sheet(small, ["mixed0"], on_step=5, **QUICK)


def test_a_folder_that_cannot_be_made(small: np.ndarray, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot make the folder"):
        layer_sheet(small, ["mixed0"], folder=tmp_path / "file" / "tiles", **QUICK)


def test_a_tile_that_cannot_be_written_does_not_lose_the_sheet(
    small: np.ndarray, tmp_path: Path
) -> None:
    def lose(step: Any) -> None:  # the folder goes away while the second tile is dreamed
        if step.number == 2:
            shutil.rmtree(folder, ignore_errors=True)

    folder = tmp_path / "tiles"
    with pytest.warns(CheckpointWarning, match="no file of tile 2: there is no folder"):
        sheet = layer_sheet(small, ["mixed0", "mixed1"], folder=folder, on_step=lose, **QUICK)
    assert sheet.layers == ("mixed0", "mixed1") and len(sheet.dreams) == 2


def test_what_r_gets(small: np.ndarray, tmp_path: Path) -> None:
    content = encode(small)
    records: list[dict[str, Any]] = []
    options = {"folder": str(tmp_path), "columns": 1.0, "octaves": 1.0, "iterations": 1.0}
    answer = bridge.layer_sheet(content, ["mixed0", "mixed99"], options, records.append)
    assert answer["ok"] and answer["layers"] == ["mixed0"]
    assert [w["class"] for w in answer["warnings"]] == ["unknown_layer"]
    pixels = np.asarray(Image.open(io.BytesIO(answer["png"])))
    assert list(pixels.shape[:2]) == answer["size"]
    again = layer_sheet(small, "mixed0", columns=1, octaves=1, iterations=1)
    np.testing.assert_array_equal(pixels, again.image)
    (record,) = records
    assert {k: record[k] for k in ("layer", "number", "layers", "height", "iteration")} == {
        "layer": "mixed0",
        "number": 1,
        "layers": 1,
        "height": 60,
        "iteration": 1,
    }
    assert len(list(tmp_path.iterdir())) == 2


def test_errors_reach_r(small: np.ndarray) -> None:
    answer = bridge.layer_sheet(encode(small), ["mixed0"], {"octavs": 2})
    assert (answer["ok"], answer["type"]) == (False, "argument")
    assert "Did you mean octaves" in answer["message"]
    assert bridge.layer_sheet(encode(small), ["mixedO"], {})["type"] == "unknown_layer"
    assert bridge.layer_sheet("nowhere.png", ["mixed0"], {})["type"] == "image"


def test_the_command(small: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = tmp_path / "in.png", tmp_path / "out.png"
    source.write_bytes(encode(small))
    quick = ["--octaves", "1", "--iterations", "1"]
    call = [str(source), "-o", str(out), "--layers", "mixed0,mixed1=0.5"]
    assert main(["sheet", *call, *quick, "--folder", str(tmp_path / "tiles")]) == 0
    said = capsys.readouterr()
    assert "layer 2/2 mixed1, octave 1/1 60x80, iteration 1, loss " in said.err
    expected = layer_sheet(source, {"mixed0": 1, "mixed1": 0.5}, octaves=1, iterations=1)
    np.testing.assert_array_equal(np.asarray(Image.open(out)), expected.image)
    assert len(list((tmp_path / "tiles").iterdir())) == 3


def test_tiles_of_one_layer_say_which_objective_they_have() -> None:
    def own(activation: Any) -> Any:
        return activation

    terms = [
        LayerTerm("mixed4", 2, objective="neuron(66)"),
        LayerTerm("mixed4", channels=[3], objective="direction"),
        LayerTerm("mixed4", objective=own),
        LayerTerm("mixed4"),
    ]
    shown = [(term_label(term).name, term_label(term).note) for term in terms]
    assert shown == [
        ("mixed4 neuron(66)", "weight 2"),
        ("mixed4 [3] direction", ""),
        ('mixed4 function("own")', ""),
        ("mixed4", ""),
    ]
