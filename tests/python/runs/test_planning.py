"""A plan says what the dream then does: parts, silent layers, problems; and how pictures fare."""

from __future__ import annotations

import dataclasses
import io
import json
import subprocess
import sys
import warnings
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms
from toys import saved, small_model

from deepdreamr import dream, loss_and_gradient, plan
from deepdreamr.core.gradient import LossGradient
from deepdreamr.errors import (
    ArgumentError,
    DreamStoppedWarning,
    ImageError,
    MemoryLimitError,
    NetworkError,
    UnknownLayerError,
    UnknownLayerWarning,
)
from deepdreamr.front import bridge
from deepdreamr.recipes.schedule import Box, draw_tiles, widened
from deepdreamr.runs import _estimates as estimates
from deepdreamr.runs import memory, planning
from deepdreamr.runs.request import Request
from deepdreamr.runs.windows import WindowedGradient

GREY = np.full((120, 150, 3), 128, np.uint8)


# ---- Octaves, windows, tiles ---------------------------------------------------------------------


@pytest.fixture
def parts_used(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The boxes of each gradient that a dream takes, by the shape of the octave."""
    used = defaultdict(list)
    whole, windowed = LossGradient.__call__, WindowedGradient.__call__

    def of_whole(self: Any, image: Any, random: Any, shift: Any = (0, 0)) -> Any:
        shape, before = tuple(image.shape[1:3]), np.random.default_rng()
        before.bit_generator.state = random.bit_generator.state
        tiles = draw_tiles(shape, self.recipe, before)
        used[shape].append([widened(tile, shape, self.smallest) for tile in tiles])
        return whole(self, image, random, shift)

    def of_windows(self: Any, image: Any, random: Any, shift: Any = (0, 0)) -> Any:
        draw = self._draw

        def noted(shape: Any) -> Any:
            drawn = draw(shape)
            used[shape].append([window.box for window in drawn])
            return drawn

        self._draw = noted
        try:
            return windowed(self, image, random, shift)
        finally:
            self._draw = draw

    monkeypatch.setattr(LossGradient, "__call__", of_whole)
    monkeypatch.setattr(WindowedGradient, "__call__", of_windows)
    return used


def test_octaves_and_windows_are_those_of_the_dream(
    monkeypatch: pytest.MonkeyPatch, parts_used: Any
) -> None:
    monkeypatch.setattr(memory, "WHOLE_PIXELS", 260**2)
    call = dict(layers={"activation_1": 1.0}, octaves=2, octave_scale=2.0, iterations=3, seed=3)
    picture = np.random.default_rng(0).integers(0, 256, (300, 420, 3), np.uint8)
    planned = plan(picture, **call, measure=False)
    result = dream(picture, **call, max_loss=None)
    assert [octave.shape for octave in planned.octaves] == list(result.octaves)
    whole, large = planned.octaves
    assert (whole.windows, whole.window_shape) == (1, (150, 210))
    assert parts_used[150, 210] == [[Box(0, 150, 0, 210)]] * 3
    counts = [len(boxes) for boxes in parts_used[300, 420]]
    assert large.windows == max(counts) > 1
    shapes = [box.shape for boxes in parts_used[300, 420] for box in boxes]
    assert large.window_shape == tuple(max(axis) for axis in zip(*shapes, strict=True))


def test_tiles_on_a_fixed_grid_are_those_of_the_dream(parts_used: Any) -> None:
    call = dict(layers={"mixed0": 1.0}, octaves=1, iterations=1, seed=3, tile_size=100)
    (octave,) = plan(GREY, **call, measure=False).octaves
    dream(GREY, **call)
    assert octave.windows == len(parts_used[120, 150][0]) == 4
    assert octave.window_shape == (100, 100)


def test_tiles_at_random_are_at_most_those_of_the_plan(parts_used: Any) -> None:
    call = dict(layers={"mixed0": 1.0}, octaves=1, iterations=4, seed=3, tile_size=50)
    (octave,) = plan(GREY, tile_start="random", **call, measure=False).octaves
    dream(GREY, tile_start="random", max_loss=None, **call)
    gradients = parts_used[120, 150]
    assert octave.windows == max(map(len, gradients)) and len(gradients) == 4
    shapes = [box.shape for boxes in gradients for box in boxes]
    assert octave.window_shape == tuple(max(axis) for axis in zip(*shapes, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layers", "settings"),
    [
        ({"mixed0": 1.0, "mixed4": 1.0, "mixed10": 1.0}, {"border": 2}),
        ({"mixed0": 1.0, "mixed4": 1.0}, {"border": 2, "tile_size": 90}),
    ],
)
def test_silent_layers_are_those_whose_term_is_zero(
    photo: np.ndarray, layers: Any, settings: Any
) -> None:
    picture = photo[:, :130, :140]
    planned = plan(picture, layers, octaves=1, measure=False, seed=0, **settings)
    assert planned.can_run
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DreamStoppedWarning)
        losses = {
            layer: dream(picture, layer, octaves=1, iterations=1, seed=0, **settings).losses[0].loss
            for layer in layers
        }
    silent = [layer for layer, loss in losses.items() if loss == 0]
    assert list(planned.octaves[0].silent) == silent
    assert "nothing in mixed" in repr(planned) or not silent


def test_a_layer_without_a_place_is_not_all_border(tmp_path: Path) -> None:
    import keras

    model = small_model()
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(model.output)
    path = saved(keras.Model(model.input, pooled), tmp_path / "pooled.keras")
    planned = plan(GREY, "pooled", network=path, octaves=1, border=2, measure=False)
    assert planned.octaves[0].silent == ()
    assert planned.loads.startswith("TensorFlow, pooled.keras (")


# ---- Problems ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "call"),
    [
        (ImageError, {}),
        (ImageError, {"layers": {"mixed10": 1}, "octaves": 1, "max_size": 60}),
        (UnknownLayerError, {"layers": {"mixd3": 1}, "octaves": 1}),
        (UnknownLayerError, {"layers": {"mixed3": 1, "mixd4": 1}, "missing": "error"}),
        (MemoryLimitError, {"layers": {"mixed0": 1}, "octaves": 1, "max_memory": "50MB"}),
        (ArgumentError, {"layers": [("mixed0", 1)], "octaves": 1, "precision": "float64"}),
        (ArgumentError, {"layers": {"mixed0": 1.0}, "octaves": 0}),
        (ArgumentError, {"layers": {"mixed0": 1.0}, "engine": "slow"}),
        (ArgumentError, {"layers": {"mixed0": 1}, "octaves": 1, "missing": "never"}),
        (NetworkError, {"network": "inception_v9"}),
    ],
)
def test_what_the_dream_would_raise_is_a_problem_or_raised_alike(error: Any, call: Any) -> None:
    with pytest.raises(error) as raised:
        dream(GREY, **call)
    if error in (ArgumentError, NetworkError):
        with pytest.raises(error) as again:
            plan(GREY, **call, measure=False)
        assert str(again.value) == str(raised.value)
        return
    planned = plan(GREY, **call, measure=False)
    assert not planned.can_run
    if error is MemoryLimitError:  # the process has grown by a page or two
        assert planned.problems[0].startswith("a picture of 120x150 needs at least")
    else:
        assert str(raised.value) in planned.problems
    assert planned.memory is planned.seconds is None
    assert {octave.windows for octave in planned.octaves} == {0}
    assert repr(planned).endswith("CANNOT RUN")


def test_an_unknown_argument_is_refused_alike() -> None:
    for function in (dream, plan):
        with pytest.raises(ArgumentError, match="^unknown argument 'octave'. Did you mean octaves"):
            function(GREY, "mixed0", octave=1)


def test_a_picture_too_small_says_how_many_octaves_fit_and_what_gets_nothing() -> None:
    planned = plan(GREY, {"mixed0": 1.0, "mixed10": 1.0}, octaves=4, measure=False)
    (problem,) = planned.problems
    assert problem.endswith("octaves=2 fit.")
    assert planned.octaves[0].silent == ("mixed10",)
    assert planned.octaves[-1].silent == ()
    assert plan(GREY, {"mixed0": 1.0, "mixed10": 1.0}, octaves=2, measure=False).can_run


def test_a_channel_that_does_not_exist_is_a_problem_when_it_is_measured() -> None:
    planned = plan(GREY, [{"layer": "mixed0", "channels": [999]}], octaves=1)
    (problem,) = planned.problems
    assert problem == "mixed0 has the channels 0 to 255. Received: 999"


# ---- Notes ---------------------------------------------------------------------------------------


def test_unknown_layers_are_left_out_in_the_warnings_words() -> None:
    layers = {"mixed0": 1.0, "mixd4": 2.0}
    with pytest.warns(UnknownLayerWarning) as warned:
        loss_and_gradient(GREY, layers)
    planned = plan(GREY, layers, octaves=1, measure=False)
    assert planned.unknown == ("mixd4",)
    assert str(warned[0].message) in planned.notes
    assert "Did you mean mixed4?" in repr(planned)
    assert [term.layer for term in planned.layers] == ["mixed0"]


def _file(picture: Any, format: str = "PNG", **options: Any) -> Any:
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def _turned() -> Any:
    exif = Image.Exif()
    exif[0x0112] = 6
    return _file(Image.fromarray(GREY), "JPEG", exif=exif)


RGB = Image.fromarray(GREY)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
KINDS = {
    "plain": (_file(RGB), None),
    "alpha": (_file(RGB.convert("RGBA")), "the transparency is kept and put back"),
    "grey": (_file(RGB.convert("L")), "grey: becomes RGB"),
    "grey array": (GREY[..., 0], "grey: becomes RGB"),
    "1-bit": (_file(RGB.convert("1")), "1-bit: becomes RGB"),
    "palette": (_file(RGB.convert("P")), "palette: becomes RGB"),
    "CMYK": (_file(RGB.convert("CMYK"), "JPEG"), "CMYK: becomes RGB"),
    "16-bit": (
        _file(Image.fromarray(np.full((120, 150), 9999, np.uint16))),
        "16 bits a colour: dreamed as floats, saved with 8 bits",
    ),
    "animated": (
        _file(RGB, "GIF", save_all=True, append_images=[Image.fromarray(GREY // 2)]),
        "only the first of 2 frames is used",
    ),
    "turned": (_turned(), "turned upright, as its EXIF orientation says"),
    "profile": (_file(RGB, icc_profile=PROFILE), "the colour profile is kept"),
    "grey profile": (
        _file(RGB.convert("L"), icc_profile=PROFILE),
        "its colour profile is not for RGB and is dropped",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_how_a_picture_is_treated(kind: str) -> None:
    picture, note = KINDS[kind]
    planned = plan(picture, "mixed0", octaves=1, max_loss=None, measure=False)
    if note is None:
        assert planned.notes == ()
    else:
        assert any(note in text for text in planned.notes)
    assert planned.shape == ((150, 120) if kind == "turned" else (120, 150))


def test_a_picture_scaled_down_is_planned_at_its_new_size() -> None:
    planned = plan(GREY, "mixed0", max_size=100, octaves=1, measure=False)
    assert planned.shape == planned.octaves[0].shape == (80, 100)
    assert "scaled down from 120x150 to 80x100" in planned.notes


def test_more_memory_than_there_is_is_noted() -> None:
    call = {"layers": "mixed0", "guide": GREY, "octaves": 1, "measure": False}
    large = np.full((1100, 1000, 3), 128, np.uint8)
    allowed = plan(large, **call).memory - 10**7
    planned = plan(large, max_memory=allowed, **call)
    wanted = f"more memory may be needed than the {allowed / 1e9:.2f} GB that is allowed"
    assert planned.can_run and wanted in planned.notes


def test_a_recipe_with_tiles_of_its_own_needs_memory_too() -> None:
    planned = plan(GREY, "mixed0", octaves=1, tile_size=100, max_memory="50MB", measure=False)
    assert not planned.can_run and "needs at least" in planned.problems[0]
    with pytest.raises(MemoryLimitError, match="needs at least"):
        dream(GREY, "mixed0", octaves=1, tile_size=100, max_memory="50MB")


# ---- Memory and time -----------------------------------------------------------------------------


def test_memory_grows_with_the_picture_and_with_the_guide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimates, "expected_memory", lambda: 10**9)  # which changes all the time

    def memory(shape: Any, **call: Any) -> Any:
        call = {"layers": "mixed2", "octaves": 1, "measure": False, **call}
        return plan(np.zeros((*shape, 3), np.uint8), **call).memory

    small, large = memory((200, 300)), memory((800, 1200))
    assert small < large
    assert memory((800, 1200), guide=GREY) > large + 8 * 97 * 147 * 12 * 16
    assert memory((800, 1200), tile_size=200) < large


def test_the_time_is_that_of_all_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    def speed(job: Any, in_windows: Any) -> Any:
        return 2.0, 1e-6

    monkeypatch.setattr(planning, "measured_speed", speed)
    planned = plan(GREY, "mixed0", octaves=2, octave_scale=1.5, iterations=7)
    assert planned.seconds == pytest.approx(2 + 7e-6 * (120 * 150 + 80 * 100), abs=1)
    many = plan(GREY, "mixed0", octaves=2, octave_scale=1.5, iterations=7_000_007)
    assert many.seconds - planned.seconds == pytest.approx(7 * (120 * 150 + 80 * 100), abs=1)


def test_a_measured_plan_has_a_time_and_the_dream_is_not_changed_by_it() -> None:
    call = dict(layers={"mixed0": 1.0}, octaves=1, iterations=2, seed=5, jitter=4)
    before = dream(GREY, **call)
    planned = plan(GREY, **call)
    assert planned.can_run and planned.seconds > 0 and planned.memory > 10**8
    assert np.array_equal(dream(GREY, **call).image, before.image)


@pytest.mark.parametrize("settings", [{"tile_size": 100}, {}])
def test_windows_and_tiles_are_timed_too(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(memory, "WHOLE_PIXELS", 260**2)
    picture = np.zeros((240, 300, 3), np.uint8)
    planned = plan(picture, "activation_1", octaves=2, iterations=1, **settings)
    assert planned.octaves[1].windows > 1
    assert planned.seconds > 0


def test_imagenet_is_not_downloaded_for_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    from deepdreamr.networks import applications

    monkeypatch.delattr(applications, "with_imagenet")
    planned = plan(GREY, "block1_conv2", network="vgg16", octaves=1, measure=False)
    assert planned.can_run
    assert planned.weights == "imagenet: Keras's own"
    assert "downloaded" in planned.loads


def test_without_measuring_tensorflow_is_not_imported() -> None:
    code = """
import sys
import numpy as np
from deepdreamr import plan
planned = plan(np.zeros((480, 640, 3), np.uint8), precision="auto", measure=False)
print(planned.can_run, planned.seconds, planned.memory > 6e8, "tensorflow" in sys.modules)
"""
    assert _run(code) == "True None True False"


def _run(code: Any) -> Any:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


# ---- The bridge ----------------------------------------------------------------------------------


def test_a_plan_is_a_record() -> None:
    planned = plan(GREY, "mixed0", octaves=1, measure=False)
    with pytest.raises(dataclasses.FrozenInstanceError):
        planned.memory = 0


def test_the_bridge_has_plain_types() -> None:
    layers = [{"layer": "mixed0", "channels": [3]}, {"layer": "mixd4"}]
    sent = bridge.plan(GREY, layers, {"octaves": 1.0, "border": 9, "measure": False})
    assert sent["ok"] and sent["can_run"] and sent["text"].startswith("Plan: picture 120x150")
    planned = sent["plan"]
    assert planned["unknown"] == ["mixd4"] and planned["octaves"] == [
        {"shape": [120, 150], "windows": 1, "window_shape": [120, 150], "silent": ["mixed0"]}
    ]
    assert planned["layers"] == [
        {"layer": "mixed0", "weight": 1.0, "channels": [[3, 1.0]], "objective": None}
    ]
    assert set(planned) == {field.name for field in dataclasses.fields(planning.Plan)}
    assert json.loads(json.dumps(sent)) == sent
    assert bridge.plan(GREY, None, {"octav": 1})["type"] == "argument"


def test_a_plan_of_a_request_lays_out_no_text() -> None:
    planned = planning.plan_request(Request(image=GREY, settings={"octaves": 1}), measure=False)
    assert type(planned) is planning.Plan and repr(planned).startswith("Plan(source=None, ")
