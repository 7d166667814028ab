"""A plan says what the dream then does: parts, silent layers, problems; and how pictures fare."""

from __future__ import annotations

import dataclasses
import inspect
import io
import json
import subprocess
import sys
from collections import defaultdict

import numpy as np
import pytest
from PIL import Image, ImageCms
from toys import saved, small_model

from deepdreamr import bridge, dream, estimates, plan
from deepdreamr import memory as memory_room
from deepdreamr.errors import (
    ArgumentError,
    ImageError,
    MemoryLimitError,
    NetworkError,
    UnknownLayerError,
    UnknownLayerWarning,
)
from deepdreamr.front.cli import main
from deepdreamr.networks.inception import pixel_bytes
from deepdreamr.runs.dreaming import loss_and_gradient
from deepdreamr.runs.estimates import Parts, peak_memory
from deepdreamr.runs.job import check_job, climb_for
from deepdreamr.runs.windows import Box

GREY = np.full((120, 150, 3), 128, np.uint8)


# ---- Octaves, windows, tiles ---------------------------------------------------------------------


@pytest.fixture
def parts_used(monkeypatch):
    """The boxes of each gradient that a dream takes, by the shape of the octave."""
    from deepdreamr.core.gradient import Climb

    used, call = defaultdict(list), Climb.__call__

    def spy(self, image, draws, sigma, step, windows=()):
        boxes = [window.box for window in windows] or list(draws.boxes)
        used[tuple(image.shape[1:3])].append(boxes)
        return call(self, image, draws, sigma, step, windows)

    monkeypatch.setattr(Climb, "__call__", spy)
    return used


def test_octaves_and_windows_are_those_of_the_dream(monkeypatch, parts_used):
    monkeypatch.setattr(memory_room, "WHOLE_PIXELS", 260**2)
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


def test_tiles_on_a_fixed_grid_are_those_of_the_dream(parts_used):
    call = dict(layers={"mixed0": 1.0}, octaves=1, iterations=1, seed=3, tile_size=100)
    (octave,) = plan(GREY, **call, measure=False).octaves
    dream(GREY, **call)
    assert octave.windows == len(parts_used[120, 150][0]) == 4
    assert octave.window_shape == (100, 100)


@pytest.mark.parametrize(
    ("layers", "settings"),
    [
        ({"mixed0": 1.0, "mixed4": 1.0, "mixed10": 1.0}, {"border": 2}),
        ({"mixed0": 1.0, "mixed4": 1.0}, {"border": 2, "tile_size": 90}),
    ],
)
def test_silent_layers_are_those_whose_term_is_zero(photo, layers, settings):
    picture = photo[:, :130, :140]
    planned = plan(picture, layers, octaves=1, measure=False, seed=0, **settings)
    assert planned.can_run
    losses = {
        layer: dream(picture, layer, octaves=1, iterations=1, seed=0, **settings).losses[0].loss
        for layer in layers
    }
    silent = [layer for layer, loss in losses.items() if loss == 0]
    assert list(planned.octaves[0].silent) == silent
    assert "nothing in mixed" in repr(planned) or not silent


def test_a_layer_without_a_place_is_not_all_border(tmp_path):
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
        (ArgumentError, {"layers": {"mixed0": 1}, "octave": 1}),
        (ArgumentError, {"layers": {"mixed0": 1}, "octaves": 1, "missing": "never"}),
        (NetworkError, {"network": "inception_v9"}),
    ],
)
def test_what_the_dream_would_raise_is_a_problem_or_raised_alike(error, call):
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


def test_a_picture_too_small_says_how_many_octaves_fit_and_what_gets_nothing():
    planned = plan(GREY, {"mixed0": 1.0, "mixed10": 1.0}, octaves=4, measure=False)
    (problem,) = planned.problems
    assert problem.endswith("octaves=2 fit.")
    assert planned.octaves[0].silent == ("mixed10",)
    assert planned.octaves[-1].silent == ()
    assert plan(GREY, {"mixed0": 1.0, "mixed10": 1.0}, octaves=2, measure=False).can_run


def test_a_channel_that_does_not_exist_is_a_problem_when_it_is_measured():
    planned = plan(GREY, [{"layer": "mixed0", "channels": [999]}], octaves=1)
    (problem,) = planned.problems
    assert problem == "mixed0 has the channels 0 to 255. Received: channels=[999]"


