"""Sheets of dreams: what each channel of a layer dreams."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_tiles import tiles
from PIL import Image
from toys import exported, frozen, small_model, written

from deepdreamr import channel_sheet, dream, feature_maps, layer_names, layer_sheet
from deepdreamr.core.gradient import LossGradient
from deepdreamr.errors import (
    ArgumentError,
    DreamInterrupted,
    DreamStoppedWarning,
    ImageError,
    NetworkError,
    UnknownLayerError,
)
from deepdreamr.looking import channels
from deepdreamr.looking.channels import MOST
from deepdreamr.pictures.picture import noise, to_uint8
from deepdreamr.recipes.terms import LayerTerm
from deepdreamr.runs.running import pyramid_of

QUICK: dict[str, Any] = {"octaves": 2, "octave_scale": 1.1, "iterations": 2, "seed": 3}
NOISE: dict[str, Any] = {**QUICK, "size": (60, 80)}


@pytest.fixture(scope="module")
def small(photo: np.ndarray) -> np.ndarray:
    """The photograph's middle, uint8 (90, 100, 3)."""
    return to_uint8(photo[:, 30:120, 40:140])


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Filled with each loss that is traced."""
    found: list[object] = []
    of = LossGradient.of

    def noted(self: LossGradient, *arguments: Any) -> Any:
        found.append(self)
        return of(self, *arguments)

    monkeypatch.setattr(LossGradient, "of", noted)
    return found


@pytest.mark.slow
def test_each_tile_is_the_dream_of_that_channel_alone_and_all_have_one_graph(
    small: np.ndarray, traces: list[object]
) -> None:
    numbers = [3, 66, 5, 200]
    sheet = channel_sheet("mixed0", small, channels=numbers, columns=1, **QUICK)
    assert len(traces) == 1
    assert sheet.channels == tuple(numbers) and sheet.layer == "mixed0"
    expected = []
    for number, found in zip(numbers, sheet.dreams, strict=True):
        alone = dream(small, [LayerTerm("mixed0", channels=number)], recipe="vivid", **QUICK)
        np.testing.assert_array_equal(found.image, alone.image)
        assert found.record == alone.record and found.losses == alone.losses
        expected.append(alone.image)
    for pixels, wanted in zip(tiles(sheet.image, (90, 100), 5), [small, *expected], strict=True):
        np.testing.assert_array_equal(pixels, wanted)
    assert (expected[0] != expected[1]).mean() > 0.3


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["rblog", "google2015", "inception5h", "gordic"])
def test_so_it_is_with_any_recipe(recipe: str, traces: list[object]) -> None:
    sheet = channel_sheet("mixed0", channels=[7, 8], recipe=recipe, **NOISE)
    assert len(traces) == 1
    options = NOISE | {"layers": [LayerTerm("mixed0", channels=8)], "recipe": recipe}
    np.testing.assert_array_equal(sheet.dreams[1].image, dream(**options).image)


@pytest.mark.slow
def test_and_in_windows(small: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    from deepdreamr.runs import memory, windows

    monkeypatch.setattr(memory, "WHOLE_PIXELS", 8000)
    made = []
    of = windows._window_gradient.__wrapped__

    def kept(gradient: Any) -> Any:
        made.append(gradient)
        return of(gradient)

    monkeypatch.setattr(windows, "_window_gradient", kept)
    options = QUICK | {"octaves": 1}
    sheet = channel_sheet("mixed0", small, channels=[3, 5], **options)
    alone = dream(small, [LayerTerm("mixed0", channels=5)], recipe="vivid", **options)
    assert sheet.dreams[1].record.window_pixels and made[0] is made[1]
    np.testing.assert_array_equal(sheet.dreams[1].image, alone.image)


@pytest.mark.slow
def test_from_noise_the_strongest_of_each_twelfth_are_taken() -> None:
    sheet = channel_sheet("mixed0", **(NOISE | {"iterations": 1, "octaves": 1}))
    strength = feature_maps(noise((60, 80), 3).pixels / 2 + 0.5, "mixed0").strength
    parts = np.array_split(np.arange(256), MOST)
    assert sheet.channels == tuple(part[np.argmax(strength[part])] for part in parts)
    assert len(sheet.dreams) == MOST and all(made.stopped is None for made in sheet.dreams)


@pytest.mark.slow
def test_a_silent_channel_says_so(small: np.ndarray) -> None:
    strength = feature_maps(small, "mixed4").strength
    silent = int(np.argmin(strength))
    assert strength[silent] == 0
    options = {"octaves": 1, "iterations": 1, "seed": 1}
    with pytest.warns(DreamStoppedWarning, match="nothing was dreamed"):
        sheet = channel_sheet("mixed4", small, channels=silent, jitter=0, **options)
    assert sheet.dreams[0].stopped == "no gradient"


@pytest.mark.slow
def test_from_a_picture_the_strongest_are_taken(small: np.ndarray) -> None:
    options = QUICK | {"octaves": 1, "iterations": 1}
    sheet = channel_sheet("mixed0", small, **options)
    assert sheet.channels == tuple(feature_maps(small, "mixed0").ordered()[:MOST])


@pytest.mark.slow
def test_the_strongest_are_those_at_the_recipe_s_own_sizes(
    small: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    methods = []

    def watched(job: Any) -> Any:
        pyramid = pyramid_of(job)

        def resized(image: Any, shape: Any, method: str) -> Any:
            methods.append(method)
            return pyramid.resize(image, shape, method)

        return pyramid._replace(resize=resized)

    monkeypatch.setattr(channels, "pyramid_of", watched)
    channel_sheet("mixed0", small, recipe="inception5h", octaves=2, iterations=1)
    assert methods == ["lanczos"]


def test_without_anything_it_starts_from_noise_of_300_pixels() -> None:
    sheet = channel_sheet("conv2d", channels=3, octaves=1, iterations=1)
    assert sheet.dreams[0].shape == (300, 300) and sheet.dreams[0].record.size == (300, 300)
    assert sheet.dreams[0].recipe == "vivid" and sheet.channels == (3,)
    assert repr(sheet).startswith(f"<ChannelSheet {sheet.shape[1]}x{sheet.shape[0]}: conv2d, ")


@pytest.mark.slow
def test_a_layer_of_few_channels_shows_all_and_each_once() -> None:
    model = small_model()
    sheet = channel_sheet("first", network=model, **NOISE)
    assert sheet.channels == tuple(range(6))
    assert channel_sheet("first", network=model, channels=[2, 2], **NOISE).channels == (2,)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["fast", "keras"])
def test_a_model_s_layer(engine: str) -> None:
    model = small_model()
    sheet = channel_sheet("second", network=model, channels=[0, 7], engine=engine, **NOISE)
    for number, found in zip((0, 7), sheet.dreams, strict=True):
        term = LayerTerm("second", channels=number)
        alone = dream(layers=[term], network=model, engine=engine, recipe="vivid", **NOISE)
        np.testing.assert_array_equal(found.image, alone.image)


@pytest.mark.slow
def test_classes_are_channels_too() -> None:
    model = small_model(size=40)
    options = {"octaves": 1, "iterations": 2, "seed": 1, "size": (40, 40), "network": model}
    sheet = channel_sheet("scores", **options)
    assert sheet.channels == (0, 1, 2, 3, 4)
    alone = dream(layers=[LayerTerm("scores", channels=4)], recipe="vivid", **options)
    np.testing.assert_array_equal(sheet.dreams[4].image, alone.image)


@pytest.mark.slow
def test_files_of_any_kind(tmp_path: Path) -> None:
    import tensorflow as tf

    def function(image: Any) -> Any:
        return tf.nn.relu(tf.nn.conv2d(image, tf.ones((3, 3, 3, 2)), 2, "SAME"), name="seen")

    graph = written(frozen(function), tmp_path / "frozen.pb")
    folder = exported(small_model(), tmp_path / "saved")
    (second,) = (name for name in layer_names(folder) if name.endswith("second_1/BiasAdd"))
    for network, layer in ((graph, "seen"), (folder, second)):
        sheet = channel_sheet(layer, network=network, channels=1, **NOISE)
        term = LayerTerm(layer, channels=1)
        alone = dream(layers=[term], network=network, recipe="vivid", **NOISE)
        np.testing.assert_array_equal(sheet.dreams[0].image, alone.image)
        sheet = layer_sheet(network=network, **NOISE)
        assert layer in sheet.layers and len(sheet.layers) > 1


@pytest.mark.slow
def test_a_file_for_each_tile(small: np.ndarray, tmp_path: Path) -> None:
    folder = tmp_path / "tiles"
    options = QUICK | {"octaves": 1, "channels": [3, 5], "folder": folder}
    channel_sheet("mixed0", small, **options)
    names = ["00_original.png", "01_mixed0_3_.png", "02_mixed0_5_.png"]
    assert sorted(path.name for path in folder.iterdir()) == names
    sheet = channel_sheet("mixed0", size=(60, 80), **(options | {"folder": tmp_path / "noise"}))
    assert sorted(path.name for path in (tmp_path / "noise").iterdir()) == names[1:]
    written = np.asarray(Image.open(tmp_path / "noise" / names[2]))
    np.testing.assert_array_equal(written, sheet.dreams[1].image)


@pytest.mark.slow
def test_the_callback_gets_each_step_and_can_end_the_sheet(small: np.ndarray) -> None:
    steps: list[Any] = []
    options = QUICK | {"octaves": 1, "channels": [3, 5]}
    channel_sheet("mixed0", small, every=2, on_step=steps.append, **options)
    assert [(s.layer, s.number, s.layers, s.step.iteration) for s in steps] == [
        *(("mixed0 [3]", 1, 2, i) for i in (1, 2)),
        *(("mixed0 [5]", 2, 2, i) for i in (1, 2)),
    ]
    assert [s.step.image is None for s in steps] == [True, False] * 2
    ended = channel_sheet("mixed0", small, on_step=lambda s: s.number < 2, **options)
    assert ended.channels == (3, 5) and ended.dreams[1].stopped == "callback"
    assert len(ended.dreams[1].losses) == 1


def test_an_interrupt_has_the_dream_at_hand(small: np.ndarray) -> None:
    def interrupt(step: Any) -> None:
        if step.number == 2:
            raise KeyboardInterrupt

    with pytest.raises(DreamInterrupted) as caught:
        channel_sheet("mixed0", small, channels=[3, 5], on_step=interrupt, **QUICK)
    assert caught.value.dream.layers == (LayerTerm("mixed0", channels=5),)


@pytest.mark.slow
def test_a_dream_in_the_callback_does_not_change_the_sheet(small: np.ndarray) -> None:
    options = QUICK | {"octaves": 1}

    def another(step: Any) -> None:
        channel_sheet("mixed0", small, channels=[9, 10], **options)

    sheet = channel_sheet("mixed0", small, channels=[3, 5], on_step=another, **options)
    plain = channel_sheet("mixed0", small, channels=[3, 5], **options)
    np.testing.assert_array_equal(sheet.image, plain.image)


@pytest.mark.parametrize(
    ("layer", "options", "error", "message"),
    [
        ("mixed0", {"channels": [256]}, ArgumentError, "mixed0 has the channels 0 to 255"),
        ("mixed0", {"channels": -1}, ArgumentError, "a channel of mixed0 must be >= 0"),
        ("mixed0", {"channels": []}, ArgumentError, "must name at least one channel"),
        ("mixed0", {"channels": {3: -1}}, ArgumentError, "`channels` of a sheet have no weights"),
        ("mixed0", {"channels": "3"}, ArgumentError, "must be a whole number"),
        ("mixedO", {}, UnknownLayerError, "Did you mean mixed"),
        (["mixed0"], {}, ArgumentError, "`layer` must be one layer's name"),
        ("", {}, ArgumentError, "a layer must be named"),
        ("mixed8", {}, ImageError, "at least 75 pixels"),
        ("mixed0", {"octave": 2}, ArgumentError, "Did you mean octaves"),
        ("mixed0", {"layers": 2}, ArgumentError, "unknown argument 'layers'"),
        ("mixed0", {"guide": "a.png"}, ArgumentError, "`guide` must be None on a sheet"),
        ("mixed0", {"network": "vgg15"}, NetworkError, "Did you mean vgg19 or vgg16"),
        ("mixed0", {"columns": 0}, ArgumentError, "`columns` must be"),
        ("mixed0", {"zoom": 0}, ArgumentError, "`zoom` must be"),
        ("mixed0", {"save_octaves": "x"}, ArgumentError, "`save_octaves` must be None on a sheet"),
        ("mixed0", {"save_steps": "x"}, ArgumentError, "`save_steps` must be None on a sheet"),
        ("mixed0", {"checkpoint": "x"}, ArgumentError, "`checkpoint` must be None on a sheet"),
        ("mixed0", {"on_step": 5}, ArgumentError, "`on_step` must be a function"),
    ],
)
def test_mistakes_are_found_before_the_first_dream(
    layer: Any, options: Any, error: Any, message: str
) -> None:
    steps: list[Any] = []
    with pytest.raises(error, match=message):
        channel_sheet(layer, **(NOISE | {"on_step": steps.append} | options))
    assert steps == []