def test_too_little_memory_is_found_before_the_network_is_loaded():
    code = """
import sys
import numpy as np
from deepdreamr import dream
from deepdreamr.errors import MemoryLimitError
try:
    dream(np.zeros((480, 640, 3), np.uint8), max_memory="300MB")
except MemoryLimitError:
    print("tensorflow" in sys.modules)
"""
    assert _run(code) == "False"


# ---- Notes ---------------------------------------------------------------------------------------


def test_unknown_layers_are_left_out_in_the_warnings_words():
    layers = {"mixed0": 1.0, "mixd4": 2.0}
    with pytest.warns(UnknownLayerWarning) as warned:
        loss_and_gradient(GREY, layers)
    planned = plan(GREY, layers, octaves=1, measure=False)
    assert planned.unknown == ("mixd4",)
    assert str(warned[0].message) in planned.notes
    assert "Did you mean mixed4?" in repr(planned)
    assert [term.layer for term in planned.layers] == ["mixed0"]


def _file(picture, format="PNG", **options):
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def _turned():
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
        "grey, 16 bits a colour: dreamed as floats, saved with 8 bits, in RGB",
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
def test_how_a_picture_is_treated(kind):
    picture, note = KINDS[kind]
    planned = plan(picture, "mixed0", octaves=1, max_loss=None, measure=False)
    if note is None:
        assert planned.notes == ()
    else:
        assert any(note in text for text in planned.notes)
    assert planned.shape == ((150, 120) if kind == "turned" else (120, 150))


def test_a_picture_scaled_down_is_planned_at_its_new_size():
    planned = plan(GREY, "mixed0", max_size=100, octaves=1, measure=False)
    assert planned.shape == planned.octaves[0].shape == (80, 100)
    assert "scaled down by max_size, from 120x150 to 80x100" in planned.notes


def test_more_memory_than_there_is_is_noted():
    call = {"layers": "mixed0", "guide": GREY, "octaves": 1, "measure": False}
    large = np.full((1100, 1000, 3), 128, np.uint8)
    allowed = plan(large, **call).memory - 10**7
    planned = plan(large, max_memory=allowed, **call)
    wanted = f"more memory may be needed than the {allowed / 1e9:.2f} GB that is allowed"
    assert planned.can_run and wanted in planned.notes


def test_a_recipe_with_tiles_of_its_own_needs_memory_too():
    planned = plan(GREY, "mixed0", octaves=1, tile_size=100, max_memory="50MB", measure=False)
    assert not planned.can_run and "needs at least" in planned.problems[0]
    with pytest.raises(MemoryLimitError, match="needs at least"):
        dream(GREY, "mixed0", octaves=1, tile_size=100, max_memory="50MB")


# ---- Memory and time -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "layers", [["mixed2", "mixed5"], ["mixed10"], ["activation_5", "conv2d_20"]]
)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_what_a_gradient_keeps_is_known_without_the_network(layers, precision):
    climb = climb_for(check_job(layers, seed=0, precision=precision))
    size = max(256, climb.smallest)
    value = 4 if precision == "float32" else 2
    whole, window = climb.pixel_bytes(), climb.pixel_bytes(windows=True)
    assert pixel_bytes(layers, size, value) == whole
    assert pixel_bytes(layers, size, value, frugal=True) == window < whole


def test_memory_grows_with_the_picture_and_with_the_guide(monkeypatch):
    monkeypatch.setattr(estimates, "expected_memory", lambda: 10**9)  # which changes all the time

    def memory(shape, **call):
        call = {"layers": "mixed2", "octaves": 1, "measure": False, **call}
        return plan(np.zeros((*shape, 3), np.uint8), **call).memory

    small, large = memory((200, 300)), memory((800, 1200))
    assert small < large
    assert memory((800, 1200), guide=GREY) > large + 8 * 97 * 147 * 12 * 16
    assert memory((800, 1200), tile_size=200) < large


def test_the_time_is_that_of_all_pixels(monkeypatch):
    def speed(job, smallest, in_windows):
        return 2.0, 1e-6

    from deepdreamr.runs import planning

    monkeypatch.setattr(planning, "measured_speed", speed)
    planned = plan(GREY, "mixed0", octaves=2, octave_scale=1.5, iterations=7)
    assert planned.seconds == pytest.approx(2 + 7e-6 * (120 * 150 + 80 * 100), abs=1)
    many = plan(GREY, "mixed0", octaves=2, octave_scale=1.5, iterations=7_000_007)
    assert many.seconds - planned.seconds == pytest.approx(7 * (120 * 150 + 80 * 100), abs=1)


def test_a_measured_plan_has_a_time_and_the_dream_is_not_changed_by_it():
    call = dict(layers={"mixed0": 1.0}, octaves=1, iterations=2, seed=5, jitter=4)
    before = dream(GREY, **call)
    planned = plan(GREY, **call)
    assert planned.can_run and planned.seconds > 0 and planned.memory > 10**8
    assert np.array_equal(dream(GREY, **call).image, before.image)


@pytest.mark.parametrize("settings", [{"tile_size": 100}, {}])
def test_windows_and_tiles_are_timed_too(monkeypatch, settings):
    monkeypatch.setattr(memory_room, "WHOLE_PIXELS", 260**2)
    picture = np.zeros((240, 300, 3), np.uint8)
    planned = plan(picture, "activation_1", octaves=2, iterations=1, **settings)
    assert planned.octaves[1].windows > 1
    assert planned.seconds > 0


def test_imagenet_is_not_downloaded_for_a_plan(monkeypatch):
    from deepdreamr.networks import applications

    monkeypatch.delattr(applications, "with_imagenet")
    planned = plan(GREY, "block1_conv2", network="vgg16", octaves=1, measure=False)
    assert planned.can_run
    assert planned.weights == "imagenet: Keras's own"
    assert "downloaded" in planned.loads


def test_without_measuring_tensorflow_is_not_imported():
    code = """
import sys
import numpy as np
from deepdreamr import plan
planned = plan(np.zeros((480, 640, 3), np.uint8), precision="auto", measure=False)
print(planned.can_run, planned.seconds, planned.memory > 6e8, "tensorflow" in sys.modules)
"""
    assert _run(code) == "True None True False"


def _run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


# ---- The call, the bridge, the command -----------------------------------------------------------


def test_a_plan_takes_what_a_dream_takes():
    def keywords(function):
        parameters = inspect.signature(function).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}

    of_the_run = {"save_octaves", "checkpoint", "on_step"}
    expected = {k: v for k, v in keywords(dream).items() if k not in of_the_run}
    assert keywords(plan) == expected | {"measure": True}


def test_a_plan_is_a_record():
    planned = plan(GREY, "mixed0", octaves=1, measure=False)
    with pytest.raises(dataclasses.FrozenInstanceError):
        planned.memory = 0


def test_the_bridge_has_plain_types():
    layers = [{"layer": "mixed0", "channels": [3]}, {"layer": "mixd4"}]
    sent = bridge.plan(GREY, layers, {"octaves": 1.0, "border": 9, "measure": False})
    assert sent["ok"] and sent["can_run"] and sent["unknown"] == ["mixd4"]
    assert sent["octaves"] == [
        {
            "height": 120,
            "width": 150,
            "windows": 1,
            "window_height": 120,
            "window_width": 150,
            "silent": ["mixed0"],
        }
    ]
    assert sent["layers"] == [{"layer": "mixed0", "weight": 1.0, "channels": [[3, 1.0]]}]
    assert json.loads(json.dumps(sent)) == sent
    assert bridge.plan(GREY, None, {"octav": 1})["type"] == "argument"


def test_the_command_prints_the_plan_and_its_status_says_whether_it_can_run(tmp_path, capsys):
    path = tmp_path / "grey.png"
    RGB.save(path)
    common = ["plan", str(path), "--no-measure", "--layers", "mixed10"]
    assert main([*common, "--octaves", "1"]) == 0
    assert "1        120x150         the whole" in capsys.readouterr().out
    assert main([*common, "--octaves", "6"]) == 2
    assert "octaves=2 fit" in capsys.readouterr().out
    assert main(["plan", str(tmp_path / "none.png")]) == 2
    assert "there is no file" in capsys.readouterr().err


def test_peak_memory_counts_the_largest_part_only():
    job = check_job("mixed0", seed=0)
    parts = [Parts(1, (100, 100), 1e4), Parts(9, (80, 90), 6e4)]
    both = peak_memory(job, (), None, (300, 300), parts, windows=False)
    one = peak_memory(job, (), None, (300, 300), parts[:1], windows=False)
    assert both == pytest.approx(one, abs=2**22)  # the process may grow in between
    frugal = peak_memory(job, (), None, (300, 300), parts, windows=True)
    assert frugal < both - 100 * 100 * 50
